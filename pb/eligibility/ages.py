"""Birth dates as lists write them, and ages on a day."""

import re
from datetime import date
from functools import lru_cache

from pb.eligibility.columns import DateOrder

OLDEST = 110
EARLIEST = date(1900, 1, 1)
MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"  # as databases export a day
DATE = re.compile(r"(\d{1,4})\s?[-./ ]\s?(\d{1,2})\s?[-./ ]\s?(\d{1,4})" + MIDNIGHT)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


@lru_cache(maxsize=100_000)  # a town has fewer different birthdays than people
def parse(text: str, order: DateOrder) -> date | None:
    """The date in a cell, None if it is none; a year needs four figures.

    Four figures first are read as year, month, day, whatever the order of the others.
    """
    match = DATE.fullmatch(text) or COMPACT.fullmatch(text)
    if match is None:
        return None
    first, second, third = match.group(1, 2, 3)
    if len(first) == 4:
        year, month, day = first, second, third
    elif order is DateOrder.MONTH_FIRST:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if len(year) != 4 or len(day) > 2:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def on(day: date, born: date) -> int:
    """Full years of age on a day; born on 29 February, one is older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def oddity(born: date, day: date) -> str | None:
    """Why a birth date is hardly true, seen from `day`, or None."""
    if born > day:
        return "the birth date lies in the future"
    if born < EARLIEST:
        return "the birth date lies before 1900"
    if on(day, born) > OLDEST:
        return f"the person would be older than {OLDEST}"
    return None
