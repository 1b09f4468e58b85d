"""Exact equal shares for one endowment after another, in integers.

What a voter has paid before a round does not depend on the endowment as long as the rounds before
it are the same. So a project that needs `k` payers in a round becomes affordable at exactly one
endowment: its cost divided by `k`, plus what the k-th least burdened of its supporters has paid.
The least of these, over all rounds and all counts of payers that would win the round, is the next
endowment at which anything changes; and all rounds before the one that changes stay as they are.

Voters who have paid for the same projects form one class. Thresholds are compared as floats
first: dividing two Python integers is correctly rounded and therefore monotone, so a smaller
float means a smaller fraction; equal floats are compared exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pb.tally.model import Project
from pb.tally.numbers import Number


@dataclass(frozen=True, slots=True)
class Threshold:
    """The endowment at which so many supporters of a project can pay the same each.

    `key` is the same as a float; it never reverses an order.
    """

    payers: int
    numerator: int
    denominator: int
    key: float

    def below(self, other: "Threshold | None") -> bool:
        """Whether this endowment is strictly less; everything is less than none."""
        if other is None or self.key != other.key:
            return other is None or self.key < other.key
        return self.numerator * other.denominator < other.numerator * self.denominator


@dataclass(frozen=True, slots=True)
class Choice:
    """The project that won a round, its payers, and those that were level with it."""

    project: int
    payers: int
    tied: tuple[int, ...]


class Payments:
    """The supporters and costs of one count, prepared once for all endowments.

    `support[c]` lists (group, weight); `prices[c]` is cost(c)/u(c), so that `k` payers rate a
    project at k/prices[c]; a project that costs nothing is rated above all; `ranks` is the order
    of ties.
    """

    def __init__(
        self,
        projects: Sequence[Project],
        support: Sequence[list[tuple[int, int]]],
        prices: Sequence[Number],
        ranks: Sequence[int],
        groups: int,
    ) -> None:
        self.scale = lcm(*(Fraction(project.cost).denominator for project in projects))
        self.costs = [int(project.cost * self.scale) for project in projects]
        common = lcm(*(Fraction(price).denominator for price in prices))
        self.prices = [int(price * common) for price in prices]
        self.support, self.ranks = support, ranks
        self.voters = [sum(weight for _, weight in members) for members in support]
        caps = {c: voters for c, voters in enumerate(self.voters) if voters}
        self.rounds = [Round(self, [0], 1, [0] * groups, caps, dict.fromkeys(caps, 0.0))]

    def settle(self, endowment: Fraction) -> None:
        """Buy until nothing is affordable, from the first round."""
        self._buy_from(0, endowment * self.scale)

    def rise(self) -> Fraction:
        """Settle for the least larger endowment with another outcome, and say which it is.

        Only for an outcome in which some project with supporters is not funded.
        """
        best: Threshold | None = None
        for one in self.rounds:
            best = one.soonest(best)
        place = next(place for place, one in enumerate(self.rounds) if one.changes_at(best))
        endowment = Fraction(best.numerator, best.denominator)
        self._buy_from(place, endowment)
        return endowment / self.scale

    def _buy_from(self, place: int, endowment: Fraction) -> None:
        del self.rounds[place + 1 :]
        while (choice := self.rounds[-1].decide(endowment)) is not None:
            self.rounds.append(self.rounds[-1].after(choice))

    def choices(self) -> list[Choice]:
        """Who was funded in which round."""
        return [one.choice for one in self.rounds if one.choice is not None]

    def nearest(self, c: int) -> tuple[int, Fraction] | None:
        """The payers of a loser for whom least was missing, and the endowment they needed."""
        if not self.voters[c]:
            return None
        found = self.rounds[-1].threshold(c, 1)
        return found.payers, Fraction(found.numerator, found.denominator * self.scale)

    def behind(self, c: int, endowment: Fraction) -> Fraction:
        """What the supporters of a loser have left between them."""
        last, paid, counted = self.rounds[-1], 0, 0
        for amount, voters in last.ladder(c):
            paid += amount * (voters - counted)
            counted = voters
        return endowment * self.voters[c] - Fraction(paid, last.denominator * self.scale)


class Round:
    """What everyone has paid before a round, and what the round decides.

    Money paid is kept per class over one denominator; `caps[c]` is the greatest number of payers
    for c that did not already win an earlier round. No supporters of c, however few, can pay for
    it with an endowment below `lows[c]`: that only rises, so most projects need no second look.
    """

    def __init__(
        self,
        payments: Payments,
        paid: list[int],
        denominator: int,
        classes: list[int],
        caps: dict[int, int],
        lows: dict[int, float],
    ) -> None:
        self.payments, self.paid, self.denominator = payments, paid, denominator
        self.classes, self.caps, self.lows = classes, caps, lows
        self.choice: Choice | None = None
        self.next: Threshold | None = None
        self.pending: set[int] = set()
        self._ladders: dict[int, list[tuple[int, int]]] = {}

    def decide(self, endowment: Fraction) -> Choice | None:
        """Choose the project with most payers for its price, the first in the order of ties."""
        prices, ranks = self.payments.prices, self.payments.ranks
        limit = endowment.numerator / endowment.denominator
        best, payers, level = -1, 0, []
        for c in sorted(self.caps, key=self._promise, reverse=True):
            if self.lows[c] > limit:
                continue
            if best >= 0 and self.caps[c] * prices[best] < payers * prices[c]:
                continue
            count = self.payers(c, endowment)
            if not count:
                self.lows[c] = self.threshold(c, 1).key
                continue
            ahead = 1 if best < 0 else count * prices[best] - payers * prices[c]
            if ahead > 0:
                best, payers, level = c, count, []
            if ahead >= 0:
                level.append((ranks[c], c, count))
        level.sort()
        tied = tuple(c for _, c, _ in level[1:])
        self.choice = Choice(level[0][1], level[0][2], tied) if level else None
        self.next, self.pending = None, {c for c, cap in self.caps.items() if self.needed(c) <= cap}
        return self.choice

    def _promise(self, c: int) -> float:
        price = self.payments.prices[c]
        return self.caps[c] / price if price else float("inf")

    def soonest(self, best: Threshold | None) -> Threshold | None:
        """The least of `best` and the endowments at which this round would change."""
        if self.next is not None and self.next.below(best):
            best = self.next
        for c in [c for c in self.pending if best is None or self.lows[c] <= best.key]:
            if best is None or self.lows[c] <= best.key:
                self.pending.remove(c)
                found = self.threshold(c, self.needed(c))
                self.next = found if found.below(self.next) else self.next
                best = found if found.below(best) else best
        return best

    def changes_at(self, reached: Threshold) -> bool:
        """Whether the round changes at the least endowment that changes anything."""
        return self.next is not None and not reached.below(self.next)

    def needed(self, c: int) -> int:
        """How many payers would let a project win this round, or win it with more payers."""
        if self.choice is None:
            return 1
        best, payers = self.choice.project, self.choice.payers
        if c == best:
            return payers + 1
        prices, ranks = self.payments.prices, self.payments.ranks
        if not prices[best]:  # nothing is rated above a project that costs nothing
            return self.payments.voters[c] + 1
        whole, part = divmod(payers * prices[c], prices[best])
        return whole + (1 if part or ranks[c] > ranks[best] else 0)

    def ladder(self, c: int) -> list[tuple[int, int]]:
        """(paid, voters who have paid no more) among the supporters, the least burdened first."""
        if c in self._ladders:
            return self._ladders[c]
        weights: dict[int, int] = {}
        classes = self.classes
        for group, weight in self.payments.support[c]:
            one = classes[group]
            weights[one] = weights.get(one, 0) + weight
        paid, voters, rungs = self.paid, 0, []
        for amount, weight in sorted((paid[one], weight) for one, weight in weights.items()):
            voters += weight
            rungs.append((amount, voters))
        self._ladders[c] = rungs
        return rungs

    def payers(self, c: int, endowment: Fraction) -> int:
        """The size of the largest set of supporters that can each pay the same part."""
        limit = endowment.numerator * self.denominator
        cost = self.payments.costs[c] * self.denominator * endowment.denominator
        for paid, voters in reversed(self.ladder(c)):
            if (limit - paid * endowment.denominator) * voters >= cost:
                return voters
        return 0

    def threshold(self, c: int, least: int) -> Threshold:
        """The least endowment at which at least so many supporters can pay the same each."""
        cost, rungs = self.payments.costs[c] * self.denominator, self.ladder(c)
        # Even if all supporters paid, nobody could pay less than this.
        share = cost // rungs[-1][1]
        best, best_payers, ceiling = 0, 0, 0
        for paid, voters in rungs:
            if voters < least:
                continue
            if best_payers and paid + share >= ceiling:
                break
            needed = paid * voters + cost
            if not best_payers or needed * best_payers < best * voters:
                best, best_payers, ceiling = needed, voters, -(-needed // voters)
        denominator = self.denominator * best_payers
        return Threshold(best_payers, best, denominator, best / denominator)

    def after(self, choice: Choice) -> "Round":
        """The next round, when the payers have paid."""
        c, payers = choice.project, choice.payers
        denominator = lcm(self.denominator, payers)
        factor = denominator // self.denominator
        paid = [amount * factor for amount in self.paid]
        payment = self.payments.costs[c] * (denominator // payers)
        limit = next(amount for amount, voters in self.ladder(c) if voters == payers) * factor
        classes, moved = list(self.classes), {}
        for group, _ in self.payments.support[c]:
            one = classes[group]
            if paid[one] <= limit:
                if one not in moved:
                    moved[one] = len(paid)
                    paid.append(paid[one] + payment)
                classes[group] = moved[one]
        caps = {
            other: min(cap, self.needed(other) - 1)
            for other, cap in self.caps.items()
            if other != c
        }
        return Round(self.payments, paid, denominator, classes, caps, dict(self.lows))
