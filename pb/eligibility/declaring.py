"""Self-declaration: people say themselves that they may vote. Nobody checks it."""

import secrets
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.eligibility import codes, entries, names
from pb.eligibility.models import RollEntry
from pb.eligibility.service import IssuedCode
from pb.errors import Invalid, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, Round
from pb.rounds.routes import Route, option

EARLIEST_BIRTH = 1900
TWICE = (
    "Somebody with this name has declared this already. If it was you, go on with the code that "
    "you were shown then. If it was not you, or the code is lost, go to the town’s desk."
)


def least_age(round: Round) -> int | None:
    """How old people must be on the day when voting opens; None if their age is not asked."""
    return option(round, Route.SELF_DECLARATION, "least_age")


def declare(
    session: Session,
    round: Round,
    *,
    name: str,
    born: date | None,
    area: Area | None,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits = secrets.randbits,
) -> IssuedCode:
    """Add somebody to the roll on their own word, and give them a code to come back with.

    Only a keyed hash of name and day of birth is kept; where no birth is asked for, of name and
    area. Refused for somebody too young, and where the same declaration was made before.
    """
    calendar.require(round, at, Phase.VOTING)
    if Route.SELF_DECLARATION not in round.routes:
        raise Refused("This round takes no declarations. Use another way to vote.")
    spelled = " ".join(sorted(names.tokens(name)))
    if len(spelled) < 2:
        raise Invalid("Enter your first name and your family name.")
    born = _old_enough(round, born, at)
    # With a day of birth the area does not tell people apart: it would only let one of them in
    # twice. Names alone are shared by neighbours.
    parts = (spelled, born.isoformat() if born else f"area {area.id if area else None}")
    hashed = keys.mac(round.id, Purpose.ROLL, "declared", *parts)
    entry = entries.add_entry(session, round, hashed, area, self_declared=True)
    if entry is None:
        raise Refused(TWICE)
    route = Route.SELF_DECLARATION
    return entries.first_code(session, round, entry, route=route, at=at, keys=keys, bits=bits)


def declared(session: Session, round: Round) -> int:
    """How many entries of the roll were made by declaration."""
    query = select(func.count()).where(RollEntry.round_id == round.id, RollEntry.self_declared)
    return session.scalar(query) or 0


def _old_enough(round: Round, born: date | None, at: datetime) -> date | None:
    """The day of birth, where it is asked; refused if it makes no sense or is too late."""
    least = least_age(round)
    if least is None:
        return None
    today = at.astimezone(round.zone).date()
    if born is None or born.year < EARLIEST_BIRTH or born > today:
        raise Invalid("Enter your day of birth, such as 31 3 1980.")
    opening = calendar.span(round, Phase.VOTING).opens_at.astimezone(round.zone).date()
    if _age(born, opening) < least:
        raise Refused(
            f"You must be {least} or older on {opening.day} {opening:%B %Y} to vote in this round."
        )
    return born


def _age(born: date, on: date) -> int:
    """Whole years; who is born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
