"""What frozen ballots hold, kept in memory: it hardly changes, and every voter needs it.

The database refuses any change to the projects of a frozen round (see the triggers), so that what
was read once under a config digest stays true for as long as the process lives. Only a withdrawal
marks a project, and makes them be read anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.proposals.models import Project, ProjectWithdrawal
from pb.rounds.models import Round

MOST_KEPT = 64  # lines of a round, and the sheets of its areas

# Of the table and not of the class: what the ORM does around so small a question costs more.
GONE = ProjectWithdrawal.__table__.c
WITHDRAWN = select(GONE.number).where(GONE.round_id == bindparam("round_id")).order_by(GONE.number)
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
    key = (round.id, name, _edition(session, round))
    with _LOCK:
        kept = _KEPT.setdefault(session.get_bind().pool, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = make()
    with _LOCK:
        kept[key] = found
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return found


def _edition(session: Session, round: Round) -> Hashable:
    """What the lines depend on: the frozen definition, and what was withdrawn since."""
    return round.config_digest, *session.scalars(WITHDRAWN, {"round_id": round.id})


def _read(session: Session, round: Round) -> Lines:
    with Session(session.connection()) as own:
        query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
        found = tuple(
            own.scalars(query.options(joinedload(Project.area), selectinload(Project.withdrawal)))
        )
        own.expunge_all()
    return found
