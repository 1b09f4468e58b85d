"""Add1: the search for the last endowment whose outcome stands."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from pb.tally.numbers import Number
from pb.tally.rules.proven import Engine, Funded
from pb.tally.rules.shares import Market

OVERSPEND = "overspend"


def last_endowment(
    market: Market,
    engine: Engine | None,
    first: Fraction,
    increment: Number,
    reason_to_stop: Callable[[Funded], str],
) -> tuple[int, str]:
    """How many increments the standing outcome takes, and why no more are tried.

    `reason_to_stop` tells from the purchases of one endowment: "overspend" lets the outcome
    before it stand, another reason the outcome itself. Every endowment is decided in turn, since
    outcomes do not grow steadily.
    """
    for low, _, funded in _Sequences(market, engine, first, increment):
        if why := reason_to_stop(funded):
            return (low - 1 if why == OVERSPEND else low), why
    raise AssertionError("every run of endowments ends")


class _Sequences:
    """What is bought at every number of increments, as (lowest, highest, purchases) in order.

    An engine is asked for several intervals at once. One that cannot be proven is halved, down
    to a single endowment, which is counted in fractions. Intervals grow while neighbours agree.
    """

    def __init__(
        self, market: Market, engine: Engine | None, first: Fraction, increment: Number
    ) -> None:
        self.market, self.engine = market, engine
        self.first, self.increment = first, increment
        self.waiting: list[tuple[int, int]] = []
        self.known: dict[int, tuple[int, Funded]] = {}
        self.length, self.end = 1, 0

    def __iter__(self) -> Iterator[tuple[int, int, Funded]]:
        settled = 0
        while True:
            while settled not in self.known:
                self._ask()
            high, funded = self.known.pop(settled)
            yield settled, high, funded
            settled = high + 1

    def _ask(self) -> None:
        """Let the engine work on the lowest intervals that are not known yet."""
        if self.engine is None:
            self.known[self.end] = self.end, self._counted(self.end)
            self.end += 1
            return
        while len(self.waiting) < self.engine.spans:
            self.waiting.append((self.end, self.end + self.length - 1))
            self.end += self.length
        asked = self.waiting[: self.engine.spans]
        found = self.engine.sequences(
            [(self._money(low), self._money(high)) for low, high in asked]
        )
        left: list[tuple[int, int]] = []
        for (low, high), funded in zip(asked, found, strict=True):
            if funded is not None or low == high:
                self.known[low] = high, self._counted(low) if funded is None else funded
            else:
                middle = (low + high) // 2
                left += [(low, middle), (middle + 1, high)]
        self.waiting[: len(asked)] = left
        self._adapt(found)

    def _adapt(self, found: list[Funded | None]) -> None:
        pairs = list(zip(found, found[1:], strict=False))
        if all(one is not None and one == other for one, other in pairs):
            self.length *= 2
        elif None in found:
            self.length = max(1, self.length // 2)

    def _money(self, repeats: int) -> Fraction:
        return (self.first + repeats * self.increment) * self.market.scale

    def _counted(self, repeats: int) -> Funded:
        run = self.market.run(self.first + repeats * self.increment)
        return tuple(purchase.project for purchase in run.purchases)
