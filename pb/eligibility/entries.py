"""Adding one right to vote to the roll, where no list is imported."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from pb.db import upsert
from pb.eligibility import codes, queries
from pb.eligibility.models import RollEntry
from pb.eligibility.service import IssuedCode, hold
from pb.errors import Refused
from pb.keys import KeyRing
from pb.rounds.models import Area, Round
from pb.rounds.routes import Route


def add_entry(
    session: Session,
    round: Round,
    person_mac: bytes,
    area: Area | None,
    *,
    self_declared: bool = False,
) -> RollEntry | None:
    """A new entry; None if there is one with this keyed hash already.

    One statement: a look before the insert would let two requests at once pass.
    """
    row = {
        "round_id": round.id,
        "area_id": area.id if area and not area.city_wide else None,
        "person_mac": person_mac,
        "codes_issued": 0,
        "self_declared": self_declared,
    }
    number = session.scalar(
        upsert(session, RollEntry)
        .values(row)
        .on_conflict_do_nothing(index_elements=["round_id", "person_mac"])
        .returning(RollEntry.id)
    )
    return session.get_one(RollEntry, number) if number else None


def find(session: Session, round: Round, entry_id: int) -> RollEntry | None:
    """The entry with this id, if it belongs to the round."""
    entry = session.get(RollEntry, entry_id)
    return entry if entry and entry.round_id == round.id else None


def first_code(
    session: Session,
    round: Round,
    entry: RollEntry,
    *,
    route: Route,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits = secrets.randbits,
) -> IssuedCode:
    """The first code of an entry; refused where it has one: a lost code is replaced, not shown."""
    hold(session, entry)
    if entry.codes_issued:
        raise Refused("A code was given out already. The town’s desk can replace it.")
    code = codes.new(bits)
    entry.code_mac = codes.mac(keys, round.id, code)
    entry.code_issued_at, entry.codes_issued, entry.code_route = at, 1, route
    session.flush()
    name = entry.area.name if entry.area else ""
    return IssuedCode(entry.id, queries.number_of(session, entry), name, code)


def route_of_code(entry: RollEntry) -> Route:
    """The route of somebody who comes with the code of this entry."""
    if entry.self_declared:
        return Route.SELF_DECLARATION
    return Route(entry.code_route or Route.LETTER_CODE)
