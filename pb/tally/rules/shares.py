"""One run of the method of equal shares for a given endowment, exact and in integers.

Two ideas keep the numbers few. Voters who have paid for the same projects hold the same money,
so money is kept per such class, not per voter. And a price only rises from round to round, so
an old price is a lower bound: projects whose bound is above the best price are not priced again.

Money is kept as integers over one common denominator. Bounds are compared as floats first:
dividing two Python integers is correctly rounded and therefore monotone, so a greater float
means a greater fraction; equal floats are compared exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

from pb.tally import scores
from pb.tally.model import Profile, Project
from pb.tally.numbers import Number, plain
from pb.tally.packed import PackedGroups
from pb.tally.scores import Ranking


@dataclass(frozen=True, slots=True)
class Purchase:
    """A project that its supporters bought, and what it took.

    `payment` is the most anyone paid per point (one approval is one point); `full` supporters
    paid that, `rest` gave the last they had, `broke` had nothing left. `tied` were level.
    """

    project: int
    payment: Number
    full: int
    rest: int
    broke: int
    tied: tuple[int, ...]


@dataclass(frozen=True)
class Run:
    """The purchases of one run, in order, and what the supporters of every project hold after."""

    purchases: tuple[Purchase, ...]
    behind: tuple[Number, ...]


class Market:
    """The supporters, costs and utilities of one count, prepared once for many runs.

    The utility of a voter is his points for a project times its factor; without `by_points` all
    who name a project give it one point. `ranks` is the order of ties; `ids` are all projects
    that ballots may name, those that take no part included.
    """

    def __init__(
        self,
        projects: Sequence[Project],
        profile: Profile,
        factors: Sequence[Number],
        ranks: Sequence[int],
        ids: tuple[str, ...],
        *,
        by_points: bool = False,
        ranking: Ranking = Ranking.PLACES,
    ) -> None:
        self.projects, self.profile, self.ranks, self.ids = projects, profile, ranks, ids
        self.by_points = by_points
        # Whoever ranks a project supports it; only the worth of a place may be nothing.
        self.ranking = ranking if by_points else Ranking.PLACES
        self.scale = lcm(*(Fraction(project.cost).denominator for project in projects))
        self.costs = [int(project.cost * self.scale) for project in projects]
        common = lcm(*(Fraction(factor).denominator for factor in factors))
        self.factors = [int(factor * common) for factor in factors]

    @cached_property
    def support(self) -> list[list[tuple[int, list[tuple[int, int]]]]]:
        """By project: points, and the list of (group, weight) that give them."""
        place = {project.id: c for c, project in enumerate(self.projects)}
        support: list[dict[int, list[tuple[int, int]]]] = [{} for _ in self.projects]
        for group, (ballot, weight) in enumerate(self.profile):
            for project, points in scores.lines(ballot, self.profile, self.ranking):
                if points > 0 and project in place:
                    level = points if self.by_points else 1
                    support[place[project]].setdefault(level, []).append((group, weight))
        return [list(levels.items()) for levels in support]

    @cached_property
    def packed(self) -> PackedGroups | None:
        """The ballots as flat arrays; None where a number needs more than 32 bits."""
        return self.profile.packed(self.ids)

    @cached_property
    def supporters(self) -> list[int]:
        """The number of voters behind every project."""
        return [
            sum(weight for _, members in levels for _, weight in members) for levels in self.support
        ]

    @cached_property
    def bounds(self) -> dict[int, float]:
        """What every project with supporters costs per utility if all of them share its price."""
        points = [
            sum(points * weight for points, members in levels for _, weight in members)
            for levels in self.support
        ]
        return {
            c: self.costs[c] / (points[c] * self.factors[c])
            for c in range(len(self.costs))
            if points[c]
        }

    def run(self, endowment: Number) -> Run:
        """Let every voter start with `endowment` and buy until no project is affordable."""
        return _Run(self, Fraction(endowment) * self.scale).finish()


class _Run:
    """The state of one run: who is in which class, and what each class holds."""

    def __init__(self, market: Market, endowment: Fraction) -> None:
        self.market = market
        self.denominator = endowment.denominator
        # Class 0 has nothing and stays so; class 1 is everyone else at the start.
        self.money = [0, endowment.numerator]
        self.group_class = [1 if endowment else 0] * len(market.profile.groups)
        self.bounds = dict(market.bounds)
        self.purchases: list[Purchase] = []

    def finish(self) -> Run:
        while (best := self._cheapest()) is not None:
            self._buy(*best)
        behind = tuple(
            plain(Fraction(self._money_behind(c), self.denominator * self.market.scale))
            for c in range(len(self.market.costs))
        )
        return Run(tuple(self.purchases), behind)

    def _cheapest(self) -> tuple[int, int, int, tuple[int, ...]] | None:
        """The project with the lowest price per utility, its price, and those level with it."""
        bounds, market = self.bounds, self.market
        least, least_float = None, 0.0
        level: list[tuple[int, int, int]] = []
        for c in sorted(bounds, key=bounds.__getitem__):
            if least is not None and bounds[c] > least_float:
                break
            price = self._price(c)
            if price is None:
                del bounds[c]
                continue
            numerator, points = price
            per_utility = points * market.factors[c]
            bounds[c] = numerator / (per_utility * self.denominator)
            if least is None or bounds[c] < least_float:
                order = -1
            elif bounds[c] > least_float:
                order = 1
            else:
                left, right = numerator * least[1], least[0] * per_utility
                order = (left > right) - (left < right)
            if order < 0:
                least, least_float, level = (numerator, per_utility), bounds[c], []
            if order <= 0:
                level.append((c, numerator, points))
        if least is None:
            return None
        level.sort(key=lambda one: market.ranks[one[0]])
        c, numerator, points = level[0]
        return c, numerator, points, tuple(other for other, _, _ in level[1:])

    def _holdings(self, c: int) -> list[tuple[int, int, int]]:
        """(money, points, weight) of the supporters of a project who have any money."""
        group_class, money = self.group_class, self.money
        found = []
        for points, members in self.market.support[c]:
            weights: dict[int, int] = {}
            for group, weight in members:
                one = group_class[group]
                weights[one] = weights.get(one, 0) + weight
            weights.pop(0, None)
            found += [(money[one], points, weight) for one, weight in weights.items()]
        return found

    def _money_behind(self, c: int) -> int:
        return sum(money * weight for money, _, weight in self._holdings(c))

    def _price(self, c: int) -> tuple[int, int] | None:
        """The payment per point as (numerator, points); the denominator is the run's.

        Those who cannot pay in full give all they have; the others share what is missing in
        proportion to their points. Each pass can only raise the payment, so it ends.
        """
        missing = self.market.costs[c] * self.denominator
        if not missing:
            return 0, 1
        rich = self._holdings(c)
        if sum(money * weight for money, _, weight in rich) < missing:
            return None
        points = sum(points * weight for _, points, weight in rich)
        while poor := [one for one in rich if one[0] * points < missing * one[1]]:
            rich = [one for one in rich if one[0] * points >= missing * one[1]]
            missing -= sum(money * weight for money, _, weight in poor)
            points -= sum(each * weight for _, each, weight in poor)
        common = gcd(missing, points)
        return missing // common, points // common

    def _buy(self, c: int, numerator: int, points: int, tied: tuple[int, ...]) -> None:
        """Let the supporters pay; classes that paid in full become new classes."""
        group_class, old = self.group_class, self.money
        money = [amount * points for amount in old]
        full = rest = broke = 0
        for each, members in self.market.support[c]:
            payment = numerator * each
            moved: dict[int, int] = {0: 0}
            for group, weight in members:
                one = group_class[group]
                after = moved.get(one)
                if after is None:
                    left = money[one] - payment
                    after = moved[one] = len(money) if left > 0 else 0
                    if left > 0:
                        money.append(left)
                group_class[group] = after
                if after or (one and money[one] == payment):
                    full += weight
                elif one:
                    rest += weight
                else:
                    broke += weight
        amount = Fraction(numerator, points * self.denominator * self.market.scale)
        self.purchases.append(Purchase(c, plain(amount), full, rest, broke, tied))
        self.money = money
        self.denominator *= points
        del self.bounds[c]
