"""What came out of a workshop: heaps of ideas, and what goes on into the round."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from pb.errors import Refused
from pb.purpose.workshops import queries
from pb.purpose.workshops.models import Stage, Workshop, WorkshopIdea
from pb.purpose.workshops.queries import Harvested

Heap = tuple[str, list[tuple[WorkshopIdea, int]]]
# An idea, its number among the ideas of the round, and why stewards hid it.
Line = tuple[Harvested, int | None, Any]
T = TypeVar("T")


def heaps(ideas: Sequence[WorkshopIdea], marks: Mapping[int, int] | None) -> list[Heap]:
    """Ideas by heap, the most marked first; those on none come last, under an empty name."""
    counts = marks or {}
    found: dict[str, list[tuple[WorkshopIdea, int]]] = {}
    for idea in ideas:
        name = idea.cluster.name if idea.cluster else ""
        found.setdefault(name, []).append((idea, counts.get(idea.id, 0)))
    for lines in found.values():
        lines.sort(key=lambda line: -line[1])
    return _ranked(found, lambda line: line[1])


def by_heap(found: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Lines of a result by heap: the heap with most marks first, those on none last."""
    heaps: dict[str, list[Line]] = {}
    for line in found:
        heaps.setdefault(line[0].cluster, []).append(line)
    return _ranked(heaps, lambda line: line[0].marks)


def _ranked(heaps: dict[str, list[T]], marks: Callable[[T], int]) -> list[tuple[str, list[T]]]:
    """The heap with most marks first, those on none last."""
    return sorted(heaps.items(), key=lambda heap: (not heap[0], -sum(map(marks, heap[1])), heap[0]))


def ready(session: Session, workshop: Workshop) -> list[Harvested]:
    """The ideas of a workshop that is finished; raises Refused before that."""
    if workshop.stage is not Stage.FINISHED:
        raise Refused("The workshop is not finished yet. Its ideas can be carried over then.")
    return queries.harvest(session, workshop)


def note_carried(session: Session, workshop: Workshop, at: datetime) -> None:
    """Note that the ideas went over into the round; the first time counts."""
    queries.lock(session, workshop)
    workshop.carried_at = workshop.carried_at or at
    session.flush()
