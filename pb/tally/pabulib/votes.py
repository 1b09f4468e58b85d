"""The section VOTES: merged for counting at once, ballot by ballot when somebody asks."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import PabulibError
from pb.tally.kernel import scan
from pb.tally.numbers import Number
from pb.tally.pabulib.records import Sections, cell, decoded, items
from pb.tally.packed import PackedGroups, packed

WHOLE = re.compile(r"-?\d{1,18}(?:\.0{1,18})?", re.ASCII)
# The heading, blank lines, and the header with the end of its line.
HEADING = re.compile(rb"^[ \t]*votes[ \t;]*\r?\n(?:[ \t]*\r?\n)*[^\n]*(?:\n|\Z)", re.I | re.M)


@dataclass(frozen=True)
class Votes:
    """What the section adds up to; `repeated` votes name a project twice."""

    groups: PackedGroups | tuple[tuple[Ballot, int], ...]
    number: int
    repeated: int


@dataclass
class Merged:
    """The rows of VOTES, equal cells merged: as many as there are different votes, not voters."""

    line: int
    columns: dict[str, int]
    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # number, first line
    voters: set[str] = field(default_factory=set)
    twice: tuple[int, str] = (0, "")

    def add(self, line: int, cells: list[str]) -> None:
        """Take one more row."""
        key = cell(cells, self.columns, "vote"), cell(cells, self.columns, "points")
        known = self.found.get(key)
        if known is None:
            self.found[key] = [1, line]
        else:
            known[0] += 1
        voter = cell(cells, self.columns, "voter_id")
        if voter in self.voters and not self.twice[0]:
            self.twice = line, voter
        elif voter:
            self.voters.add(voter)


def merged(table: Merged, ids: tuple[str, ...], kind: BallotKind, file: str) -> Votes:
    """The ballots of a table, in canonical groups; raises PabulibError for the first bad line."""
    rank = {project: place for place, project in enumerate(sorted(ids))}
    groups: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
    number = repeated = 0
    for key, (voters, line) in table.found.items():
        _refuse_twice(table, line, file)
        ballot = _ballot(*key, kind, rank, file, line)
        one = _canonical([rank[project] for project in ballot.choices], ballot.points, kind)
        groups[one] += voters
        number += voters
        repeated += voters * (len(one[0]) < len(ballot.choices))
    _refuse_twice(table, None, file)
    return Votes(_grouped(groups, ids), number, repeated)


def _refuse_twice(table: Merged, before: int | None, file: str) -> None:
    line, voter = table.twice
    if line and (before is None or line < before):
        raise PabulibError(f"voter {voter} has two votes", file=file, line=line, field="voter_id")


def _canonical(
    ranks: list[int], points: tuple[int, ...], kind: BallotKind
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ballot as `Profile` writes it, with ranks for ids: the first mention counts."""
    if kind is BallotKind.ORDINAL:
        return tuple(dict.fromkeys(ranks)), ()
    if not points:
        return tuple(sorted(set(ranks))), ()
    lines = dict(reversed(list(zip(ranks, points, strict=True))))
    return tuple(sorted(lines)), tuple([lines[one] for one in sorted(lines)])


def _grouped(groups: Counter, ids: tuple[str, ...]) -> PackedGroups | tuple:
    ordered = sorted(groups.items())
    place = {project: number for number, project in enumerate(ids)}
    numbers = [place[project] for project in sorted(ids)]
    starts = [0]
    for (ranks, _), _ in ordered:
        starts.append(starts[-1] + len(ranks))
    found = packed(
        ids,
        starts,
        [numbers[one] for (ranks, _), _ in ordered for one in ranks],
        list(chain.from_iterable(points for (_, points), _ in ordered)) or None,
        [voters for _, voters in ordered],
    )
    if found is not None:
        return found
    known = sorted(ids)
    return tuple(
        (Ballot(tuple(known[one] for one in ranks), points), voters)
        for (ranks, points), voters in ordered
    )


def _ballot(vote: str, points: str, kind: BallotKind, known, file: str, line: int) -> Ballot:
    choices = items(vote)
    for project in choices:
        if project not in known:
            message = f"names project {project}, which is not in PROJECTS"
            raise PabulibError(message, file=file, line=line, field="vote")
    if not kind.has_points:
        return Ballot(choices)
    given = tuple(whole(text, "points", file, line) for text in items(points))
    if len(given) != len(choices):
        message = f"gives {len(given)} points for {len(choices)} projects"
        raise PabulibError(message, file=file, line=line, field="points")
    return Ballot(choices, given)


def whole(text: str, name: str, file: str, line: int) -> Number:
    """A whole number, also where it is written 5.0; raises PabulibError."""
    if not WHOLE.fullmatch(text):
        raise PabulibError(f"is {text!r}, not a whole number", file=file, line=line, field=name)
    return int(text.split(".")[0])


def scanned(
    source: bytes, start: int, columns: dict[str, int], ids: tuple[str, ...], kind: BallotKind
) -> Votes | None:
    """The rows from byte `start` on, read by the kernel; None where it is missing or gives up."""
    ranked = kind is BallotKind.ORDINAL
    found = scan.scan(source, start, ids, columns, points=kind.has_points, ranked=ranked)
    if found is None:
        return None
    groups = PackedGroups(ids, found.starts, found.projects, found.points, found.weights)
    return Votes(groups, found.votes, found.repeated)


def voter_columns(columns: dict[str, int]) -> tuple[str, ...]:
    """The columns that say something about the voter."""
    return tuple(name for name in columns if name not in ("vote", "points"))


def every_vote(
    source: str | bytes, kind: BallotKind, ids: tuple[str, ...]
) -> tuple[tuple[Ballot, ...], tuple[tuple[str, ...], ...]]:
    """All ballots as cast, and the other columns of every vote, in the order of the file."""
    table = Sections(decoded(source, ""), "").tables()["VOTES"]
    others = voter_columns(table.columns)
    known = frozenset(ids)
    parsed: dict[tuple[str, str], Ballot] = {}
    ballots, voters = [], []
    for line, cells in table.rows:
        key = cell(cells, table.columns, "vote"), cell(cells, table.columns, "points")
        ballot = parsed.get(key)
        if ballot is None:
            ballot = parsed[key] = _ballot(*key, kind, known, "", line)
        ballots.append(ballot)
        voters.append(tuple([cell(cells, table.columns, name) for name in others]))
    return tuple(ballots), tuple(voters)
