"""Making the roll, and giving out codes."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import lock
from pb.eligibility import codes, queries, roll
from pb.eligibility.models import CodeBatch, Form, RollEntry, RollImport
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side

LOCK_SPACE = 0x5043


@dataclass(frozen=True)
class Order:
    """What is to be made of codes that are given out together."""

    form: Form = Form.PAGE
    whom: str = "Everybody without a code"
    language: str = "en"
    sender: str = ""
    desk: str = ""


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code on its one way to the voter; it is kept nowhere."""

    entry_id: int
    number: int  # of the entry on the roll
    area: str  # the name of the voter's area; empty for city-wide voters
    code: str
    batch_id: int | None = None

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
    by: Account | None,
    at: datetime,
    keys: KeyRing,
    entries: Sequence[RollEntry] | None = None,
    bits: codes.Bits = secrets.randbits,
    order: Order = Order(),
    job_id: int | None = None,
    file_key: bytes | None = None,
) -> list[IssuedCode]:
    """Give a code to every entry that has none; only this answer ever holds the codes.

    `entries` restricts it to some of the roll. Refused if nobody lacks a code. They become a
    batch; with a `job_id` its file, encrypted with `file_key`, is still to be made. `by` is nobody
    on the command line.
    """
    _require_before(round, Phase.COUNTING, at, "Voting has ended: codes are of no use any more.")
    lock(session, LOCK_SPACE, round.id)  # whoever gives out codes at the same time waits here
    wanted = None if entries is None else [entry.id for entry in entries]
    lacking = queries.lacking_a_code(session, round, wanted)
    if not lacking:
        raise Refused("Everybody on this list has a code already.")
    batch = CodeBatch(
        round_id=round.id,
        job_id=job_id,
        codes=len(lacking),
        issued_by=by and by.id,
        issued_at=at,
        file_key=file_key,
        **vars(order),
    )
    if job_id is None:
        batch.ready_at = batch.collected_at = at
    session.add(batch)
    session.flush()
    issued = _give(session, round, lacking, at=at, keys=keys, bits=bits, batch=batch)
    body = {"batch": batch.id, "codes": len(issued)}
    _record(session, round, "codes.issue", by, at, body)
    return issued


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
    session.execute(
        update(CodeBatch)
        .where(CodeBatch.round_id == round.id, CodeBatch.revoked_at.is_(None))
        .values(revoked_at=at, file_key=None)
    )
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
    _record(session, round, "codes.replace", by, at, {"reason": reason.strip()})
    return issued


def _give(
    session: Session,
    round: Round,
    entries: Sequence[RollEntry],
    *,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits,
    batch: CodeBatch | None = None,
) -> list[IssuedCode]:
    """New codes for these entries, whatever they had before."""
    names = {area.id: area.name for area in round.areas}
    ids = [entry.id for entry in entries]
    numbers = queries.numbers_between(session, round, min(ids), max(ids))
    batch_id = batch and batch.id
    issued = [
        IssuedCode(
            entry.id, numbers[entry.id], names.get(entry.area_id, ""), codes.new(bits), batch_id
        )
        for entry in entries
    ]
    changes = [
        {
            "id": entry.id,
            "code_mac": codes.mac(keys, round.id, one.code),
            "code_issued_at": at,
            "codes_issued": entry.codes_issued + 1,
            "code_batch_id": batch_id,
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
    session: Session, round: Round, kind: str, by: Account | None, at: datetime, body: dict
) -> None:
    audit.record(
        session,
        chain=round.id,
        kind=kind,
        at=at,
        actor=by and by.id,
        side=Side.COMMISSION,
        body=body,
    )
