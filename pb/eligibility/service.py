"""Making the roll, and giving out codes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.eligibility import codes, roll
from pb.eligibility.importing import import_roll as import_roll
from pb.eligibility.models import RollEntry, RollRules, VoterClass
from pb.errors import Invalid, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Phase, Round

ENDED = "Voting has ended: codes are of no use any more."


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code on its one way to the voter; it is kept nowhere."""

    entry_id: int
    number: int  # of the entry on the roll
    area: str  # the name of the voter's area; empty for city-wide voters
    code: str
    person: str = ""  # the register's number, where the register was given again

    @property
    def printed(self) -> str:
        """The code in groups, as letters show it."""
        return codes.grouped(self.code)


def set_rules(
    session: Session,
    round: Round,
    *,
    classes: Sequence[str],
    minimum_age: int | None,
    age_on: date | None,
    erase_after_days: int,
    by: Account,
    at: datetime,
) -> RollRules:
    """Say who may be on the roll, and how long personal details are kept; before voting.

    They hold for lists that are read from now on.
    """
    roll.require_before(round, Phase.VOTING, at, roll.CLOSED)
    if not classes:
        raise Invalid("Nobody could vote: choose at least one class.")
    rules = session.get(RollRules, round.id) or RollRules(round_id=round.id)
    rules.classes = [str(VoterClass(one)) for one in classes]
    rules.minimum_age, rules.age_on = minimum_age, age_on
    rules.erase_after_days = erase_after_days
    session.add(rules)
    session.flush()
    body = {
        "classes": rules.classes,
        "minimum_age": minimum_age,
        "age_on": age_on.isoformat() if age_on else None,
        "erase_after_days": erase_after_days,
    }
    roll.record(session, round, "roll.rules", by, at, body)
    return rules


def issue_codes(
    session: Session,
    round: Round,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
    entries: Sequence[RollEntry] | None = None,
    bits: codes.Bits = secrets.randbits,
) -> list[IssuedCode]:
    """Give a code to every entry that has none; only this answer ever holds the codes.

    `entries` restricts it to some of the roll. Refused if nobody lacks a code.
    """
    roll.require_before(round, Phase.COUNTING, at, ENDED)
    if entries is None:
        entries = session.scalars(
            select(RollEntry)
            .where(RollEntry.round_id == round.id, RollEntry.code_mac.is_(None))
            .order_by(RollEntry.number)
        ).all()
    lacking = [entry for entry in entries if entry.code_mac is None]
    if not lacking:
        raise Refused("Everybody on this list has a code already.")
    issued = _give(session, round, lacking, at=at, keys=keys, bits=bits)
    roll.record(session, round, "codes.issue", by, at, {"codes": len(issued)})
    return issued


def issue_for_register(
    session: Session,
    round: Round,
    data: bytes,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> list[IssuedCode]:
    """Give codes to the people of a register file, in its order, each with the register's number.

    The file is needed again because the roll does not keep the numbers. Raises Invalid with a
    sentence for every person who is not on the roll; people with a code are left out.
    """
    matched = _match(session, round, data, keys)
    entries = {
        entry.id: entry
        for entry in session.scalars(select(RollEntry).where(RollEntry.round_id == round.id))
    }
    listed = [entries[entry_id] for entry_id in matched]
    issued = issue_codes(session, round, by=by, at=at, keys=keys, entries=listed)
    return [replace(one, person=matched[one.entry_id]) for one in issued]


def take_back_codes(
    session: Session,
    round: Round,
    *,
    reason: str,
    by: Account,
    at: datetime,
) -> None:
    """Take back all codes, for a new issue, where a printed list was lost; only before voting."""
    roll.require_before(round, Phase.VOTING, at, "Voting has begun: codes are replaced one by one.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    session.execute(update(RollEntry).where(RollEntry.round_id == round.id).values(code_mac=None))
    roll.record(session, round, "codes.take-back", by, at, {"reason": reason.strip()})


def replace_code(
    session: Session,
    round: Round,
    entry: RollEntry,
    *,
    reason: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits = secrets.randbits,
) -> IssuedCode:
    """A new code for one entry; the old one is worthless from now on.

    A ballot that was cast with the old code belongs to the entry: the new code can replace it,
    and never add a second one.
    """
    roll.require_before(round, Phase.COUNTING, at, ENDED)
    if entry.round_id != round.id:
        raise Refused("This entry belongs to another round.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    [issued] = _give(session, round, [entry], at=at, keys=keys, bits=bits)
    roll.record(session, round, "codes.replace", by, at, {"reason": reason.strip()})
    return issued


def _match(session: Session, round: Round, data: bytes, keys: KeyRing) -> dict[int, str]:
    """The entries (id) of the people in a register file, with their numbers in the register."""
    found = dict(
        session.execute(
            select(RollEntry.person_mac, RollEntry.id).where(RollEntry.round_id == round.id)
        ).all()
    )
    mac = keys.hasher(round.id, Purpose.ROLL)
    matched, problems = {}, []
    for line, person in roll.lines(data, round):
        entry_id = found.get(mac("person", person))
        if entry_id is None:
            problems.append(f"Line {line}: person “{roll.short(person)}” is not on the roll.")
        else:
            matched[entry_id] = person
    roll.refuse_if_any(problems)
    return matched


def _give(
    session: Session,
    round: Round,
    entries: Sequence[RollEntry],
    *,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits,
) -> list[IssuedCode]:
    """New codes for these entries, whatever they had before."""
    names = {area.id: area.name for area in round.areas}
    issued = [
        IssuedCode(entry.id, entry.number, names.get(entry.area_id, ""), codes.new(bits))
        for entry in entries
    ]
    changes = [
        {
            "id": entry.id,
            "code_mac": codes.mac(keys, round.id, one.code),
            "code_issued_at": at,
            "codes_issued": entry.codes_issued + 1,
        }
        for entry, one in zip(entries, issued, strict=True)
    ]
    session.execute(update(RollEntry), changes)
    for entry in entries:
        session.expire(entry)
    return issued
