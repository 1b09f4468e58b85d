"""Runs of equal shares in doubles that prove what they find, for whole spans of endowments.

A span is a closed interval of endowments. For a fixed sequence of purchases everything is
monotone: with a higher endowment every voter holds at least as much, and every price is at most
as high. So two amounts per group enclose the exact money for every endowment of the span: `low`
starts at its bottom and is rounded down, `high` at its top and is rounded up. Prices of `high`
rounded down and of `low` rounded up enclose the exact price. Where in every round the greatest
possible price per utility of one project is below the least possible of every other, the sequence
is proven for the whole span: its width and the errors of rounding are covered alike.

The errors, with U = 2^-53. One operation on doubles errs by at most the factor 1 ± U; a sum of n
products of numbers >= 0, in any order and with or without fused operations, by (1 ± U)^n, and
sums of whole numbers below 2^53 not at all. Nothing comes near underflow: no payment is below
2^-54, so what is left of an amount after a payment is nothing or at least 2^-110.

The price. For any set X of supporters (cost - money of X) / (points of the others) is at most the
price t, since cost = sum of min(money, t * points). It is the price, and affordable, if X is all
who have less than t * points. X is found from below: who cannot pay the last bound joins X until
nobody does. Money of X is taken (n + 16) * 2U too great or small, and the quotient 16U too small
or great. That leaves, after the three roundings of the quotient, 12U on the safe side. They pay
for the rounding of t * points in payments, and for this: a supporter of X may hold up to
t * points * (1 + U), one outside only t * points * (1 - U). Then at t * (1 - 2U) those outside
still pay in full, and X pays at least its money * (1 - 4U), which the slack in it covers; so
t * (1 - 2U) times points is still enough, and every payment rounded from t * points too.

Where everything is a whole number no slack is needed, and exact ties can be seen.
"""

from fractions import Fraction
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from pb.tally.rules.proven import Funded, Replay, Sale

if TYPE_CHECKING:
    from pb.tally.rules.portable import Portable

U = 2.0**-53
WHOLE = 2.0**53
SLACK = 16 * U
# A difference is off by U, its product with this again by U: 4U outward cover both.
LESS, MORE = 1 - 4 * U, 1 + 4 * U


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    """The sum of products. The usual library gives long ones to threads, which cost more."""
    if len(left) > 8192:
        return float(np.einsum("i,i", left, right))
    return float(left.dot(right))


class Unproven(Exception):
    """The bounds do not decide what is bought, or who pays how."""


class Run:
    """One run: bounds on the money of every group, and on the payment for every project.

    `whole` says that money has no bounds but is known, as whole numbers. `heap` holds the
    projects still to be bought by their least possible price per utility, which never falls.
    """

    def __init__(self, engine: "Portable", low: float, high: float) -> None:
        self.engine, self.market = engine, engine.market
        groups = len(engine.weights)
        self.low, self.high = np.full(groups, low), np.full(groups, high)
        self.whole = low == high and low.is_integer() and low * engine.voters < WHOLE / 2
        self.backing = list(engine.backing)
        self.least = dict(engine.least)
        # Twice rounded, and only those left out whose supporters surely have too little.
        enough = engine.supported * high * MORE >= engine.needed
        self.heap = [
            (key, c)
            for key, c, one in zip(engine.keys, engine.priced, enough.tolist(), strict=True)
            if one
        ]
        heapify(self.heap)
        self.bought: list[int] = []

    def sequence(self) -> Funded | None:
        """What is bought, in order, at every endowment of the span; None where unproven."""
        try:
            self.finish()
        except Unproven:
            return None
        return tuple(self.bought)

    def finish(self) -> None:
        """Buy until nobody can afford anything."""
        gifts = self.engine.gifts
        for place, c in enumerate(gifts):
            self.sold(c, 0.0, 0.0, tuple(gifts[place + 1 :]))
        while self._find_cheapest():
            c, upper, tied = self._winner()
            self.sold(c, self.least[c], upper, tied)
            self._pay(c, self.least[c], upper)

    def sold(self, c: int, least: float, upper: float, tied: tuple[int, ...]) -> None:
        """Take down a purchase, before anyone pays."""
        self.bought.append(c)

    def _find_cheapest(self) -> bool:
        """Raise bounds until the first project of the heap has one that is up to date."""
        heap, self.fresh, best = self.heap, set(), inf
        while heap and heap[0][1] not in self.fresh:
            best = min(best, self._reprice(best))
        return bool(heap)

    def _reprice(self, best: float = inf) -> float:
        """Raise the bound of the first project of the heap; returns it if it is up to date.

        That may end early where the bound is above `best`, the least one that is up to date.
        """
        c = self.heap[0][1]
        factor = self.engine.factors[c]
        payment, settled = self._payment(c, self.high, self.least[c], 1, best * factor)
        if payment == inf:
            heappop(self.heap)
            return inf
        self.least[c], key = payment, payment / factor
        heapreplace(self.heap, (key, c))
        if not settled:
            return inf
        self.fresh.add(c)
        return key

    def _payment(
        self, c: int, money: np.ndarray, payment: float, sign: int, limit: float = inf
    ) -> tuple[float, bool]:
        """A bound on the payment per point and whether it is final, not just above `limit`.

        With `sign` 1 and money rounded up a lower bound, with -1 and money rounded down an upper
        one. It starts from `payment` and only rises; infinity if they cannot afford the project.
        """
        one, cost = self.backing[c], self.engine.costs[c]
        held = money.take(one.groups)
        given = one.weights * held
        slack = 1 + sign * (len(held) + 16) * 2 * U
        before = -1
        while True:
            poor = held < (payment if one.points is None else payment * one.points)
            count = np.count_nonzero(poor)
            if count == before:
                break
            before = count
            mask = poor.astype(float)
            rest, points = _dot(given, mask), one.total - _dot(one.worth, mask)
            raised = self._quotient(cost, rest, points, one.most, sign, slack)
            if raised <= payment:
                break
            payment = raised
            if payment > limit:
                return payment, False
        if sign > 0 and 2 * count > len(held):
            self._forget_broke(c, held)
        return payment, True

    def _quotient(
        self, cost: float, rest: float, points: float, most: float, sign: int, slack: float
    ) -> float:
        """What those pay per point who pay in full, if the others give `rest`."""
        exact = self.whole or not rest
        missing = cost - (rest if exact else rest * slack)
        if not points:
            return inf if missing > 0 else 0.0
        payment = missing / points
        if exact and payment * most < WHOLE and not missing % points:
            return payment
        return (cost - rest * slack) / points * (1 - sign * SLACK)

    def _forget_broke(self, c: int, held: np.ndarray) -> None:
        if 3 * np.count_nonzero(held) < 2 * len(held):
            self.backing[c] = self.backing[c].only(held > 0)

    def _winner(self) -> tuple[int, float, tuple[int, ...]]:
        """What is bought next, the greatest possible payment for it, and what is level with it."""
        _, c = heappop(self.heap)
        upper = self._upper(c)
        if upper == inf:
            raise Unproven
        highest = upper / self.engine.factors[c]
        rivals = []
        while self.heap and self.heap[0][0] <= highest:
            if self.heap[0][1] not in self.fresh:
                self._reprice()
            else:
                rivals.append(heappop(self.heap))
        if not rivals:
            return c, upper, ()
        return self._first_of([c, *(rival for _, rival in rivals)])

    def _upper(self, c: int) -> float:
        return self._payment(c, self.low, self.least[c], -1)[0]

    def _first_of(self, level: list[int]) -> tuple[int, float, tuple[int, ...]]:
        """The first of projects whose bounds overlap, by exact prices, then by ties."""
        uppers = {c: self._upper(c) for c in level}
        exact = {c: self._exact_key(c, uppers[c]) for c in level}
        least = min(exact.values())
        tied = [c for c in level if exact[c] == least]
        tied.sort(key=self.market.ranks.__getitem__)
        for c in level:
            if c != tied[0]:
                heappush(self.heap, (self.least[c] / self.engine.factors[c], c))
        return tied[0], uppers[tied[0]], tuple(tied[1:])

    def _exact_key(self, c: int, upper: float) -> Fraction:
        """The price per utility where it is sure who pays in full and what the others hold."""
        one = self.backing[c]
        full, rest, _ = self.sides(c, self.least[c], upper)
        given = _dot(one.weights * self.high.take(one.groups), rest)
        if not full.any() or (given and not self.whole):
            raise Unproven
        missing = self.market.costs[c] - int(given)
        return Fraction(missing, int(_dot(one.worth, full)) * self.market.factors[c])

    def sides(self, c: int, least: float, upper: float) -> tuple[np.ndarray, ...]:
        """Which supporters pay in full, give the rest they have, or are broke."""
        one = self.backing[c]
        low, high = self.low.take(one.groups), self.high.take(one.groups)
        if one.points is not None:
            least, upper = least * one.points, upper * one.points
        broke = high == 0
        full, rest = (low >= upper) & ~broke, (high < least) & (low > 0)
        if np.count_nonzero(full) + np.count_nonzero(rest) + np.count_nonzero(broke) < len(low):
            raise Unproven
        return full, rest, broke

    def _pay(self, c: int, least: float, upper: float) -> None:
        one = self.backing[c]
        self.whole = self.whole and least == upper and least.is_integer()
        for money, payment, outward in ((self.high, least, MORE), (self.low, upper, LESS)):
            held = money.take(one.groups)
            held -= payment if one.points is None else payment * one.points
            np.maximum(held, 0.0, out=held)
            if not self.whole:
                held *= outward
            money[one.groups] = held


class Recorder(Run):
    """A run of one endowment that takes down what exact prices follow from."""

    def __init__(self, engine: "Portable", low: float, high: float) -> None:
        super().__init__(engine, low, high)
        self.sales: list[Sale] = []
        self.number = np.full(len(engine.costs), -1)

    def replay(self) -> Replay | None:
        """The sales, and what the supporters of every project hold at the end."""
        try:
            self.finish()
            return Replay(tuple(self.sales), self._behind())
        except Unproven:
            return None

    def sold(self, c: int, least: float, upper: float, tied: tuple[int, ...]) -> None:
        """Take down who pays, and what those with too little had paid before."""
        super().sold(c, least, upper, tied)
        one = self.backing[c]
        full, rest, _ = self.sides(c, least, upper)
        payers, others = int(_dot(one.weights, full)), int(_dot(one.weights, rest))
        broke = self.engine.supporters[c] - payers - others
        points = int(_dot(one.worth, full))
        owed = self._owed(one.groups[rest], one.weights[rest])
        self.sales.append(Sale(c, payers, others, broke, points, owed, tied))
        self.number[c] = len(self.sales) - 1

    def _owed(self, groups: np.ndarray, weights: np.ndarray) -> tuple[int, ...]:
        lines = self.engine.lines
        at, which = lines.of_groups(groups)
        sale = self.number.take(lines.projects.take(at))
        paid = sale >= 0
        worth = weights.take(which)[paid]
        if lines.points is not None:
            worth = worth * lines.points.take(at)[paid]
        return _whole(np.bincount(sale[paid], worth, len(self.sales)))

    def _behind(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        alive, lines = self.low > 0, self.engine.lines
        if np.count_nonzero(alive) < np.count_nonzero(self.high):
            raise Unproven
        m = len(self.engine.costs)
        paid = np.zeros((m, len(self.sales)))
        for number, sale in enumerate(self.sales):
            one = self.engine.backing[sale.project]
            here = alive.take(one.groups)
            at, which = lines.of_groups(one.groups[here])
            paid[:, number] = np.bincount(lines.projects.take(at), one.worth[here].take(which), m)
        return tuple(
            (int(_dot(one.weights, alive.take(one.groups))), _whole(paid[c]))
            for c, one in enumerate(self.engine.backing)
        )


def _whole(sums: np.ndarray) -> tuple[int, ...]:
    return tuple(map(int, sums.tolist()))
