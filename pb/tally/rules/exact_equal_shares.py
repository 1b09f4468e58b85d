"""Exact equal shares: whoever pays for a project pays exactly as much as the others who do."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pb.tally import numbers, progress, scores
from pb.tally.ballots import BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.equal_payments import Choice, Payments
from pb.tally.ties import tie_ranks


class Utility(StrEnum):
    """What a funded project is worth to a voter who chose it."""

    COST = "cost"
    CARDINALITY = "cardinality"


class Completion(StrEnum):
    """What is done with the money that the plain method leaves."""

    NONE = "none"
    ADD_OPT = "add-opt"


@dataclass(frozen=True)
class ExactEqualSharesParams:
    """What voters value, and what happens to the money that is left."""

    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE


@rule(
    "exact-equal-shares",
    version=1,
    title="Exact equal shares",
    accepts=[BallotKind.APPROVAL],
    params=ExactEqualSharesParams,
    source="Kraiczy, Robinson and Elkind, Streamlining Equal Shares, arXiv 2502.11797, 2025",
)
def exact_equal_shares(
    instance: Instance, profile: Profile, params: ExactEqualSharesParams, ties: tuple[str, ...]
) -> Count:
    """Give every voter an equal share; all who pay for a project pay exactly the same.

    In each round the project with most payers for its cost and worth is bought, where as many
    supporters pay as can. Money is in minor units. A project dearer than the whole budget never
    takes part.
    """
    return _Shares(instance, profile, params, ties).result()


class _Shares:
    """One count: the payments, the endowments it takes, and the steps that describe the last."""

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        params: ExactEqualSharesParams,
        ties: tuple[str, ...],
    ) -> None:
        self.instance, self.profile, self.params = instance, profile, params
        self.votes = scores.votes(instance, profile)
        self.ranks = tie_ranks(instance, self.votes, ties)
        self.projects = [p for p in instance.projects if p.cost <= instance.budget]

    def payments(self) -> Payments:
        """The projects that take part, with their supporters, before anyone has paid."""
        place = {project.id: c for c, project in enumerate(self.projects)}
        support: list[list[tuple[int, int]]] = [[] for _ in self.projects]
        for group, (ballot, weight) in enumerate(self.profile):
            for project in ballot.choices:
                if project in place:
                    support[place[project]].append((group, weight))
        by_cost = self.params.utility is Utility.COST
        prices = [int(project.cost > 0) if by_cost else project.cost for project in self.projects]
        ranks = [self.ranks[project.id] for project in self.projects]
        return Payments(self.projects, support, prices, ranks, len(self.profile.groups))

    def result(self) -> Count:
        """The funded projects in order, and all steps."""
        payments, endowment, steps = self.payments(), Fraction(0), []
        if self.profile.voters:
            payments, endowment, settled = self._settle(payments)
            steps.append(settled)
        funded, left = [], self.instance.budget
        for choice in payments.choices():
            step = self._bought(choice, left, len(funded) + 1)
            steps.append(step)
            funded.append(step.project)
            left -= step.numbers["cost"]

        place = {project.id: c for c, project in enumerate(self.projects)}
        for project in self.instance.projects:
            if project.id not in set(funded):
                near = self._near(payments, place.get(project.id), endowment)
                steps.append(self._missed(project, left, near))
        return Count(tuple(funded), tuple(steps))

    def _bought(self, choice: Choice, left: Number, order: int) -> Step:
        """What the supporters of a project paid for it."""
        project = self.projects[choice.project]
        facts = {
            "order": order,
            "cost": project.cost,
            "votes": self.votes[project.id],
            "payers": choice.payers,
            "payment": numbers.ratio(project.cost, choice.payers),
        }
        tied = tuple(self.projects[c].id for c in choice.tied)
        return Step(StepKind.BOUGHT_EQUALLY, project.id, numbers.plain(left), facts, tied)

    def _near(self, payments: Payments, c: int | None, endowment: Fraction) -> dict[str, Number]:
        """Who came nearest to paying for a loser, and what the poorest of them lacked."""
        found = None if c is None else payments.nearest(c)
        if found is None:
            return {}
        payers, needed = found
        return {
            "nearest": payers,
            "share": numbers.ratio(self.projects[c].cost, payers),
            "missing": numbers.plain(needed - endowment),
            "money_behind": numbers.plain(payments.behind(c, endowment)),
        }

    def _missed(self, project: Project, left: Number, near: dict[str, Number]) -> Step:
        """Why a project is not funded."""
        facts = {"cost": project.cost, "votes": self.votes[project.id]}
        if project.cost > self.instance.budget:
            kind = StepKind.DEARER_THAN_BUDGET
        else:
            kind = StepKind.SHARES_TOO_SMALL if near else StepKind.NO_VOTES
        return Step(kind, project.id, numbers.plain(left), facts | near)

    def _settle(self, payments: Payments) -> tuple[Payments, Fraction, Step]:
        """The payments that stand, after as many endowments as the completion asks for."""
        first = endowment = Fraction(self.instance.budget) / self.profile.voters
        payments.settle(endowment)
        repeats, why = 0, "plain"
        if self.params.completion is Completion.ADD_OPT:
            while not (why := self._reason_to_stop(payments)):
                raised = payments.rise()
                if self._spent(payments) > self.instance.budget:
                    why = "overspend"
                    payments = self.payments()
                    payments.settle(endowment)
                    break
                endowment, repeats = raised, repeats + 1
                progress.report(repeats)
        facts = {
            "voters": self.profile.voters,
            "first": numbers.plain(first),
            "endowment": numbers.plain(endowment),
            "repeats": repeats,
            "exhaustive": int(why == "exhaustive"),
            "overspend": int(why == "overspend"),
        }
        step = Step(StepKind.ENDOWMENT, "", numbers.plain(self.instance.budget), facts)
        return payments, endowment, step

    def _spent(self, payments: Payments) -> Number:
        return sum((self.projects[one.project].cost for one in payments.choices()), 0)

    def _reason_to_stop(self, payments: Payments) -> str:
        """Why no higher endowment is tried, or nothing."""
        bought = {one.project for one in payments.choices()}
        waiting = [
            project.cost
            for c, project in enumerate(self.projects)
            if c not in bought and self.votes[project.id]
        ]
        if not waiting:
            return "all"
        left = self.instance.budget - self._spent(payments)
        return "exhaustive" if min(waiting) > left else ""
