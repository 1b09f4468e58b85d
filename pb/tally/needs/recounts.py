"""The counts a search asks for: the same ballots and projects with one thing changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from pb.tally import progress
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile
from pb.tally.needs.words import Means
from pb.tally.numbers import Number
from pb.tally.rules.base import Count, Rule
from pb.tally.rules.greedy import GreedyParams, Unaffordable
from pb.tally.ties import check_ties

# The parameters of `greedy` for which `one_way` holds; any other must be at its default.
PLAIN = frozenset({"order", "unaffordable", "threshold", "top_up", "oversize", "ranking"})


@dataclass(frozen=True)
class Ground:
    """One count as it was, and everything needed to repeat it with a change."""

    rule: Rule
    instance: Instance
    profile: Profile
    params: Any
    ties: tuple[str, ...]
    notes: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls,
        rule: Rule,
        instance: Instance,
        profile: Profile,
        params: Any,
        ties: tuple[str, ...],
    ) -> "Ground":
        """The ground for many counts: ballots as flat arrays where the numbers allow it."""
        params = rule.params() if params is None else params
        packed = profile.packed(tuple(instance.by_id))
        if packed is not None:
            profile = Profile(profile.kind, packed, profile.max_length)
        return cls(rule, instance, profile, params, check_ties(ties))

    def count(self, instance: Instance, profile: Profile) -> Count:
        """Count by the same rule, without the digests of an outcome."""
        # How far one of many counts has come says nothing about the search.
        with progress.heard_by(None):
            return self.rule.count(instance, profile, self.params, self.ties)

    @cached_property
    def base(self) -> Count:
        """The count without any change."""
        return self.count(self.instance, self.profile)

    @cached_property
    def supporters(self) -> Mapping[str, list[tuple[Ballot, int]]]:
        """The groups of identical ballots that name each project."""
        found: dict[str, list[tuple[Ballot, int]]] = {id: [] for id in self.instance.by_id}
        for group in self.profile:
            for project in group[0].choices:
                found[project].append(group)
        return found

    @cached_property
    def most_points(self) -> int:
        """The most points that one ballot gives in all; 1 where none gives any."""
        return max((sum(ballot.points) for ballot, _ in self.profile), default=0) or 1

    @cached_property
    def per_place(self) -> int:
        """What the first place on a ranking is worth; 1 for an approval."""
        return self.profile.longest or 1 if self.profile.kind is BallotKind.ORDINAL else 1

    def ballot_for(self, project: str) -> Ballot:
        """A ballot that names one project alone, with the most points one ballot gives in all."""
        points = self.profile.kind not in (BallotKind.APPROVAL, BallotKind.ORDINAL)
        return Ballot((project,), (self.most_points,) if points else ())

    def one_way(self, means: Means) -> bool:
        """Whether more of this can never take a funded project out again, by a proof.

        Greedy decides from the top of its list down. More votes or a lower cost move a project
        up that list and leave the others in their order, so before its turn a part of the same
        decisions is made and no less money is left. A larger budget helps in the same way where
        the count stops at the first project that does not fit: then all before it are funded.
        """
        if self.rule.id != "greedy" or not isinstance(self.params, GreedyParams):
            return False
        usual = GreedyParams()
        changed = {f.name for f in fields(usual) if vars(self.params)[f.name] != f.default}
        if not changed <= PLAIN or self.instance.exclusive:
            return False
        if means is not Means.BUDGET:
            return True
        stops = self.params.unaffordable is Unaffordable.STOP
        return stops and self.params.oversize == usual.oversize and not self.params.top_up


@dataclass(frozen=True)
class Trial:
    """What a search may change about one project, in steps of one ballot or one currency unit."""

    ground: Ground
    means: Means
    project: str

    @property
    def step(self) -> int:
        """One ballot, or one unit of the currency."""
        return 1 if self.means is Means.VOTES else self.ground.instance.unit

    @property
    def start(self) -> Number:
        """What is changed, before any change."""
        instance = self.ground.instance
        if self.means is Means.BUDGET:
            return instance.budget
        return 0 if self.means is Means.VOTES else instance.by_id[self.project].cost

    @cached_property
    def most(self) -> int:
        """The steps to the end of the search: what is changed stays within reason.

        As many further ballots as there are; a cost above nothing; a budget of twice what it
        is, or of all projects together where that is more.
        """
        instance = self.ground.instance
        if self.means is Means.VOTES:
            return max(self.ground.profile.voters, 1)
        if self.means is Means.COST:
            return max(0, -(-self.start // self.step) - 1)
        total = sum(project.cost for project in instance.projects)
        return -(-max(total - instance.budget, instance.budget) // self.step)

    def amount(self, steps: int) -> Number:
        """What is changed, after so many steps."""
        change = steps * self.step
        return self.start - change if self.means is Means.COST else self.start + change

    def count(self, steps: int) -> tuple[Instance, Count]:
        """Count with the change; the instance with it, and the count."""
        if not steps:
            return self.ground.instance, self.ground.base
        instance, profile = self.changed(steps)
        return instance, self.ground.count(instance, profile)

    def changed(self, steps: int) -> tuple[Instance, Profile]:
        """The instance and the ballots with the change."""
        instance, profile = self.ground.instance, self.ground.profile
        if self.means is Means.VOTES:
            profile = profile.plus(self.ground.ballot_for(self.project), steps)
        elif self.means is Means.BUDGET:
            instance = replace(instance, budget=self.amount(steps))
        else:
            cost = self.amount(steps)
            projects = tuple(
                replace(project, cost=cost) if project.id == self.project else project
                for project in instance.projects
            )
            instance = replace(instance, projects=projects)
        return instance, profile


def remembering(ask: Callable[[int], bool]) -> Callable[[int], bool]:
    """The same question, answered once per number."""
    known: dict[int, bool] = {}

    def answer(k: int) -> bool:
        if k not in known:
            known[k] = ask(k)
        return known[k]

    return answer
