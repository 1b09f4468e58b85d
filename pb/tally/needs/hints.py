"""First guesses, from the numbers of a count: floats, since only counting again decides.

Each function returns how much more of something a project seems to need, or None.
"""

from collections.abc import Callable, Mapping

from pb.tally.model import Instance
from pb.tally.needs import raised, shares
from pb.tally.needs.recounts import Trial
from pb.tally.needs.words import Means
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count


def missing(trial: Trial, instance: Instance, count: Count, steps: int) -> float | None:
    """How many votes or how much money a project that lost this count seems to need."""
    places = [
        place
        for place, step in enumerate(count.steps)
        if step.project == trial.project and not step.kind.funds
    ]
    if not places:
        return None
    step = count.steps[places[-1]]
    if step.kind in (StepKind.DEARER_THAN_BUDGET, StepKind.ABOVE_CEILING):
        over = float(step.numbers["cost"]) - float(instance.budget)
        return None if trial.means is Means.VOTES else over
    if step.kind in (StepKind.SUPPORT_TOO_POOR, StepKind.NO_VOTES):
        found = shares.missing(trial, instance, count, steps)
        money = raised.missing(trial, steps)
        if found is None or money is None or trial.means is Means.BUDGET:
            return found if money is None else money
        # The guess for the endowment that stood is not trusted twice: a new cost changes it.
        return money if steps else min(found, money, _room(step))
    guess = GUESSES.get(step.kind)
    return guess(trial, instance, count.steps, places[-1]) if guess else None


def _room(step: Step) -> float:
    """What is missing to fit into the money left, so that the count has a reason to go on."""
    over = float(step.numbers["cost"]) - float(step.left)
    return over if over > 0 else float("inf")


def _numbers(step: Step) -> Mapping[str, float]:
    return {name: float(number) for name, number in step.numbers.items()}


def _points(trial: Trial) -> int:
    """What one further ballot adds to the score of the project."""
    ballot = trial.ground.ballot_for(trial.project)
    return ballot.points[0] if ballot.points else trial.ground.per_place


def _threshold(trial: Trial, instance: Instance, steps: tuple[Step, ...], at: int) -> float | None:
    facts = _numbers(steps[at])
    if trial.means is not Means.VOTES or "threshold" not in facts:
        return None
    return (facts["threshold"] - facts["score"]) / _points(trial)


def _turn(trial: Trial, instance: Instance, steps: tuple[Step, ...], at: int) -> float | None:
    """Where projects take turns: come earlier, cost no more than is left, or have more left."""
    step, facts = steps[at], _numbers(steps[at])
    if trial.means is Means.VOTES:
        return _overtaking(trial, steps, at)
    if "load" in facts and step.kind is StepKind.AFTER_STOP:
        return _before_the_stop(trial, steps, facts)
    stopped = [i for i in range(at) if steps[i].kind is StepKind.DOES_NOT_FIT]
    if step.kind is not StepKind.AFTER_STOP or not stopped:
        return facts["cost"] - float(step.left)
    if trial.means is Means.COST:
        return None
    through = (float(one.numbers["cost"]) for one in steps[stopped[-1] : at + 1])
    return sum(through) - float(step.left)


def _before_the_stop(
    trial: Trial, steps: tuple[Step, ...], facts: Mapping[str, float]
) -> float | None:
    """With loads: carry no more than the project that stopped the count, or let it pass too."""
    stop = next((step for step in steps if step.kind is StepKind.DOES_NOT_FIT), None)
    if stop is None:
        return None
    if trial.means is Means.COST:
        lighter = (facts["load"] - float(stop.numbers["load"])) * facts["votes"]
        return max(lighter, facts["cost"] - float(stop.left))
    sooner = [
        float(one.numbers["cost"])
        for one in steps
        if not one.kind.funds and one.numbers.get("load", facts["load"] + 1) <= facts["load"]
    ]
    return sum(sooner) - float(stop.left)


def _overtaking(trial: Trial, steps: tuple[Step, ...], at: int) -> float | None:
    """The votes to come before the last project whose turn left enough money for this one."""
    mine = _numbers(steps[at])
    waiting = (StepKind.AFTER_STOP, StepKind.BELOW_THRESHOLD)
    for step in reversed(steps[:at]):
        theirs = _numbers(step)
        if step.kind in waiting or float(step.left) < mine["cost"]:
            continue
        if "load" in mine and theirs.get("load"):
            # New voters carry nothing yet: they only make the load of everyone smaller.
            return mine["load"] * mine["votes"] / theirs["load"] - mine["votes"]
        if "score" not in mine or "score" not in theirs:
            return None
        wanted = theirs["score"]
        if getattr(trial.ground.params, "order", None) == "score-per-cost" and theirs["cost"]:
            wanted *= mine["cost"] / theirs["cost"]
        return (wanted - mine["score"]) / _points(trial)
    return None


def _equal_parts(
    trial: Trial, instance: Instance, steps: tuple[Step, ...], at: int
) -> float | None:
    """Exact equal shares: the nearest supporters lack `missing` each of an equal part."""
    facts = _numbers(steps[at])
    affordable = facts["share"] - facts["missing"]
    if trial.means is Means.COST:
        return facts["missing"] * facts["nearest"]
    if trial.means is Means.BUDGET:
        return facts["missing"] * trial.ground.profile.voters
    return facts["cost"] / affordable - facts["nearest"] if affordable > 0 else None


def _selection(trial: Trial, instance: Instance, steps: tuple[Step, ...], at: int) -> float | None:
    """The best selection: what the best one with the project lacks."""
    facts = _numbers(steps[at])
    if trial.means is not Means.VOTES:
        return None
    if "total_money" in facts:
        gap = facts["total_money"] - facts["total_money_with"]
        return gap / facts["cost"] if facts["cost"] else None
    return (facts["total"] - facts["total_with"]) / _points(trial)


Guess = Callable[[Trial, Instance, tuple[Step, ...], int], float | None]
GUESSES: Mapping[StepKind, Guess] = {
    StepKind.BELOW_THRESHOLD: _threshold,
    StepKind.DOES_NOT_FIT: _turn,
    StepKind.PART_PAID: _turn,
    StepKind.AFTER_STOP: _turn,
    StepKind.SHARES_TOO_SMALL: _equal_parts,
    StepKind.LEFT_OUT: _selection,
}
