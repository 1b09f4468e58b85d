"""The lines of a .pb file: records, cells, sections and their headers."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from pb.tally.errors import PabulibError

# The sections, and the column that each must have.
SECTIONS = {"META": "key", "PROJECTS": "project_id", "VOTES": "vote"}


def decoded(source: str | bytes, file: str) -> str:
    """The text of a file; raises PabulibError with the line that is not UTF-8."""
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise PabulibError("is not UTF-8 text", file=file, line=line) from None


def records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line where it begins."""
    # Not str.splitlines(): it also splits at characters that stand inside names.
    lines = enumerate(text.split("\n"), 1)
    for line, record in lines:
        record = record.removesuffix("\r")
        if not record or record.isspace():
            continue
        if record.startswith('"') or ';"' in record:
            yield line, _quoted(record, lines, file, line)
        else:
            yield line, record.split(";")


def _quoted(record: str, lines: Iterator[tuple[int, str]], file: str, line: int) -> list[str]:
    """The cells of a record with quotes; takes as many further lines as a quoted cell holds."""
    taken: list[str] = []

    def more() -> Iterator[str]:
        taken.append(record + "\n")
        yield taken[-1]
        for _, following in lines:
            taken.append(following.removesuffix("\r") + "\n")
            yield taken[-1]
        taken.clear()

    try:
        cells = next(csv.reader(more(), delimiter=";"))
        if not taken:
            raise PabulibError("a quoted cell does not end", file=file, line=line)
        if len(taken) > 1:
            # A stray quote would swallow the rows up to the next one: here the rules are strict.
            cells = next(csv.reader(iter(taken), delimiter=";", strict=True))
    except csv.Error:
        raise PabulibError("cannot be split into cells", file=file, line=line) from None
    return cells


@dataclass
class Table:
    """One section: where its columns are, and its rows with their line numbers."""

    line: int
    columns: dict[str, int]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, line: int, cells: list[str]) -> None:
        """Take one more row."""
        self.rows.append((line, cells))


class Sections:
    """Cuts a text into its sections; a section's rows go to what `kinds` makes of its header."""

    def __init__(self, text: str, file: str, kinds: Mapping[str, Callable] | None = None) -> None:
        self.text, self.file, self.kinds = text, file, kinds or {}

    def fail(self, message: str, line: int = 0, name: str = "") -> NoReturn:
        raise PabulibError(message, file=self.file, line=line, field=name)

    def tables(self) -> dict[str, Table]:
        """The sections by name; raises PabulibError where one or its first column is missing."""
        tables = self._cut()
        for section, column in SECTIONS.items():
            if section not in tables:
                self.fail(f"has no section {section}")
            if column not in tables[section].columns:
                self.fail(f"{section} has no column {column}", tables[section].line, column)
        return tables

    def _cut(self) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        add, width, heading = None, 0, ""
        for line, cells in records(self.text, self.file):
            word = "" if any(cells[1:]) else cells[0].strip().upper()
            if word in SECTIONS:
                if word in tables:
                    self.fail(f"has a second section {word}", line)
                heading, add = word, None
            elif not heading:
                self.fail("starts with something else than the section META", line)
            elif add is None:
                columns = self._header(line, cells)
                tables[heading] = self.kinds.get(heading, Table)(line, columns)
                add, width = tables[heading].add, len(columns)
            else:
                if len(cells) > width and any(cells[width:]):
                    wide = f"{len(cells)} cells, but its header names {width}"
                    self.fail(f"a row of {heading} has {wide}", line)
                add(line, cells)
        return tables

    def _header(self, line: int, cells: list[str]) -> dict[str, int]:
        names = [cell.strip().lower() for cell in cells]
        while names and not names[-1]:
            names.pop()
        for name in names:
            if names.count(name) > 1:
                self.fail("the header names a column twice", line, name)
        return {name: place for place, name in enumerate(names)}


def cell(cells: list[str], columns: Mapping[str, int], name: str) -> str:
    """The cell of a column, without blanks at its ends; "" where there is none."""
    place = columns.get(name)
    return "" if place is None or place >= len(cells) else cells[place].strip()


def items(text: str) -> tuple[str, ...]:
    """The items of a list, without blanks at their ends and without empty ones."""
    return tuple(item for item in (part.strip() for part in text.split(",")) if item)
