"""Maximin support: every funded project keeps as many supporters for its cost as it can.

A load never falls when a project is added, so the load that a project led to in an earlier round is
a lower bound: projects whose bound is above the best load found are not weighed again, and weighing
one ends as soon as its load is known to be above the best.
"""

from collections.abc import Iterable
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import lcm

from pb.tally import numbers, progress
from pb.tally.ballots import BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, NoParams, rule
from pb.tally.rules.spreading import Electorate, Spread
from pb.tally.ties import tie_ranks


@rule(
    "maximin-support",
    version=1,
    title="Maximin support (experimental)",
    accepts=[BallotKind.APPROVAL],
    source="Sánchez-Fernández, Fernández-García, Fisteus and Brill, The Maximin Support Method, "
    "AAAI 2021 (first in 2016); with costs: Aziz, Lee and Talmon, Proportionally Representative "
    "Participatory Budgeting, AAMAS 2018",
)
def maximin_support(
    instance: Instance, profile: Profile, params: NoParams, ties: tuple[str, ...]
) -> Count:
    """Fund next what can be shared most evenly among supporters, together with all that is funded.

    Each cost may be split among the supporters of its project in any way, and is split anew in
    every round; the project comes next with which the most that anybody must carry is least. Costs
    and loads are in minor units. A project that costs more than is left never has its turn; one
    without votes takes no part.
    """
    count = _MaximinSupport(instance, profile, ties)
    count.run()
    return Count(tuple(count.funded), tuple(count.steps))


def electorate(instance: Instance, profile: Profile) -> tuple[Electorate, int]:
    """Costs and supporters for spreading, and by what costs were multiplied to be whole."""
    scale = lcm(1, *(Fraction(project.cost).denominator for project in instance.projects))
    costs = {project.id: int(project.cost * scale) for project in instance.projects}
    supporters: dict[str, list[tuple[int, int]]] = {id: [] for id in costs}
    for group, (ballot, weight) in enumerate(profile):
        for project in ballot.choices:
            supporters[project].append((group, weight))
    return Electorate(costs, supporters, [weight for _, weight in profile]), scale


class _MaximinSupport:
    """One count: the projects still waiting, what everybody carries, and the steps so far."""

    def __init__(self, instance: Instance, profile: Profile, ties: tuple[str, ...]) -> None:
        self.instance, self.left = instance, instance.budget
        self.people, self.scale = electorate(instance, profile)
        people = self.people
        self.votes = {id: sum(n for _, n in found) for id, found in people.supporters.items()}
        self.ranks = tie_ranks(instance, self.votes, ties)
        self.spread = people.nothing()
        self.bounds = {
            project.id: Fraction(people.costs[project.id], self.votes[project.id])
            for project in instance.projects
            if self.votes[project.id] and project.cost <= instance.budget
        }
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def run(self) -> None:
        """Fund project after project until none that is waiting fits."""
        entrants = len(self.bounds)
        while self.bounds:
            progress.report(entrants - len(self.bounds), entrants)
            level = self._lightest()
            best, *tied = sorted(level, key=self.ranks.__getitem__)
            self.spread = level[best]
            self._record(StepKind.SPREAD, best, self.spread.load, tuple(tied))
            self.left -= self.instance.by_id[best].cost
            for project in [one for one in self._in_order() if one.cost > self.left]:
                self._raise_bound(project.id)
                load, _ = self.spread.adding(project.id, self.bounds[project.id])
                self._record(StepKind.DOES_NOT_FIT, project.id, load)
        self._settle_rest()

    def _lightest(self) -> dict[str, Spread]:
        """The projects that lead to the least load, each with everything spread anew."""
        best, level = None, {}
        queue = [(bound, True, project) for project, bound in self.bounds.items()]
        heapify(queue)
        while queue and (best is None or queue[0][0] <= best):
            bound, old, project = heappop(queue)
            if old:
                self._raise_bound(project)
                heappush(queue, (self.bounds[project], False, project))
                continue
            self.bounds[project], spread = self.spread.adding(project, bound, best)
            if spread is not None:
                if best is None or spread.load < best:
                    best, level = spread.load, {}
                level[project] = spread
        return level

    def _raise_bound(self, project: str) -> None:
        found = self.people.at_least(project, self.funded)
        self.bounds[project] = max(self.bounds[project], self.spread.load, found)

    def _in_order(self) -> Iterable[Project]:
        return (project for project in self.instance.projects if project.id in self.bounds)

    def _record(
        self, kind: StepKind, project: str, load: Fraction, tied: tuple[str, ...] = ()
    ) -> None:
        facts: dict[str, Number] = {
            "cost": self.instance.by_id[project].cost,
            "votes": self.votes[project],
            "top_load": numbers.ratio(load, self.scale),
        }
        if kind.funds:
            self.funded.append(project)
            facts = {"order": len(self.funded)} | facts
        self.steps.append(Step(kind, project, numbers.plain(self.left), facts, tied))
        del self.bounds[project]

    def _settle_rest(self) -> None:
        """Write down why every project that took no part is not funded."""
        settled = {step.project for step in self.steps}
        for project in self.instance.projects:
            if project.id not in settled:
                too_dear = project.cost > self.instance.budget
                kind = StepKind.DEARER_THAN_BUDGET if too_dear else StepKind.NO_VOTES
                facts = {"cost": project.cost, "votes": self.votes[project.id]}
                self.steps.append(Step(kind, project.id, numbers.plain(self.left), facts))
