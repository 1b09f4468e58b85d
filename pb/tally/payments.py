"""Who paid for what: the money of every group of identical ballots, recomputed from the steps.

Voters who have paid for the same projects hold the same money, so money is kept once per such
class. Everything follows from the outcome and the ballots; an outcome does not store it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pb.tally import numbers, scores
from pb.tally.ballots import Ballot
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step, StepKind
from pb.tally.scores import Ranking

# The rules under which supporters pay, or carry, exactly the cost of what they fund.
PAID_RULES = frozenset({"equal-shares", "exact-equal-shares", "phragmen"})


@dataclass(frozen=True, slots=True)
class GroupPayments:
    """What each of `weight` voters with the same ballot paid, and has left.

    `paid` follows the order of funding and leaves out what cost them nothing; `left` is None
    where the rule gives nobody a sum to spend.
    """

    ballot: Ballot
    weight: int
    paid: tuple[tuple[str, Number], ...]
    left: Number | None

    def to_json(self) -> dict[str, Any]:
        """The group as plain data; numbers exact."""
        left = None if self.left is None else numbers.to_json(self.left)
        paid = {project: numbers.to_json(amount) for project, amount in self.paid}
        return {**self.ballot.to_json(), "voters": self.weight, "paid": paid, "left": left}


@dataclass(frozen=True, slots=True)
class Price:
    """What one project took from its supporters.

    `payment` is the most that one voter paid; the cost divided by it are the effective votes: as
    many voters would have paid for it had all paid the same. None where nobody paid.
    """

    project: str
    cost: Number
    payers: int
    payment: Number
    effective_votes: Number | None

    def to_json(self) -> dict[str, Any]:
        """The price as plain data; numbers exact."""
        votes = self.effective_votes
        return {
            "project": self.project,
            "cost": numbers.to_json(self.cost),
            "payers": self.payers,
            "payment": numbers.to_json(self.payment),
            "effective_votes": None if votes is None else numbers.to_json(votes),
        }


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that voters who chose `project` spent on `spent_on`, and how many they were."""

    project: str
    spent_on: str
    amount: Number
    voters: int

    def to_json(self) -> dict[str, Any]:
        """The flow as plain data; numbers exact."""
        amount = numbers.to_json(self.amount)
        fields = {"project": self.project, "spent_on": self.spent_on}
        return {**fields, "amount": amount, "voters": self.voters}


@dataclass(frozen=True)
class Payments:
    """All payments of one outcome; `endowment` is what every voter could spend, if anything.

    Projects funded with money left over, not by their supporters, are not among `prices`.
    """

    endowment: Number | None
    prices: tuple[Price, ...]
    groups: tuple[GroupPayments, ...]

    @cached_property
    def _flows(self) -> Mapping[str, tuple[Flow, ...]]:
        found: dict[str, dict[str, list[Number]]] = {}
        for group in self.groups:
            for project in group.ballot.choices:
                spent = found.setdefault(project, {})
                for other, amount in group.paid:
                    flow = spent.setdefault(other, [0, 0])
                    flow[0] += group.weight * amount
                    flow[1] += group.weight
        return {
            project: tuple(
                Flow(project, other, numbers.plain(amount), voters)
                for other, (amount, voters) in sorted(spent.items(), key=lambda one: -one[1][0])
            )
            for project, spent in found.items()
        }

    def flows(self, project: str) -> tuple[Flow, ...]:
        """What those who chose a project paid for which projects, the largest amounts first.

        For a project that lost these are its drains: where the money of its supporters went.
        """
        return self._flows.get(project, ())

    def left_behind(self, project: str) -> Number | None:
        """What those who chose a project have left between them."""
        if self.endowment is None:
            return None
        groups = (group for group in self.groups if project in group.ballot.choices)
        return numbers.plain(sum((group.weight * group.left for group in groups), 0))

    def to_json(self) -> dict[str, Any]:
        """All payments as plain data; numbers exact."""
        endowment = None if self.endowment is None else numbers.to_json(self.endowment)
        return {
            "endowment": endowment,
            "projects": [price.to_json() for price in self.prices],
            "flows": [flow.to_json() for project in self._flows for flow in self.flows(project)],
            "groups": [group.to_json() for group in self.groups],
        }


def payments(instance: Instance, profile: Profile, outcome: Outcome) -> Payments | None:
    """What every group of identical ballots paid for every project that its supporters bought.

    For outcomes of equal shares and exact equal shares, and of Phragmén's method, where the
    increase of a voter's load is the payment. None where supporters pay nothing under the rule.
    The price of a project and its effective votes are those of Peters, Pierczyński and Skowron,
    Proportional Participatory Budgeting with Additive Utilities, NeurIPS 2021.
    """
    if outcome.rule not in PAID_RULES:
        return None
    bought = [step for step in outcome.steps if step.kind in PAYING]
    starts = [step for step in outcome.steps if step.kind is StepKind.ENDOWMENT]
    if not bought and not starts:
        return None
    endowment = starts[-1].numbers["endowment"] if starts else None
    ledger = _Ledger(profile, outcome.params, endowment or 0)
    prices = tuple(_price(instance, step, *ledger.enter(step)) for step in bought)
    return Payments(endowment, prices, tuple(ledger.groups(endowment is not None)))


def _price(instance: Instance, step: Step, payers: int, most: Number) -> Price:
    cost = instance.by_id[step.project].cost
    votes = numbers.ratio(cost, most) if most else None
    return Price(step.project, cost, payers, most, votes)


class _Ledger:
    """The money of every class of voters who have paid the same so far."""

    def __init__(self, profile: Profile, params: Mapping[str, Any], endowment: Number) -> None:
        self.profile = profile
        self.by_points = params.get("utility") == "score"
        self.ranking = Ranking(params.get("ranking", Ranking.PLACES))
        self.money: list[Number] = [endowment]
        self.paid: list[tuple[tuple[str, Number], ...]] = [()]
        self.class_of = [0] * len(profile.groups)
        self.supporters: dict[str, list[tuple[int, int, int]]] = {}
        for group, (ballot, weight) in enumerate(profile):
            for project, points in self._points(ballot):
                self.supporters.setdefault(project, []).append((group, weight, points))

    def _points(self, ballot: Ballot) -> Iterator[tuple[str, int]]:
        """What a voter pays in proportion to: the points of a project, or the same for all."""
        ranking = self.ranking if self.by_points else Ranking.PLACES
        for project, points in scores.lines(ballot, self.profile, ranking):
            if points > 0:
                yield project, points if self.by_points else 1

    def enter(self, step: Step) -> tuple[int, Number]:
        """Let the supporters pay; how many paid something, and the most that one paid."""
        pay, moved = PAYING[step.kind], {}
        payers, most = 0, 0
        for group, weight, points in self.supporters.get(step.project, ()):
            key = self.class_of[group], points
            if key not in moved:
                moved[key] = self._pay(key[0], step.project, pay(step, self.money[key[0]], points))
            self.class_of[group], amount = moved[key]
            payers += weight if amount else 0
            most = max(most, amount)
        return payers, numbers.plain(most)

    def _pay(self, one: int, project: str, amount: Number) -> tuple[int, Number]:
        """The class of those who were in class `one` and paid this."""
        if not amount:
            return one, amount
        self.money.append(numbers.plain(self.money[one] - amount))
        self.paid.append((*self.paid[one], (project, numbers.plain(amount))))
        return len(self.money) - 1, amount

    def groups(self, has_left: bool) -> Iterator[GroupPayments]:
        """Every group with what its class paid."""
        for (ballot, weight), one in zip(self.profile, self.class_of, strict=True):
            left = self.money[one] if has_left else None
            yield GroupPayments(ballot, weight, self.paid[one], left)


def _up_to_all(step: Step, money: Number, points: int) -> Number:
    return min(money, step.numbers["payment"] * points)


def _equal_or_nothing(step: Step, money: Number, points: int) -> Number:
    # Whoever can pay the equal part does: the payers are the largest set of which all can.
    return step.numbers["payment"] if money >= step.numbers["payment"] else 0


def _up_to_the_load(step: Step, money: Number, points: int) -> Number:
    # Without an endowment the money of a voter is the load carried, below zero.
    return step.numbers["load"] + money


PAYING: Mapping[StepKind, Callable[[Step, Number, int], Number]] = {
    StepKind.BOUGHT: _up_to_all,
    StepKind.BOUGHT_EQUALLY: _equal_or_nothing,
    StepKind.CARRIED: _up_to_the_load,
}
