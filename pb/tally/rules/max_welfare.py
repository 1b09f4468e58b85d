"""Max welfare: of all selections within the budget, the one with most votes or most value."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

from pb.tally import numbers, progress, scores
from pb.tally.ballots import BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.knapsack import Item, most_value
from pb.tally.scores import Ranking
from pb.tally.ties import tie_ranks


class Utility(StrEnum):
    """What a funded project adds to the total: its score, or its cost from every supporter."""

    SCORE = "score"
    COST = "cost"


@dataclass(frozen=True)
class MaxWelfareParams:
    """What is added up; `ranking` is what places in a ranking are worth."""

    utility: Utility = Utility.SCORE
    ranking: Ranking = Ranking.PLACES


@rule(
    "max-welfare",
    version=1,
    title="Greatest total",
    accepts=BallotKind,
    params=MaxWelfareParams,
    source="Talmon and Faliszewski, A Framework for Approval-Based Budgeting Methods, AAAI 2019",
)
def max_welfare(
    instance: Instance, profile: Profile, params: MaxWelfareParams, ties: tuple[str, ...]
) -> Count:
    """Of all selections that the budget can pay, fund the one with the greatest total.

    Between equal totals the order of ties decides: the selection wins that holds the first
    project in that order which not all of them hold, and so on. A project dearer than the whole
    budget takes no part, nor does one without a score above zero.
    """
    count = _Welfare(instance, profile, params, ties)
    count.settle()
    return Count(tuple(count.funded), tuple(count.steps))


class _Welfare:
    """One count: the projects that take part, the best selection, and the steps that say why."""

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        params: MaxWelfareParams,
        ties: tuple[str, ...],
    ) -> None:
        self.instance, self.params = instance, params
        self.scores = scores.scores(instance, profile, params.ranking)
        self.votes = scores.votes(instance, profile)
        ranks = tie_ranks(instance, self.votes, ties)
        self.entrants = sorted(
            (p for p in instance.projects if p.cost <= instance.budget and self.scores[p.id] > 0),
            key=lambda project: ranks[project.id],
        )
        self._weigh()
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def _weigh(self) -> None:
        """Costs and worth as the smallest integers that keep their proportions."""
        costs = [Fraction(project.cost) for project in self.entrants]
        scale = lcm(1, *(cost.denominator for cost in costs))
        weights = [int(cost * scale) for cost in costs]
        common = gcd(*weights) or 1
        self.weights = [weight // common for weight in weights]
        self.capacity = int(self.instance.budget * scale // common)
        # What the totals are counted in: a vote or point, or an amount of money.
        by_cost = self.params.utility is Utility.COST
        self.worth_unit = Fraction(common, scale) if by_cost else 1
        self.worths = [
            (self.votes[project.id] * weight if by_cost else self.scores[project.id])
            for project, weight in zip(self.entrants, self.weights, strict=True)
        ]

    @cached_property
    def _items(self) -> list[Item]:
        """The entrants with their worth followed by one binary digit for each of them.

        The earlier in the order of ties, the higher the digit. So no two selections have the
        same value, and the greatest value is that of the right one among equal totals; its
        digits say which projects it holds.
        """
        digits = len(self.entrants)
        return [
            (weight, (worth << digits) + (1 << (digits - 1 - place)))
            for place, (weight, worth) in enumerate(zip(self.weights, self.worths, strict=True))
        ]

    def _read(self, value: int) -> tuple[int, set[int]]:
        """The total and the places of the entrants that a value stands for."""
        digits = len(self.entrants)
        held = {place for place in range(digits) if value >> (digits - 1 - place) & 1}
        return value >> digits, held

    @cached_property
    def best(self) -> tuple[int, set[int]]:
        """The greatest total and the entrants of the selection that is funded."""
        return self._read(most_value(self._items, self.capacity))

    def _best_total_with(self, place: int) -> int:
        """The greatest total of a selection that holds this entrant."""
        items = list(zip(self.weights, self.worths, strict=True))
        rest = [item for other, item in enumerate(items) if other != place and item[1]]
        return self.worths[place] + most_value(rest, self.capacity - self.weights[place])

    def _first_with(self, place: int) -> set[int]:
        """The first selection in the order of ties among the best that hold this entrant."""
        rest = [item for other, item in enumerate(self._items) if other != place]
        value = most_value(rest, self.capacity - self.weights[place])
        return self._read(self._items[place][1] + value)[1]

    def settle(self) -> None:
        """Write down the greatest total, and for every project what it would have taken."""
        total, held = self.best
        budget = numbers.plain(self.instance.budget)
        self.steps.append(Step(StepKind.OPTIMUM, "", budget, self._totals(total)))
        losers, level = self._losers()

        left = self.instance.budget
        for place in sorted(held, key=lambda place: (-self.worths[place], place)):
            project = self.entrants[place]
            self.funded.append(project.id)
            facts = {"order": len(self.funded)} | self._facts(project) | self._totals(total)
            tied = self._ids(other for other in level if place in level[other])
            self.steps.append(Step(StepKind.CHOSEN, project.id, numbers.plain(left), facts, tied))
            left -= project.cost
        for project in self.instance.projects:
            if project.id not in self.funded:
                step = losers.get(project.id) or (self._kind(project), self._facts(project), ())
                kind, facts, tied = step
                self.steps.append(Step(kind, project.id, numbers.plain(left), facts, tied))

    def _losers(self) -> tuple[dict[str, tuple], dict[int, set[int]]]:
        """What the best selection with each loser is worth; whom it replaces at an equal total."""
        total, held = self.best
        losers: dict[str, tuple] = {}
        level: dict[int, set[int]] = {}
        for place, project in enumerate(self.entrants):
            progress.report(place, len(self.entrants))
            if place in held:
                continue
            with_it = self._best_total_with(place)
            if with_it == total:
                level[place] = held - self._first_with(place)
            facts = self._facts(project) | self._totals(total) | self._totals(with_it, "_with")
            tied = self._ids(sorted(level.get(place, ())))
            losers[project.id] = (StepKind.LEFT_OUT, facts, tied)
        return losers, level

    def _kind(self, project: Project) -> StepKind:
        """Why a project takes no part."""
        if project.cost > self.instance.budget:
            return StepKind.DEARER_THAN_BUDGET
        return StepKind.ADDS_NOTHING if self.votes[project.id] else StepKind.NO_VOTES

    def _facts(self, project: Project) -> dict[str, Number]:
        facts = {"cost": project.cost, "votes": self.votes[project.id]}
        return facts | {"score": self.scores[project.id]}

    def _totals(self, total: int, suffix: str = "") -> dict[str, Number]:
        name = "total_money" if self.params.utility is Utility.COST else "total"
        return {name + suffix: numbers.plain(total * self.worth_unit)}

    def _ids(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.entrants[place].id for place in places)
