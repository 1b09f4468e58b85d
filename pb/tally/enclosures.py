"""Exact numbers that may grow long: kept whole while they are short, enclosed afterwards.

Some counts double the digits of their fractions in every round, so that no machine can write
them out after thirty. An `Enclosed` number is an exact fraction while its denominator fits in
`bits` bits, and from then on two fractions with the exact number between them. Nothing is ever
decided by a number in between: where the two ends do not agree, `Undecided` is raised, and
`decided` repeats the whole count with more bits. So every decision is the one that exact
fractions would lead to, and the bits that it took do not show in the outcome.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import TypeVar

from pb.tally.errors import TallyError
from pb.tally.numbers import Number, plain

# With as many bits as the last, ten to fifteen rounds are exact to the last digit.
BITS = (256, 1024, 4096, 16384, 65536)
PARTS = 1000  # to which numbers are rounded that are too long to be written down

Result = TypeVar("Result")


class Undecided(Exception):  # noqa: N818
    """The ends of an enclosure lie on different sides of what was asked."""


class Enclosed:
    """A number that is not below zero, or the two ends between which it lies."""

    __slots__ = ("bits", "high", "low")

    def __init__(self, low: Number, high: Number, bits: int) -> None:
        if low == high and low.denominator.bit_length() <= bits:
            self.low = self.high = low
        else:
            self.low = Fraction(max(0, floor(low * (1 << bits))), 1 << bits)
            self.high = Fraction(ceil(high * (1 << bits)), 1 << bits)
        self.bits = bits

    def __add__(self, other: "Enclosed | Number") -> "Enclosed":
        low, high = _ends(other)
        return Enclosed(self.low + low, self.high + high, self.bits)

    def __sub__(self, other: "Enclosed | Number") -> "Enclosed":
        low, high = _ends(other)
        return Enclosed(self.low - high, self.high - low, self.bits)

    def __mul__(self, other: "Enclosed | Number") -> "Enclosed":
        low, high = _ends(other)
        return Enclosed(self.low * low, self.high * high, self.bits)

    def __truediv__(self, other: "Enclosed | Number") -> "Enclosed":
        low, high = _ends(other)
        if low == 0 != high:
            raise Undecided
        return Enclosed(Fraction(self.low) / high, Fraction(self.high) / low, self.bits)

    def compare(self, other: "Enclosed | Number") -> int:
        """-1, 0 or 1: whether this number is less, the same, or more."""
        low, high = _ends(other)
        if self.low > high:
            return 1
        if self.high < low:
            return -1
        if self.low == self.high == low == high:
            return 0
        raise Undecided

    def rounded(self) -> Number:
        """The nearest thousandth, halves up: short enough to be written down."""
        low, high = nearest(self.low), nearest(self.high)
        if low != high:
            raise Undecided
        return low


def nearest(number: Number) -> Number:
    """The nearest thousandth of an exact number, halves up."""
    return plain(Fraction(floor(number * PARTS + Fraction(1, 2)), PARTS))


def _ends(number: Enclosed | Number) -> tuple[Number, Number]:
    return (number.low, number.high) if isinstance(number, Enclosed) else (number, number)


def decided(count: Callable[[int], Result]) -> Result:
    """The result of a count with as many bits as it takes to decide everything.

    Raises TallyError for a count that so many bits do not decide.
    """
    for bits in BITS:
        try:
            return count(bits)
        except Undecided:
            continue
    raise TallyError("This count needs longer fractions than can be handled.")
