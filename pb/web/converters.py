"""Parts of addresses."""

from typing import Any

from werkzeug.routing import BaseConverter, IntegerConverter

from pb.rounds.models import Round


class RoundConverter(BaseConverter):
    """A round by its slug; the guard turns the slug into the round, or answers 404."""

    regex = r"[a-z0-9][a-z0-9-]*"

    def to_url(self, value: Any) -> str:
        return value.slug if isinstance(value, Round) else super().to_url(value)


class NumberConverter(IntegerConverter):
    """A number that a database can hold; a larger one is simply not found."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": 2**31 - 1, **kwargs})
