"""Reads the whole .pb format; tolerant where the archive is untidy, never where votes are."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.errors import PabulibError
from pb.tally.model import Instance, Project
from pb.tally.numbers import Number, plain
from pb.tally.pabulib.election import Election

SECTIONS = ("META", "PROJECTS", "VOTES")
# A comma before exactly three digits could mean thousands, so such an amount is refused.
AMOUNT = re.compile(r"\d{1,30}(?:\.\d{1,30}|,\d{1,2}|,\d{4,30})?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,18}(?:\.0{1,18})?", re.ASCII)
NOT_EXTRA = {"project_id", "cost", "votes", "score", "name", "category", "beneficiaries"}
LIMIT_AMOUNTS = ("min_sum_cost", "max_sum_cost")
LIMIT_NUMBERS = (
    "min_length",
    "max_length",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
)
# 22 files of the archive name a project twice in one vote; the first mention counts.
REPEATED = "{votes} votes name a project twice; it counts once"


def read_file(path: str | Path, *, unit: int | None = None) -> Election:
    """Read an election from a file; raises PabulibError, also where there is no such file."""
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise PabulibError(error.strerror or "cannot be read", file=str(path)) from None
    return read(source, file=str(path), unit=unit)


def read(source: str | bytes, *, file: str = "", unit: int | None = None) -> Election:
    """Read an election; raises PabulibError with file, line and field.

    `unit` is the number of minor units in one unit of currency; by default 100 where the file
    has amounts that are not whole, 1 elsewhere. `file` is only named in errors.
    """
    return _Reader(_decoded(source, file), file, unit).election()


def _decoded(source: str | bytes, file: str) -> str:
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise PabulibError("is not UTF-8 text", file=file, line=line) from None


@dataclass(frozen=True)
class _Table:
    """One section: where its columns are, and its rows with their line numbers."""

    line: int
    columns: dict[str, int]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    # Not str.splitlines(): it also splits at characters that stand inside names.
    for line, record in enumerate(text.split("\n"), 1):
        record = record.removesuffix("\r")
        if not record or record.isspace():
            continue
        if record.startswith('"') or ';"' in record:
            try:
                yield line, next(csv.reader([record], delimiter=";"))
            except csv.Error:
                raise PabulibError("cannot be split into cells", file=file, line=line) from None
        else:
            yield line, record.split(";")


class _Reader:
    def __init__(self, text: str, file: str, unit: int | None) -> None:
        self.file = file
        self.warnings: list[str] = []
        self.tables = self._tables(text)
        self.meta_lines: dict[str, int] = {}
        self.meta = self._meta()
        self.unit = unit or self._fitting_unit()

    def fail(self, message: str, line: int = 0, name: str = "") -> NoReturn:
        raise PabulibError(message, file=self.file, line=line, field=name)

    def election(self) -> Election:
        limits = self._limits()
        projects, extra, selected = self._projects()
        known = frozenset(project.id for project in projects)
        ballots, columns, voters = self._votes(limits.kind, known)
        budget = self._amount(self._meta_value("budget"), self.meta_lines["budget"], "budget")
        self._check_number("num_projects", len(projects))
        self._check_number("num_votes", len(ballots))
        return Election(
            meta=self.meta,
            instance=Instance(budget, projects, self.unit),
            ballots=ballots,
            limits=limits,
            selected=selected,
            project_fields=extra,
            voter_columns=columns,
            voters=voters,
            warnings=tuple(self.warnings),
        )

    # Sections

    def _tables(self, text: str) -> dict[str, _Table]:
        tables: dict[str, _Table] = {}
        current: _Table | None = None
        heading = ""
        for line, cells in _records(text, self.file):
            word = cells[0].strip().upper() if not any(cells[1:]) else ""
            if word in SECTIONS:
                if word in tables:
                    self.fail(f"has a second section {word}", line)
                heading, current = word, None
            elif not heading:
                self.fail("starts with something else than the section META", line)
            elif current is None:
                current = tables[heading] = _Table(line, self._header(line, cells))
            else:
                if len(cells) > len(current.columns) and any(cells[len(current.columns) :]):
                    wide = f"{len(cells)} cells, but its header names {len(current.columns)}"
                    self.fail(f"a row of {heading} has {wide}", line)
                current.rows.append((line, cells))
        for section, column in (("META", "key"), ("PROJECTS", "project_id"), ("VOTES", "vote")):
            if section not in tables:
                self.fail(f"has no section {section}")
            if column not in tables[section].columns:
                self.fail(f"{section} has no column {column}", tables[section].line, column)
        return tables

    def _header(self, line: int, cells: list[str]) -> dict[str, int]:
        names = [cell.strip().lower() for cell in cells]
        while names and not names[-1]:
            names.pop()
        for name in names:
            if names.count(name) > 1:
                self.fail("the header names a column twice", line, name)
        return {name: place for place, name in enumerate(names)}

    # META

    def _meta(self) -> dict[str, str]:
        table = self.tables["META"]
        meta: dict[str, str] = {}
        for line, cells in table.rows:
            key = _cell(cells, table.columns, "key").lower()
            if key in meta:
                self.fail("stands twice in META", line, key)
            meta[key] = _cell(cells, table.columns, "value")
            self.meta_lines[key] = line
        return meta

    def _meta_value(self, name: str) -> str:
        if not self.meta.get(name):
            self.fail("is missing from META", self.meta_lines.get(name, 0), name)
        return self.meta[name]

    def _check_number(self, name: str, found: int) -> None:
        said = self.meta.get(name)
        if said and said != str(found):
            self.warnings.append(f"{name} says {said}, but there are {found}")

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
        return Limits(BallotKind(kind), **values)

    # Numbers

    def _whole(self, text: str, line: int, name: str) -> int:
        if not WHOLE.fullmatch(text):
            self.fail(f"is {text!r}, not a whole number", line, name)
        return int(text.split(".")[0])

    def _exact(self, text: str, line: int, name: str) -> Fraction:
        if not AMOUNT.fullmatch(text):
            self.fail(f"is {text!r}, not an amount of money", line, name)
        return Fraction(text.replace(",", "."))

    def _amount(self, text: str, line: int, name: str) -> Number:
        return plain(self._exact(text, line, name) * self.unit)

    def _fitting_unit(self) -> int:
        """1 where every amount is whole, else 100: cents keep integers integers."""
        table = self.tables["PROJECTS"]
        amounts = [
            (_cell(cells, table.columns, "cost"), line, "cost") for line, cells in table.rows
        ]
        for name in ("budget", *LIMIT_AMOUNTS):
            if self.meta.get(name):
                amounts.append((self.meta[name], self.meta_lines[name], name))
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
            row = {name: _cell(cells, table.columns, name) for name in table.columns}
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
            _list(row.get("category", "")),
            _list(row.get("beneficiaries") or row.get("target", "")),
        )

    # VOTES

    def _votes(
        self, kind: BallotKind, known: frozenset[str]
    ) -> tuple[tuple[Ballot, ...], tuple[str, ...], tuple[tuple[str, ...], ...]]:
        table = self.tables["VOTES"]
        if kind.has_points and "points" not in table.columns:
            self.fail("VOTES has no column points", table.line, "points")
        others = tuple(name for name in table.columns if name not in ("vote", "points"))
        ballots, voters, seen = [], [], set()
        parsed: dict[tuple[str, str], Ballot] = {}
        repeated = 0
        for line, cells in table.rows:
            points = _cell(cells, table.columns, "points") if kind.has_points else ""
            key = (_cell(cells, table.columns, "vote"), points)
            ballot = parsed.get(key)
            if ballot is None:
                ballot = parsed[key] = self._ballot(*key, kind, known, line)
            repeated += len(set(ballot.choices)) < len(ballot.choices)
            ballots.append(ballot)
            voters.append(tuple(_cell(cells, table.columns, name) for name in others))
            voter = _cell(cells, table.columns, "voter_id")
            if voter and voter in seen:
                self.fail(f"voter {voter} has two votes", line, "voter_id")
            seen.add(voter)
        if repeated:
            self.warnings.append(REPEATED.format(votes=repeated))
        return tuple(ballots), others, tuple(voters)

    def _ballot(
        self, vote: str, points: str, kind: BallotKind, known: frozenset[str], line: int
    ) -> Ballot:
        choices = _list(vote)
        for project in choices:
            if project not in known:
                self.fail(f"names project {project}, which is not in PROJECTS", line, "vote")
        given = tuple(self._whole(text, line, "points") for text in _list(points))
        if kind.has_points and len(given) != len(choices):
            unequal = f"{len(given)} points for {len(choices)} projects"
            self.fail(f"gives {unequal}", line, "points")
        return Ballot(choices, given)


def _cell(cells: list[str], columns: Mapping[str, int], name: str) -> str:
    place = columns.get(name)
    return "" if place is None or place >= len(cells) else cells[place].strip()


def _list(text: str) -> tuple[str, ...]:
    return tuple(item for item in (part.strip() for part in text.split(",")) if item)
