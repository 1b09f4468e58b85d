"""A voter's sheet with what was ticked, ranked or given points; stored nowhere.

Every kind of ballot comes from plain form fields: `project` for ticks, `points-NUMBER` and
`rank-NUMBER` for the rest. What cannot be read stays as it was typed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from werkzeug.datastructures import MultiDict

from pb.ballots.sheet import Section, Sheet
from pb.proposals.models import Project
from pb.tally.ballots import Ballot, BallotKind, Limits, Violation

MOST_PICKS = 2_000  # far more than any ballot has; the rest of a made-up form is not read
MOST_RADIOS = 7  # longer scales are chosen from a list
MOST_SCORES = 101
PLACE = re.compile(r"(\d{1,4})\s*(?:\.|st|nd|rd|th)?", re.ASCII | re.IGNORECASE)
POINTS = re.compile(r"[+-]?\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """One thing that keeps a list from being counted, in a sentence, and where it stands."""

    sentence: str
    project: Project | None = None


@dataclass(frozen=True)
class FilledSection:
    """One area's list with what the voter wrote against each project, by project number."""

    section: Section
    written: Mapping[int, str]

    @cached_property
    def kind(self) -> BallotKind:
        return self.section.limits.kind.counted_as

    @cached_property
    def numbers(self) -> dict[int, int]:
        """What could be read: the place or the points by project number; 1 for a tick."""
        found = {number: _read(text, self.kind) for number, text in self.written.items()}
        return {number: value for number, value in found.items() if value is not None}

    @cached_property
    def chosen(self) -> tuple[Project, ...]:
        """The projects on the list: by place if they are ranked, else by their number."""
        ranked, on_it = self.kind is BallotKind.ORDINAL, self.section.by_number
        found = [
            (value if ranked else 0, n) for n, value in self.numbers.items() if ranked or value
        ]
        return tuple(on_it[number] for _, number in sorted(found))

    @cached_property
    def ballot(self) -> Ballot:
        codes = tuple(project.code for project in self.chosen)
        if not self.kind.has_points:
            return Ballot(codes)
        return Ballot(codes, tuple(self.numbers[project.number] for project in self.chosen))

    @property
    def spent(self) -> int:
        return sum(project.cost for project in self.chosen)

    @property
    def points(self) -> int:
        """All points given together."""
        return sum(self.ballot.points)

    @cached_property
    def problems(self) -> list[Violation]:
        """The limits that this list does not keep."""
        return self.section.problems(self.ballot)

    @cached_property
    def misread(self) -> list[Fault]:
        """What was typed and cannot be read, and places that are given twice."""
        on_it = self.section.by_number
        unread = [on_it[number] for number in self.written if number not in self.numbers]
        wanted = "no place. Write 1 for your first choice, 2 for the next, and so on."
        if self.kind is not BallotKind.ORDINAL:
            wanted = "no whole number of points. Write a number such as 3."
        faults = [Fault(f"“{p.title}”: “{self.written[p.number]}” is {wanted}", p) for p in unread]
        if self.kind is BallotKind.ORDINAL:
            places = Counter(self.numbers.values())
            for place in sorted(place for place, times in places.items() if times > 1):
                level = [p for p in self.chosen if self.numbers[p.number] == place]
                names = ", ".join(f"“{p.title}”" for p in level)
                sentence = f"Place {place} is given {len(level)} times: {names}. Use it once."
                faults.append(Fault(sentence, level[-1]))
        return faults

    def faults(self, money: Callable[[int], str] = str) -> list[Fault]:
        """Everything that keeps this list from being counted."""
        by_code = {project.code: project for project in self.section.projects}
        titles = {code: f"“{project.title}”" for code, project in by_code.items()}
        return self.misread + [
            Fault(violation.describe(money, titles), by_code.get(violation.project or ""))
            for violation in self.problems
        ]

    def misread_at(self, project: Project) -> str | None:
        """The sentence about what was typed against one project."""
        return next((f.sentence for f in self.misread if f.project is project), None)

    @property
    def free_choices(self) -> int | None:
        """How many more projects would fit; None without a limit."""
        longest = self.section.limits.longest
        most = None if longest is None else min(longest, len(self.section.open))
        return None if most is None else max(0, most - len(self.chosen))

    @property
    def free_money(self) -> int | None:
        """How much more money would fit; None without a limit."""
        most = self.section.limits.max_sum_cost
        return None if most is None else max(0, most - self.spent)

    @property
    def free_points(self) -> int | None:
        """How many points are left, below zero if too many are given; None without a limit."""
        most = self.section.limits.max_sum_points
        return None if most is None else most - self.points

    @property
    def scale(self) -> list[int]:
        """The scores one can choose from; empty where points are typed."""
        return scale(self.section.limits)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same list as form fields."""
        if self.kind is BallotKind.APPROVAL:
            return [("project", str(number)) for number in self.written]
        prefix = "rank" if self.kind is BallotKind.ORDINAL else "points"
        return [(f"{prefix}-{number}", text) for number, text in self.written.items()]


@dataclass(frozen=True)
class FilledSheet:
    """A voter's sheet with what came with a form."""

    sheet: Sheet
    sections: tuple[FilledSection, ...]
    unknown: tuple[str, ...] = ()  # what the form named that is not on this voter's sheet

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All that was written, as form fields carry it."""
        return [field for one in self.sections for field in one.fields]

    @property
    def lists(self) -> dict[int, Ballot]:
        """The ballot as it is cast: a list for each area."""
        return {one.section.area.id: one.ballot for one in self.sections}

    @property
    def empty(self) -> bool:
        return not any(one.chosen for one in self.sections)

    @property
    def area_faults(self) -> list[str]:
        """What is wrong with the choice of the lists that were filled in, in sentences."""
        found = self.sheet.problems(self.lists)
        return [violation.describe(names=self.sheet.names) for violation in found]

    @property
    def readable(self) -> bool:
        """Whether everything that was written can be read; whether it may be cast is not asked."""
        return not self.unknown and not any(one.misread for one in self.sections)

    @property
    def faulty(self) -> bool:
        wrong = any(one.problems for one in self.sections)
        return bool(wrong or not self.readable or self.area_faults)


def scale(limits: Limits) -> list[int]:
    """All scores from the lowest to the highest; empty where they are too many or have no end."""
    if limits.kind is not BallotKind.SCORING or limits.max_points is None:
        return []
    least = limits.min_points or 0
    fits = limits.max_points - least < MOST_SCORES
    return list(range(least, limits.max_points + 1)) if fits else []


def fill(sheet: Sheet, form: MultiDict | None = None) -> FilledSheet:
    """The sheet with what a form says; `remove` takes a project out, `move` changes its place."""
    if not form:
        return FilledSheet(sheet, tuple(FilledSection(one, {}) for one in sheet.sections))
    kinds = {section.limits.kind.counted_as for section in sheet.sections}
    written = _written(form, kinds.pop() if kinds else BallotKind.APPROVAL)
    sections = []
    for section in sheet.sections:
        numbers = section.numbers
        here = {numbers[key]: text for key, text in written.items() if key in numbers}
        one = FilledSection(section, dict(sorted(here.items())))
        sections.append(_moved(one, form.get("move", "")))
    known = [section.numbers for section in sheet.sections]
    unknown = tuple(key[:12] for key in written if not any(key in one for one in known))
    return FilledSheet(sheet, tuple(sections), unknown)


def _written(form: MultiDict, kind: BallotKind) -> dict[str, str]:
    """What stands against each project, as typed; the number of a project may be made up."""
    removed = set(form.getlist("remove"))
    if kind is BallotKind.APPROVAL:
        found = dict.fromkeys(form.getlist("project")[:MOST_PICKS], "1")
    else:
        prefix = "rank-" if kind is BallotKind.ORDINAL else "points-"
        found = {
            name.removeprefix(prefix): text.strip()[:20]
            for name, text in islice(form.items(), MOST_PICKS)
            if name.startswith(prefix) and text.strip()
        }
    return {key: text for key, text in found.items() if key not in removed}


def _moved(one: FilledSection, move: str) -> FilledSection:
    """The ranking after a press on “up”, “down” or “next”; places are counted anew from 1."""
    verb, _, number = move.partition(" ")
    here = one.section.numbers
    if one.kind is not BallotKind.ORDINAL or number not in here:
        return one
    project, order = one.section.by_number[here[number]], list(one.chosen)
    if verb == "next" and project not in order:
        order.append(project)
    elif verb in ("up", "down") and project in order:
        place = order.index(project)
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
    unread = {n: text for n, text in one.written.items() if n not in one.numbers}
    places = {p.number: str(place) for place, p in enumerate(order, 1)}
    return FilledSection(one.section, dict(sorted((unread | places).items())))


def _read(text: str, kind: BallotKind) -> int | None:
    if kind is BallotKind.ORDINAL:
        found = PLACE.fullmatch(text)
        return int(found[1]) or None if found else None
    text = text.replace("\N{MINUS SIGN}", "-")
    return int(text) if POINTS.fullmatch(text) else None
