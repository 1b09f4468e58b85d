"""Keeping out of a decision, and holding people to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.proposals.models import Project, Proposal
from pb.proposals.recusals.models import Recusal
from pb.rounds import people
from pb.rounds.models import Round, Seat

LONGEST = 500


def recuse(
    session: Session, proposal: Proposal, reason: str, *, by: Account, at: datetime
) -> Recusal:
    """Take no part in what is decided about a proposal, from now on and for good.

    Raises Refused to somebody without a role and a second time, Invalid without a reason.
    """
    round, reason = proposal.round, reason.strip()
    if not reason:
        raise Invalid("Say why, in a sentence: everybody can read it.")
    if len(reason) > LONGEST:
        raise Invalid(f"Use at most {LONGEST} characters.")
    seat = people.find_seat(session, round, by)
    if seat is None or not people.has_role(session, round, by, at):
        raise Refused("Only people who hold a role in this round can step back from a decision.")
    if session.get(Recusal, (proposal.id, by.id)) is not None:
        raise Refused("You have stepped back from this proposal already.")
    made = Recusal(
        proposal_id=proposal.id,
        account_id=by.id,
        round_id=round.id,
        side=seat.side,
        reason=reason,
        at=at,
    )
    session.add(made)
    session.flush()
    body = {"proposal": proposal.id}
    audit.record(
        session, chain=round.id, kind="recusal.make", at=at, actor=by.id, side=seat.side, body=body
    )
    return made


def require_not_recused(session: Session, proposal: Proposal, account: Account) -> None:
    """Refuse to somebody who has stepped back from this proposal."""
    if session.get(Recusal, (proposal.id, account.id)) is not None:
        raise Refused(
            f"You have stepped back from “{proposal.title}”. Somebody else has to do this."
        )


def require_free_of_project(
    session: Session, round: Round, number: int | None, account: Account
) -> None:
    """Refuse to somebody who has stepped back from the proposal behind a line of the ballot."""
    proposal = session.scalars(
        select(Proposal)
        .join(Project, Project.proposal_id == Proposal.id)
        .where(Project.round_id == round.id, Project.number == number)
    ).one_or_none()
    if proposal is not None:
        require_not_recused(session, proposal, account)


def recusals(session: Session, round: Round) -> Sequence[Recusal]:
    """Everybody who keeps out of something in this round, oldest first."""
    return session.scalars(
        select(Recusal)
        .where(Recusal.round_id == round.id)
        .options(joinedload(Recusal.proposal), joinedload(Recusal.seat).joinedload(Seat.account))
        .order_by(Recusal.at, Recusal.proposal_id)
    ).all()
