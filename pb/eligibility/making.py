"""The job that makes letters, and the tick that erases what nobody collected.

Codes are given out in one short transaction; afterwards they stand only in the memory of the worker
and in an encrypted parcel. A worker that dies before the parcel is whole leaves codes that nobody
has seen: whoever takes the job up takes them back and gives out new ones.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.eligibility import batches, letters, orders, parcels, queries, service
from pb.eligibility.letterhead import Letterhead
from pb.eligibility.letters import Letter
from pb.eligibility.models import CodeBatch, Form
from pb.eligibility.orders import Asked
from pb.eligibility.parcels import Parcel
from pb.errors import Refused
from pb.notices.jobs import Tools, Work
from pb.notices.models import Job
from pb.rounds.models import Round

BETWEEN_REPORTS = 50  # letters
BEING_WRITTEN = timedelta(hours=1)  # a file as young as this may belong to what is not stored yet
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def make(work: Work) -> Mapping[str, Any]:
    """Give out the codes, make the file, and leave it to be collected; safe to repeat."""
    asked = Asked.read(work.payload)
    try:
        batch_id, told = _finished(work) or _made(work, asked)
    except Exception:
        _take_back(work)
        _forget_list(work, asked)
        raise
    _forget_list(work, asked)
    link = {"href": f"{asked.back}/{batch_id}", "text": "Go to this batch"}
    return {"told": told, "next": link}


def erase(tools: Tools) -> None:
    """The tick: take back what nobody collected in a day, and remove files without an owner."""
    folder, now = tools.data_dir / orders.FOLDER, tools.clock()
    found = [path for path in folder.glob("*") if path.is_file()]
    with Session(tools.engine) as session, session.begin():
        for key in batches.revoke_uncollected(session, now):
            Parcel(folder, key).remove()
        owned = {Parcel(folder, key).path for key in _keys_in_use(tools, session)}
    for path in found:
        young = path.exists() and path.stat().st_mtime > (now - BEING_WRITTEN).timestamp()
        if path.with_suffix("") not in owned and not young:
            path.unlink(missing_ok=True)


def _keys_in_use(tools: Tools, session: Session) -> Iterator[bytes]:
    """The keys of files that wait to be collected, and of lists that a job has still to read."""
    yield from session.scalars(select(CodeBatch.file_key).where(CodeBatch.file_key.is_not(None)))
    at_work = select(Job.payload).where(
        Job.kind == orders.KIND,
        Job.ended_at.is_(None),
        Job.asked_at > tools.clock() - batches.WAITS_FOR,
    )
    for payload in session.scalars(at_work):
        if payload["listed"]:
            yield bytes.fromhex(payload["listed"])


def _finished(work: Work) -> tuple[int, str] | None:
    """What an earlier worker finished, and died before it could say so."""
    with Session(work.tools.engine) as session:
        batch = queries.batch_of_job(session, work.job_id)
        return (batch.id, _told(batch)) if batch and batch.ready_at else None


def _made(work: Work, asked: Asked) -> tuple[int, str]:
    _take_back(work)
    parcel = Parcel(_folder(work), parcels.new_key())
    slug, heads, found = _given_out(work, asked, parcel.key)
    with parcel.written() as stream:
        _write(stream, asked.order.form, slug, heads, found, work)
    with Session(work.tools.engine) as session, session.begin():
        batch = queries.batch_of_job(session, work.job_id)
        if batch.revoked_at is not None:
            parcel.remove()
            raise Refused("The codes were taken back while the letters were made.")
        batch.ready_at = work.tools.clock()
        return batch.id, _told(batch, found)


def _given_out(
    work: Work, asked: Asked, file_key: bytes
) -> tuple[str, Mapping[str, Letterhead], list[Letter]]:
    """New codes, stored as hashes, and the letters that say them."""
    people, tools = _list(work, asked), work.tools
    with Session(tools.engine, expire_on_commit=False) as session, session.begin():
        round = session.get_one(Round, work.round_id)
        before = queries.batch_of_job(session, work.job_id)
        meant = replace(asked, again=before.id) if before else asked
        entries, known = orders.chosen(session, round, meant, people, tools.keys)
        issued = service.issue_codes(
            session,
            round,
            by=session.get(Account, work.asked_by) if work.asked_by else None,
            at=tools.clock(),
            keys=tools.keys,
            entries=entries,
            order=asked.order,
            job_id=work.job_id,
            file_key=file_key,
        )
        heads = orders.heads_of(round, asked)
        return round.slug, heads, orders.composed(issued, known, asked)


def _take_back(work: Work) -> None:
    """Make the codes of an attempt worthless that did not end in a file."""
    with Session(work.tools.engine) as session, session.begin():
        batch = queries.batch_of_job(session, work.job_id)
        if batch is None or batch.revoked_at is not None or batch.ready_at is not None:
            return
        if batch.file_key is not None:
            Parcel(_folder(work), batch.file_key).remove()
        reason = "Making the letters broke off."
        batches.revoke(session, batch, reason=reason, by=None, at=work.tools.clock())


def _told(batch: CodeBatch, made: Sequence[Letter] = ()) -> str:
    one, many = ("letter", "letters") if batch.form is Form.PDF else ("code", "codes")
    what = f"1 {one} is" if batch.codes == 1 else f"{batch.codes:,} {many} are"
    told = f"{what} ready. Collect the file within 24 hours; that can be done once."
    bare = sum(not letter.address for letter in made)
    if 0 < bare < len(made):
        whom = "1 person" if bare == 1 else f"{bare:,} people"
        told += (
            f" {whom} could not be addressed by name: their number stands there. No name and "
            "address is known of them, or it is too long or has signs that letters cannot show."
        )
    return told


def _folder(work: Work) -> Path:
    return work.tools.data_dir / orders.FOLDER


def _list(work: Work, asked: Asked) -> bytes | None:
    if not asked.listed:
        return None
    try:
        return b"".join(Parcel(_folder(work), bytes.fromhex(asked.listed)).read())
    except FileNotFoundError:
        raise Refused(
            "The list with addresses is not here any more: it is kept for a day at most. "
            "Ask for the letters again."
        ) from None


def _forget_list(work: Work, asked: Asked) -> None:
    if asked.listed:
        Parcel(_folder(work), bytes.fromhex(asked.listed)).remove()


def _write(
    stream: io.RawIOBase,
    form: Form,
    slug: str,
    heads: Mapping[str, Letterhead],
    found: Sequence[Letter],
    work: Work,
) -> None:
    """The file as it is collected: a table, one PDF, or PDFs in a ZIP."""
    told = _with_signs_of_life(found, work)
    if form is Form.CSV:
        stream.write(b"\xef\xbb\xbf")
        stream.write("".join(_table(told, found)).encode())
        return
    if len(found) <= letters.PER_FILE:
        stream.writelines(letters.files(heads, told))
        return
    with zipfile.ZipFile(stream, "w") as together:  # PDFs are compressed inside
        for place, file in enumerate(letters.files(heads, told), 1):
            together.writestr(f"{slug}-letters-{place:03}.pdf", file)


def _with_signs_of_life(found: Sequence[Letter], work: Work) -> Iterator[Letter]:
    for place, letter in enumerate(found):
        if place % BETWEEN_REPORTS == 0:
            work.report(place, len(found))
        yield letter


def _table(told: Iterator[Letter], found: Sequence[Letter]) -> Iterator[str]:
    """The lines of the list for a printing house; no cell starts like a spreadsheet's formula."""
    most = max(len(letter.address) for letter in found)
    people = any(letter.person for letter in found)
    head = ["number", *(["person"] if people else []), "area", "language"]
    head += [f"address {n}" for n in range(1, most + 1)]
    yield _line([*head, "code", "link"])
    for one in told:
        person = [one.person] if people else []
        address = [*one.address, *([""] * (most - len(one.address)))]
        yield _line([one.number, *person, one.area, one.language, *address, one.code, one.link])


def _line(cells: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(
        f"'{cell}" if str(cell).startswith(FORMULAS) else cell for cell in cells
    )
    return text.getvalue()
