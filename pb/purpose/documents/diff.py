"""What changed between two versions, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from pb.purpose.documents.models import Clause


class Mark(StrEnum):
    """What became of a stretch of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Stretch:
    """Some words in a row that share their fate."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """One clause in both versions, or in one of them."""

    heading: tuple[Stretch, ...]
    text: tuple[Stretch, ...]
    mark: Mark  # ADDED or REMOVED where the other version has no such clause

    @property
    def same(self) -> bool:
        """Whether nothing changed in it."""
        return all(part.mark is Mark.KEPT for part in (*self.heading, *self.text))


WORD = re.compile(r"\w+|\s+|[^\w\s]")


def words(old: str, new: str) -> tuple[Stretch, ...]:
    """The stretches that lead from one text to the other, in reading order."""
    before, after = WORD.findall(old), WORD.findall(new)
    found: list[Stretch] = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Stretch(Mark.KEPT, "".join(before[i:j])))
            continue
        if i < j:
            found.append(Stretch(Mark.REMOVED, "".join(before[i:j])))
        if k < m:
            found.append(Stretch(Mark.ADDED, "".join(after[k:m])))
    return tuple(found)


def compare(old: Sequence[Clause], new: Sequence[Clause]) -> list[ClauseChange]:
    """The clauses of both versions side by side; clauses belong together by their headings."""
    return [_change(before, after) for before, after in _pairs(old, new)]


def _change(before: Clause | None, after: Clause | None) -> ClauseChange:
    mark = Mark.ADDED if before is None else Mark.REMOVED if after is None else Mark.KEPT
    old = (before.heading, before.text) if before else ("", "")
    new = (after.heading, after.text) if after else ("", "")
    return ClauseChange(words(old[0], new[0]), words(old[1], new[1]), mark)


def _pairs(
    old: Sequence[Clause], new: Sequence[Clause]
) -> Iterator[tuple[Clause | None, Clause | None]]:
    before = [clause.heading.casefold() for clause in old]
    after = [clause.heading.casefold() for clause in new]
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        # As many clauses gone as new ones came: most likely they were only called otherwise.
        if what == "equal" or (what == "replace" and j - i == m - k):
            yield from zip(old[i:j], new[k:m], strict=True)
            continue
        yield from ((clause, None) for clause in old[i:j])
        yield from ((None, clause) for clause in new[k:m])
