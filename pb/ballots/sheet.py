"""The sheet that one voter may fill in: a list of projects for each area, and its limits.

Every list is checked by `pb.tally.ballots.validate`, on the page and again when it is cast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.eligibility.models import RollEntry
from pb.errors import Invalid, Refused
from pb.proposals.models import Project
from pb.rounds.models import Area, Round
from pb.tally.ballots import Ballot, BallotKind, Limits, Violation, validate


@dataclass(frozen=True)
class Section:
    """One area's list."""

    area: Area
    projects: tuple[Project, ...]
    limits: Limits

    @cached_property
    def costs(self) -> dict[str, int]:
        """The cost of every project on the list, by its code."""
        return {project.code: project.cost for project in self.projects}

    def problems(self, ballot: Ballot) -> list[Violation]:
        """What is wrong with a filled-in list; leaving a list empty is always allowed."""
        return validate(ballot, self.limits, self.costs) if ballot.choices else []


@dataclass(frozen=True)
class Sheet:
    """The lists of one voter: the own area first, then the whole town."""

    sections: tuple[Section, ...]

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
        if problems:
            raise Invalid("Your ballot was not counted: " + " ".join(problems), tuple(problems))


def blank(session: Session, round: Round, entry: RollEntry) -> Sheet:
    """The sheet of a voter, with the projects in the order of their numbers."""
    return blank_for(session, round, entry.area_id)


def blank_for(session: Session, round: Round, area_id: int | None) -> Sheet:
    """The sheet of everybody in an area; None is for people who vote city-wide only."""
    if round.ballot_limits is None:
        raise Refused("The ballot of this round has no limits yet.")
    areas = [area for area in round.areas if area.id == area_id and not area.city_wide]
    areas += [area for area in round.areas if area.city_wide]
    found = session.scalars(
        select(Project)
        .where(Project.round_id == round.id, Project.area_id.in_([area.id for area in areas]))
        .order_by(Project.number)
    ).all()
    sections = (
        Section(area, tuple(p for p in found if p.area_id == area.id), round.limits_in(area))
        for area in areas
    )
    return Sheet(tuple(section for section in sections if section.projects))


def canonical(ballot: Ballot, kind: BallotKind) -> Ballot:
    """A list in its one spelling: the order in which a voter saw the projects is not kept."""
    if kind is BallotKind.ORDINAL:
        return ballot
    if not ballot.points:
        return Ballot(tuple(sorted(ballot.choices)))
    lines = sorted(zip(ballot.choices, ballot.points, strict=True))
    return Ballot(tuple(code for code, _ in lines), tuple(points for _, points in lines))
