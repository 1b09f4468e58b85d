"""What a plan is: stages in order, each with its money, its projects, its ballots and its rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from pb.tally import digest, numbers
from pb.tally.eligible import Thresholds
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.ties import DEFAULT_TIES, check_ties


class Ballots(StrEnum):
    """Which ballots a stage counts; on each only the projects of the stage are read.

    `all`: every ballot, so whoever chose nothing here is still a voter. `residents`: those of
    the voters who live in an area of the stage. `naming`: those that name a project of the stage.
    """

    ALL = "all"
    RESIDENTS = "residents"
    NAMING = "naming"


class Flow(StrEnum):
    """Where a stage's money goes that is left, other than to a stage that is named.

    `turnout`: to the one with the highest turnout of all stages that say so; it is counted last
    of them.
    """

    STAYS = "stays"
    NEXT = "next"
    TURNOUT = "turnout"


@dataclass(frozen=True)
class Stage:
    """One count of a plan.

    `budget` is its own money, None for whatever the other stages do not have. It counts the
    projects of `areas` and of `categories` (empty: of all), those of earlier stages only if
    `again`. `residents` is the number of people who could vote, for the turnout.
    """

    id: str
    budget: Number | None = None
    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ballots: Ballots = Ballots.ALL
    rule: str = "greedy"
    params: Mapping[str, str] = field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    leftover: str = Flow.STAYS
    again: bool = False
    residents: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "areas", tuple(self.areas))
        object.__setattr__(self, "categories", tuple(self.categories))
        object.__setattr__(self, "ballots", Ballots(self.ballots))
        params = {name: str(value) for name, value in self.params.items()}
        object.__setattr__(self, "params", params)
        if not self.id or self.id in list(Flow):
            raise TallyError(f"A stage cannot be called {self.id!r}.")
        _require_amount(f"The budget of stage {self.id}", self.budget)
        if self.residents is not None and (type(self.residents) is not int or self.residents < 1):
            raise TallyError(f"The residents of stage {self.id} must be a whole number above 0.")
        if self.ballots is Ballots.RESIDENTS and not self.areas:
            raise TallyError(f"Stage {self.id} counts residents, but of no area.")

    def to_json(self) -> dict[str, Any]:
        """The stage as plain data; numbers exact."""
        limits = self.thresholds
        return {
            "id": self.id,
            "budget": None if self.budget is None else numbers.to_json(self.budget),
            "areas": list(self.areas),
            "categories": list(self.categories),
            "ballots": str(self.ballots),
            "rule": self.rule,
            "params": dict(self.params),
            "threshold": numbers.to_json(limits.score),
            "threshold-share": numbers.to_json(limits.share),
            "threshold-cost": numbers.to_json(limits.cost),
            "leftover": str(self.leftover),
            "again": self.again,
            "residents": self.residents,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Stage":
        """The stage that `to_json` wrote."""
        names = ("threshold", "threshold-share", "threshold-cost")
        limits = Thresholds(*(numbers.from_json(data[name]) for name in names))
        rest = {name: value for name, value in data.items() if name not in names}
        if rest["budget"] is not None:
            rest["budget"] = numbers.from_json(rest["budget"])
        return cls(**rest, thresholds=limits)


@dataclass(frozen=True)
class Plan:
    """Stages in the order in which they are counted, and what holds over all of them.

    Of the projects of one group in `exclusive` at most one is funded; `ceilings` is the most
    that all projects of a category may cost together. A project with several categories counts
    in each with its whole cost.
    """

    stages: tuple[Stage, ...]
    ties: tuple[str, ...] = DEFAULT_TIES
    exclusive: tuple[tuple[str, ...], ...] = ()
    ceilings: Mapping[str, Number] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages))
        object.__setattr__(self, "ties", check_ties(tuple(self.ties)))
        object.__setattr__(self, "exclusive", tuple(map(tuple, self.exclusive)))
        for category, most in self.ceilings.items():
            _require_amount(f"The ceiling of {category}", most)
        ids = [stage.id for stage in self.stages]
        if not ids:
            raise TallyError("A plan needs at least one stage.")
        if len(set(ids)) < len(ids):
            raise TallyError("Two stages of the plan have the same name.")
        for place, stage in enumerate(self.stages):
            if stage.leftover not in list(Flow) and stage.leftover not in ids[place + 1 :]:
                raise TallyError(
                    f"What stage {stage.id} leaves goes to {stage.leftover!r}, no later stage."
                )
        if self.stages[-1].leftover == Flow.NEXT:
            raise TallyError(f"No stage comes after {ids[-1]}.")
        if sum(stage.budget is None for stage in self.stages) > 1:
            raise TallyError("Only one stage can have the rest of the budget.")

    @cached_property
    def digest(self) -> str:
        """sha256 (hex) of the plan in canonical JSON."""
        return digest.of_data(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The plan as plain data; numbers exact."""
        return {
            "stages": [stage.to_json() for stage in self.stages],
            "ties": list(self.ties),
            "exclusive": [list(group) for group in self.exclusive],
            "ceilings": {name: numbers.to_json(most) for name, most in self.ceilings.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        """The plan that `to_json` wrote."""
        return cls(
            tuple(Stage.from_json(stage) for stage in data["stages"]),
            tuple(data["ties"]),
            tuple(tuple(group) for group in data["exclusive"]),
            {name: numbers.from_json(most) for name, most in data["ceilings"].items()},
        )


def with_floors(plan: Plan, floors: Mapping[str, Number]) -> Plan:
    """A plan of one stage, after a stage for each category with that much money for itself first.

    What a category does not use goes to the stage of the plan, where all its projects that are
    not funded compete again.
    """
    if len(plan.stages) != 1:
        raise TallyError("Floors go before a plan with one stage.")
    (rest,) = plan.stages
    reserved = tuple(
        replace(
            rest,
            id=f"floor {category}",
            budget=least,
            categories=(category,),
            leftover=rest.id,
            again=True,
        )
        for category, least in floors.items()
    )
    return replace(plan, stages=(*reserved, replace(rest, again=True)))


def _require_amount(what: str, amount: Number | None) -> None:
    if amount is None:
        return
    if isinstance(amount, bool) or not isinstance(amount, int | Fraction) or amount < 0:
        raise TallyError(f"{what} must be a whole number or a fraction, not below zero.")
