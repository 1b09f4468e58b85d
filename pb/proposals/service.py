"""A resident writes, sends in, changes and takes back a proposal.

What the commission does with it stands in `pb.proposals.review` and `pb.proposals.ballot`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Refused
from pb.proposals import queries, texts
from pb.proposals.ballot import compose, hold_ballot
from pb.proposals.ideas import growing
from pb.proposals.models import Project, Proposal, ProposalVersion, State
from pb.proposals.review import decide, release
from pb.proposals.steps import Stale, hold
from pb.rounds import calendar, people
from pb.rounds.models import Area, Phase, Round, Side

__all__ = [
    "Stale",
    "compose",
    "decide",
    "draft",
    "editable",
    "release",
    "require_editable",
    "revise",
    "sendable",
    "submit",
    "withdraw",
    "withdrawable",
]

PER_PERSON = 5  # proposals of one person in one round, so that many people are heard

# In which states, and then in which phases, the author may do what.
Steps = Mapping[State, tuple[Phase, ...]]
EDITING: Steps = {
    State.DRAFT: (Phase.IDEAS,),
    State.SUBMITTED: (Phase.IDEAS,),
    State.CHANGES_REQUESTED: (Phase.IDEAS, Phase.REVIEW),
}
SENDING: Steps = {
    State.DRAFT: (Phase.IDEAS,),
    State.CHANGES_REQUESTED: (Phase.IDEAS, Phase.REVIEW),
}
WITHDRAWING: Steps = {
    state: (Phase.IDEAS, Phase.REVIEW)
    for state in State
    if state not in (State.INELIGIBLE, State.WITHDRAWN)
}


def draft(
    session: Session,
    round: Round,
    author: Account,
    *,
    title: str,
    summary: str,
    body: str,
    place: str,
    topic: str,
    area: Area,
    estimate: int,
    at: datetime,
) -> Proposal:
    """Begin a proposal that only its author sees; raises Unfit for texts and amounts."""
    calendar.require(round, at, Phase.IDEAS)
    _take_seat(session, round, author)
    fields = texts.fitting(
        round,
        area=area,
        estimate=estimate,
        complete=False,
        title=title,
        summary=summary,
        body=body,
        place=place,
        topic=topic,
    )
    proposal = Proposal(round=round, author=author, created_at=at, revision=1, **fields)
    proposal.state = State.DRAFT
    session.add(proposal)
    session.flush()
    # A draft is nobody's business: the log does not say whose it is.
    audit.record(
        session, chain=round.id, kind="proposal.draft", at=at, body={"proposal": proposal.id}
    )
    return proposal


def _take_seat(session: Session, round: Round, author: Account) -> None:
    """Seat the author among the community; refused to somebody who has had their share."""
    seat = people.take_seat(session, round, author, Side.COMMUNITY)
    session.refresh(seat, with_for_update=True)  # two windows at once count one after the other
    if queries.count_by_author(session, round, author) >= PER_PERSON:
        raise Refused(
            f"You have {PER_PERSON} proposals in this round, which is the most for one person. "
            "Withdraw one to make room for another."
        )


def revise(
    session: Session,
    proposal: Proposal,
    *,
    by: Account,
    title: str,
    summary: str,
    body: str,
    place: str,
    topic: str,
    area: Area,
    estimate: int,
    at: datetime,
    revision: int | None = None,
) -> None:
    """Change the text; `revision` is the one that the author had on the screen.

    Raises Stale if somebody saved in between. What was public stays in the history.
    """
    _own(proposal, by)
    hold(session, proposal, revision)
    require_editable(proposal, at)
    fields = texts.fitting(
        proposal.round,
        area=area,
        estimate=estimate,
        complete=proposal.public,
        title=title,
        summary=summary,
        body=body,
        place=place,
        topic=topic,
    )
    changed = any(getattr(proposal, name) != value for name, value in fields.items())
    for name, value in fields.items():
        setattr(proposal, name, value)
    proposal.revision += 1
    session.flush()
    if proposal.public and changed:
        _keep_version(session, proposal, at)
        _record(session, proposal, "proposal.revise", at, version=len(proposal.versions))


def submit(session: Session, proposal: Proposal, *, by: Account, at: datetime) -> None:
    """Send a draft in, or send it in again after changes; from now on everybody can read it."""
    _own(proposal, by)
    hold(session, proposal)
    if proposal.state not in SENDING:
        raise Refused("This proposal has been sent in already.")
    calendar.require(proposal.round, at, *SENDING[proposal.state])
    texts.fitting(
        proposal.round,
        area=proposal.area,
        estimate=proposal.estimate,
        complete=True,
        **{name: getattr(proposal, name) for name in texts.LENGTHS},
    )
    if first := proposal.submitted_at is None:
        proposal.submitted_at = at
        _keep_version(session, proposal, at)
    proposal.state = State.SUBMITTED
    proposal.revision += 1
    session.flush()
    _record(session, proposal, "proposal.submit", at, version=len(proposal.versions))
    if first:
        growing.publish(session, proposal, at=at)


def withdraw(session: Session, proposal: Proposal, *, by: Account, at: datetime) -> None:
    """Take a proposal back; if it was public, it stays readable and says so."""
    _own(proposal, by)
    on_ballot = proposal.state is State.ON_BALLOT
    if on_ballot:
        hold_ballot(session, proposal.round)  # before the proposal: in the order of composing
    hold(session, proposal)
    if (proposal.state is State.ON_BALLOT) is not on_ballot:
        raise Stale("This proposal has changed since you opened the page.")
    if proposal.state not in WITHDRAWING:
        raise Refused("This proposal can no longer be withdrawn.")
    calendar.require(proposal.round, at, *WITHDRAWING[proposal.state])
    session.execute(delete(Project).where(Project.proposal_id == proposal.id))
    proposal.state = State.WITHDRAWN
    proposal.revision += 1
    session.flush()
    _record(session, proposal, "proposal.withdraw", at)


def require_editable(proposal: Proposal, at: datetime) -> None:
    """Refuse unless the author may change the text now."""
    if proposal.state not in EDITING:
        raise Refused("This proposal can no longer be changed.")
    calendar.require(proposal.round, at, *EDITING[proposal.state])


def editable(proposal: Proposal, phase: Phase) -> bool:
    """Whether the author may change the text in this phase."""
    return phase in EDITING.get(proposal.state, ())


def sendable(proposal: Proposal, phase: Phase) -> bool:
    """Whether the author may send it in during this phase."""
    return phase in SENDING.get(proposal.state, ())


def withdrawable(proposal: Proposal, phase: Phase) -> bool:
    """Whether the author may take it back in this phase."""
    return phase in WITHDRAWING.get(proposal.state, ())


def _own(proposal: Proposal, by: Account) -> None:
    if proposal.author_id != by.id:
        raise Refused("Only the person who wrote a proposal can change it.")


def _keep_version(session: Session, proposal: Proposal, at: datetime) -> None:
    last = proposal.versions[-1].number if proposal.versions else 0
    proposal.versions.append(
        ProposalVersion(
            number=last + 1,
            area=proposal.area,
            title=proposal.title,
            summary=proposal.summary,
            body=proposal.body,
            place=proposal.place,
            topic=proposal.topic,
            estimate=proposal.estimate,
            at=at,
        )
    )
    session.flush()


def _record(session: Session, proposal: Proposal, kind: str, at: datetime, **facts: Any) -> None:
    """Leave a trace in the public log; steps of something that was never public name nobody."""
    audit.record(
        session,
        chain=proposal.round_id,
        kind=kind,
        at=at,
        actor=proposal.author_id if proposal.public else None,
        side=Side.COMMUNITY if proposal.public else None,
        body={"proposal": proposal.id, **facts},
    )
