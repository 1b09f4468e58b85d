"""Frozen rounds kept in memory, one for each thread: every request begins with its round.

Loading a round with its areas and dates costs more than all else that a vote asks of the database.
What a frozen round holds hardly changes, and areas of a frozen round cannot change at all (see the
triggers). So its row and its dates are read as they lie, and compared with what was read when the
round was loaded; only a round that is still the same is given to the new session.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb.rounds.models import PhaseDates, Round

ROUND, DATES = Round.__table__, PhaseDates.__table__


def _as_it_lies(column: sa.Column) -> sa.ColumnElement:
    """A column that is turned into nothing, neither here nor by the driver: it is only compared."""
    plain = sa.literal_column(f"{column.table.name}.{column.name}")
    return sa.cast(plain, sa.Text) if isinstance(column.type, sa.JSON) else plain


ROWS = (
    sa.select(
        *map(_as_it_lies, (*ROUND.columns, DATES.c.phase, DATES.c.opens_at, DATES.c.closes_at))
    )
    .select_from(ROUND.outerjoin(DATES))
    .where(ROUND.c.slug == sa.bindparam("slug"))
    .order_by(DATES.c.phase)
)
MOST = 4  # rounds that a thread keeps


@dataclass(frozen=True)
class Kept:
    """A round that belongs to no session, and its rows as they lay when it was loaded."""

    round: Round
    pool: sa.Pool
    rows: Sequence[Any]

    def parts(self) -> Iterator[Any]:
        """The round and everything that was loaded with it."""
        yield self.round
        yield from self.round.__dict__.get("areas", ())
        yield from self.round.__dict__.get("dates", ())

    def fits(self, session: Session) -> bool:
        """Whether the session can take it in: nothing changed, nothing there twice."""
        return self.pool is session.get_bind().pool and all(
            state.detached
            and not state.modified
            and not state.expired_attributes
            and state.key not in session.identity_map
            for state in map(sa.inspect, self.parts())
        )


class _Thread(threading.local):
    def __init__(self) -> None:
        self.rounds: dict[str, Kept] = {}
        self.met: set[str] = set()  # addresses of frozen rounds


_HERE = _Thread()


def take(session: Session, slug: str) -> Round | None:
    """The kept round of this address, now in this session; None if it has to be loaded."""
    kept = _HERE.rounds.get(slug)
    if kept is None or not kept.fits(session):
        return None
    if session.execute(ROWS, {"slug": slug}).all() != kept.rows:
        del _HERE.rounds[slug]
        _HERE.met.discard(slug)
        return None
    session.add(kept.round)
    return kept.round


def is_same(session: Session, round: Round) -> bool:
    """Whether a kept round still is, in the transaction of now, what it was when it was loaded."""
    kept = _HERE.rounds.get(round.slug)
    return (
        kept is not None
        and kept.round is round
        and session.execute(ROWS, {"slug": round.slug}).all() == kept.rows
    )


def rows(session: Session, slug: str) -> Sequence[Any] | None:
    """The rows of a round as they lie, if this thread has met the round as a frozen one before."""
    return session.execute(ROWS, {"slug": slug}).all() if slug in _HERE.met else None


def keep(session: Session, round: Round, rows: Sequence[Any] | None) -> None:
    """Keep a frozen round for the requests to come in this thread, when it is met again."""
    _HERE.met.add(round.slug)
    if rows is None or session.is_modified(round):
        return
    while len(_HERE.rounds) >= MOST:
        del _HERE.rounds[next(iter(_HERE.rounds))]
    _HERE.rounds[round.slug] = Kept(round, session.get_bind().pool, rows)
