"""What can be wrong with a ballot: a code for machines, a sentence for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


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
    WITHDRAWN_PROJECT = "withdrawn-project"
    TOO_FEW_IN_CATEGORY = "too-few-in-category"
    TOO_MANY_IN_CATEGORY = "too-many-in-category"
    TOO_CHEAP_IN_CATEGORY = "too-cheap-in-category"
    TOO_DEAR_IN_CATEGORY = "too-dear-in-category"
    AREA_NOT_YOURS = "area-not-yours"
    TOO_MANY_OTHER_AREAS = "too-many-other-areas"
    TOO_MANY_AREAS = "too-many-areas"


# Texts for a language other than English are keyed by the code and use the same names.
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
    ViolationCode.WITHDRAWN_PROJECT: (
        "Project {project} was withdrawn. A vote for it would not count; take it off your ballot."
    ),
    ViolationCode.TOO_FEW_IN_CATEGORY: (
        "Choose at least {limit} projects on “{group}”; {found} are chosen."
    ),
    ViolationCode.TOO_MANY_IN_CATEGORY: (
        "Choose at most {limit} projects on “{group}”; {found} are chosen."
    ),
    ViolationCode.TOO_CHEAP_IN_CATEGORY: (
        "The chosen projects on “{group}” cost {found} together; choose {limit} or more."
    ),
    ViolationCode.TOO_DEAR_IN_CATEGORY: (
        "The chosen projects on “{group}” cost {found} together; the most is {limit}."
    ),
    ViolationCode.AREA_NOT_YOURS: "You cannot vote on the list of “{group}”: it is not your area.",
    ViolationCode.TOO_MANY_OTHER_AREAS: (
        "Besides your own area, fill in the lists of at most {limit} areas; {found} are filled in."
    ),
    ViolationCode.TOO_MANY_AREAS: (
        "Fill in the lists of at most {limit} areas; {found} are filled in."
    ),
}
ONE_OF = (
    (" 1 projects", " 1 project"),
    (" 1 points", " 1 point"),
    ("the lists of at most 1 areas", "the list of at most 1 area"),
    ("; 1 are ", "; 1 is "),
)
MONEY_CODES = frozenset(
    {
        ViolationCode.TOO_CHEAP,
        ViolationCode.TOO_DEAR,
        ViolationCode.TOO_CHEAP_IN_CATEGORY,
        ViolationCode.TOO_DEAR_IN_CATEGORY,
    }
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a ballot: a code and the numbers behind it."""

    code: ViolationCode
    found: int | None = None
    limit: int | None = None
    project: str | None = None
    group: str | None = None  # the category or area that it is about

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

        `names` says how to call a project, or an area, instead of by its id.
        """
        write = money if self.is_money else str
        found, limit = (None if n is None else write(n) for n in (self.found, self.limit))
        project = names.get(self.project or "", self.project)
        group = names.get(self.group or "", self.group)
        said = {"project": project, "group": group, "found": found, "limit": limit}
        sentence = SENTENCES[self.code].format(**said)
        for many, one in ONE_OF:
            sentence = sentence.replace(many, one)
        return sentence
