"""Plans as people write them: in a TOML file, money in units of the currency."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pb.tally import numbers
from pb.tally.eligible import Thresholds
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.plans.model import Plan, Stage, with_floors
from pb.tally.ties import DEFAULT_TIES, parse_ties

TEXTS = {"ballots", "rule", "leftover"}
NAMES = {"areas", "categories"}
THRESHOLDS = {"threshold": "score", "threshold-share": "share", "threshold-cost": "cost"}
STAGE = {"id", "budget", "params", "again", "residents", *TEXTS, *NAMES, *THRESHOLDS}
PLAN = {"ties", "areas", "homes", "exclusive", "ceilings", "floors", "defaults", "stages"}


@dataclass(frozen=True)
class PlanFile:
    """A plan, and the columns that say where a project is and where a voter lives."""

    plan: Plan
    areas: str = ""
    homes: str = ""


def read_plan(text: str, unit: int = 1) -> PlanFile:
    """The plan that a TOML text describes; `unit` minor units are one unit of its amounts.

    Raises TallyError that names what cannot be read.
    """
    try:
        data = tomllib.loads(text, parse_float=Fraction)
    except ValueError as error:
        raise TallyError(f"The plan is not TOML: {error}.") from None
    _require_known("The plan", data, PLAN)
    defaults = _typed("defaults", data.get("defaults", {}), dict)
    stages = _typed("stages", data.get("stages", []), list)
    ties = _text("ties", data["ties"]) if "ties" in data else ""
    plan = Plan(
        tuple(_stage(defaults | _typed("stages", one, dict), unit) for one in stages),
        parse_ties(ties) if ties else DEFAULT_TIES,
        tuple(
            _names("exclusive", one) for one in _typed("exclusive", data.get("exclusive", []), list)
        ),
        _amounts("ceilings", data.get("ceilings", {}), unit),
    )
    if "floors" in data:
        plan = with_floors(plan, _amounts("floors", data["floors"], unit))
    columns = (_text(name, data.get(name, "")) for name in ("areas", "homes"))
    return PlanFile(plan, *columns)


def _stage(data: Mapping[str, Any], unit: int) -> Stage:
    name = _text("id", data.get("id", ""))
    what = f"Stage {name}"
    _require_known(what, data, STAGE)
    values: dict[str, Any] = {"id": name}
    if "budget" in data:
        values["budget"] = _amount(f"{what}: budget", data["budget"], unit)
    values |= {key: _text(f"{what}: {key}", data[key]) for key in TEXTS & data.keys()}
    values |= {key: _names(f"{what}: {key}", data[key]) for key in NAMES & data.keys()}
    given = _typed(f"{what}: params", data.get("params", {}), dict)
    values["params"] = {key: str(value) for key, value in given.items()}
    limits = {
        field: _amount(f"{what}: {key}", data[key], unit=1)
        for key, field in THRESHOLDS.items()
        if key in data
    }
    values["again"] = _typed(f"{what}: again", data.get("again", False), bool)
    try:
        return Stage(**values, thresholds=Thresholds(**limits), residents=data.get("residents"))
    except ValueError as error:
        raise TallyError(f"{what}: {error}.") from None


def _require_known(what: str, data: Mapping[str, Any], known: set[str]) -> None:
    for key in data:
        if key not in known:
            raise TallyError(f"{what} has no {key}; it has {', '.join(sorted(known))}.")


def _typed(what: str, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        names = {dict: "a table", list: "a list", bool: "true or false", str: "a text"}
        raise TallyError(f"{what} is {names[kind]}, not {value!r}.")
    return value


def _text(what: str, value: Any) -> str:
    return _typed(what, value, str)


def _names(what: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(what, name) for name in _typed(what, value, list))


def _amounts(what: str, value: Any, unit: int) -> dict[str, Number]:
    return {k: _amount(f"{what}: {k}", v, unit) for k, v in _typed(what, value, dict).items()}


def _amount(what: str, value: Any, unit: int) -> Number:
    """A number of the file, or a text like "1/3", exactly."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | Fraction):
            raise ValueError
        return numbers.plain(Fraction(value) * unit)
    except (ValueError, ZeroDivisionError):
        raise TallyError(f'{what} is a number like 4 or 0.5 or "1/3", not {value!r}.') from None
