"""Exact numbers and how they are written down: integers as integers, fractions as "num/den"."""

import json
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = int | Fraction


def plain(number: Number) -> Number:
    """The same number, as an int wherever it is whole."""
    if isinstance(number, Fraction) and number.denominator == 1:
        return number.numerator
    return number


def ratio(numerator: Number, denominator: Number) -> Number:
    """The exact quotient of two exact numbers; raises ZeroDivisionError."""
    return plain(Fraction(numerator) / denominator)


def to_json(number: Number) -> int | str:
    """The number as it stands in canonical JSON: an int, or "num/den"."""
    number = plain(number)
    return f"{number.numerator}/{number.denominator}" if isinstance(number, Fraction) else number


def from_json(value: int | str) -> Number:
    """The number that `to_json` wrote; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is not an exact number")
    return plain(Fraction(value))


def canonical(value: Any) -> str:
    """JSON text that is the same on every machine: sorted keys, no blanks, UTF-8 kept."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
