"""Files that wait to be read into the roll: outside the web root, for their owner only.

A file is deleted once it is read, and after a day whatever happens.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.eligibility import columns, roll, tables
from pb.eligibility.columns import Choices
from pb.eligibility.models import RollUpload
from pb.errors import Invalid
from pb.notices.jobs import Tools
from pb.notices.models import Job
from pb.rounds.models import Phase, Round

LARGEST = 300 * 2**20
KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Preview:
    """The beginning of a list, and what its columns seem to be."""

    header: list[str]
    lines: list[list[str]]
    guess: Choices


def keep(
    session: Session,
    round: Round,
    file: BinaryIO,
    filename: str,
    *,
    by: Account,
    at: datetime,
    data_dir: Path,
    name: Callable[[], str] = secrets.token_hex,
) -> RollUpload:
    """Keep a file until it is read; raises Invalid if no list can be read from it."""
    roll.require_before(round, Phase.VOTING, at, roll.CLOSED)
    preview(file)
    file.seek(0)
    upload = RollUpload(
        round_id=round.id,
        stored_as=name(),
        filename=PurePath(filename.replace("\\", "/")).name[:100],
        uploaded_by=by.id,
        uploaded_at=at,
    )
    upload.digest, upload.size = _copy(file, path(upload, data_dir))
    session.add(upload)
    session.flush()
    return upload


def preview(file: BinaryIO) -> Preview:
    """The first lines of a list; raises Invalid if there is none in the file."""
    table = tables.open_table(file)
    if not table.header:
        raise Invalid("The file is empty. It needs a first line that names its columns.")
    lines = [cells for _, cells in zip(range(roll.SAMPLES), _cells(table), strict=False)]
    if not lines:
        raise Invalid("There is no person in the file.")
    return Preview(table.header, lines, columns.guess(table.header, lines))


def preview_of(upload: RollUpload, data_dir: Path) -> Preview:
    """The beginning of a file that was kept."""
    with path(upload, data_dir).open("rb") as file:
        return preview(file)


def path(upload: RollUpload, data_dir: Path) -> Path:
    """Where the file is."""
    return data_dir / "uploads" / upload.stored_as


def mistakes_path(upload: RollUpload, data_dir: Path) -> Path:
    """Where the list of its mistakes is, if it had any when it was read last."""
    return data_dir / "uploads" / f"{upload.stored_as}.mistakes"


def scratch_path(upload: RollUpload, data_dir: Path) -> Path:
    """Where its people are staged while it is read."""
    return data_dir / "uploads" / f"{upload.stored_as}.scratch"


def find(session: Session, round: Round, number: int) -> RollUpload | None:
    """A file of this round that waits."""
    query = select(RollUpload).where(RollUpload.id == number, RollUpload.round_id == round.id)
    return session.scalars(query).first()


def waiting(session: Session, round: Round) -> list[RollUpload]:
    """The files of a round that wait, oldest first."""
    query = select(RollUpload).where(RollUpload.round_id == round.id).order_by(RollUpload.id)
    return list(session.scalars(query))


def is_read_now(session: Session, upload: RollUpload) -> bool:
    """Whether a job has this file in hand, or will have it."""
    job = session.get(Job, upload.job_id) if upload.job_id else None
    return job is not None and not job.over


def forget(session: Session, upload: RollUpload) -> None:
    """Take a file off the list; `remove` deletes it, after the commit."""
    session.delete(upload)
    session.flush()


def remove(upload: RollUpload, data_dir: Path) -> None:
    """Delete the file and what was made of it; safe to repeat."""
    for one in (path, mistakes_path, scratch_path):
        one(upload, data_dir).unlink(missing_ok=True)


def tidy(tools: Tools) -> None:
    """Delete files that have waited for a day, and files that nobody knows (a tick)."""
    limit = tools.clock() - KEPT
    with Session(tools.engine) as session, session.begin():
        old = session.scalars(select(RollUpload).where(RollUpload.uploaded_at <= limit)).all()
        gone = [upload for upload in old if not is_read_now(session, upload)]
        for upload in gone:
            forget(session, upload)
        known = set(session.scalars(select(RollUpload.stored_as)))
    for upload in gone:
        remove(upload, tools.data_dir)
    for file in (tools.data_dir / "uploads").glob("*"):
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if file.name.partition(".")[0] not in known and changed <= limit:
            file.unlink(missing_ok=True)


def _cells(table: tables.Table):
    return (cells for _, cells in table.lines)


def _copy(file: BinaryIO, target: Path) -> tuple[str, int]:
    """Write a file that only its owner can read; its SHA-256 and size in bytes."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        while chunk := file.read(2**20):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    return digest.hexdigest(), size
