"""One ballot, the limits it must keep, and the functions that check it.

`validate` checks one list of a ballot, `validate_areas` all lists together. The page, the paper
desk, the import of files and the count ask no other function.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pb.tally.violations import SENTENCES, Violation, ViolationCode

__all__ = [
    "SENTENCES",
    "AreaLimits",
    "Ballot",
    "BallotKind",
    "Limits",
    "Violation",
    "ViolationCode",
    "validate",
    "validate_areas",
]

NOTHING: Mapping[str, Any] = MappingProxyType({})


class BallotKind(StrEnum):
    """How a voter expresses a choice, by Pabulib's names."""

    APPROVAL = "approval"
    CHOOSE_1 = "choose-1"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"
    ORDINAL = "ordinal"

    @property
    def counted_as(self) -> "BallotKind":
        """The kind a rule sees: choose-1 is approval of at most one project."""
        return BallotKind.APPROVAL if self is BallotKind.CHOOSE_1 else self

    @property
    def has_points(self) -> bool:
        """Whether every chosen project carries points."""
        return self in (BallotKind.CUMULATIVE, BallotKind.SCORING)


@dataclass(frozen=True, slots=True, order=True)
class Ballot:
    """One voter's choice: project ids, in order of preference if ordinal, and their points."""

    choices: tuple[str, ...] = ()
    points: tuple[int, ...] = ()

    def to_json(self) -> dict[str, list]:
        """The ballot as plain data; points only where there are any."""
        data: dict[str, list] = {"choices": list(self.choices)}
        return data | {"points": list(self.points)} if self.points else data

    def without(self, gone: Collection[str]) -> "Ballot":
        """The ballot without some projects; one that named nothing else becomes an empty one."""
        kept = [place for place, project in enumerate(self.choices) if project not in gone]
        points = tuple(self.points[place] for place in kept) if self.points else ()
        return Ballot(tuple(self.choices[place] for place in kept), points)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Ballot":
        """The ballot that `to_json` wrote."""
        return cls(tuple(data["choices"]), tuple(data.get("points", ())))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one list may hold, by Pabulib's names; None means no limit; money in minor units.

    A limit `_per_category` holds for every category of projects on the list by itself.
    """

    kind: BallotKind = BallotKind.APPROVAL
    min_length: int | None = None
    max_length: int | None = None
    min_sum_cost: int | None = None
    max_sum_cost: int | None = None
    min_points: int | None = None
    max_points: int | None = None
    min_sum_points: int | None = None
    max_sum_points: int | None = None
    min_length_per_category: int | None = None
    max_length_per_category: int | None = None
    min_sum_cost_per_category: int | None = None
    max_sum_cost_per_category: int | None = None

    @property
    def by_category(self) -> bool:
        """Whether anything depends on the categories of the projects."""
        return any(getattr(self, name) is not None for name in PER_CATEGORY)

    @property
    def longest(self) -> int | None:
        """How many projects one ballot may name; choose-1 allows one."""
        if self.kind is BallotKind.CHOOSE_1:
            return 1
        return self.max_length

    def within(self, budget: int) -> "Limits":
        """The same limits, for a list that may not cost more than `budget`."""
        most = budget if self.max_sum_cost is None else min(budget, self.max_sum_cost)
        return replace(self, max_sum_cost=most)

    def fitting(self, costs: Collection[int]) -> "Limits":
        """The same limits, for a list of projects with these costs: they ask for no more than the
        fullest list can give."""
        fullest = sorted(costs, reverse=True)[: self.longest]
        most = {"min_length": len(costs), "min_sum_cost": sum(fullest)}
        if self.max_points is not None:
            most["min_sum_points"] = len(fullest) * self.max_points
        lower = {
            name: number
            for name, number in most.items()
            if (asked := getattr(self, name)) is not None and asked > number
        }
        return replace(self, **lower) if lower else self

    def to_json(self) -> dict[str, Any]:
        """The limits as plain data, without those that are not set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Limits":
        """The limits that `to_json` wrote; what it says about all lists together is left out."""
        values = {name: value for name, value in data.items() if name != AreaLimits.KEY}
        return cls(**{**values, "kind": BallotKind(data.get("kind", BallotKind.APPROVAL))})


PER_CATEGORY = tuple(one.name for one in fields(Limits) if one.name.endswith("_per_category"))


@dataclass(frozen=True)
class AreaLimits:
    """What holds for the lists of one ballot together; areas by their names in addresses.

    The list of the whole town is everybody's, and no limit counts it.
    """

    KEY = "areas"  # where it stands beside the limits of a list

    max_areas: int | None = None  # lists filled in; None: no limit
    max_other_areas: int | None = 0  # of them, not the voter's own; 0: own area only; None: any
    lengths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # of some areas' lists

    def of(self, area: str, limits: Limits) -> Limits:
        """The limits of the list of one area: those of every list, unless it has its own."""
        return replace(limits, **self.lengths.get(area, NOTHING))

    def to_json(self) -> dict[str, Any]:
        """What is set, as plain data that stands under `KEY`; nothing where all is as usual."""
        usual = AreaLimits()
        found = {
            name: value for name, value in asdict(self).items() if value != getattr(usual, name)
        }
        return {self.KEY: found} if found else {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "AreaLimits":
        """The limits that stand under `KEY` beside those of a list."""
        return cls(**data.get(cls.KEY, NOTHING))


def validate(
    ballot: Ballot,
    limits: Limits,
    costs: Mapping[str, int],
    categories: Mapping[str, Collection[str]] = NOTHING,
    withdrawn: Collection[str] = (),
) -> list[Violation]:
    """Everything wrong with one list of a ballot; an empty list means that it counts.

    `costs` holds every project of the list in minor units, `categories` those of projects that
    have any, and `withdrawn` the projects that cannot be chosen any more. A list is a set: a
    project that is named twice is a fault, and its cost counts once.
    """
    return [
        *_choice_violations(ballot, costs, withdrawn),
        *_length_violations(ballot, limits),
        *_cost_violations(ballot, limits, costs),
        *_category_violations(ballot, limits, costs, categories),
        *_points_violations(ballot, limits),
    ]


def validate_areas(
    filled: Iterable[str], limits: AreaLimits, *, own: str | None, town: Collection[str]
) -> list[Violation]:
    """Everything wrong with the choice of the lists that were filled in, named by their areas.

    `own` is the area of the voter, `town` the areas that belong to everybody.
    """
    areas = sorted(set(filled) - set(town))
    others = [area for area in areas if area != own]
    if limits.max_other_areas == 0:
        return [Violation(ViolationCode.AREA_NOT_YOURS, group=area) for area in others]
    return [
        *_outside(
            len(others),
            None,
            limits.max_other_areas,
            ViolationCode.TOO_MANY_OTHER_AREAS,
            ViolationCode.TOO_MANY_OTHER_AREAS,
        ),
        *_outside(
            len(areas),
            None,
            limits.max_areas,
            ViolationCode.TOO_MANY_AREAS,
            ViolationCode.TOO_MANY_AREAS,
        ),
    ]


def _choice_violations(
    ballot: Ballot, costs: Mapping[str, int], withdrawn: Collection[str]
) -> list[Violation]:
    found = []
    for project, times in Counter(ballot.choices).items():
        if project in withdrawn:
            found.append(Violation(ViolationCode.WITHDRAWN_PROJECT, project=project))
        elif project not in costs:
            found.append(Violation(ViolationCode.UNKNOWN_PROJECT, project=project))
        if times > 1:
            found.append(Violation(ViolationCode.DUPLICATE_PROJECT, times, 1, project))
    return found


def _length_violations(ballot: Ballot, limits: Limits) -> list[Violation]:
    length = len(set(ballot.choices))
    low, high = ViolationCode.TOO_FEW, ViolationCode.TOO_MANY
    return _outside(length, limits.min_length, limits.longest, low, high)


def _cost_violations(ballot: Ballot, limits: Limits, costs: Mapping[str, int]) -> list[Violation]:
    total = sum(costs.get(project, 0) for project in set(ballot.choices))
    low, high = ViolationCode.TOO_CHEAP, ViolationCode.TOO_DEAR
    return _outside(total, limits.min_sum_cost, limits.max_sum_cost, low, high)


def _category_violations(
    ballot: Ballot,
    limits: Limits,
    costs: Mapping[str, int],
    categories: Mapping[str, Collection[str]],
) -> list[Violation]:
    """Every category by itself; a category that has fewer projects than the least asks for all."""
    if not limits.by_category:
        return []
    offered, chosen = defaultdict(list), defaultdict(list)
    for project in costs:
        for category in set(categories.get(project, ())):
            offered[category].append(project)
            if project in ballot.choices:
                chosen[category].append(costs[project])
    found, low, high = [], ViolationCode.TOO_FEW_IN_CATEGORY, ViolationCode.TOO_MANY_IN_CATEGORY
    cheap, dear = ViolationCode.TOO_CHEAP_IN_CATEGORY, ViolationCode.TOO_DEAR_IN_CATEGORY
    for category in sorted(offered):
        least, most = limits.min_length_per_category, limits.max_length_per_category
        least = None if least is None else min(least, len(offered[category]))
        found += _outside(len(chosen[category]), least, most, low, high, group=category)
        least, most = limits.min_sum_cost_per_category, limits.max_sum_cost_per_category
        found += _outside(sum(chosen[category]), least, most, cheap, dear, group=category)
    return found


def _points_violations(ballot: Ballot, limits: Limits) -> list[Violation]:
    points = ballot.points
    if not limits.kind.has_points:
        unexpected = Violation(ViolationCode.POINTS_UNEXPECTED, len(points), 0)
        return [unexpected] if points else []
    if len(points) != len(ballot.choices):
        return [Violation(ViolationCode.POINTS_MISSING, len(points), len(ballot.choices))]

    found = []
    for project, given in zip(ballot.choices, points, strict=True):
        if not isinstance(given, int) or isinstance(given, bool):
            found.append(Violation(ViolationCode.POINTS_NOT_WHOLE, project=project))
            continue
        low, high = ViolationCode.POINTS_TOO_LOW, ViolationCode.POINTS_TOO_HIGH
        least = _least_points(limits)
        found += _outside(given, least, limits.max_points, low, high, project)
    if any(violation.code is ViolationCode.POINTS_NOT_WHOLE for violation in found):
        return found

    low, high = ViolationCode.SUM_POINTS_TOO_LOW, ViolationCode.SUM_POINTS_TOO_HIGH
    found += _outside(sum(points), limits.min_sum_points, limits.max_sum_points, low, high)
    return found


def _least_points(limits: Limits) -> int | None:
    """Without a published minimum points are never negative: they would undo other votes."""
    return 0 if limits.min_points is None else limits.min_points


def _outside(
    number: int,
    least: int | None,
    most: int | None,
    low: ViolationCode,
    high: ViolationCode,
    project: str | None = None,
    group: str | None = None,
) -> list[Violation]:
    if least is not None and number < least:
        return [Violation(low, number, least, project, group)]
    if most is not None and number > most:
        return [Violation(high, number, most, project, group)]
    return []
