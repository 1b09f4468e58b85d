"""The ideas of a round that say nearly the same, from an index that every process keeps."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.proposals.ideas.models import Idea
from pb.proposals.ideas.similarity import Index
from pb.rounds.models import Round

ROUNDS = 16  # whose indexes a process keeps
# By the pool of connections: two databases in one process have rounds of the same number.
KEPT: WeakKeyDictionary[object, OrderedDict[int, Index]] = WeakKeyDictionary()
BUILDING = threading.Lock()


def find(session: Session, round: Round, text: str, *, limit: int) -> list[int]:
    """The numbers of ideas like this one, the most alike first, whether or not they show."""
    with BUILDING:
        return [id for id, _ in _index(session, round).find(text, limit=limit)]


def _index(session: Session, round: Round) -> Index:
    """The index with every idea there is: words never change, so it only grows."""
    kept = KEPT.setdefault(session.get_bind().engine.pool, OrderedDict())
    index = kept.setdefault(round.id, Index())
    kept.move_to_end(round.id)
    if len(kept) > ROUNDS:
        kept.popitem(last=False)
    there = select(func.count(), func.max(Idea.id)).where(Idea.round_id == round.id)
    count, last = session.execute(there).one()
    if count == len(index) and (not count or index.ids[-1] == last):
        return index
    _add(index, session.execute(_after(round, index.ids[-1] if index.ids else 0)))
    if len(index) != count:  # a lower number was committed later than a higher one
        index = kept[round.id] = Index()
        _add(index, session.execute(_after(round, 0)))
    return index


def _after(round: Round, id: int):
    return (
        select(Idea.id, Idea.text).where(Idea.round_id == round.id, Idea.id > id).order_by(Idea.id)
    )


def _add(index: Index, rows: Iterable[tuple[int, str]]) -> None:
    for id, text in rows:
        index.add(id, text)
