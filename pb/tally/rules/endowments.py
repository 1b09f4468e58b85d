"""Add1: the search for the last endowment whose outcome stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pb.tally import progress
from pb.tally.numbers import Number
from pb.tally.rules.proven import Engine, Funded
from pb.tally.rules.shares import Market

OVERSPEND = "overspend"
# Where a guess looks first, around the increment that is thought to be the last.
NEARBY = (0, 1, -2, 5)


@dataclass(frozen=True)
class Standing:
    """The outcome that stands: how many increments it takes, and why no more are tried."""

    repeats: int
    why: str
    bought: Funded


def standing(
    market: Market,
    engine: Engine | None,
    first: Fraction,
    increment: Number,
    reason_to_stop: Callable[[Funded], str],
) -> Standing:
    """The last outcome of add1.

    `reason_to_stop` tells from the purchases of one endowment: "overspend" lets the outcome
    before it stand, another reason the outcome itself. Every endowment is decided in turn, since
    outcomes do not grow steadily.
    """
    before: Funded = ()
    for low, _, bought in _Sequences(market, engine, first, increment):
        progress.report(low)
        if why := reason_to_stop(bought):
            return _standing(why, low, bought, before)
        before = bought
    raise AssertionError("every run of endowments ends")


def likely_standing(
    market: Market,
    engine: Engine | None,
    first: Fraction,
    increment: Number,
    reason_to_stop: Callable[[Funded], str],
    near: int = 0,
) -> Standing:
    """Where add1 would end if outcomes grew steadily: a guess from few endowments.

    It is quickest where add1 ends after about `near` increments.
    """
    runs = _Sequences(market, engine, first, increment)
    batch = engine.spans if engine else 1
    low, before, high, bought, why, leap = -1, (), None, (), "", 4
    asked = sorted({max(0, near + distance) for distance in NEARBY[:batch]})
    while high is None or high - low > 1:
        for repeats, one in zip(asked, runs.single(asked), strict=True):
            if reason := reason_to_stop(one):
                high, bought, why = repeats, one, reason
                break
            low, before = repeats, one
        if high is None:
            asked = [low + leap * place for place in range(1, batch + 1)]
            leap *= 4
        else:
            parts = batch + 1
            between = {low + (high - low) * place // parts for place in range(1, parts)}
            asked = sorted(between - {low}) or [low + 1]
    return _standing(why, high, bought, before)


def _standing(why: str, repeats: int, bought: Funded, before: Funded) -> Standing:
    if why == OVERSPEND:
        return Standing(repeats - 1, why, before)
    return Standing(repeats, why, bought)


class _Sequences:
    """What is bought at every number of increments, as (lowest, highest, purchases) in order.

    An engine is asked for several intervals at once. One that cannot be proven is halved, down
    to a single endowment, which is counted in fractions. Intervals grow while neighbours agree.
    """

    def __init__(
        self,
        market: Market,
        engine: Engine | None,
        first: Fraction,
        increment: Number,
    ) -> None:
        self.market, self.engine = market, engine
        self.first, self.increment = first, increment
        start, step = first * market.scale, Fraction(increment) * market.scale
        # Whole numbers over one denominator: a span needs two of these, and a count many spans.
        self.denominator = lcm(start.denominator, step.denominator)
        self.start, self.step = (int(one * self.denominator) for one in (start, step))
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

    def single(self, repeats: list[int]) -> list[Funded]:
        """What is bought at single numbers of increments, no more than the engine's spans."""
        spans = [(self._money(one), self._money(one)) for one in repeats]
        found = self.engine.sequences(spans) if self.engine else [None] * len(spans)
        return [
            self._counted(one) if bought is None else bought
            for one, bought in zip(repeats, found, strict=True)
        ]

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
        if pairs and all(one is not None and one == other for one, other in pairs):
            self.length *= 2
        elif None in found:
            self.length = max(1, self.length // 2)

    def _money(self, repeats: int) -> Fraction:
        return Fraction(self.start + repeats * self.step, self.denominator)

    def _counted(self, repeats: int) -> Funded:
        run = self.market.run(self.first + repeats * self.increment)
        return tuple(purchase.project for purchase in run.purchases)
