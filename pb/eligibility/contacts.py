"""Addresses that the register knows, kept as keyed hashes only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.db import upsert
from pb.eligibility import people
from pb.eligibility.models import ContactKind, RollContact, RollEntry
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Round


def mac(keys: KeyRing, round_id: int, kind: ContactKind, address: str) -> bytes:
    """All that is kept of an address."""
    return keys.mac(round_id, Purpose.ROLL, "contact", kind, people.plain_email(address))


def add_contact(
    session: Session,
    round: Round,
    entry: RollEntry,
    address: str,
    *,
    keys: KeyRing,
    kind: ContactKind = ContactKind.EMAIL,
) -> None:
    """Note the address of an entry, in place of one that it had."""
    hashed = mac(keys, round.id, kind, address)
    statement = upsert(session, RollContact).values(
        round_id=round.id, entry_id=entry.id, kind=kind, mac=hashed
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["round_id", "entry_id", "kind"], set_={"mac": hashed}
        )
    )


def entries_of(
    session: Session,
    round: Round,
    address: str,
    *,
    keys: KeyRing,
    kind: ContactKind = ContactKind.EMAIL,
) -> Sequence[RollEntry]:
    """The entries that share an address, by number: noted here, or on the list that came in."""
    hashed = mac(keys, round.id, kind, address)
    noted = session.scalars(
        select(RollEntry)
        .join(
            RollContact,
            (RollContact.round_id == RollEntry.round_id) & (RollContact.entry_id == RollEntry.id),
        )
        .where(
            RollContact.round_id == round.id, RollContact.kind == kind, RollContact.mac == hashed
        )
    )
    listed = people.with_email(session, round, address, keys)
    found = {entry.number: entry for entry in (*noted, *listed)}
    return [found[number] for number in sorted(found)]
