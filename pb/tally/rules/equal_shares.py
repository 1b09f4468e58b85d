"""The method of equal shares: every voter directs the same part of the money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from pb.tally import numbers, scores
from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.comparison import Comparison, preferences
from pb.tally.rules.endowments import OVERSPEND, Standing, likely_standing, standing
from pb.tally.rules.greedy import GreedyParams, Order, greedy, priority
from pb.tally.rules.proven import Funded, engine_for, exact_run
from pb.tally.rules.shares import Market, Purchase, Run
from pb.tally.scores import Ranking
from pb.tally.ties import tie_ranks


class Utility(StrEnum):
    """What a funded project is worth to a voter who chose it."""

    COST = "cost"
    CARDINALITY = "cardinality"
    SCORE = "score"


class Completion(StrEnum):
    """What is done with the money that the plain method leaves."""

    NONE = "none"
    ADD1 = "add1"
    ADD1_GREEDY = "add1+greedy"
    GREEDY = "greedy"

    @property
    def raises_endowment(self) -> bool:
        """Whether the count is repeated with more money per voter."""
        return self in (Completion.ADD1, Completion.ADD1_GREEDY)

    @property
    def ends_greedily(self) -> bool:
        """Whether what is left goes to the projects with most votes."""
        return self in (Completion.GREEDY, Completion.ADD1_GREEDY)


class Stop(StrEnum):
    """Where add1 ends: at the first outcome that leaves no room, or before overspending."""

    EXHAUSTIVE = "exhaustive"
    OVERSPEND = "overspend"


class Start(StrEnum):
    """The first endowment: the exact share, or that share without parts of a currency unit."""

    EXACT = "exact"
    ROUNDED_DOWN = "rounded-down"


@dataclass(frozen=True)
class EqualSharesParams:
    """What voters value, and what happens to the money that is left.

    `increment` is what add1 adds per voter and step, in minor units (default: one unit of
    currency); `completion_order` puts the projects in order that are funded with what is left.
    """

    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE
    stop: Stop = Stop.EXHAUSTIVE
    comparison: Comparison = Comparison.NONE
    increment: int | None = None
    start: Start = Start.EXACT
    completion_order: Order = Order.SCORE
    ranking: Ranking = Ranking.PLACES


@rule(
    "equal-shares",
    version=1,
    title="Method of equal shares",
    accepts=BallotKind,
    params=EqualSharesParams,
    source="Peters, Pierczyński and Skowron, Proportional Participatory Budgeting with "
    "Additive Utilities, NeurIPS 2021",
)
def equal_shares(
    instance: Instance, profile: Profile, params: EqualSharesParams, ties: tuple[str, ...]
) -> Count:
    """Give every voter an equal share of the budget, and fund what supporters buy together.

    In each round the project with the lowest price per utility is bought; its supporters pay
    equally, or all they have left. Money is in minor units. A project dearer than the whole
    budget never takes part.
    """
    increment = instance.unit if params.increment is None else params.increment
    params = replace(params, increment=increment)
    if increment == 0 and params.completion.raises_endowment:
        raise TallyError("Parameter increment must be above zero.")

    count = _Shares(instance, profile, params, ties)
    funded, steps = count.result()
    verdict, rival = _compared(instance, profile, params, ties, funded)
    if verdict is None:
        return Count(funded, steps, params)
    if rival is not None:
        funded, steps = rival.funded, rival.steps
    return Count(funded, (verdict, *steps), params)


def likely_funded(
    instance: Instance,
    profile: Profile,
    params: EqualSharesParams,
    ties: tuple[str, ...],
    near: Number,
) -> tuple[tuple[str, ...], Number]:
    """Who would be funded by add1 if outcomes grew steadily, and with which endowment.

    A guess from few endowments around `near`, several times quicker than a count.
    """
    params = replace(params, increment=params.increment or instance.unit)
    count = _Shares(instance, profile, params, ties)
    found = count.likely(near)
    funded = count.funded(found.bought)
    _, rival = _compared(instance, profile, params, ties, funded)
    endowment = count.first + found.repeats * params.increment
    return funded if rival is None else rival.funded, endowment


def _compared(
    instance: Instance,
    profile: Profile,
    params: EqualSharesParams,
    ties: tuple[str, ...],
    funded: tuple[str, ...],
) -> tuple[Step | None, Count | None]:
    """What the comparison with the greedy outcome says, and that outcome if it is preferred."""
    if params.comparison is Comparison.NONE:
        return None, None
    rival = greedy.count(instance, profile, GreedyParams(ranking=params.ranking), ties)
    for_shares, for_rival = preferences(params.comparison, instance, profile, funded, rival.funded)
    switched = for_rival > for_shares
    facts = {"equal_shares": for_shares, "greedy": for_rival, "switched": int(switched)}
    verdict = Step(StepKind.COMPARISON, "", numbers.plain(instance.budget), facts)
    return verdict, rival if switched else None


class _Shares:
    """One count: the market, the runs it takes, and the steps that describe the last one."""

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        params: EqualSharesParams,
        ties: tuple[str, ...],
    ) -> None:
        self.instance, self.profile, self.params = instance, profile, params
        self.scores = scores.scores(instance, profile, params.ranking)
        self.votes = scores.votes(instance, profile)
        self.ranks = tie_ranks(instance, self.votes, ties)
        self.projects = [p for p in instance.projects if p.cost <= instance.budget]
        by_cost = params.utility is Utility.COST
        self.market = Market(
            self.projects,
            profile,
            [(project.cost or 1) if by_cost else 1 for project in self.projects],
            [self.ranks[project.id] for project in self.projects],
            tuple(instance.by_id),
            by_points=params.utility is Utility.SCORE,
            ranking=params.ranking,
        )
        self.engine = engine_for(self.market)
        self.supporters = (self.engine or self.market).supporters
        supported = [c for c, voters in enumerate(self.supporters) if voters]
        self.by_cost = sorted(supported, key=lambda c: self.projects[c].cost)

    def standing(self) -> Standing:
        """Where add1 ends."""
        increment = self.params.increment
        return standing(self.market, self.engine, self.first, increment, self._reason_to_stop)

    def likely(self, near: Number) -> Standing:
        """Where add1 probably ends, if that is not far from the endowment `near`."""
        increment = self.params.increment
        repeats = max(0, round((near - self.first) / increment))
        stop = self._reason_to_stop
        return likely_standing(self.market, self.engine, self.first, increment, stop, repeats)

    def funded(self, bought: Funded) -> tuple[str, ...]:
        """All projects that are funded, in order, where supporters bought these."""
        funded = [self.projects[c].id for c in bought]
        left = self.instance.budget - sum(self.projects[c].cost for c in bought)
        for project in self._rest(funded):
            if self.params.completion.ends_greedily and project.cost <= left:
                funded.append(project.id)
                left -= project.cost
        return tuple(funded)

    def _rest(self, bought: Sequence[str]) -> list[Project]:
        """The projects that were not bought, in the order in which money that is left goes."""
        done = set(bought)
        rest = [project for project in self.instance.projects if project.id not in done]
        if self.params.completion.ends_greedily:
            rest.sort(key=lambda p: (self._priority(p), self.ranks[p.id]))
        return rest

    def result(self) -> tuple[tuple[str, ...], tuple[Step, ...]]:
        """The funded projects in order, and all steps."""
        run, steps = self._settle()
        funded, left = [], self.instance.budget
        for purchase in run.purchases:
            step = self._bought(purchase, left, len(funded) + 1)
            steps.append(step)
            funded.append(step.project)
            left -= step.numbers["cost"]

        behind = {
            project.id: {"votes": self.supporters[c], "money_behind": run.behind[c]}
            for c, project in enumerate(self.projects)
        }
        for project in self._rest(funded):
            step = self._leftover(project, left, len(funded) + 1, behind)
            steps.append(step)
            if step.kind.funds:
                funded.append(project.id)
                left -= project.cost
        return tuple(funded), tuple(steps)

    def _bought(self, purchase: Purchase, left: Number, order: int) -> Step:
        """What the supporters of a project paid for it."""
        project = self.projects[purchase.project]
        facts = {
            "order": order,
            "cost": project.cost,
            "votes": self.supporters[purchase.project],
            "payment": purchase.payment,
            "full": purchase.full,
            "rest": purchase.rest,
            "broke": purchase.broke,
        }
        if purchase.payment:
            facts["effective_votes"] = numbers.ratio(project.cost, purchase.payment)
        tied = tuple(self.projects[c].id for c in purchase.tied)
        return Step(StepKind.BOUGHT, project.id, numbers.plain(left), facts, tied)

    def _priority(self, project: Project) -> tuple:
        return priority(project, self.scores[project.id], self.params.completion_order)

    def _leftover(
        self, project: Project, left: Number, order: int, behind: dict[str, dict[str, Number]]
    ) -> Step:
        """What becomes of a project that its supporters did not buy."""
        facts = {"cost": project.cost, "votes": self.votes[project.id]}
        facts |= behind.get(project.id, {})
        tied: tuple[str, ...] = ()
        if self.params.completion.ends_greedily and project.cost <= left:
            kind = StepKind.COMPLETED
            facts |= {"order": order, "score": self.scores[project.id]}
            tied = tuple(
                other.id
                for other in self.instance.projects
                if other != project and self._priority(other) == self._priority(project)
            )
        elif project.cost > self.instance.budget:
            kind = StepKind.DEARER_THAN_BUDGET
        elif not facts["votes"]:
            kind = StepKind.NO_VOTES
        else:
            kind = StepKind.SUPPORT_TOO_POOR
        return Step(kind, project.id, numbers.plain(left), facts, tied)

    def _settle(self) -> tuple[Run, list[Step]]:
        """The run that stands, after as many repetitions as the completion asks for."""
        if not self.profile.voters:
            return Run((), tuple(0 for _ in self.projects)), []
        raises = self.params.completion.raises_endowment
        found = self.standing() if raises else Standing(0, "plain", ())
        first = self.first
        endowment = first + found.repeats * (self.params.increment or 0)
        facts = {
            "voters": self.profile.voters,
            "first": numbers.plain(first),
            "endowment": numbers.plain(endowment),
            "repeats": found.repeats,
            "exhaustive": int(found.why == "exhaustive"),
            "overspend": int(found.why == OVERSPEND),
        }
        budget = numbers.plain(self.instance.budget)
        run = exact_run(self.market, self.engine, endowment)
        return run, [Step(StepKind.ENDOWMENT, "", budget, facts)]

    @cached_property
    def first(self) -> Fraction:
        """The endowment of the first run."""
        share = Fraction(self.instance.budget) / self.profile.voters
        if self.params.start is Start.ROUNDED_DOWN:
            return Fraction(share // self.instance.unit * self.instance.unit)
        return share

    def _reason_to_stop(self, bought: Funded) -> str:
        """Why no higher endowment than the one with these purchases is tried, or nothing."""
        left = self.instance.budget - sum(self.projects[c].cost for c in bought)
        if left < 0:
            return OVERSPEND
        done = set(bought)
        cheapest = next((c for c in self.by_cost if c not in done), None)
        if cheapest is None:
            return "all"
        exhaustive = self.params.stop is Stop.EXHAUSTIVE and self.projects[cheapest].cost > left
        return "exhaustive" if exhaustive else ""
