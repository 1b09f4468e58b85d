"""The sheet that one voter may fill in: a list of projects for each area, and its limits.

It is checked by `pb.tally.ballots`, on the page and again when it is cast: `validate` for every
list, `validate_areas` for all of them together.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from pb.ballots import frozen
from pb.eligibility.models import RollEntry, Voter
from pb.errors import Invalid, Refused
from pb.proposals.models import Project
from pb.rounds.models import Area, Round
from pb.tally.ballots import (
    AreaLimits,
    Ballot,
    BallotKind,
    Limits,
    Violation,
    validate,
    validate_areas,
)


@dataclass(frozen=True)
class Section:
    """One area's list; what was withdrawn stays on it, and cannot be chosen."""

    area: Area
    projects: tuple[Project, ...]
    limits: Limits
    own: bool = True  # the voter's area, or the whole town

    @cached_property
    def by_number(self) -> dict[int, Project]:
        """Every project on the list by its number."""
        return {project.number: project for project in self.projects}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The numbers of the projects on the list, by how a form spells them."""
        return {str(number): number for number in self.by_number}

    @cached_property
    def costs(self) -> dict[str, int]:
        """The cost of every project on the list, by its code."""
        return {project.code: project.cost for project in self.open}

    @cached_property
    def open(self) -> tuple[Project, ...]:
        """The projects that can be chosen."""
        return tuple(project for project in self.projects if project.withdrawal is None)

    @cached_property
    def gone(self) -> frozenset[str]:
        """The codes of the projects that were withdrawn."""
        return frozenset(project.code for project in self.projects if project.withdrawal)

    @cached_property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """The topic of every project that has one, by its code."""
        return {project.code: (project.topic,) for project in self.open if project.topic}

    def problems(self, ballot: Ballot) -> list[Violation]:
        """What is wrong with a filled-in list; leaving a list empty is always allowed."""
        if not ballot.choices:
            return []
        return validate(ballot, self.limits, self.costs, self.categories, self.gone)


@dataclass(frozen=True)
class Sheet:
    """The lists of one voter: the own area first, then other areas, then the whole town."""

    sections: tuple[Section, ...]
    limits: AreaLimits = AreaLimits()
    own: str | None = None  # the voter's area, by its name in addresses
    # What pages keep of it: a sheet is the same for many voters, for as long as nothing changes.
    pages: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_area(self) -> dict[int, Section]:
        return {section.area.id: section for section in self.sections}

    def check(self, lists: Mapping[int, Ballot]) -> None:
        """Raise Invalid with a sentence for everything that is wrong with a ballot."""
        problems = []
        for area_id, ballot in lists.items():
            section = self.by_area.get(area_id)
            if section is None:
                problems.append("Your ballot has no list for this area.")
                continue
            for violation in section.problems(ballot):
                problems.append(f"{section.area.name}: {violation.sentence}")
        known = {area_id: ballot for area_id, ballot in lists.items() if area_id in self.by_area}
        problems += [violation.describe(names=self.names) for violation in self.problems(known)]
        if problems:
            raise Invalid("Your ballot was not counted: " + " ".join(problems), tuple(problems))

    @property
    def names(self) -> dict[str, str]:
        """The areas of the lists by their names in addresses."""
        return {section.area.slug: section.area.name for section in self.sections}

    def problems(self, lists: Mapping[int, Ballot]) -> list[Violation]:
        """What is wrong with the choice of the lists that were filled in."""
        areas = {area_id: section.area for area_id, section in self.by_area.items()}
        filled = [areas[area_id].slug for area_id, ballot in lists.items() if ballot.choices]
        town = [area.slug for area in areas.values() if area.city_wide]
        return validate_areas(filled, self.limits, own=self.own, town=town)


def blank(session: Session, round: Round, entry: RollEntry | Voter) -> Sheet:
    """The sheet of a voter, with the projects in the order of their numbers."""
    return blank_for(session, round, entry.area_id)


def blank_for(session: Session, round: Round, area_id: int | None) -> Sheet:
    """The sheet of everybody in an area; None is for people who vote city-wide only."""
    if round.limits is None:
        raise Refused("The ballot of this round has no limits yet.")
    return frozen.keep(session, round, ("sheet", area_id), lambda: _make(session, round, area_id))


def _make(session: Session, round: Round, area_id: int | None) -> Sheet:
    found = frozen.lines(session, round)
    known = {project.area_id: project.area for project in found}
    areas = [known[area.id] for area in _areas(round, area_id) if area.id in known]
    sections = (
        _section(round, area, tuple(p for p in found if p.area_id == area.id), area_id)
        for area in areas
    )
    own = next((area.slug for area in _areas(round, area_id) if area.id == area_id), None)
    return Sheet(tuple(sections), round.area_limits, own)


def _areas(round: Round, area_id: int | None) -> list[Area]:
    """The voter's own area, the others if lists of others may be filled in, the whole town.

    Somebody without an area chooses areas only where everybody may choose any.
    """
    others = round.area_limits.max_other_areas
    if area_id is None and others is not None:
        others = 0
    local = [area for area in round.areas if not area.city_wide]
    own = [area for area in local if area.id == area_id]
    rest = [area for area in local if area.id != area_id] if others != 0 else []
    return [*own, *rest, *(area for area in round.areas if area.city_wide)]


def _section(
    round: Round, area: Area, projects: tuple[Project, ...], area_id: int | None
) -> Section:
    left = [project.cost for project in projects if project.withdrawal is None]
    own = area.city_wide or area.id == area_id
    return Section(area, projects, round.limits_in(area).fitting(left), own)


def canonical(ballot: Ballot, kind: BallotKind) -> Ballot:
    """A list in its one spelling: the order in which a voter saw the projects is not kept."""
    if kind is BallotKind.ORDINAL:
        return ballot
    if not ballot.points:
        return Ballot(tuple(sorted(ballot.choices)))
    # Not yet checked, it may have points for other than its choices.
    lines = sorted(zip(ballot.choices, ballot.points, strict=False))
    return Ballot(tuple(code for code, _ in lines), tuple(points for _, points in lines))
