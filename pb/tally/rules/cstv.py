"""Cumulative single transferable vote: every voter's part of the money stands on projects.

The fractions of this rule double their digits with every funded project. `Enclosed` numbers
keep the count exact and short at once; amounts in the steps are rounded to a thousandth.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pb.tally import numbers, progress
from pb.tally.ballots import BallotKind
from pb.tally.enclosures import Enclosed, decided
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.transfers import Purses
from pb.tally.scores import votes
from pb.tally.ties import tie_ranks


class Variant(StrEnum):
    """What happens when no project has enough support, and how projects are put in order.

    `ewt`: eliminate the one that lacks most, with transfers; `mt`: move as little as needed to
    one that can be reached; with a `c`, order goes by support per cost instead of by excess.
    """

    EWT = "ewt"
    EWTC = "ewtc"
    MT = "mt"
    MTC = "mtc"

    @property
    def per_cost(self) -> bool:
        """Whether support is compared with the cost by ratio instead of by difference."""
        return self in (Variant.EWTC, Variant.MTC)

    @property
    def eliminates(self) -> bool:
        """Whether a project goes out when none has enough support."""
        return self in (Variant.EWT, Variant.EWTC)


@dataclass(frozen=True)
class CstvParams:
    """Which of the four methods of the paper counts the ballots."""

    variant: Variant = Variant.EWT


@rule(
    "cstv",
    version=1,
    title="Cumulative single transferable vote (experimental)",
    accepts=[BallotKind.CUMULATIVE],
    params=CstvParams,
    source="Skowron, Slinko, Szufa and Talmon, Participatory Budgeting with Cumulative Votes, "
    "arXiv 2009.02690, 2020",
)
def cstv(instance: Instance, profile: Profile, params: CstvParams, ties: tuple[str, ...]) -> Count:
    """Give every voter an equal part of the money, on projects as the points say.

    A project whose support reaches its cost is funded, and what is over goes on to the other
    projects of its supporters. A project without points or dearer than the whole budget never
    takes part.
    """
    return decided(lambda bits: _Cstv(instance, profile, params.variant, ties, bits).result())


class _Cstv:
    """One count: the projects in the running, the money left, and the steps so far."""

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        variant: Variant,
        ties: tuple[str, ...],
        bits: int,
    ) -> None:
        self.instance, self.variant = instance, variant
        self.votes = votes(instance, profile)
        self.ranks = tie_ranks(instance, self.votes, ties)
        self.costs = {project.id: project.cost for project in instance.projects}
        self.purses = Purses(instance, profile, bits)
        self.supports: dict[str, Enclosed] = {}
        self.left: Number = instance.budget
        self.funded: list[str] = []
        self.steps: list[Step] = []
        self.eliminated: dict[str, int] = {}  # and where its step stands

    def result(self) -> Count:
        """Fund and eliminate until nothing moves, then use what is left."""
        entrants = len(self.purses.running)
        while self._move():
            progress.report(entrants - len(self.purses.running), entrants)
        if self.variant.eliminates:
            self._reverse_eliminations()
        else:
            self._accept_undersupported()
        settled = {step.project for step in self.steps}
        for project in self.instance.projects:
            if project.id not in settled:
                dear = project.cost > self.instance.budget
                kind = StepKind.DEARER_THAN_BUDGET if dear else StepKind.NO_VOTES
                self._record(kind, project.id, {})
        return Count(tuple(self.funded), tuple(self.steps))

    def _move(self) -> bool:
        """One round of the count; False when there is none left."""
        running = self.purses.running
        if not running:
            return False
        self.supports |= {project: self.purses.support(project) for project in running}
        ready = [one for one in running if self.supports[one].compare(self.costs[one]) >= 0]
        if ready:
            self._fund(self._first(ready))
        elif self.variant.eliminates:
            self._eliminate(self._first(running, last=True))
        else:
            able = [one for one in running if self.purses.behind(one).compare(self.costs[one]) >= 0]
            if not able:
                return False
            self._lift(self._first(able))
        return True

    def _first(self, projects: Iterable[str], *, last: bool = False) -> list[str]:
        """The projects with most support for their cost, or least, in the order of ties."""
        sign = -1 if last else 1
        level: list[str] = []
        for project in sorted(projects, key=self.ranks.__getitem__, reverse=last):
            order = self._compare(project, level[0]) * sign if level else 1
            if order > 0:
                level = []
            if order >= 0:
                level.append(project)
        return level

    def _compare(self, one: str, other: str) -> int:
        return self.purses.compare(self.supports, one, other, per_cost=self.variant.per_cost)

    def _fund(self, level: list[str]) -> None:
        """Fund a project with enough support; its supporters keep what is over."""
        project, support = level[0], self.supports[level[0]]
        facts = {"support": support.rounded(), "excess": (support - self.costs[project]).rounded()}
        self._record(StepKind.SUPPORTED, project, facts, level[1:])
        if self.costs[project]:
            self.purses.pay(project, self._cost(project) / support, limited=False)
        else:
            self.purses.drop(project)

    def _lift(self, level: list[str]) -> None:
        """Fund a project after its supporters have moved to it what is missing."""
        project, support = level[0], self.supports[level[0]]
        moved = self._cost(project) - support
        facts = {"support": support.rounded(), "moved": moved.rounded()}
        times = self.purses.factor(project)
        self._record(StepKind.LIFTED, project, facts, level[1:])
        self.purses.pay(project, times, limited=True)

    def _eliminate(self, level: list[str]) -> None:
        """Take the project out that lacks most; its support stands on the others now."""
        project, support = level[0], self.supports[level[0]]
        lacking = self._cost(project) - support
        facts = {"support": support.rounded(), "lacking": lacking.rounded()}
        self.eliminated[project] = len(self.steps)
        self._record(StepKind.ELIMINATED, project, facts, level[1:])
        self.purses.drop(project)

    def _reverse_eliminations(self) -> None:
        """Fund what still fits of the eliminated, from the last to the first."""
        for project, place in reversed(self.eliminated.items()):
            facts = {"support": self.steps[place].numbers["support"]}
            if self.costs[project] <= self.left:
                self._record(StepKind.COMPLETED, project, facts)
            else:
                step = self.steps[place]
                facts = {**step.numbers, "left_over": numbers.plain(self.left)}
                self.steps[place] = replace(step, numbers=facts)

    def _accept_undersupported(self) -> None:
        """Fund what still fits of the projects that could not be reached, best first."""
        waiting = set(self.purses.running)
        while waiting:
            level = self._first(waiting)
            project = level[0]
            waiting.remove(project)
            facts = {"support": self.supports[project].rounded()}
            if self.costs[project] <= self.left:
                self._record(StepKind.COMPLETED, project, facts, level[1:])
            else:
                behind = self.purses.behind(project).rounded()
                facts |= {"money_behind": behind}
                self._record(StepKind.SUPPORT_TOO_POOR, project, facts, level[1:])

    def _cost(self, project: str) -> Enclosed:
        return self.purses.nothing + self.costs[project]

    def _record(
        self, kind: StepKind, project: str, more: dict[str, Number], tied: Iterable[str] = ()
    ) -> None:
        facts = {"cost": self.costs[project], "votes": self.votes[project]} | more
        left = numbers.plain(self.left)
        if kind.funds:
            self.funded.append(project)
            self.left -= self.costs[project]
            facts = {"order": len(self.funded)} | facts
        self.steps.append(Step(kind, project, left, facts, tuple(tied)))
