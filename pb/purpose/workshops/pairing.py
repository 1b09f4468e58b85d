"""Who talks with whom: drawn by a seed, so that anybody can draw it again.

Pure: the same seed and the same people give the same pairs on any machine.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody to be paired: a number in the workshop, and the part of town, if they said."""

    number: int
    area: int | None = None


def lot(seed: str, *what: object) -> str:
    """The lot of a thing, SHA-256 of seed and name: things are drawn in the order of lots."""
    return hashlib.sha256(":".join([seed, *map(str, what)]).encode()).hexdigest()


def draw(seed: str, people: Iterable[Person]) -> list[tuple[int, ...]]:
    """Pairs of numbers; the odd one out makes a trio, and somebody alone stays alone.

    The two always come from the two parts of town of which most people are left, so that no pair
    is from one part unless more than half of all people are.
    """
    waiting = _by_area(seed, people)
    pairs: list[tuple[Person, ...]] = []
    while sum(map(len, waiting.values())) > 1:
        first = _largest(seed, waiting)
        one = waiting[first].pop()
        others = {area: left for area, left in waiting.items() if area != first and left}
        second = _largest(seed, others) if others else first
        pairs.append((one, waiting[second].pop()))
    for last in (person for left in waiting.values() for person in left):
        pairs = _with_third(pairs, last)
    return [tuple(sorted(person.number for person in pair)) for pair in pairs]


def third_place(seed: str, sizes: Sequence[tuple[int, int]]) -> int | None:
    """The pair that somebody joins who came late or was left alone, from (number, people).

    First with somebody who is alone, then as third with two, by lot; None where all are three.
    """
    room = [(size, lot(seed, "third", number), number) for number, size in sizes if 0 < size < 3]
    return min(room)[2] if room else None


def _by_area(seed: str, people: Iterable[Person]) -> dict[int | None, list[Person]]:
    found: dict[int | None, list[Person]] = {}
    for person in sorted(people, key=lambda one: lot(seed, "person", one.number)):
        found.setdefault(person.area, []).append(person)
    return found


def _largest(seed: str, waiting: dict[int | None, list[Person]]) -> int | None:
    return max(waiting, key=lambda area: (len(waiting[area]), lot(seed, "area", area)))


def _with_third(pairs: list[tuple[Person, ...]], last: Person) -> list[tuple[Person, ...]]:
    """The last person in the first pair with nobody from the same part of town, else the first."""
    if not pairs:
        return [(last,)]
    fits = [n for n, pair in enumerate(pairs) if last.area not in {one.area for one in pair}]
    chosen = fits[0] if fits else 0
    return [(*pair, last) if n == chosen else pair for n, pair in enumerate(pairs)]
