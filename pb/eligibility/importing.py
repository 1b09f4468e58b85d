"""Reading a list into the roll, all of it or nothing; and taking it back."""

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb import db
from pb.accounts.models import Account
from pb.eligibility import columns, roll, tables, uploads
from pb.eligibility.columns import Choices
from pb.eligibility.findings import Findings, all_mistakes
from pb.eligibility.models import (
    CODES,
    NUMBERS,
    RollEntry,
    RollImport,
    RollUpload,
    highest_number,
)
from pb.eligibility.people import Sealer
from pb.eligibility.roll import Mistake, Reader, Row, Standard, TooYoung
from pb.eligibility.staging import AT_ONCE, Staging
from pb.errors import Invalid, Refused
from pb.keys import KeyRing, Purpose
from pb.notices.jobs import Work
from pb.rounds.models import Phase, Round

KIND = "roll.import"
KIND_UNDO = "roll.undo"
REMOVED_AT_ONCE = 20_000  # numbers; a statement must not run into the limit of the database


def import_roll(
    session: Session,
    round: Round,
    data: bytes,
    filename: str,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
    choices: Choices | None = None,
) -> RollImport:
    """Add the people of a short list to the roll, all or none.

    Raises Invalid with a sentence for every faulty row. Only keyed hashes of the register numbers
    are kept. Only before voting. A long list is read by a job: `read_upload`.
    """
    roll.require_before(round, Phase.VOTING, at, roll.CLOSED)
    file, findings = io.BytesIO(data), Findings()
    choices = choices or columns.guess(tables.open_table(io.BytesIO(data)).header)
    standard = Standard.of(session, round, choices)
    made = _import(filename, hashlib.sha256(data).hexdigest(), by.id, at)
    with Staging() as staging:
        read(file, staging, findings, standard, round.id, keys)
        _find_known(session, round.id, staging, findings)
        findings.refuse()
        return store(session, round, staging, made, by=by)


def read(
    file: BinaryIO,
    staging: Staging,
    findings: Findings,
    standard: Standard,
    round_id: int,
    keys: KeyRing,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> None:
    """Stage the people of a list by one standard, and note what is wrong with the others."""
    table = tables.open_table(file)
    if len(table.header) != len(standard.choices.columns):
        raise Invalid("The columns chosen belong to another file.")
    reader = Reader(standard, len(table.header))
    mac = keys.hasher(round_id, Purpose.ROLL)
    sealer = _sealer(round_id, keys) if standard.choices.needs else None
    rows: list[Row] = []
    with _noting_faults(findings):
        for count, (line, cells) in enumerate(table.lines, 1):
            _take(reader, line, cells, rows, findings)
            if len(rows) >= AT_ONCE:
                staging.add(rows, mac, sealer)
                rows.clear()
                progress(count, table.about)
    staging.add(rows, mac, sealer)
    if not len(staging) and not findings.mistakes:
        old_enough = " who is old enough" if findings.young else ""
        raise Invalid(f"There is no person in the file{old_enough}.")
    for line, earlier in staging.doubles():
        findings.mistake(Mistake(line, f"this person is already in line {earlier}."))


def store(
    session: Session,
    round: Round,
    staging: Staging,
    made: RollImport,
    *,
    by: Account | None,
) -> RollImport:
    """Write staged people into the roll, in one transaction with its trace in the log."""
    db.may_take_long(session)
    db.roomy(session)
    db.lock(session, NUMBERS, round.id)
    highest = highest_number(session, round.id)
    made.round_id, made.entries = round.id, len(staging)
    session.add(made)
    session.flush()
    staging.store(session, round.id, made.id, highest)
    body = {"entries": made.entries, "file": made.digest}
    roll.record(session, round, KIND, by, made.imported_at, body)
    return made


def import_job(work: Work) -> Mapping[str, Any]:
    """Read an uploaded list into the roll (a job); safe to repeat."""
    tools = work.tools
    with Session(db.read_only(tools.engine)) as session:
        if done := _done_before(session, work):
            return _told(done.entries, Findings(), work)
        upload = session.get(RollUpload, work.payload["upload"])
        if upload is None or not uploads.path(upload, tools.data_dir).exists():
            raise Refused("The file is not here any more. Choose it again.")
        round = session.get_one(Round, upload.round_id)
        roll.require_before(round, Phase.VOTING, tools.clock(), roll.CLOSED)
        standard = Standard.of(session, round, Choices.from_json(upload.choices or {}))
        session.expunge(upload)
    findings = Findings()
    with Staging(uploads.scratch_path(upload, tools.data_dir)) as staging:
        with (
            uploads.path(upload, tools.data_dir).open("rb") as file,
            all_mistakes(findings, uploads.mistakes_path(upload, tools.data_dir)),
        ):
            read(file, staging, findings, standard, upload.round_id, tools.keys, work.report)
            with Session(db.read_only(tools.engine)) as session:
                _find_known(session, upload.round_id, staging, findings)
        with Session(tools.engine) as session, session.begin():
            session.get_one(RollUpload, upload.id).mistakes = findings.mistakes
        findings.refuse()
        entries = _store_upload(work, upload, staging)
    uploads.remove(upload, tools.data_dir)
    return _told(entries, findings, work)


def undo_job(work: Work) -> Mapping[str, Any]:
    """Take a list back (a job); safe to repeat."""
    with Session(work.tools.engine) as session, session.begin():
        made = session.get_one(RollImport, work.payload["import"])
        by = session.get(Account, work.asked_by) if work.asked_by else None
        if made.undone_at is None:
            reason = work.payload["reason"]
            undo(session, made, reason=reason, by=by, at=work.tools.clock())
        return {"told": f"{made.entries:,} people are off the list of voters again."}


def undo(
    session: Session, made: RollImport, *, reason: str, by: Account | None, at: datetime
) -> None:
    """Take the people of one list off the roll again, before voting and before they have codes."""
    round = session.get_one(Round, made.round_id)
    db.may_take_long(session)
    db.roomy(session)
    db.lock(session, NUMBERS, round.id)
    db.lock(session, CODES, round.id)  # letters that are being made come first
    session.refresh(made, with_for_update=True)
    require_undoable(session, round, made, at)
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    of_it = RollEntry.import_id == made.id
    first, last = session.execute(
        select(func.min(RollEntry.number), func.max(RollEntry.number)).where(of_it)
    ).one()
    for start in range(first or 0, (last or -1) + 1, REMOVED_AT_ONCE):
        numbers = RollEntry.number.between(start, start + REMOVED_AT_ONCE - 1)
        # Without those whom the desk gave a code after the look at the codes.
        without = RollEntry.code_mac.is_(None), numbers
        session.execute(delete(RollEntry).where(RollEntry.round_id == round.id, of_it, *without))
    _refuse_coded(session, made)
    made.undone_at = at
    body = {"entries": made.entries, "file": made.digest, "reason": reason.strip()}
    roll.record(session, round, KIND_UNDO, by, at, body)


def require_undoable(session: Session, round: Round, made: RollImport, at: datetime) -> None:
    """Refuse unless a list can be taken back now."""
    roll.require_before(round, Phase.VOTING, at, roll.CLOSED)
    if made.undone_at is not None:
        raise Refused("This list was taken back already.")
    _refuse_coded(session, made)


def _refuse_coded(session: Session, made: RollImport) -> None:
    coded = select(func.count()).where(
        RollEntry.import_id == made.id, RollEntry.code_mac.is_not(None)
    )
    if count := session.scalar(coded):
        raise Refused(
            f"{count:,} people of this list have a code. Take all codes back first, "
            "then take the list back."
        )


def _store_upload(work: Work, upload: RollUpload, staging: Staging) -> int:
    """The one transaction of the job that writes to the roll; how many entries it made."""
    try:
        with Session(work.tools.engine) as session, session.begin():
            round, now = session.get_one(Round, upload.round_id), work.tools.clock()
            roll.require_before(round, Phase.VOTING, now, roll.CLOSED)
            by = session.get(Account, work.asked_by) if work.asked_by else None
            made = _import(upload.filename, upload.digest, work.asked_by, now)
            made.job_id = work.job_id
            store(session, round, staging, made, by=by)
            uploads.forget(session, session.get_one(RollUpload, upload.id))
            return made.entries
    except IntegrityError as error:
        raise Refused(
            "The list of voters was changed meanwhile. Bring in this list again."
        ) from error


def _take(reader: Reader, line: int, cells: list[str], rows: list[Row], findings: Findings) -> None:
    try:
        found = reader.read(line, cells)
    except TooYoung:
        findings.young += 1
        return
    if isinstance(found, Row):
        rows.append(found)
        if found.oddity:
            findings.odd(found)
        return
    for mistake in found:
        findings.mistake(mistake)


@contextlib.contextmanager
def _noting_faults(findings: Findings) -> Iterator[None]:
    """A line that cannot be read at all ends the reading, and is told with the other mistakes."""
    try:
        yield
    except tables.Fault as fault:
        findings.mistake(Mistake(fault.line, fault.sentence))


def _find_known(session: Session, round_id: int, staging: Staging, findings: Findings) -> None:
    for line in staging.known(session, round_id):
        findings.mistake(Mistake(line, "this person is on the roll already."))


def _import(filename: str, digest: str, by: int | None, at: datetime) -> RollImport:
    name = PurePath(filename.replace("\\", "/")).name[:100]
    return RollImport(filename=name, digest=digest, imported_by=by, imported_at=at)


def _sealer(round_id: int, keys: KeyRing) -> Sealer:
    try:
        return Sealer(round_id, keys)
    except FileNotFoundError:
        raise Refused(
            "The personal details of this round were erased for good. "
            "Bring the list in without names and addresses."
        ) from None


def _done_before(session: Session, work: Work) -> RollImport | None:
    return session.scalars(select(RollImport).where(RollImport.job_id == work.job_id)).first()


def _told(entries: int, findings: Findings, work: Work) -> dict[str, Any]:
    """What the page of the job says; it holds no personal data."""
    people = "1 person is" if entries == 1 else f"{entries:,} people are"
    told = f"{people} on the list of voters now."
    if findings.young:
        were = "1 person was" if findings.young == 1 else f"{findings.young:,} people were"
        told += f" {were} too young and left out."
    notes = [str(one) for one in findings.first_oddities]
    if findings.oddities > len(notes):
        notes.append(f"There are {findings.oddities - len(notes):,} more.")
    outcome: dict[str, Any] = {"told": told, "entries": entries, "young": findings.young}
    if notes:
        outcome |= {"notes_title": "Please look at these lines again", "notes": notes}
    return outcome
