"""A day and time typed in boxes, as the clock on the wall shows it."""

import calendar
from datetime import date, datetime, time

from wtforms import DateField, DateTimeLocalField

PARTS = 4  # day, month, year, time


class LocalMomentField(DateTimeLocalField):
    """A day, month, year and time; None where nothing was typed, a sentence where it is wrong."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, format="%d %m %Y %H:%M", **kwargs)

    def process_formdata(self, values: list[str]) -> None:
        """Read the boxes; raises ValueError with a sentence for the person."""
        parts = " ".join(values).split()
        self.data = None
        if not parts:
            return
        if len(parts) != PARTS:
            raise ValueError("Enter a day, month, year and time, such as 1 6 2027 09:00.")
        day = _day(parts[:3])
        hour, _, minute = parts[3].replace(".", ":").partition(":")
        if not (0 <= _number(hour) <= 23 and 0 <= _number(minute or "0") <= 59):
            raise ValueError("Enter a time from 00:00 to 23:59.")
        self.data = datetime.combine(day, time(_number(hour), _number(minute or "0")))


class DayField(DateField):
    """A day, month and year; None where nothing was typed, a sentence where it is wrong."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, format="%d %m %Y", **kwargs)

    def process_formdata(self, values: list[str]) -> None:
        """Read the boxes; raises ValueError with a sentence for the person."""
        parts = " ".join(values).split()
        self.data = None
        if not parts:
            return
        if len(parts) != PARTS - 1:
            raise ValueError("Enter a day, month and year, such as 31 12 2027.")
        self.data = _day(parts)


def _day(parts: list[str]) -> date:
    day, month, year = (_number(part) for part in parts)
    if not 1 <= month <= 12:
        raise ValueError("Enter a month from 1 to 12.")
    if not 1 <= year <= 9999:
        raise ValueError("Enter a year with four figures, such as 2027.")
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise ValueError(f"There is no day {day} in {calendar.month_name[month]} {year}.")
    return date(year, month, day)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ValueError("Enter a day, month, year and time in figures, such as 1 6 2027 09:00.")
    return int(text)
