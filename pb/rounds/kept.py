"""Frozen rounds kept in memory, one for each thread: every request begins with its round.

Loading a round with its areas and dates costs more than all else that a vote asks of the database.
What a frozen round holds hardly changes, and areas of a frozen round cannot change at all (see the
triggers). The database counts every change of a round, of its dates and of what was withdrawn from
its ballot: only a round whose revision is still the same is given to the new session.
"""

import threading
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb import db
from pb.rounds.models import Round

REVISION = sa.select(Round.__table__.c.revision).where(
    Round.__table__.c.slug == sa.bindparam("slug")
)
MOST = 4  # rounds that a thread keeps
SEEN = "revisions seen"  # noted of a transaction, by the slug of the round


@dataclass(frozen=True)
class Kept:
    """A round that belongs to no session, and its revision when it was loaded."""

    round: Round
    pool: sa.Pool
    revision: int
    states: tuple[Any, ...]  # of the round and of everything that was loaded with it

    def fits(self, session: Session) -> bool:
        """Whether the session can take it in: nothing changed, nothing there twice."""
        there = session.identity_map
        return self.pool is session.get_bind().pool and all(
            state.detached
            and not state.modified
            and not state.expired_attributes
            and state.key not in there
            for state in self.states
        )


class _Thread(threading.local):
    def __init__(self) -> None:
        self.rounds: dict[str, Kept] = {}
        self.met: set[str] = set()  # addresses of frozen rounds


_HERE = _Thread()


def take(session: Session, slug: str, *, borrow: bool = False) -> Round | None:
    """The kept round of this address, now in this session; None if it has to be loaded.

    To `borrow` it is quicker: the round stays in no session, and nothing about it can be changed.
    """
    kept = _HERE.rounds.get(slug)
    if kept is None or not kept.fits(session):
        return None
    if _seen(session, slug) != kept.revision:
        del _HERE.rounds[slug]
        _HERE.met.discard(slug)
        return None
    if not borrow:
        session.add(kept.round)
    return kept.round


def is_same(session: Session, round: Round) -> bool:
    """Whether a kept round still is, in the transaction of now, what it was when it was loaded."""
    revision, kept = _look(session, round.slug), _HERE.rounds.get(round.slug)
    return kept is not None and kept.round is round and kept.revision == revision


def revision_to_keep(session: Session, slug: str) -> int | None:
    """The revision of a round, if this thread has met the round as a frozen one before."""
    return _look(session, slug) if slug in _HERE.met else None


def keep(session: Session, round: Round, revision: int | None) -> None:
    """Keep a frozen round for the requests to come in this thread, when it is met again."""
    _HERE.met.add(round.slug)
    if revision is None or session.is_modified(round):
        return
    while len(_HERE.rounds) >= MOST:
        del _HERE.rounds[next(iter(_HERE.rounds))]
    loaded = (round, *round.__dict__.get("areas", ()), *round.__dict__.get("dates", ()))
    states = tuple(map(sa.inspect, loaded))
    _HERE.rounds[round.slug] = Kept(round, session.get_bind().pool, revision, states)


def revision(session: Session, round: Round) -> int:
    """The revision of a round; asked only once in a transaction that changes nothing."""
    return _seen(session, round.slug)


def _seen(session: Session, slug: str) -> int | None:
    seen = db.noted(session, SEEN) or {}
    return seen[slug] if slug in seen else _look(session, slug)


def _look(session: Session, slug: str) -> int | None:
    """The revision as the database has it now."""
    (found,) = db.run(session, REVISION, {"slug": slug}) or (None,)
    see(session, slug, found)
    return found


def see(session: Session, slug: str, revision: int | None) -> None:
    """Note the revision that a round has, for the rest of the transaction."""
    db.note(session, SEEN, (db.noted(session, SEEN) or {}) | {slug: revision})


def forget(session: Session) -> None:
    """Forget the revisions that this transaction has seen: they may have changed."""
    session.info.pop(SEEN, None)


@sa.event.listens_for(Session, "after_flush")
def _forget(session: Session, context: Any) -> None:
    """What this transaction itself has written may be a new revision."""
    forget(session)
