"""Writing and checking the log."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.audit.models import Entry
from pb.db import canonical, lock

TOWN = 0  # the chain of what concerns no single round
START = "0" * 64
LOCK_SPACE = 0x5041


@dataclass(frozen=True)
class Verdict:
    """The result of checking a chain: its head, and the first broken entry if there is one."""

    chain: int
    entries: int
    head: str
    broken_at: int | None = None
    problem: str | None = None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


def record(
    session: Session,
    *,
    chain: int,
    kind: str,
    at: datetime,
    actor: int | None = None,
    side: str | None = None,
    body: dict[str, Any] | None = None,
) -> Entry:
    """Append an entry to a chain, in the transaction of the thing that it tells.

    `body` is public: it must hold no name, address, code or choice.
    """
    lock(session, LOCK_SPACE, chain)
    last = session.scalars(
        select(Entry).where(Entry.chain == chain).order_by(Entry.seq.desc()).limit(1)
    ).first()
    entry = Entry(
        chain=chain,
        seq=last.seq + 1 if last else 1,
        at=at,
        actor_id=actor,
        side=side,
        kind=kind,
        body=body or {},
        prev=last.hash if last else START,
    )
    entry.hash = digest(entry)
    session.add(entry)
    session.flush()
    return entry


def content(entry: Entry) -> dict[str, Any]:
    """The entry as it is hashed and exported, without its own hash."""
    return {
        "chain": entry.chain,
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "side": entry.side,
        "kind": entry.kind,
        "body": entry.body,
        "prev": entry.prev,
    }


def digest(entry: Entry) -> str:
    """SHA-256 over the canonical content of an entry, as hex."""
    return hashlib.sha256(canonical(content(entry))).hexdigest()


def verify(chain: int, entries: Iterable[Entry]) -> Verdict:
    """Check a chain from its first entry: numbering, links and hashes."""
    seq, head = 0, START
    for entry in entries:
        problem = None
        if entry.seq != seq + 1:
            problem = f"entry {seq + 1} is missing"
        elif entry.prev != head:
            problem = f"entry {entry.seq} does not continue entry {seq}"
        elif entry.hash != digest(entry):
            problem = f"entry {entry.seq} was changed"
        if problem:
            return Verdict(chain, seq, head, seq + 1, problem)
        seq, head = entry.seq, entry.hash
    return Verdict(chain, seq, head)
