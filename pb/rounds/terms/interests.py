"""Declared interests: what everybody with a role says about theirs, in plain words."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.rounds import people
from pb.rounds.models import Round
from pb.rounds.terms.models import Declaration

LONGEST = 1_000


def declare(session: Session, round: Round, text: str, *, by: Account, at: datetime) -> Declaration:
    """Say publicly what interests one has; an empty text says “none”.

    Raises Refused to somebody without a role, Invalid for a text that is too long.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise Invalid(f"Use at most {LONGEST:,} characters.")
    seat = people.find_seat(session, round, by)
    if seat is None or not people.has_role(session, round, by, at):
        raise Refused("Only people who hold a role in this round declare their interests.")
    made = Declaration(round_id=round.id, account_id=by.id, side=seat.side, text=text, at=at)
    session.add(made)
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="interest.declare",
        at=at,
        actor=by.id,
        side=seat.side,
        body={"declaration": made.id, "none": not text},
    )
    return made


def declared(session: Session, round: Round) -> dict[int, Declaration]:
    """What each person declared last, by account."""
    found = session.scalars(
        select(Declaration).where(Declaration.round_id == round.id).order_by(Declaration.id)
    )
    return {one.account_id: one for one in found}


def require_declared(session: Session, round: Round, account: Account) -> None:
    """Refuse to somebody who has not said yet what interests they have."""
    if account.id not in declared(session, round):
        raise Refused(
            "Before your first decision, say on the page of declared interests what interests "
            "you have in this round, or that you have none. Everybody can read it."
        )
