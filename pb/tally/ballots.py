"""One ballot, the limits it must keep, and the one function that checks it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any


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

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Ballot":
        """The ballot that `to_json` wrote."""
        return cls(tuple(data["choices"]), tuple(data.get("points", ())))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ballot may hold, by Pabulib's names; None means no limit; money in minor units."""

    kind: BallotKind = BallotKind.APPROVAL
    min_length: int | None = None
    max_length: int | None = None
    min_sum_cost: int | None = None
    max_sum_cost: int | None = None
    min_points: int | None = None
    max_points: int | None = None
    min_sum_points: int | None = None
    max_sum_points: int | None = None

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

    def to_json(self) -> dict[str, Any]:
        """The limits as plain data, without those that are not set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Limits":
        """The limits that `to_json` wrote."""
        return cls(**{**data, "kind": BallotKind(data.get("kind", BallotKind.APPROVAL))})


class ViolationCode(StrEnum):
    """What can be wrong with a ballot."""

    UNKNOWN_PROJECT = "unknown-project"
    DUPLICATE_PROJECT = "duplicate-project"
    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    TOO_CHEAP = "too-cheap"
    TOO_DEAR = "too-dear"
    POINTS_MISSING = "points-missing"
    POINTS_UNEXPECTED = "points-unexpected"
    POINTS_NOT_WHOLE = "points-not-whole"
    POINTS_TOO_LOW = "points-too-low"
    POINTS_TOO_HIGH = "points-too-high"
    SUM_POINTS_TOO_LOW = "sum-points-too-low"
    SUM_POINTS_TOO_HIGH = "sum-points-too-high"


# Texts for a language other than English are keyed by the code and use the same three names.
SENTENCES = {
    ViolationCode.UNKNOWN_PROJECT: "There is no project {project} on this ballot.",
    ViolationCode.DUPLICATE_PROJECT: "Project {project} is chosen {found} times; choose it once.",
    ViolationCode.TOO_FEW: "Choose at least {limit} projects; {found} are chosen.",
    ViolationCode.TOO_MANY: "Choose at most {limit} projects; {found} are chosen.",
    ViolationCode.TOO_CHEAP: "The chosen projects cost {found} together; choose {limit} or more.",
    ViolationCode.TOO_DEAR: "The chosen projects cost {found} together; the most is {limit}.",
    ViolationCode.POINTS_MISSING: "{limit} projects are chosen, but {found} have points.",
    ViolationCode.POINTS_UNEXPECTED: "This ballot takes no points; {found} were given.",
    ViolationCode.POINTS_NOT_WHOLE: "The points of project {project} are not a whole number.",
    ViolationCode.POINTS_TOO_LOW: "Project {project} has {found} points; the least is {limit}.",
    ViolationCode.POINTS_TOO_HIGH: "Project {project} has {found} points; the most is {limit}.",
    ViolationCode.SUM_POINTS_TOO_LOW: "Give at least {limit} points; {found} are given.",
    ViolationCode.SUM_POINTS_TOO_HIGH: "Give at most {limit} points; {found} are given.",
}
ONE_OF = (
    (" 1 projects", " 1 project"),
    (" 1 points", " 1 point"),
    ("; 1 are ", "; 1 is "),
)
MONEY_CODES = frozenset({ViolationCode.TOO_CHEAP, ViolationCode.TOO_DEAR})


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a ballot: a code and the numbers behind it."""

    code: ViolationCode
    found: int | None = None
    limit: int | None = None
    project: str | None = None

    @property
    def is_money(self) -> bool:
        """Whether `found` and `limit` are money in minor units."""
        return self.code in MONEY_CODES

    @property
    def sentence(self) -> str:
        """What is wrong, in one plain English sentence."""
        return self.describe()

    def describe(self, money=str, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """The same sentence with amounts of money written by `money` (int → str).

        `names` says how to call a project instead of by its id.
        """
        write = money if self.is_money else str
        found, limit = (None if n is None else write(n) for n in (self.found, self.limit))
        project = names.get(self.project or "", self.project)
        sentence = SENTENCES[self.code].format(project=project, found=found, limit=limit)
        for many, one in ONE_OF:
            sentence = sentence.replace(many, one)
        return sentence


def validate(ballot: Ballot, limits: Limits, costs: Mapping[str, int]) -> list[Violation]:
    """Everything wrong with a ballot; an empty list means that it counts.

    `costs` holds every project the voter may choose, in minor units.
    """
    return [
        *_choice_violations(ballot, costs),
        *_length_violations(ballot, limits),
        *_cost_violations(ballot, limits, costs),
        *_points_violations(ballot, limits),
    ]


def _choice_violations(ballot: Ballot, costs: Mapping[str, int]) -> list[Violation]:
    found = []
    for project, times in Counter(ballot.choices).items():
        if project not in costs:
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
) -> list[Violation]:
    if least is not None and number < least:
        return [Violation(low, number, least, project)]
    if most is not None and number > most:
        return [Violation(high, number, most, project)]
    return []
