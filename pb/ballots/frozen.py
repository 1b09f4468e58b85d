"""The lines of frozen ballots, kept in memory: they cannot change, and every voter needs them.

The database refuses any change to the projects of a frozen round (see the triggers), so that what
was read once under a config digest stays true for as long as the process lives.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.proposals.models import Project
from pb.rounds.models import Round

ROUNDS_KEPT = 16

Lines = tuple[Project, ...]
# By connection pool: one process may know several databases, as the tests do.
_KEPT: WeakKeyDictionary[sa.Pool, OrderedDict[tuple[int, Hashable], Lines]] = WeakKeyDictionary()
_LOCK = Lock()


def lines(session: Session, round: Round) -> Lines:
    """The projects of a round by number, belonging to no session; read anew until it is frozen."""
    if round.frozen_at is None:
        return _read(session, round)
    key = (round.id, _edition(session, round))
    with _LOCK:
        kept = _KEPT.setdefault(session.get_bind().pool, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = _read(session, round)
    with _LOCK:
        kept[key] = found
        while len(kept) > ROUNDS_KEPT:
            kept.popitem(last=False)
    return found


def _edition(session: Session, round: Round) -> Hashable:
    """What the lines depend on: whatever may change during voting has to be part of it."""
    return round.config_digest


def _read(session: Session, round: Round) -> Lines:
    with Session(session.connection()) as own:
        query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
        found = tuple(own.scalars(query))
        own.expunge_all()
    return found
