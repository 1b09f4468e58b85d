"""One list of a paper ballot as a clerk types it: project numbers, with points where there are any.

“3 17 22” are ticks, or places in their order; “3:5 17:2” are points; “0” is a list left empty.
"""

import re

from pb.ballots.sheet import Section
from pb.errors import Invalid
from pb.proposals.models import Project
from pb.tally.ballots import Ballot, BallotKind

BETWEEN = re.compile(r"[\s,;]+")
WITH_POINTS = re.compile(r"(\d{1,6})[:=](-?\d{1,9})", re.ASCII)
NUMBER = re.compile(r"\d{1,6}", re.ASCII)
EMPTY = "0"


def read(typed: str, section: Section) -> Ballot | None:
    """The list that was typed; None where nothing was, an empty ballot for “0”.

    Raises Invalid for what cannot stand on this list. Its limits are not looked at: a list beyond
    them was really handed in.
    """
    words = [word for word in BETWEEN.split(typed.strip()) if word]
    if not words:
        return None
    if words == [EMPTY]:
        return Ballot()
    lines = [_line(word, section) for word in words]
    codes = tuple(project.code for project, _ in lines)
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise Invalid(f"Project {lines[place][0].number} is typed twice. Type it once.")
    if not section.limits.kind.has_points:
        return Ballot(codes)
    return Ballot(codes, tuple(points for _, points in lines))


def example(section: Section) -> str:
    """How to type this list, in a sentence for the clerk."""
    kind = section.limits.kind
    if kind.has_points:
        return "Number and points, such as 3:5 17:2. Type 0 for an empty list."
    if kind is BallotKind.ORDINAL:
        return "Numbers in the voter’s order, first choice first, such as 17 3 22. 0 for none."
    return "Numbers of the ticked projects, such as 3 17 22. Type 0 for an empty list."


def _line(word: str, section: Section) -> tuple[Project, int]:
    """The project and the points (1 for a tick) behind one word."""
    if section.limits.kind.has_points:
        found = WITH_POINTS.fullmatch(word)
        if found is None:
            raise Invalid(f"“{word[:20]}” is not a number and its points, such as 3:5.")
        return _project(found[1], section), int(found[2])
    if not NUMBER.fullmatch(word):
        raise Invalid(f"“{word[:20]}” is not the number of a project.")
    return _project(word, section), 1


def _project(number: str, section: Section) -> Project:
    for project in section.projects:
        if project.number == int(number):
            return project
    raise Invalid(f"There is no project {int(number)} on the list of {section.area.name}.")
