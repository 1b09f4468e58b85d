"""Making the roll, and giving out codes."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.eligibility import codes, queries, roll
from pb.eligibility.models import RollEntry, RollImport
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side
from pb.rounds.routes import Route


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


def import_roll(
    session: Session,
    round: Round,
    data: bytes,
    filename: str,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> RollImport:
    """Add the people of a CSV file to the roll, all or none.

    Raises Invalid with a sentence for every faulty row. Only keyed hashes of the register numbers
    are kept. Only before voting.
    """
    _require_before(round, Phase.VOTING, at, "The list of voters is closed: voting has begun.")
    rows = roll.read(data, round)
    macs = [keys.mac(round.id, Purpose.ROLL, "person", row.person) for row in rows]
    _refuse_known(session, round, rows, macs)
    made = RollImport(
        round_id=round.id,
        filename=PurePath(filename.replace("\\", "/")).name[:100],
        digest=hashlib.sha256(data).hexdigest(),
        entries=len(rows),
        imported_by=by.id,
        imported_at=at,
    )
    session.add(made)
    session.flush()
    session.execute(
        insert(RollEntry.__table__),
        [
            {
                "round_id": round.id,
                "area_id": row.area.id if row.area else None,
                "import_id": made.id,
                "person_mac": mac,
                "codes_issued": 0,
            }
            for row, mac in zip(rows, macs, strict=True)
        ],
    )
    body = {"entries": made.entries, "file": made.digest}
    _record(session, round, "roll.import", by, at, body)
    return made


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
    _require_before(round, Phase.COUNTING, at, "Voting has ended: codes are of no use any more.")
    if entries is None:
        entries = session.scalars(
            select(RollEntry)
            .where(RollEntry.round_id == round.id, RollEntry.code_mac.is_(None))
            .order_by(RollEntry.id)
        ).all()
    lacking = [entry for entry in entries if entry.code_mac is None]
    if not lacking:
        raise Refused("Everybody on this list has a code already.")
    issued = _give(session, round, lacking, at=at, keys=keys, bits=bits)
    _record(session, round, "codes.issue", by, at, {"codes": len(issued)})
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
    _require_before(round, Phase.VOTING, at, "Voting has begun: codes are replaced one by one.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    session.execute(update(RollEntry).where(RollEntry.round_id == round.id).values(code_mac=None))
    _record(session, round, "codes.take-back", by, at, {"reason": reason.strip()})


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
    _require_before(round, Phase.COUNTING, at, "Voting has ended: codes are of no use any more.")
    if entry.round_id != round.id:
        raise Refused("This entry belongs to another round.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    [issued] = _give(session, round, [entry], at=at, keys=keys, bits=bits)
    if Route.DESK in round.routes:
        entry.code_route = Route.DESK
        session.flush()
    _record(session, round, "codes.replace", by, at, {"reason": reason.strip()})
    return issued


def _match(session: Session, round: Round, data: bytes, keys: KeyRing) -> dict[int, str]:
    """The entries (id) of the people in a register file, with their numbers in the register."""
    found = dict(
        session.execute(
            select(RollEntry.person_mac, RollEntry.id).where(RollEntry.round_id == round.id)
        ).all()
    )
    matched, problems = {}, []
    for row in roll.read(data, round):
        entry_id = found.get(keys.mac(round.id, Purpose.ROLL, "person", row.person))
        if entry_id is None:
            problems.append(
                f"Line {row.line}: person “{roll.short(row.person)}” is not on the roll."
            )
        else:
            matched[entry_id] = row.person
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
    numbers = {id: n for n, id in enumerate(queries.entry_ids(session, round), 1)}
    issued = [
        IssuedCode(entry.id, numbers[entry.id], names.get(entry.area_id, ""), codes.new(bits))
        for entry in entries
    ]
    changes = [
        {
            "id": entry.id,
            "code_mac": codes.mac(keys, round.id, one.code),
            "code_issued_at": at,
            "code_route": None,
            "codes_issued": entry.codes_issued + 1,
        }
        for entry, one in zip(entries, issued, strict=True)
    ]
    session.execute(update(RollEntry), changes)
    for entry in entries:
        session.expire(entry)
    return issued


def _refuse_known(session: Session, round: Round, rows: list[roll.Row], macs: list[bytes]) -> None:
    known = set(session.scalars(select(RollEntry.person_mac).where(RollEntry.round_id == round.id)))
    roll.refuse_if_any(
        [
            f"Line {row.line}: person “{roll.short(row.person)}” is on the roll already."
            for row, mac in zip(rows, macs, strict=True)
            if mac in known
        ]
    )


def _require_before(round: Round, phase: Phase, at: datetime, sentence: str) -> None:
    reached = calendar.phase_at(round, at)
    if calendar.ORDER.index(reached) >= calendar.ORDER.index(phase):
        raise PhaseClosed(sentence)


def _record(
    session: Session, round: Round, kind: str, by: Account, at: datetime, body: dict
) -> None:
    audit.record(
        session,
        chain=round.id,
        kind=kind,
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body=body,
    )
