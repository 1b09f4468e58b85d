"""Sequential Phragmén: supporters share the cost of what is funded, as evenly as they can.

Three ideas keep the count short. Identical ballots carry the same load and are one group. The
load of a voter is that of the last funded project he supports, so it is kept per funded project,
as an integer over one common denominator. And loads only rise, so an old load of a project is a
lower bound: projects whose bound is above the best load are not weighed again. Bounds are floats
first: the quotient of two integers is correctly rounded and therefore monotone, so a greater
float means a greater fraction; equal floats are compared exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from pb.tally import numbers, progress
from pb.tally.ballots import BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.greedy import Unaffordable
from pb.tally.scores import votes
from pb.tally.ties import tie_ranks


@dataclass(frozen=True)
class PhragmenParams:
    """What happens when the next project costs more than is left.

    With `stop` the count ends as soon as any project that is level for the next place does not
    fit, whatever the order of ties says about the others.
    """

    unaffordable: Unaffordable = Unaffordable.STOP


@rule(
    "phragmen",
    version=1,
    title="Phragmén’s sequential method",
    accepts=[BallotKind.APPROVAL],
    params=PhragmenParams,
    source="Brill, Freeman, Janson and Lackner, Phragmén's Voting Methods and Justified "
    "Representation, AAAI 2017; with costs: Los, Christoff and Grossi, Proportional Budget "
    "Allocations, IJCAI 2022",
)
def phragmen(
    instance: Instance, profile: Profile, params: PhragmenParams, ties: tuple[str, ...]
) -> Count:
    """Fund next what leaves its supporters with the least load, counting all they carry already.

    The supporters of a funded project share its cost so that each of them carries the same in
    all. Costs and loads are in minor units. A project dearer than the whole budget or without
    votes takes no part.
    """
    count = _Phragmen(instance, profile, ties)
    count.run(params.unaffordable)
    count.settle_rest()
    return Count(tuple(count.funded), tuple(count.steps))


class _Loads:
    """Who supports which project, and the load that every group of voters carries."""

    def __init__(self, instance: Instance, profile: Profile) -> None:
        self.scale = lcm(1, *(Fraction(p.cost).denominator for p in instance.projects))
        self.costs = {p.id: int(p.cost * self.scale) for p in instance.projects}
        self.supporters: dict[str, list[tuple[int, int]]] = {id: [] for id in self.costs}
        for group, (ballot, weight) in enumerate(profile):
            for project in ballot.choices:
                self.supporters[project].append((group, weight))
        self.votes = votes(instance, profile)
        # A group is in the class of the last funded project it supports; class 0 carries nothing.
        self.class_of = [0] * len(profile.groups)
        self.loads = [0]
        self.denominator = 1

    def carried(self, project: str) -> int:
        """The load of a project and its supporters, over the common denominator."""
        members: dict[int, int] = {}
        for group, weight in self.supporters[project]:
            one = self.class_of[group]
            members[one] = members.get(one, 0) + weight
        old = sum(self.loads[one] * weight for one, weight in members.items())
        return self.costs[project] * self.denominator + old

    def per_voter(self, project: str, carried: int) -> Number:
        """The load of every supporter once the project is funded, in minor units."""
        return numbers.ratio(carried, self.votes[project] * self.denominator * self.scale)

    def put(self, project: str, carried: int) -> None:
        """Let the supporters carry the project: all of them get the same load."""
        common = gcd(carried, self.votes[project])
        factor = self.votes[project] // common
        self.loads = [load * factor for load in self.loads]
        self.loads.append(carried // common)
        self.denominator *= factor
        for group, _ in self.supporters[project]:
            self.class_of[group] = len(self.loads) - 1


class _Phragmen:
    """One count: the projects still waiting, the money left, and the steps so far."""

    def __init__(self, instance: Instance, profile: Profile, ties: tuple[str, ...]) -> None:
        self.instance, self.left = instance, instance.budget
        self.loads = _Loads(instance, profile)
        self.ranks = tie_ranks(instance, self.loads.votes, ties)
        self.bounds = {
            project.id: self.loads.costs[project.id] / self.loads.votes[project.id]
            for project in instance.projects
            if self.loads.votes[project.id] and project.cost <= instance.budget
        }
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def run(self, unaffordable: Unaffordable) -> None:
        """Fund project after project until none is waiting or the count stops."""
        entrants = len(self.bounds)
        while self.bounds:
            progress.report(entrants - len(self.bounds), entrants)
            carried, level = self._lightest()
            best, tied = level[0], tuple(level[1:])
            if unaffordable is Unaffordable.STOP:
                blocking = next((one for one in level if not self._fits(one)), None)
                if blocking is not None:
                    others = tuple(one for one in level if one != blocking)
                    self._record(StepKind.DOES_NOT_FIT, blocking, carried[blocking], others)
                    return
            if self._fits(best):
                self._record(StepKind.CARRIED, best, carried[best], tied)
                self.left -= self.instance.by_id[best].cost
                self.loads.put(best, carried[best])
            else:
                self._record(StepKind.DOES_NOT_FIT, best, carried[best], tied)

    def _fits(self, project: str) -> bool:
        return self.instance.by_id[project].cost <= self.left

    def _lightest(self) -> tuple[dict[str, int], list[str]]:
        """The projects with the least load per supporter, in the order of ties."""
        bounds, loads = self.bounds, self.loads
        least, carried, level = float("inf"), {}, []
        for project in sorted(bounds, key=bounds.__getitem__):
            if level and bounds[project] > least:
                break
            load = loads.carried(project)
            supporters = loads.votes[project]
            bounds[project] = load / (supporters * loads.denominator)
            carried[project] = load
            order = -1
            if level:
                rival = level[0]
                left, right = load * loads.votes[rival], carried[rival] * supporters
                order = (left > right) - (left < right)
            if order < 0:
                least, level = bounds[project], []
            if order <= 0:
                level.append(project)
        return carried, sorted(level, key=self.ranks.__getitem__)

    def _record(self, kind: StepKind, project: str, carried: int, tied: tuple[str, ...]) -> None:
        facts = {
            "cost": self.instance.by_id[project].cost,
            "votes": self.loads.votes[project],
            "load": self.loads.per_voter(project, carried),
        }
        if kind.funds:
            self.funded.append(project)
            facts = {"order": len(self.funded)} | facts
        self.steps.append(Step(kind, project, numbers.plain(self.left), facts, tied))
        del self.bounds[project]

    def settle_rest(self) -> None:
        """Write down why every project that never had its turn is not funded."""
        for project in self._unsettled():
            if project.id in self.bounds:
                self._record(StepKind.AFTER_STOP, project.id, self.loads.carried(project.id), ())
                continue
            kind = StepKind.DEARER_THAN_BUDGET if self._too_dear(project) else StepKind.NO_VOTES
            facts = {"cost": project.cost, "votes": self.loads.votes[project.id]}
            self.steps.append(Step(kind, project.id, numbers.plain(self.left), facts))

    def _unsettled(self) -> Iterable[Project]:
        settled = {step.project for step in self.steps}
        return [project for project in self.instance.projects if project.id not in settled]

    def _too_dear(self, project: Project) -> bool:
        return project.cost > self.instance.budget
