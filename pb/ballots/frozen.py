"""What frozen ballots hold, kept in memory: it hardly changes, and every voter needs it.

The database refuses any change to the projects of a frozen round (see the triggers), so that what
was read once stays true for as long as the round keeps its revision: a withdrawal marks a project,
and makes them be read anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.proposals.models import Project
from pb.rounds import kept
from pb.rounds.models import Round

MOST_KEPT = 64  # lines of a round, and the sheets of its areas

T = TypeVar("T")
Lines = tuple[Project, ...]
# By connection pool: one process may know several databases, as the tests do.
_KEPT: WeakKeyDictionary[sa.Pool, OrderedDict[Hashable, Any]] = WeakKeyDictionary()
_LOCK = Lock()


def lines(session: Session, round: Round) -> Lines:
    """The projects of a round by number, belonging to no session; read anew until it is frozen."""
    return keep(session, round, "lines", lambda: _read(session, round))


def keep(session: Session, round: Round, name: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, made anew only when the round's frozen ballot is another one.

    It must belong to no session. Nothing is kept of a round that is not frozen.
    """
    if round.frozen_at is None:
        return make()
    key = (round.id, name, round.config_digest, kept.revision(session, round))
    with _LOCK:
        known = _KEPT.setdefault(session.get_bind().pool, OrderedDict())
        if key in known:
            known.move_to_end(key)
            return known[key]
    found = make()
    with _LOCK:
        known[key] = found
        while len(known) > MOST_KEPT:
            known.popitem(last=False)
    return found


def _read(session: Session, round: Round) -> Lines:
    with Session(session.connection()) as own:
        query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
        found = tuple(
            own.scalars(query.options(joinedload(Project.area), selectinload(Project.withdrawal)))
        )
        own.expunge_all()
    return found
