"""What is left of votes when parts of them are taken again and again, in proportion.

Every vote is worth 1 at first. Taking from a group multiplies the votes in it by 1 − taken / held.
The numerators and denominators of these fractions double their length with each taking, so that
after thirty of them they would fill the memory. So every weight is kept between two bounds, whole
numbers of 2⁻²⁵⁶ that are rounded away from each other, and a comparison is read from the bounds.
Where they do not decide it – the numbers are equal, or almost – it is made with the fractions.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from pb.tally.numbers import Number, plain

ONE = 1 << 256
DECIMALS = 10**6


@dataclass
class Support:
    """Voters by the class their weight is in, and two bounds of what they hold together."""

    members: Counter[int]
    low: int
    high: int
    exact: Fraction | None = None


@dataclass(frozen=True)
class _Taking:
    """What was taken from whom."""

    held: Support
    amount: Number


@dataclass(frozen=True)
class _Class:
    """Voters from whom the same was taken: those of `parent`, after one taking more."""

    low: int
    high: int
    parent: int = -1
    taking: int = -1


class Weights:
    """The weight of every vote; identical ballots are one group and keep one weight."""

    def __init__(self, groups: int) -> None:
        self.class_of = [0] * groups
        self.classes = [_Class(ONE, ONE)]
        self.takings: list[_Taking] = []
        self.values: dict[int, Fraction] = {0: Fraction(1)}

    def held(self, groups: Iterable[tuple[int, int]]) -> Support:
        """What (group, voters) hold together."""
        members: Counter[int] = Counter()
        for group, voters in groups:
            members[self.class_of[group]] += voters
        low = sum(self.classes[one].low * voters for one, voters in members.items())
        high = sum(self.classes[one].high * voters for one, voters in members.items())
        return Support(members, low, high)

    def reaches(self, support: Support, amount: Number) -> bool:
        """Whether voters hold at least so much."""
        if support.low >= amount * ONE:
            return True
        return support.high >= amount * ONE and self.exactly(support) >= amount

    def order(self, one: Support, cost: Number, other: Support, other_cost: Number) -> int:
        """1, 0 or -1: whether one holds more for its cost than the other, as much, or less."""
        if one.members == other.members and cost == other_cost:
            return 0
        if one.low * other_cost > other.high * cost:
            return 1
        if one.high * other_cost < other.low * cost:
            return -1
        left, right = self.exactly(one) * other_cost, self.exactly(other) * cost
        return (left > right) - (left < right)

    def rounded_down(self, support: Support) -> Number:
        """What voters hold together, rounded down to a millionth of a vote."""
        parts = support.low * DECIMALS // ONE
        if parts != support.high * DECIMALS // ONE:
            parts = self.exactly(support) * DECIMALS // 1
        return plain(Fraction(parts, DECIMALS))

    def take(self, groups: Iterable[tuple[int, int]], held: Support, amount: Number) -> None:
        """Take an amount from voters who hold at least as much, in proportion to what they hold."""
        self.takings.append(_Taking(held, amount))
        low, high = held.low, held.high
        if held.exact is not None:
            low, high = held.exact * ONE // 1, -(-held.exact * ONE // 1)
        after: dict[int, int] = {}
        for group, _ in groups:
            before = self.class_of[group]
            if before not in after:
                after[before] = len(self.classes)
                old = self.classes[before]
                least = old.low * _kept(low, amount * ONE) // 1
                most = -(-old.high * _kept(high, amount * ONE) // 1)
                self.classes.append(_Class(least, most, before, len(self.takings) - 1))
            self.class_of[group] = after[before]

    def exactly(self, support: Support) -> Fraction:
        """What voters hold together, as a fraction."""
        if support.exact is None:
            support.exact = self._by_whole_takings(support)
        if support.exact is None:
            support.exact = sum(
                (self._value(one) * voters for one, voters in support.members.items()), Fraction(0)
            )
        return support.exact

    def _by_whole_takings(self, support: Support) -> Fraction | None:
        """The same, read from what was taken, if each taking was from these voters or others.

        Ties at the end of a long count are mostly of this kind, and their fractions the longest.
        """
        paid: Counter[int] = Counter()
        for one, voters in support.members.items():
            for taking in self._history(one):
                paid[taking] += voters
        if any(self.takings[one].held.members.total() != paid[one] for one in paid):
            return None
        taken = sum((Fraction(self.takings[one].amount) for one in paid), Fraction(0))
        return support.members.total() - taken

    def _history(self, number: int) -> Iterable[int]:
        while number:
            yield self.classes[number].taking
            number = self.classes[number].parent

    def _value(self, number: int) -> Fraction:
        if number not in self.values:
            one = self.classes[number]
            taking = self.takings[one.taking]
            kept = _kept(self.exactly(taking.held), taking.amount)
            self.values[number] = self._value(one.parent) * kept
        return self.values[number]


def _kept(held: Number, amount: Number) -> Fraction:
    """The part that is left when an amount is taken; 0 where a lower bound is below the amount."""
    return 1 - Fraction(amount) / held if held > amount else Fraction(0)
