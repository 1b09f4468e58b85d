"""Runs whose sequence of purchases fast arithmetic has proven, brought to exact numbers.

A voter who still has money has paid in full for every funded project on the ballot. So what any
set of voters holds is what they started with, less a whole number of points at each earlier
payment; and an exact price takes as many operations as there were sales, not voters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from operator import mul
from typing import Protocol

from pb.tally.numbers import Number, plain
from pb.tally.rules.shares import Market, Purchase, Run

Span = tuple[Fraction, Fraction]
Funded = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase in whole numbers: supporters who pay in full, give the rest, are broke.

    `points` is what those who pay in full give the project together; `owed` is, for every
    earlier sale, at how many points those who give the rest had paid for it.
    """

    project: int
    full: int
    rest: int
    broke: int
    points: int
    owed: tuple[int, ...]
    tied: tuple[int, ...]


@dataclass(frozen=True)
class Replay:
    """All sales of one run; by project, its supporters with money and what they paid before."""

    sales: tuple[Sale, ...]
    behind: tuple[tuple[int, tuple[int, ...]], ...]


class Engine(Protocol):
    """Fast arithmetic that proves what it says, or says that it cannot.

    Endowments come in the market's scale. `spans` is how many intervals are worked on at once.
    """

    spans: int

    def sequences(self, spans: Sequence[Span]) -> list[Funded | None]:
        """What is bought, in order, at every endowment between the ends of each span."""

    def replay(self, endowment: Fraction) -> Replay | None:
        """The run of one endowment."""


def engine_for(market: Market) -> Engine | None:
    """The fastest engine at hand that can hold the market's numbers."""
    from pb.tally.rules.compiled import Compiled

    return Compiled.of(market) or _portable(market)


def _portable(market: Market) -> Engine | None:
    # Loaded late: numpy takes longer to start than a small count, and may be missing.
    try:
        from pb.tally.rules.portable import Portable
    except ImportError:
        return None
    return Portable.of(market)


def exact_run(market: Market, engine: Engine | None, endowment: Number) -> Run:
    """The exact run of one endowment, proven where possible and in fractions elsewhere."""
    start = Fraction(endowment) * market.scale
    replay = engine.replay(start) if engine else None
    return market.run(endowment) if replay is None else _brought_to_fractions(market, replay, start)


def _brought_to_fractions(market: Market, replay: Replay, start: Fraction) -> Run:
    """Prices as integers over one common denominator, which grows from sale to sale."""
    denominator, each = start.denominator, start.numerator
    payments: list[int] = []
    purchases = []
    for sale in replay.sales:
        given = sale.rest * each - sum(map(mul, sale.owed, payments))
        missing = market.costs[sale.project] * denominator - given
        common = gcd(missing, sale.points)
        grow = sale.points // common if missing else 1
        if grow > 1:
            denominator *= grow
            each *= grow
            payments = [payment * grow for payment in payments]
        payments.append(missing // common if missing else 0)
        payment = plain(Fraction(payments[-1], denominator * market.scale))
        tied = tuple(sorted(sale.tied, key=market.ranks.__getitem__))
        purchases.append(Purchase(sale.project, payment, sale.full, sale.rest, sale.broke, tied))
    behind = tuple(
        plain(Fraction(alive * each - sum(map(mul, owed, payments)), denominator * market.scale))
        for alive, owed in replay.behind
    )
    return Run(tuple(purchases), behind)
