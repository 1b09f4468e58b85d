"""Where the proposals of a round stand, and how long each has waited there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pb.proposals.models import Proposal, State

# In the order of the way to the ballot.
ORDER = (
    State.SUBMITTED,
    State.CHANGES_REQUESTED,
    State.DECIDED,
    State.ELIGIBLE,
    State.ON_BALLOT,
    State.INELIGIBLE,
    State.WITHDRAWN,
)
# Somebody's move: these count as waiting.
OPEN = (State.SUBMITTED, State.CHANGES_REQUESTED, State.DECIDED)


@dataclass(frozen=True)
class Waiting:
    """A proposal and the whole days since its last step; None where nobody has to move."""

    proposal: Proposal
    days: int | None


@dataclass(frozen=True)
class Group:
    """The proposals in one state, the longest wait first."""

    state: State
    rows: tuple[Waiting, ...]


def groups(proposals: Sequence[Proposal], now: datetime) -> list[Group]:
    """Proposals by state in the order of their way; every state, also without proposals."""
    found = []
    for state in ORDER:
        rows = [
            Waiting(proposal, (now - since(proposal)).days if state in OPEN else None)
            for proposal in proposals
            if proposal.state is state
        ]
        rows.sort(key=lambda row: (-(row.days or 0), row.proposal.id))
        found.append(Group(state, tuple(rows)))
    return found


def since(proposal: Proposal) -> datetime:
    """When the next move became somebody's: the reviewer's, the author's or the releaser's."""
    if proposal.state is State.SUBMITTED or proposal.decision is None:
        resent = proposal.versions[-1].at if proposal.decision and proposal.versions else None
        return resent or proposal.submitted_at or proposal.created_at
    return proposal.decision.decided_at
