"""What goes into a count: the money, the projects and the ballots."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.packed import PackedGroups, pack
from pb.tally.regrouped import group_key, regrouped


@dataclass(frozen=True, slots=True)
class Project:
    """A costed line on the ballot; the cost is exact, in minor units."""

    id: str
    cost: Number
    name: str = ""
    categories: tuple[str, ...] = ()
    beneficiaries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instance:
    """The money and the projects of one count, in minor units.

    The order of `projects` is the tie-breaking order of last resort. `unit` is the number of
    minor units in one unit of the currency. Of the projects of one group in `exclusive` at most
    one can be funded.
    """

    budget: Number
    projects: tuple[Project, ...]
    unit: int = 1
    exclusive: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "projects", tuple(self.projects))
        _require_exact("The budget", self.budget)
        if isinstance(self.unit, bool) or not isinstance(self.unit, int) or self.unit < 1:
            raise TallyError("The unit of the currency must be a whole number above zero.")
        for project in self.projects:
            _require_exact(f"The cost of project {project.id}", project.cost)
        if len(self.by_id) < len(self.projects):
            counts = Counter(project.id for project in self.projects)
            raise TallyError(f"Project {counts.most_common(1)[0][0]} is listed twice.")
        object.__setattr__(self, "exclusive", tuple(map(tuple, self.exclusive)))
        for group in self.exclusive:
            _require_group(group, self.by_id)

    @cached_property
    def by_id(self) -> dict[str, Project]:
        """The projects by their id."""
        return {project.id: project for project in self.projects}

    @cached_property
    def rivals(self) -> dict[str, frozenset[str]]:
        """The projects that exclude each project, for those that are in a group."""
        found: dict[str, set[str]] = {}
        for group in self.exclusive:
            for project in group:
                found.setdefault(project, set()).update(group)
        return {project: frozenset(group - {project}) for project, group in found.items()}


def _require_group(group: tuple[str, ...], known: Mapping[str, Project]) -> None:
    if len(set(group)) < 2 or len(set(group)) < len(group):
        raise TallyError("At least two different projects are needed to exclude each other.")
    for project in group:
        if project not in known:
            raise TallyError(f"Project {project} excludes others, but does not exist.")


def _require_exact(what: str, amount: Number) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int | Fraction):
        raise TallyError(f"{what} must be a whole number or a fraction.")
    if amount < 0:
        raise TallyError(f"{what} must not be below zero.")


@dataclass(frozen=True)
class Profile:
    """All ballots of one count, identical ones merged with their number, in a canonical order.

    `max_length` is the longest ranking a ballot may hold, where that is known: ordinal ballots
    are worth `max_length` points for the first place. Empty ballots stay in: they are voters.
    Packed groups are canonical already, and are taken as they are.
    """

    kind: BallotKind
    groups: tuple[tuple[Ballot, int], ...] | PackedGroups
    max_length: int | None = None

    def __post_init__(self) -> None:
        kind = BallotKind(self.kind).counted_as
        object.__setattr__(self, "kind", kind)
        if isinstance(self.groups, PackedGroups):
            return
        merged: Counter[Ballot] = Counter()
        for ballot, weight in self.groups:
            if isinstance(weight, bool) or not isinstance(weight, int) or weight < 1:
                raise TallyError("The number of identical ballots must be a whole number above 0.")
            merged[_canonical_ballot(ballot, kind)] += weight
        groups = sorted(merged.items(), key=group_key)
        object.__setattr__(self, "groups", tuple(groups))

    @classmethod
    def of(
        cls,
        ballots: Iterable[Ballot],
        kind: BallotKind = BallotKind.APPROVAL,
        max_length: int | None = None,
    ) -> "Profile":
        """The profile of single ballots, one per voter, in any order."""
        return cls(kind, tuple(Counter(ballots).items()), max_length)

    def __iter__(self) -> Iterator[tuple[Ballot, int]]:
        return iter(self.groups)

    @cached_property
    def voters(self) -> int:
        """The number of ballots, empty ones included."""
        if isinstance(self.groups, PackedGroups):
            return self.groups.voters
        return sum(weight for _, weight in self.groups)

    @cached_property
    def longest(self) -> int:
        """Points for a first place: `max_length`, or the length of the longest ballot."""
        if isinstance(self.groups, PackedGroups):
            return max(self.max_length or 0, self.groups.longest)
        lengths = (len(ballot.choices) for ballot, _ in self.groups)
        return max(self.max_length or 0, max(lengths, default=0))

    def unknown(self, known: Collection[str]) -> str | None:
        """The first project on a ballot that is not among `known`, if there is one."""
        packed = isinstance(self.groups, PackedGroups)
        if packed and all(project in known for project in self.groups.ids):
            return None
        for ballot, _ in self.groups:
            for project in ballot.choices:
                if project not in known:
                    return project
        return None

    def packed(self, ids: Sequence[str]) -> PackedGroups | None:
        """The groups as flat arrays over the projects `ids`, which must name all on the ballots.

        None where a number needs more than 32 bits. The arrays are made once and kept.
        """
        ids = tuple(ids)
        known, found = self.__dict__.get("_packed", (None, None))
        if known != ids:
            found = pack(self.groups, ids, with_points=self.kind.has_points)
            self.__dict__["_packed"] = ids, found
        return found

    def plus(self, ballot: Ballot, weight: int) -> "Profile":
        """The same ballots and `weight` more like `ballot`."""
        return self.changed({ballot: weight})

    def changed(self, changes: Mapping[Ballot, int]) -> "Profile":
        """So many more of these ballots, or fewer where the number is below zero.

        The order is kept without sorting again. Raises TallyError where there are not so many.
        """
        canonical: Counter[Ballot] = Counter()
        for ballot, more in changes.items():
            canonical[_canonical_ballot(ballot, self.kind)] += more
        profile = object.__new__(Profile)
        for one in fields(self):
            object.__setattr__(profile, one.name, getattr(self, one.name))
        object.__setattr__(profile, "groups", regrouped(self.groups, canonical))
        return profile


def _canonical_ballot(ballot: Ballot, kind: BallotKind) -> Ballot:
    """The one way to write a ballot: a project named twice counts once, order only if ranked."""
    if kind is BallotKind.ORDINAL:
        return Ballot(tuple(dict.fromkeys(ballot.choices)))
    if kind is BallotKind.APPROVAL:
        return Ballot(tuple(sorted(set(ballot.choices))))
    if len(ballot.points) != len(ballot.choices):
        raise TallyError(
            f"A ballot names {len(ballot.choices)} projects but has {len(ballot.points)} points."
        )
    # The first mention counts: adding up would let a repeated name pass a limit per project.
    lines = dict(reversed(list(zip(ballot.choices, ballot.points, strict=True))))
    if lines and not all(type(points) is int for points in lines.values()):
        raise TallyError("Points on a ballot must be whole numbers.")
    return Ballot(tuple(sorted(lines)), tuple(lines[project] for project in sorted(lines)))
