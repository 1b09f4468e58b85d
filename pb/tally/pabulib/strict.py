"""What the tolerant reader mends or only warns about, and the strict reader refuses.

`docs/pabulib-format.md` has the list. A file has been read before it comes here: its sections,
columns, numbers and ids are there, and this looks only at how they are written, and whether they
agree with each other. Pabulib's own checker is the guide; what it accepts without a warning
passes. It also knows countries, languages and currencies by name, and recounts; this does not.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NoReturn

from pb.tally.ballots import Ballot, BallotKind, Violation, ViolationCode, validate
from pb.tally.errors import PabulibError
from pb.tally.pabulib.election import (
    META_FIELDS,
    OBLIGATORY_META,
    PROJECT_FIELDS,
    RULES,
    VOTE_FIELDS,
    Election,
)
from pb.tally.pabulib.records import SECTIONS, cell, decoded, items, records
from pb.tally.pabulib.writer import counts

FIELDS = {"META": ["key", "value"], "PROJECTS": PROJECT_FIELDS, "VOTES": VOTE_FIELDS}
LISTS = {
    "categories",
    "neighborhoods",
    "subdistricts",
    "budget_per_category",
    "budget_per_neighborhood",
    "min_sum_cost_per_category",
    "max_sum_cost_per_category",
    "category",
    "beneficiaries",
    "vote",
    "points",
}
MAY_BE_EMPTY = {
    "category",
    "beneficiaries",
    "latitude",
    "longitude",
    "age",
    "sex",
    "district",
    "neighborhood",
    "education",
}
WHOLE, AMOUNT, DATE = r"\d{1,18}", r"\d{1,30}(\.\d{1,30})?", r"(\d\d\.\d\d\.)?\d{4}"
# How a value is written, and what that is called.
FORMS = {
    **dict.fromkeys(("num_projects", "num_votes", "votes"), (WHOLE, "a whole number")),
    **dict.fromkeys(("min_length", "max_length"), (WHOLE, "a whole number")),
    **dict.fromkeys(
        ("min_length_per_category", "max_length_per_category"), (WHOLE, "a whole number")
    ),
    **dict.fromkeys(
        ("min_points", "max_points", "min_sum_points", "max_sum_points", "score"),
        ("-?" + WHOLE, "a whole number"),
    ),
    **dict.fromkeys(
        ("budget", "cost", "min_sum_cost", "max_sum_cost"), (AMOUNT, "an amount like 12.50")
    ),
    **dict.fromkeys(("date_begin", "date_end"), (DATE, "a date like 31.12.2026 or 2026")),
    **dict.fromkeys(("fully_funded", "experimental"), ("1", "1")),
    "min_project_score_threshold": (WHOLE, "a whole number"),
    "vote_type": ("|".join(BallotKind), "one of " + ", ".join(BallotKind)),
    "rule": ("|".join(RULES), "one of " + ", ".join(RULES)),
    "comment": (r"#1: .*", "numbered like “#1: …”"),
    "selected": ("[0-3]", "0, 1, 2 or 3"),
    "points": (r"-?\d{1,18}(,-?\d{1,18})*", "a list of whole numbers"),
    "sex": ("[MFO]", "M, F or O"),
    "voting_method": ("internet|paper", "internet or paper"),
}
POINT_CODES = {
    ViolationCode.POINTS_TOO_LOW,
    ViolationCode.POINTS_TOO_HIGH,
    ViolationCode.SUM_POINTS_TOO_LOW,
    ViolationCode.SUM_POINTS_TOO_HIGH,
}


def check(source: str | bytes, election: Election, file: str) -> None:
    """Refuse the first untidy thing in a file that was read; raises PabulibError."""
    _Strict(source, election, file).check()


class _Strict:
    def __init__(self, source: str | bytes, election: Election, file: str) -> None:
        self.file, self.election = file, election
        self.marked = source[:1] == "\ufeff" or source[:3] == b"\xef\xbb\xbf"
        self.text = decoded(source, file)
        self.kind = election.limits.kind
        self.costs = {project.id: project.cost for project in election.instance.projects}
        self.categories = {p.id: p.categories for p in election.instance.projects}
        self.meta_lines: dict[str, int] = {}
        self.headings: list[str] = []
        self.columns: dict[str, int] = {}

    def fail(self, message: str, line: int = 0, name: str = "") -> NoReturn:
        raise PabulibError(message, file=self.file, line=line, field=name)

    def check(self) -> None:
        if self.marked:
            self.fail("begins with a byte order mark", 1)
        self.line_ends()
        for section, line, cells in self.rows():
            self.form(section, line, cells)
        self.meta()
        seen: set[tuple[str, str]] = set()
        for section, line, cells in self.rows():
            if section == "VOTES":
                self.vote(line, cells, seen)
        wanted = counts(self.election)
        for section, line, cells in self.rows():
            if section == "PROJECTS":
                self.project(line, cells, *wanted)

    # How it is written

    def line_ends(self) -> None:
        lines = self.text.split("\n")[:-1]
        if 0 < sum(line.endswith("\r") for line in lines) < len(lines):
            first = lines[0].endswith("\r")
            line = next(n for n, one in enumerate(lines, 1) if one.endswith("\r") != first)
            self.fail("ends in another way than the lines before", line)

    def rows(self) -> Iterator[tuple[str, int, list[str]]]:
        """The rows below the headers, with their section; headings and headers are checked."""
        section, header, due = "", False, 1
        self.headings.clear()
        for line, cells in records(self.text, self.file):
            if line > due:
                self.fail("is blank", due)
            due = line + 1 + sum(one.count("\n") for one in cells)
            word = "" if any(cells[1:]) else cells[0].strip().upper()
            if word in SECTIONS:
                self.heading(word, line, cells)
                section, header = word, True
            elif header:
                self.header(section, line, cells)
                header = False
            else:
                yield section, line, cells
        if self.text.rstrip("\n\r \t") and due < self.text.count("\n") + 1:
            self.fail("is blank", due)

    def heading(self, word: str, line: int, cells: list[str]) -> None:
        if cells != [word]:
            self.fail(f"the heading of a section is written {word}", line)
        if word != list(SECTIONS)[len(self.headings)]:
            self.fail(f"the order of sections is {', '.join(SECTIONS)}", line)
        self.headings.append(word)

    def header(self, section: str, line: int, cells: list[str]) -> None:
        known = FIELDS[section]
        for name in cells:
            if name == "target":
                self.fail("was renamed to beneficiaries in 2026", line, name)
            if name not in known:
                self.fail(f"is no column of {section}", line, name)
        if cells[0] != known[0] or (section == "META" and cells != known):
            self.fail(f"the columns of {section} begin with {known[0]}", line, cells[0])
        self.columns = {name: place for place, name in enumerate(cells)}

    def form(self, section: str, line: int, cells: list[str]) -> None:
        """One row: as many cells as columns, no odd blanks, values written as the format says."""
        names = list(self.columns)
        if section == "META":
            names = ["key", cells[0]]
            if cells[0] not in META_FIELDS:
                self.fail("is no field of META", line, cells[0].strip())
            self.meta_lines[cells[0]] = line
        if len(cells) != len(names):
            self.fail(f"a row of {section} has {len(cells)} cells, not {len(names)}", line)
        for name, text in zip(names, cells, strict=True):
            self.value(name, text, line)

    def value(self, name: str, text: str, line: int) -> None:
        if text != text.strip():
            self.fail("has blanks at its ends", line, name)
        parts = text.split(",") if name in LISTS and text else []
        if any(not part or part != part.strip() for part in parts):
            self.fail("has blanks or nothing beside a comma", line, name)
        if not text:
            if name not in MAY_BE_EMPTY and not (name == "points" and not self.kind.has_points):
                self.fail("is empty", line, name)
        elif name in FORMS and not re.fullmatch(FORMS[name][0], text, re.ASCII | re.DOTALL):
            self.fail(f"is {text!r}, not {FORMS[name][1]}", line, name)

    # What it says

    def meta(self) -> None:
        meta, limits = self.election.meta, self.election.limits
        for name in OBLIGATORY_META:
            if name not in meta:
                self.fail("is missing from META", 0, name)
        self.same("num_projects", len(self.costs))
        self.same("num_votes", self.election.profile.voters)
        begin, end = (self.day(name) for name in ("date_begin", "date_end"))
        if begin > end:
            self.fail("is before date_begin", self.meta_lines["date_end"], "date_end")
        if (limits.max_length or 0) > len(self.costs):
            self.fail(
                "is more than there are projects", self.meta_lines["max_length"], "max_length"
            )
        if self.kind is BallotKind.CHOOSE_1:
            for name in ("min_length", "max_length"):
                if name in meta:
                    self.same(name, 1)
        if self.kind is BallotKind.CUMULATIVE and not limits.max_sum_points:
            self.fail("is missing from META", 0, "max_sum_points")

    def same(self, name: str, found: int) -> None:
        if int(self.election.meta[name]) != found:
            message = f"says {self.election.meta[name]}, but it is {found}"
            self.fail(message, self.meta_lines[name], name)

    def day(self, name: str) -> date:
        """A day, or the first day of a year."""
        text = self.election.meta[name]
        try:
            day, month, year = map(int, text.split(".")) if "." in text else (1, 1, int(text))
            return date(year, month, day)
        except ValueError:
            self.fail(f"is {text!r}, which is no day", self.meta_lines[name], name)

    def project(self, line: int, cells: list[str], votes, scores) -> None:
        project = cell(cells, self.columns, "project_id")
        if not self.costs[project]:
            self.fail("is zero", line, "cost")
        for name, found in (("votes", votes), ("score", scores)):
            # Approval ballots have no score.
            if name in self.columns and (name == "votes" or found):
                said = cell(cells, self.columns, name)
                if int(said) != found[project]:
                    self.fail(f"says {said}, but the votes give {found[project]}", line, name)

    def vote(self, line: int, cells: list[str], seen: set[tuple[str, str]]) -> None:
        key = cell(cells, self.columns, "vote"), cell(cells, self.columns, "points")
        if key in seen:
            return
        ranked = self.kind is BallotKind.ORDINAL  # some cities write its points beside a ranking
        ballot = Ballot(items(key[0]), () if ranked else tuple(map(int, items(key[1]))))
        for violation in validate(ballot, self.election.limits, self.costs, self.categories):
            if not self.allowed(violation):
                name = "points" if violation.code in POINT_CODES or ballot.points else "vote"
                self.fail(violation.sentence, line, name)
        seen.add(key)

    def allowed(self, violation: Violation) -> bool:
        """Scores may be negative where META does not say otherwise."""
        free = self.kind is BallotKind.SCORING and self.election.limits.min_points is None
        return free and violation.code is ViolationCode.POINTS_TOO_LOW
