"""Checking a box from outside: what must hold while it is open, and what once it is sealed.

Every check gives a sentence, whether it holds or not; none of them looks at a choice.
"""

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.audit.models import Entry
from pb.ballots import cleaning, queries, sealing
from pb.ballots.models import (
    CommitmentList,
    LiveBallot,
    SealedCommitment,
    TurnoutMark,
    WaitingSheet,
)
from pb.errors import Refused
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Round

WINDOW = 1 << 22  # bytes that are searched at once
HEAD = 8  # bytes of a commitment that are looked for first


@dataclass(frozen=True)
class Finding:
    """One thing that was checked; `holds` is None where it could not be."""

    holds: bool | None
    sentence: str


def check(session: Session, round: Round, keys: KeyRing) -> list[Finding]:
    """Everything that can be checked about the box of a round, as it lies now."""
    if round.sealed_at is None:
        return [_marks(session, round, LiveBallot), *_open_box(session, round, keys)]
    return [*_sealed_box(session, round, keys), *_leftovers(session, round)]


def _count(session: Session, round: Round, model: type) -> int:
    query = select(func.count()).select_from(model).where(model.round_id == round.id)
    return session.scalar(query) or 0


def _marks(session: Session, round: Round, model: type) -> Finding:
    marks, ballots = _count(session, round, TurnoutMark), _count(session, round, model)
    return Finding(
        marks == ballots, f"{marks:,} people are marked as having voted, {ballots:,} ballots"
    )


def _open_box(session: Session, round: Round, keys: KeyRing) -> Iterator[Finding]:
    live = select(LiveBallot.slot, LiveBallot.commitment).where(LiveBallot.round_id == round.id)
    rows = session.execute(live).all()
    entries = session.scalars(select(TurnoutMark.entry_id).where(TurnoutMark.round_id == round.id))
    try:
        slot_of = sealing.slots_of(round, keys)
    except Refused as refusal:
        yield Finding(False, str(refusal))
    else:
        found = {slot for slot, _ in rows} == {slot_of(entry) for entry in entries}
        yield Finding(found, "every ballot belongs to somebody who voted")
    commitments = {commitment for _, commitment in rows}
    yield Finding(len(commitments) == len(rows), "every ballot has a commitment of its own")
    sealed = _count(session, round, SealedCommitment)
    yield Finding(sealed == 0, "no commitment is published as sealed yet")


def _sealed_box(session: Session, round: Round, keys: KeyRing) -> Iterator[Finding]:
    told = session.scalars(
        select(Entry.body).where(Entry.chain == round.id, Entry.kind == "box.seal")
    ).all()
    yield Finding(len(told) == 1, f"the log tells {len(told)} times that the box was sealed")
    body = told[-1] if told else {}
    digest = queries.sealed_digest(session, round)
    yield Finding(digest == body.get("digest"), f"the box is what was sealed: {digest}")
    lists = queries.sealed_counts(session, round)
    yield Finding(lists == body.get("lists"), "every area has as many lists as were sealed")
    receipts = _count(session, round, SealedCommitment)
    yield Finding(
        receipts == body.get("ballots"), f"{receipts:,} receipts are published, one for each ballot"
    )
    if receipts:
        yield _marks(session, round, SealedCommitment)
    for model, what in (
        (LiveBallot, "no ballot that could still be changed is left"),
        (WaitingSheet, "no key sheet is left"),
        (CommitmentList, "no earlier list of commitments is left"),
    ):
        yield Finding(_count(session, round, model) == 0, what)
    gone = keys.is_destroyed(round.id, Purpose.BALLOTS)
    yield Finding(gone, "the key that found a voter’s ballot is destroyed")
    done = cleaning.is_done(keys, round.id)
    yield Finding(done, "what the seal erased was cleared from the disk")


def _leftovers(session: Session, round: Round) -> Iterator[Finding]:
    """Search the bytes of the database for what would link a voter to a ballot.

    An erased ballot would leave its commitment beside its slot: so every commitment may stand
    once in the file, and in PostgreSQL nowhere in the files of the open box.
    """
    commitments = list(queries.commitments(session, round))
    if not commitments:
        yield Finding(None, "there are no commitments to search for: the ballots were imported")
        return
    if session.get_bind().dialect.name == "sqlite":
        yield from _sqlite_leftovers(session, commitments)
    else:
        yield from _postgres_leftovers(session, commitments)


def _sqlite_leftovers(session: Session, commitments: list[bytes]) -> Iterator[Finding]:
    database = session.get_bind().url.database
    if not database or database == ":memory:":
        yield Finding(None, "a database in memory has no bytes to search")
        return
    found = occurrences(Path(database), commitments)
    yield Finding(
        found == len(commitments),
        f"{Path(database).name}: {found:,} traces of {len(commitments):,} commitments, one each",
    )
    log = Path(f"{database}-wal")
    traces = occurrences(log, commitments) if log.exists() else 0
    yield Finding(traces == 0, f"{log.name}: {traces:,} traces of commitments")


def _postgres_leftovers(session: Session, commitments: list[bytes]) -> Iterator[Finding]:
    try:
        with session.begin_nested():
            folder = session.scalar(sa.text("SELECT current_setting('data_directory')"))
            names = session.scalars(
                sa.text(
                    "SELECT pg_relation_filepath(c.oid) FROM pg_class c"
                    " WHERE c.oid IN ('live_ballot'::regclass, 'commitment_list'::regclass)"
                    " OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN"
                    " ('live_ballot'::regclass, 'commitment_list'::regclass))"
                    " OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE oid IN"
                    " ('live_ballot'::regclass, 'commitment_list'::regclass))"
                )
            ).all()
    except sa.exc.DBAPIError:
        folder, names = None, []
    files = [Path(folder or "/", name) for name in names if name]
    if not files or not all(os.access(file, os.R_OK) for file in files):
        yield Finding(None, "the files of PostgreSQL cannot be read from here: not searched")
        return
    traces = sum(occurrences(file, commitments) for file in files)
    yield Finding(traces == 0, f"{len(files)} files of the open box: {traces:,} traces")
    yield Finding(None, "the write-ahead log and backups of PostgreSQL: let them expire")


def occurrences(file: Path, wanted: list[bytes]) -> int:
    """How often any of the wanted byte strings (at least `HEAD` bytes each) stands in a file."""
    if not wanted or file.stat().st_size == 0:
        return 0
    longest = max(map(len, wanted))
    known: dict[bytes, list[bytes]] = {}
    for one in wanted:
        known.setdefault(one[:HEAD], []).append(one)
    heads = np.sort(np.frombuffer(b"".join(known), dtype=np.uint64))
    found = 0
    with open(file, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as all_:
        for start in range(0, len(all_), WINDOW):
            piece = all_[start : start + WINDOW + longest]
            for place in _places(piece, heads):
                if place < WINDOW:
                    at = start + place
                    head = all_[at : at + HEAD]
                    found += sum(all_[at : at + len(one)] == one for one in known.get(head, ()))
    return found


def _places(piece: bytes, heads: np.ndarray) -> Iterator[int]:
    """Where in a piece one of the heads begins, whatever its alignment."""
    for shift in range(min(HEAD, max(0, len(piece) - HEAD + 1))):
        count = (len(piece) - shift) // HEAD
        words = np.frombuffer(piece, dtype=np.uint64, count=count, offset=shift)
        near = np.searchsorted(heads, words)
        hits = np.flatnonzero(heads[np.minimum(near, len(heads) - 1)] == words)
        yield from (int(hit) * HEAD + shift for hit in hits)
