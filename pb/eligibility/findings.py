"""What reading a list brings to light besides the people: mistakes, oddities, people too young."""

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pb.eligibility import roll
from pb.eligibility.roll import Mistake, Row

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Findings:
    """What reading a list brought to light besides the people."""

    young: int = 0  # left out
    mistakes: int = 0
    first_mistakes: list[Mistake] = field(default_factory=list)
    oddities: int = 0
    first_oddities: list[Mistake] = field(default_factory=list)
    table: Any = None  # a csv.writer for all mistakes

    def mistake(self, one: Mistake) -> None:
        """Count a mistake, remember the first, and write it down for the officer."""
        self.mistakes += 1
        if len(self.first_mistakes) < roll.MOST_PROBLEMS:
            self.first_mistakes.append(one)
        if self.table is not None:
            self.table.writerow([one.line, one.sentence, _harmless(one.value)])

    def odd(self, row: Row) -> None:
        """Count a birth date that is hardly true."""
        self.oddities += 1
        if len(self.first_oddities) < roll.MOST_PROBLEMS:
            self.first_oddities.append(Mistake(row.line, f"{row.oddity}."))

    def refuse(self) -> None:
        """Raise Invalid with the first mistakes, if there are any."""
        more = self.mistakes - len(self.first_mistakes)
        shown = sorted(self.first_mistakes, key=lambda one: one.line)
        roll.refuse_if_any(map(str, shown), more=more)


@contextlib.contextmanager
def all_mistakes(findings: Findings, path: Path) -> Iterator[None]:
    """Write every mistake into a file that only its owner can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        findings.table = _table(file)
        yield
    findings.table = None


def _table(file: TextIO) -> Any:
    table = csv.writer(file)
    table.writerow(["line", "what is wrong", "what stands there"])
    return table


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
