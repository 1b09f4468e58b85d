"""A reviewer decides on a proposal; another person releases the decision."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.proposals import texts
from pb.proposals.models import Criterion, Decision, Proposal, State, Verdict
from pb.proposals.recusals.service import require_not_recused
from pb.proposals.steps import Stale, hold, require_role
from pb.rounds import calendar
from pb.rounds.models import Phase, Role, Round, Side
from pb.rounds.terms.interests import require_declared

# A decision may be made again while it waits for its release: the latest one counts.
DECIDING = (State.SUBMITTED, State.CHANGES_REQUESTED, State.DECIDED)
REVIEWING = (Phase.IDEAS, Phase.REVIEW)
STATE_AFTER = {Verdict.ELIGIBLE: State.ELIGIBLE, Verdict.INELIGIBLE: State.INELIGIBLE}


def decide(
    session: Session,
    proposal: Proposal,
    *,
    by: Account,
    verdict: Verdict,
    reason: str,
    at: datetime,
    criterion: Criterion | None = None,
    cost: int | None = None,
    revision: int | None = None,
) -> Decision:
    """Find a proposal eligible at an official cost, or ineligible, or ask for changes.

    A request for changes shows at once; a verdict stays under embargo until it is released.
    """
    calendar.require(proposal.round, at, *REVIEWING)
    require_role(session, proposal.round, by, Role.REVIEWER, at)
    require_declared(session, proposal.round, by)
    require_not_recused(session, proposal, by)
    hold(session, proposal, revision)
    if proposal.state not in DECIDING:
        raise Refused("This proposal is not waiting for a decision.")
    reason = texts.clean(reason)
    if found := faults(proposal, verdict, criterion, reason, cost):
        raise texts.Unfit(found)
    decision = Decision(
        proposal=proposal,
        round_id=proposal.round_id,
        decided_by=by.id,
        decided_side=Side.COMMISSION,
        verdict=verdict,
        criterion=criterion if verdict is Verdict.INELIGIBLE else None,
        reason=reason,
        cost=cost if verdict is Verdict.ELIGIBLE else None,
        decided_at=at,
    )
    session.add(decision)
    changes = verdict is Verdict.CHANGES
    proposal.state = State.CHANGES_REQUESTED if changes else State.DECIDED
    proposal.revision += 1
    session.flush()
    _record_decision(session, decision, by, at)
    return decision


def faults(
    proposal: Proposal,
    verdict: Verdict,
    criterion: Criterion | None,
    reason: str,
    cost: int | None,
) -> dict[str, str]:
    """One sentence for every field of a decision that does not fit."""
    found = {}
    if not reason:
        found["reason"] = "Give a reason: everybody will be able to read it."
    elif len(reason) > texts.REASON:
        found["reason"] = f"Use at most {texts.REASON:,} characters. Now it is {len(reason):,}."
    if verdict is Verdict.INELIGIBLE and criterion is None:
        found["criterion"] = "Choose the criterion that it does not meet."
    if verdict is Verdict.ELIGIBLE and (fault := texts.cost_fault(proposal.area, cost)):
        found["cost"] = fault
    return found


def release(
    session: Session,
    round: Round,
    decisions: Sequence[Decision],
    *,
    by: Account,
    at: datetime,
) -> None:
    """Make decisions public, all or none; refused to the person who made one of them."""
    calendar.require(round, at, Phase.REVIEW, Phase.BALLOT)
    require_role(session, round, by, Role.COMMISSIONER, at)
    if not decisions:
        raise Invalid("Choose at least one decision.")
    # In one order, so that two people who release at once cannot block each other.
    for decision in sorted(decisions, key=lambda decision: decision.proposal_id):
        _release(session, round, decision, by, at)
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="decision.release",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"decisions": [_facts(decision) for decision in decisions]},
    )


def _release(session: Session, round: Round, decision: Decision, by: Account, at: datetime) -> None:
    proposal = decision.proposal
    hold(session, proposal)
    if decision.round_id != round.id:
        raise Refused("That decision belongs to another round.")
    if proposal.state is not State.DECIDED or decision is not proposal.decision:
        raise Stale(f"“{proposal.title}” has changed since you opened the page. Look at it again.")
    require_not_recused(session, proposal, by)
    if decision.decided_by == by.id:
        raise Refused(
            f"You decided on “{proposal.title}” yourself. Another commissioner has to release it."
        )
    decision.released_by, decision.released_side = by.id, Side.COMMISSION
    decision.released_at = at
    proposal.state = STATE_AFTER[decision.verdict]
    proposal.revision += 1


def _facts(decision: Decision) -> dict[str, object]:
    """What the log tells of a decision that is public."""
    return {
        "proposal": decision.proposal_id,
        "decision": decision.id,
        "verdict": decision.verdict,
        "criterion": decision.criterion,
        "cost": decision.cost,
    }


def _record_decision(session: Session, decision: Decision, by: Account, at: datetime) -> None:
    """The log is public: until the release it says that there is a decision, not which."""
    embargoed = {"proposal": decision.proposal_id, "decision": decision.id}
    audit.record(
        session,
        chain=decision.round_id,
        kind="decision.make",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body=_facts(decision) if decision.public else embargoed,
    )
