"""How a rule is declared, configured and called."""

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, get_args, get_type_hints

from pb.tally import digest, numbers
from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step
from pb.tally.ties import DEFAULT_TIES, check_ties


@dataclass(frozen=True)
class NoParams:
    """A rule without parameters."""


@dataclass(frozen=True)
class Count:
    """What a rule hands back: who is funded, in order, and every step that led there.

    `params` are the parameters as they took effect, where that is more than what was asked for.
    """

    funded: tuple[str, ...]
    steps: tuple[Step, ...]
    params: Any = None


@dataclass(frozen=True)
class Rule:
    """A counting rule: what it is called, what it takes, and the pure function that counts."""

    id: str
    version: int
    title: str
    accepts: frozenset[BallotKind]
    params: type
    source: str
    summary: str
    count: Callable[[Instance, Profile, Any, tuple[str, ...]], Count]
    keeps_exclusive: bool = False  # whether it funds at most one project of an exclusive group

    def __call__(
        self,
        instance: Instance,
        profile: Profile,
        params: Any = None,
        ties: tuple[str, ...] = DEFAULT_TIES,
    ) -> Outcome:
        """Count the ballots; raises TallyError for ballots or parameters that do not fit."""
        params = self.params() if params is None else params
        ties = check_ties(ties)
        self._require_countable(instance, profile, params)
        count = self.count(instance, profile, params, ties)
        spent = sum((instance.by_id[project].cost for project in count.funded), 0)
        return Outcome(
            rule=self.id,
            version=self.version,
            params=written(params if count.params is None else count.params),
            ties=ties,
            budget=numbers.plain(instance.budget),
            spent=numbers.plain(spent),
            funded=count.funded,
            steps=count.steps,
            input_digest=digest.of_input(instance, profile),
        )

    def _require_countable(self, instance: Instance, profile: Profile, params: Any) -> None:
        if not isinstance(params, self.params):
            raise TallyError(f"Rule {self.id} takes {self.params.__name__}.")
        if profile.kind not in self.accepts:
            raise TallyError(f"Rule {self.id} does not count {profile.kind} ballots.")
        if instance.exclusive and not self.keeps_exclusive:
            raise TallyError(
                f"Rule {self.id} does not know projects that exclude each other; "
                "count them by a plan."
            )
        if (project := profile.unknown(instance.by_id)) is not None:
            raise TallyError(f"A ballot names project {project}, which does not exist.")

    def parse_params(self, given: Mapping[str, str]) -> Any:
        """The typed parameters for what was written; raises TallyError in one clear sentence."""
        hints = get_type_hints(self.params)
        known = {written_name(field.name): field.name for field in fields(self.params)}
        values = {}
        for name, text in given.items():
            if name not in known:
                offer = ", ".join(known) or "none"
                raise TallyError(f"Rule {self.id} has no parameter {name}; it has {offer}.")
            values[known[name]] = _parse(name, str(text), hints[known[name]])
        return self.params(**values)


def written_name(field: str) -> str:
    """A parameter as it is written outside the code: with hyphens."""
    return field.replace("_", "-")


def written(params: Any) -> dict[str, int | str]:
    """All parameters as plain data, the defaults included; unset ones are left out."""
    values = {written_name(field.name): getattr(params, field.name) for field in fields(params)}
    return {
        name: str(value) if isinstance(value, StrEnum) else numbers.to_json(value)
        for name, value in values.items()
        if value is not None
    }


def options(params: type) -> list[dict[str, Any]]:
    """The parameters of a rule for a list or a form: name, default, choices where fixed."""
    hints = get_type_hints(params)
    defaults = written(params())
    return [
        {
            "name": written_name(field.name),
            "default": defaults.get(written_name(field.name)),
            "choices": [str(choice) for choice in _enum(hints[field.name]) or ()],
        }
        for field in fields(params)
    ]


def _enum(hint: Any) -> type[StrEnum] | None:
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else None


def _parse(name: str, text: str, hint: Any) -> Any:
    if choices := _enum(hint):
        if text not in list(choices):
            offer = ", ".join(choices)
            raise TallyError(f"Parameter {name} is one of {offer}, not {text!r}.")
        return choices(text)
    accepted = get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return _parse_number(name, text, whole=Fraction not in accepted)


def _parse_number(name: str, text: str, *, whole: bool) -> Number:
    what = "a whole number" if whole else "a number like 4 or 4/5"
    try:
        number = numbers.plain(Fraction(text))
    except (ValueError, ZeroDivisionError):
        raise TallyError(f"Parameter {name} is {what}, not {text!r}.") from None
    if number < 0:
        raise TallyError(f"Parameter {name} must not be below zero.")
    if whole and not isinstance(number, int):
        raise TallyError(f"Parameter {name} is {what}, not {text!r}.")
    return number


def rule(
    id: str,
    *,
    version: int,
    title: str,
    accepts: Collection[BallotKind],
    params: type = NoParams,
    source: str = "",
    keeps_exclusive: bool = False,
) -> Callable[[Callable[..., Count]], Rule]:
    """Declare a counting rule where it is defined; the docstring's start is its summary."""
    if not (is_dataclass(params) and params.__dataclass_params__.frozen):
        raise TypeError(f"the parameters of rule {id} must be a frozen dataclass")

    def declare(count: Callable[..., Count]) -> Rule:
        summary = " ".join((count.__doc__ or "").split("\n\n")[0].split())
        kinds = frozenset(BallotKind(kind).counted_as for kind in accepts)
        return Rule(id, version, title, kinds, params, source, summary, count, keeps_exclusive)

    return declare
