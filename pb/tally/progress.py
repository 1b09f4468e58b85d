"""How far a count has come, for whoever waits: nothing happens unless somebody listens.

What is reported never reaches the count, and the count never reads a clock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

# (done, total): so many steps of so many; the total is None where nobody knows it.
Listener: TypeAlias = Callable[[int, int | None], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(done: int, total: int | None = None) -> None:
    """Say that so many steps are done, of `total` where that is known."""
    listener = _listener.get()
    if listener is not None:
        listener(done, total)


@contextmanager
def heard_by(listener: Listener | None) -> Iterator[None]:
    """What is reported inside goes to this listener alone, or to nobody."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def part(place: int, total: int) -> Iterator[None]:
    """What is reported inside is part of one step, the one after `place`, of `total` steps."""
    outer = _listener.get()
    if outer is None:
        yield
        return

    def inner(done: int, whole: int | None) -> None:
        if whole:
            outer(place * whole + min(done, whole), total * whole)
        else:
            outer(place, total)

    outer(place, total)
    with heard_by(inner):
        yield
