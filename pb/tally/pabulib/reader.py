"""Reads the whole .pb format; tolerant where the archive is untidy, never where votes are."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NoReturn

from pb.tally import kernel
from pb.tally.ballots import BallotKind, Limits
from pb.tally.errors import PabulibError
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number, plain
from pb.tally.pabulib import strict as tidy
from pb.tally.pabulib import votes
from pb.tally.pabulib.election import LIMIT_LISTS, Election
from pb.tally.pabulib.records import Sections, cell, decoded, items

# A comma before exactly three digits could mean thousands, so such an amount is refused.
AMOUNT = re.compile(r"\d{1,30}(?:\.\d{1,30}|,\d{1,2}|,\d{4,30})?", re.ASCII)
NOT_EXTRA = {"project_id", "cost", "votes", "score", "name", "category", "beneficiaries"}
LIMIT_AMOUNTS = ("min_sum_cost", "max_sum_cost")
LIMIT_NUMBERS = (
    "min_length",
    "max_length",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "min_length_per_category",
    "max_length_per_category",
)
# 22 files of the archive name a project twice in one vote; the first mention counts.
REPEATED = "{votes} votes name a project twice; it counts once"


def read_file(path: str | Path, *, unit: int | None = None, strict: bool = False) -> Election:
    """Read an election from a file; raises PabulibError, also where there is no such file."""
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise PabulibError(error.strerror or "cannot be read", file=str(path)) from None
    return read(source, file=str(path), unit=unit, strict=strict)


def read(
    source: str | bytes, *, file: str = "", unit: int | None = None, strict: bool = False
) -> Election:
    """Read an election; raises PabulibError with file, line and field.

    `unit` is the number of minor units in one unit of currency; by default 100 where the file
    has amounts that are not whole, 1 elsewhere. `file` is only named in errors. With `strict`
    nothing untidy is accepted: see `pb.tally.pabulib.strict`.
    """
    election = _scanned(source, file, unit)
    if election is None:
        reader = _Reader(decoded(source, file), file, unit)
        election = reader.election(source, reader.merged())
    if strict:
        tidy.check(source, election, file)
    return election


def _scanned(source: str | bytes, file: str, unit: int | None) -> Election | None:
    """The election with its votes read by the kernel; None where anything stands in the way.

    Only what comes before the rows of VOTES is read here. Where that fails, the whole file is
    read the other way, which names the first mistake in it.
    """
    if kernel.library() is None:
        return None
    try:
        raw = source.removeprefix("\ufeff").encode() if isinstance(source, str) else source
        heading = votes.HEADING.search(raw)
        if heading is None:
            return None
        reader = _Reader(decoded(raw[: heading.end()], file), file, unit)
        found = reader.scanned(raw, heading.end())
        return None if found is None else reader.election(source, found)
    except (PabulibError, UnicodeEncodeError):
        return None


class _Reader:
    def __init__(self, text: str, file: str, unit: int | None) -> None:
        self.file = file
        self.tables = Sections(text, file, {"VOTES": votes.Merged}).tables()
        self.meta_lines: dict[str, int] = {}
        self.meta = self._meta()
        self.unit = unit or self._fitting_unit()
        self.limits = self._limits()
        self.projects, self.extra, self.selected = self._projects()
        self.ids = tuple(project.id for project in self.projects)
        if self.limits.kind.has_points and "points" not in self.tables["VOTES"].columns:
            self.fail("VOTES has no column points", self.tables["VOTES"].line, "points")

    def fail(self, message: str, line: int = 0, name: str = "") -> NoReturn:
        raise PabulibError(message, file=self.file, line=line, field=name)

    def merged(self) -> votes.Votes:
        return votes.merged(self.tables["VOTES"], self.ids, self.limits.kind, self.file)

    def scanned(self, source: bytes, start: int) -> votes.Votes | None:
        columns = self.tables["VOTES"].columns
        return votes.scanned(source, start, columns, self.ids, self.limits.kind)

    def election(self, source: str | bytes, found: votes.Votes) -> Election:
        limits = self.limits
        budget = self._amount(self._meta_value("budget"), self.meta_lines["budget"], "budget")
        warnings = [REPEATED.format(votes=found.repeated)] if found.repeated else []
        warnings += self._wrong_number("num_projects", len(self.projects))
        warnings += self._wrong_number("num_votes", found.number)
        return Election.counted(
            Profile(limits.kind, found.groups, limits.longest),
            partial(votes.every_vote, source, limits.kind, self.ids),
            meta=self.meta,
            instance=Instance(budget, self.projects, self.unit),
            limits=limits,
            selected=self.selected,
            project_fields=self.extra,
            voter_columns=votes.voter_columns(self.tables["VOTES"].columns),
            warnings=tuple(warnings),
        )

    # META

    def _meta(self) -> dict[str, str]:
        table = self.tables["META"]
        meta: dict[str, str] = {}
        for line, cells in table.rows:
            key = cell(cells, table.columns, "key").lower()
            if key in meta:
                self.fail("stands twice in META", line, key)
            meta[key] = cell(cells, table.columns, "value")
            self.meta_lines[key] = line
        return meta

    def _meta_value(self, name: str) -> str:
        if not self.meta.get(name):
            self.fail("is missing from META", self.meta_lines.get(name, 0), name)
        return self.meta[name]

    def _wrong_number(self, name: str, found: int) -> list[str]:
        said = self.meta.get(name)
        wrong = said and said != str(found)
        return [f"{name} says {said}, but there are {found}"] if wrong else []

    def _limits(self) -> Limits:
        kind = self._meta_value("vote_type").lower()
        if kind not in list(BallotKind):
            offer = ", ".join(BallotKind)
            self.fail(f"is {kind!r}, not one of {offer}", self.meta_lines["vote_type"], "vote_type")
        values: dict[str, Number] = {}
        for name in LIMIT_NUMBERS:
            if text := self.meta.get(name):
                values[name] = self._whole(text, self.meta_lines[name], name)
        for name in LIMIT_AMOUNTS:
            if text := self.meta.get(name):
                values[name] = self._amount(text, self.meta_lines[name], name)
        for name in LIMIT_LISTS:
            amounts = {
                self._amount(text, self.meta_lines[name], name)
                for text in items(self.meta.get(name, ""))
            }
            if len(amounts) == 1:
                values[name] = amounts.pop()
        return Limits(BallotKind(kind), **values)

    # Numbers

    def _whole(self, text: str, line: int, name: str) -> int:
        return votes.whole(text, name, self.file, line)

    def _exact(self, text: str, line: int, name: str) -> Fraction:
        if not AMOUNT.fullmatch(text):
            self.fail(f"is {text!r}, not an amount of money", line, name)
        return Fraction(text.replace(",", "."))

    def _amount(self, text: str, line: int, name: str) -> Number:
        if len(text) <= 30 and text.isascii() and text.isdecimal():
            return int(text) * self.unit
        return plain(self._exact(text, line, name) * self.unit)

    def _fitting_unit(self) -> int:
        """1 where every amount is whole, else 100: cents keep integers integers."""
        table = self.tables["PROJECTS"]
        amounts = [(cell(cells, table.columns, "cost"), line, "cost") for line, cells in table.rows]
        for name in ("budget", *LIMIT_AMOUNTS):
            if self.meta.get(name):
                amounts.append((self.meta[name], self.meta_lines[name], name))
        for name in LIMIT_LISTS:
            for text in items(self.meta.get(name, "")):
                amounts.append((text, self.meta_lines[name], name))
        parts = [amount for amount in amounts if "." in amount[0] or "," in amount[0]]
        whole = all(self._exact(*amount).denominator == 1 for amount in parts)
        return 1 if whole else 100

    # PROJECTS

    def _projects(self) -> tuple[tuple[Project, ...], dict[str, dict[str, str]], dict[str, int]]:
        table = self.tables["PROJECTS"]
        if "cost" not in table.columns:
            self.fail("PROJECTS has no column cost", table.line, "cost")
        projects: dict[str, Project] = {}
        extra: dict[str, dict[str, str]] = {}
        selected: dict[str, int] = {}
        for line, cells in table.rows:
            row = {name: cell(cells, table.columns, name) for name in table.columns}
            project = self._project(row, line)
            if project.id in projects:
                self.fail(f"project {project.id} is listed twice", line, "project_id")
            projects[project.id] = project
            if row.get("selected"):
                selected[project.id] = self._whole(row["selected"], line, "selected")
            # The column `target` was renamed to `beneficiaries` in 2026.
            unused = NOT_EXTRA | {"selected", "target"}
            extra[project.id] = {k: v for k, v in row.items() if k not in unused and v}
        return tuple(projects.values()), {k: v for k, v in extra.items() if v}, selected

    def _project(self, row: Mapping[str, str], line: int) -> Project:
        if not row["project_id"]:
            self.fail("a project has no id", line, "project_id")
        return Project(
            row["project_id"],
            self._amount(row["cost"], line, "cost"),
            row.get("name", ""),
            items(row.get("category", "")),
            items(row.get("beneficiaries") or row.get("target", "")),
        )
