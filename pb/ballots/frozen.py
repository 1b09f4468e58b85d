"""The lines of frozen ballots, kept in memory: they hardly change, and every voter needs them.

The database refuses any change to the projects of a frozen round (see the triggers), so that what
was read once under a config digest stays true for as long as the process lives. Only a withdrawal
marks a project, and makes them be read anew.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.proposals.models import Project, ProjectWithdrawal
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
    """What the lines depend on: the frozen definition, and what was withdrawn since."""
    table = ProjectWithdrawal
    withdrawn = select(table.number).where(table.round_id == round.id)
    return round.config_digest, *session.scalars(withdrawn.order_by(table.number))


def _read(session: Session, round: Round) -> Lines:
    with Session(session.connection()) as own:
        query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
        found = tuple(
            own.scalars(query.options(joinedload(Project.area), selectinload(Project.withdrawal)))
        )
        own.expunge_all()
    return found
