"""Slowing down guessing, with counters in the database that hold across all workers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pb.accounts.models import Attempt
from pb.db import upsert
from pb.errors import Refused


class TooMany(Refused):
    """Too many tries; `retry_after` says how many seconds to wait."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        minutes = max(1, -(-retry_after // 60))
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(
            f"There were too many tries. Nothing is locked: wait {wait} and try again."
        )
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limit:
    """So many tries in so many seconds."""

    purpose: str
    tries: int
    seconds: int


SIGN_IN = Limit("sign-in", tries=8, seconds=300)
CODES = Limit("code", tries=20, seconds=300)


def count(session: Session, limit: Limit, subject: str, now: datetime) -> None:
    """Count one failed try of a subject."""
    hashed, window = _key(limit, subject, now)
    # Old windows are of no use: whoever fails sweeps them out.
    session.execute(
        delete(Attempt).where(Attempt.purpose == limit.purpose, Attempt.window < window - 1)
    )
    row = {"purpose": limit.purpose, "subject": hashed, "window": window, "count": 1}
    session.execute(
        upsert(session, Attempt)
        .values(row)
        .on_conflict_do_update(
            index_elements=["purpose", "subject", "window"], set_={"count": Attempt.count + 1}
        )
    )


def check(session: Session, limit: Limit, subject: str, now: datetime) -> None:
    """Refuse (TooMany) a subject that failed too often in this window."""
    hashed, window = _key(limit, subject, now)
    tries = session.scalar(
        select(Attempt.count).where(
            Attempt.purpose == limit.purpose, Attempt.subject == hashed, Attempt.window == window
        )
    )
    if (tries or 0) >= limit.tries:
        raise TooMany(limit.seconds - int(now.timestamp()) % limit.seconds)


def _key(limit: Limit, subject: str, now: datetime) -> tuple[str, int]:
    hashed = hashlib.sha256(f"{limit.purpose}|{subject}".encode()).hexdigest()
    return hashed, int(now.timestamp()) // limit.seconds
