"""Greedy: the projects with most votes first, as most cities count."""

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from pb.tally import numbers, scores
from pb.tally.ballots import BallotKind
from pb.tally.eligible import Thresholds
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.scores import Ranking
from pb.tally.ties import tie_ranks


class Order(StrEnum):
    """What puts one project before another."""

    SCORE = "score"
    SCORE_PER_COST = "score-per-cost"


class Unaffordable(StrEnum):
    """What happens at a project that costs more than is left."""

    SKIP = "skip"
    STOP = "stop"


class Oversize(StrEnum):
    """Whether a project dearer than the whole budget takes its turn, or never takes part."""

    COUNT = "count"
    IGNORE = "ignore"


class Leftover(StrEnum):
    """What becomes of the money that is left.

    `keep`: nothing. `fill`: after the count has stopped, every further project that fits is
    funded, down the list. `part`: all of it goes towards the first project that did not fit.
    """

    KEEP = "keep"
    FILL = "fill"
    PART = "part"


@dataclass(frozen=True)
class GreedyParams:
    """How to go down the list.

    `threshold` is the least score that takes part, `threshold_share` the least part of all
    ballots, `threshold_cost` the least part of all ballots for each part of the budget that a
    project costs; `top_up` the share of its cost that must be left for a project that does not
    fit to be funded with other money added (0: never); `ranking` is what places in a ranking are
    worth.
    """

    order: Order = Order.SCORE
    unaffordable: Unaffordable = Unaffordable.SKIP
    threshold: int = 0
    top_up: int | Fraction = 0
    oversize: Oversize = Oversize.COUNT
    ranking: Ranking = Ranking.PLACES
    threshold_share: int | Fraction = 0
    threshold_cost: int | Fraction = 0
    leftover: Leftover = Leftover.KEEP


@rule(
    "greedy",
    version=1,
    title="Most votes first",
    accepts=BallotKind,
    params=GreedyParams,
    source="Talmon and Faliszewski, A Framework for Approval-Based Budgeting Methods, AAAI 2019",
    keeps_exclusive=True,
)
def greedy(
    instance: Instance, profile: Profile, params: GreedyParams, ties: tuple[str, ...]
) -> Count:
    """Go down the projects from the highest score to the lowest and fund each that still fits.

    Costs and money are in minor units. Level projects stand in the published order of ties. Of
    projects that exclude each other the first that is funded wins (Warszawa, § 46 (5)).
    """
    score = scores.scores(instance, profile, params.ranking)
    votes = scores.votes(instance, profile)
    ranks = tie_ranks(instance, votes, ties)
    keys = {p.id: priority(p, score[p.id], params.order) for p in instance.projects}
    order = sorted(instance.projects, key=lambda p: (keys[p.id], ranks[p.id]))
    level = defaultdict(list)
    for project in order:
        level[keys[project.id]].append(project.id)

    walk = _Walk(params, instance, profile.voters)
    for place, project in enumerate(order, 1):
        facts = {"cost": project.cost, "score": score[project.id], "votes": votes[project.id]}
        tied = tuple(other for other in level[keys[project.id]] if other != project.id)
        walk.decide(project, {"place": place, **facts}, tied)
    if params.leftover is Leftover.PART:
        walk.pay_a_part()
    return Count(tuple(walk.funded), tuple(walk.steps))


def priority(project: Project, score: int, order: Order) -> tuple:
    """What projects are sorted by, the first to be funded least; equal means level."""
    if order is Order.SCORE:
        return (-score,)
    if project.cost == 0:
        return (0, 0)  # whatever it brings, it brings it for nothing
    return (1, -Fraction(score) / project.cost)


class _Walk:
    """The way down the list: the money left and what has been decided so far."""

    def __init__(self, params: GreedyParams, instance: Instance, voters: int) -> None:
        self.params, self.instance, self.voters = params, instance, voters
        self.budget, self.left = instance.budget, instance.budget
        self.thresholds = Thresholds(
            params.threshold, params.threshold_share, params.threshold_cost
        )
        self.funded: list[str] = []
        self.steps: list[Step] = []
        self.stopped_at: str | None = None

    def decide(self, project: Project, facts: dict[str, Number], tied: tuple[str, ...]) -> None:
        """Fund the project or pass over it, and write down why."""
        missed = self.thresholds.missed(
            project, facts["score"], facts["votes"], self.voters, self.budget
        )
        rival = self._rival(project)
        kind = StepKind.BELOW_THRESHOLD if missed else self._kind(project, rival)
        facts.update(missed or {})
        if kind is StepKind.TOPPED_UP:
            facts["top_up"] = numbers.plain(project.cost - self.left)
        if kind.funds:
            facts["order"] = len(self.funded) + 1
            self.funded.append(project.id)
        barred_by = rival if kind is StepKind.EXCLUDED else ""
        self.steps.append(Step(kind, project.id, numbers.plain(self.left), facts, tied, barred_by))
        if kind.funds:
            self.left = max(self.left - project.cost, 0)
        stops = kind in (StepKind.DOES_NOT_FIT, StepKind.DEARER_THAN_BUDGET, StepKind.TOPPED_UP)
        if stops and self._may_stop(project) and self.stopped_at is None:
            self.stopped_at = project.id

    def pay_a_part(self) -> None:
        """Put what is left towards the first project that did not fit and still may be built."""
        for place, step in enumerate(self.steps):
            barred = self._rival(self.instance.by_id[step.project])
            if step.kind is StepKind.DOES_NOT_FIT and self.left and not barred:
                facts = {**step.numbers, "part": numbers.plain(self.left)}
                self.steps[place] = replace(step, kind=StepKind.PART_PAID, numbers=facts)
                return

    def _rival(self, project: Project) -> str:
        """The funded project that excludes this one; empty if there is none."""
        rivals = self.instance.rivals.get(project.id, frozenset())
        return next((other for other in self.funded if other in rivals), "")

    def _kind(self, project: Project, rival: str) -> StepKind:
        if project.cost > self.budget:
            return StepKind.DEARER_THAN_BUDGET
        if rival:
            return StepKind.EXCLUDED
        fits = project.cost <= self.left
        if self.stopped_at is not None and self.params.leftover is not Leftover.FILL:
            return StepKind.AFTER_STOP
        if self.stopped_at is not None:
            return StepKind.COMPLETED if fits else StepKind.DOES_NOT_FIT
        if fits:
            return StepKind.FUNDED
        if self.params.top_up and self.left >= self.params.top_up * project.cost:
            return StepKind.TOPPED_UP
        return StepKind.DOES_NOT_FIT

    def _may_stop(self, project: Project) -> bool:
        if self.params.unaffordable is Unaffordable.SKIP:
            return False
        return project.cost <= self.budget or self.params.oversize is Oversize.COUNT
