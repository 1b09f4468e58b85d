"""First guesses for equal shares: in which round could a project have been the cheapest?

A project that loses takes no part in what is bought, so for one endowment the rounds stay as they
are until the moment it is bought itself. In each round the price of the project that was bought
says what a voter would have paid for the other one had it won instead, and what its supporters
hold says how much that would have raised. The round where least is missing is the guess.
"""

from collections.abc import Iterator

from pb.tally import scores
from pb.tally.ballots import Ballot
from pb.tally.model import Instance
from pb.tally.needs.recounts import Trial
from pb.tally.needs.words import Means
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count

# What some supporters have left, the points they give, and how many they are.
Holding = tuple[float, int, int]


def missing(trial: Trial, instance: Instance, count: Count, steps: int) -> float | None:
    """How many votes or how much money a project seems to need to be bought in some round."""
    endowment = _endowment(count)
    bought = [step for step in count.steps if step.kind is StepKind.BOUGHT]
    if not endowment or any(not step.numbers["payment"] for step in bought):
        return None
    added = steps if trial.means is Means.VOTES else 0
    cost = float(instance.by_id[trial.project].cost)
    guesses = [
        _in_round(trial, cost, endowment, step, holdings)
        for step, holdings in _rounds(trial, endowment, bought, added)
    ]
    if trial.means is not Means.BUDGET:
        return min((guess for guess in guesses if guess is not None), default=None)
    # More money for all comes to the supporters in proportion to their number.
    number = sum(weight for _, weight in trial.ground.supporters[trial.project])
    share = float(instance.budget) / (number * endowment) if number else None
    return guesses[-1] * share if share and guesses[-1] is not None else None


def _endowment(count: Count) -> float:
    found = [step for step in count.steps if step.kind is StepKind.ENDOWMENT]
    return float(found[-1].numbers["endowment"]) if found else 0.0


def _rounds(
    trial: Trial, endowment: float, bought: list[Step], added: int
) -> Iterator[tuple[Step | None, list[Holding]]]:
    """What the supporters hold before every purchase, and in the end."""
    weights = _alike(trial, {step.project: place for place, step in enumerate(bought)})
    money = dict.fromkeys(weights, endowment)
    points = _points_of(trial, trial.ground.ballot_for(trial.project))
    alone = (
        [(endowment, points[trial.project], added)] if added and points[trial.project] > 0 else []
    )
    paying: list[list[tuple]] = [[] for _ in bought]
    for alike in weights:
        for place, each in alike[1]:
            paying[place].append((alike, each))
    for place, step in enumerate([*bought, None]):
        yield step, [*alone, *((money[one], one[0], weights[one]) for one in weights)]
        if step is not None:
            payment = float(step.numbers["payment"])
            for one, each in paying[place]:
                money[one] = max(0.0, money[one] - payment * each)


def _alike(trial: Trial, places: dict[str, int]) -> dict[tuple, int]:
    """The supporters by the points they give and by what they help to buy, with their number."""
    weights: dict[tuple, int] = {}
    for ballot, weight in trial.ground.supporters[trial.project]:
        points = _points_of(trial, ballot)
        pays = tuple(sorted((places[p], n) for p, n in points.items() if p in places and n > 0))
        if points[trial.project] > 0:
            alike = points[trial.project], pays
            weights[alike] = weights.get(alike, 0) + weight
    return weights


def _points_of(trial: Trial, ballot: Ballot) -> dict[str, int]:
    ground = trial.ground
    if getattr(ground.params, "utility", None) != "score":
        return dict.fromkeys(ballot.choices, 1)
    ranking = getattr(ground.params, "ranking", scores.Ranking.PLACES)
    return dict(scores.lines(ballot, ground.profile, ranking))


def _in_round(
    trial: Trial, cost: float, endowment: float, step: Step | None, holdings: list[Holding]
) -> float | None:
    """What is missing to be bought in this round, or in the end if `step` is None."""
    by_cost = getattr(trial.ground.params, "utility", None) == "cost"
    if step is None:
        payment = float("inf")  # in the end everybody gives all that is left
    else:
        payment = float(step.numbers["payment"])
        if by_cost:
            payment *= cost / float(step.numbers["cost"])
    if trial.means is Means.COST and by_cost and step is not None:
        votes = float(step.numbers["cost"] / step.numbers["payment"])
        return cost - _cost_for(votes, holdings)
    raised = sum(min(money, payment * points) * weight for money, points, weight in holdings)
    if trial.means is not Means.VOTES:
        return cost - raised
    ballot = trial.ground.ballot_for(trial.project)
    points = _points_of(trial, ballot)[trial.project]
    each = min(endowment, payment * points) if points > 0 else 0.0
    return (cost - raised) / each if each else None


def _cost_for(votes: float, holdings: list[Holding]) -> float:
    """The greatest cost at which the supporters are worth so many who all pay the same."""
    rich, paid = sum(weight for _, _, weight in holdings), 0.0
    for money, _, weight in sorted(holdings):
        # All with more than `money` pay the same; those below give what they have.
        if votes > rich and paid <= (votes - rich) * money:
            return votes * paid / (votes - rich)
        paid += money * weight
        rich -= weight
    return paid
