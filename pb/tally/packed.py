"""Ballots as flat arrays: what fast counting reads, and what a large file is read into."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pb.tally import numbers
from pb.tally.ballots import Ballot
from pb.tally.kernel import scan
from pb.tally.kernel.scan import Worth


@dataclass(frozen=True, eq=False)
class PackedGroups(Sequence):
    """Groups of identical ballots in canonical order, as compressed rows of 32-bit integers.

    Group g names the projects `ids[p]` for p in `projects[starts[g]:starts[g + 1]]`, with the
    points at the same places where the kind has points; `weights[g]` voters cast it. It reads
    like a tuple of (Ballot, number of voters).
    """

    ids: tuple[str, ...]
    starts: array
    projects: array
    points: array | None
    weights: array

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, place):
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        place = range(len(self))[place]
        return self._ballot(self.starts[place], self.starts[place + 1]), self.weights[place]

    def __iter__(self) -> Iterator[tuple[Ballot, int]]:
        for (first, last), weight in zip(pairwise(self.starts), self.weights, strict=True):
            yield self._ballot(first, last), weight

    def _ballot(self, first: int, last: int) -> Ballot:
        choices = tuple([self.ids[p] for p in self.projects[first:last]])
        return Ballot(choices, () if self.points is None else tuple(self.points[first:last]))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedGroups) and self.ids == other.ids:
            return self._arrays == other._arrays
        if not isinstance(other, PackedGroups | tuple):
            return NotImplemented
        return len(self) == len(other) and all(
            one == another for one, another in zip(self, other, strict=True)
        )

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def _arrays(self) -> tuple[array, ...]:
        # Rankings and approval ballots have no points at all; then the empty array stands for it.
        points = array("i") if self.points is None else self.points
        return self.starts, self.projects, points, self.weights

    @cached_property
    def voters(self) -> int:
        """The number of ballots, empty ones included."""
        return sum(self.weights)

    @cached_property
    def longest(self) -> int:
        """The number of projects on the longest ballot."""
        found = scan.longest(self)
        if found is not None:
            return found
        return max((last - first for first, last in pairwise(self.starts)), default=0)

    def sums(self, worth: Worth, top: int = 0) -> tuple[list[int], list[int]]:
        """The votes and the scores of every project, in the order of `ids`.

        `worth` is what one line of a ballot counts; with `Worth.PLACES` the first is worth `top`.
        """
        return scan.sums(self, worth, top) or self._sums(worth, top)

    def _sums(self, worth: Worth, top: int) -> tuple[list[int], list[int]]:
        votes, scores = [0] * len(self.ids), [0] * len(self.ids)
        projects, points = self.projects, self.points
        for (first, last), weight in zip(pairwise(self.starts), self.weights, strict=True):
            best = top if worth is Worth.PLACES else last - first - 1
            for place in range(first, last):
                project = projects[place]
                votes[project] += weight
                if worth is Worth.ONE:
                    scores[project] += weight
                elif worth is Worth.POINTS:
                    scores[project] += weight * points[place]
                else:
                    scores[project] += weight * (best - (place - first))
        return votes, scores

    def json_chunks(self) -> Iterator[bytes]:
        """The groups in canonical JSON, [[ids],[points],voters], with commas between them."""
        names = [numbers.canonical(project) for project in self.ids]
        found = scan.json_chunks(self, [name.encode() for name in names])
        return self._json_chunks(names) if found is None else found

    def _json_chunks(self, names: list[str]) -> Iterator[bytes]:
        comma = ""
        for (first, last), weight in zip(pairwise(self.starts), self.weights, strict=True):
            choices = ",".join([names[p] for p in self.projects[first:last]])
            points = "" if self.points is None else ",".join(map(str, self.points[first:last]))
            yield f"{comma}[[{choices}],[{points}],{weight}]".encode()
            comma = ","


def pack(
    groups: Sequence[tuple[Ballot, int]], ids: Sequence[str], *, with_points: bool
) -> PackedGroups | None:
    """The groups as flat arrays over the projects `ids`; None where a number needs more bits."""
    ids = tuple(ids)
    if isinstance(groups, PackedGroups) and groups.ids == ids:
        return groups
    place = {project: number for number, project in enumerate(ids)}
    starts, projects, points, weights = [0], [], [], []
    for ballot, weight in groups:
        projects += [place[project] for project in ballot.choices]
        points += ballot.points
        starts.append(len(projects))
        weights.append(weight)
    return packed(ids, starts, projects, points if with_points else None, weights)


def packed(
    ids: tuple[str, ...],
    starts: list[int],
    projects: list[int],
    points: list[int] | None,
    weights: list[int],
) -> PackedGroups | None:
    """The numbers as arrays; None where one needs more than 32 bits."""
    try:
        arrays = [array("i", given) for given in (starts, projects, points or (), weights)]
    except OverflowError:
        return None
    return PackedGroups(ids, *arrays[:2], None if points is None else arrays[2], arrays[3])
