"""Where money comes from and where it goes: the budgets and the order of the stages."""

from collections.abc import Callable
from fractions import Fraction

from pb.tally import numbers
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.plans.model import Flow, Plan, Stage


def budgets(plan: Plan, budget: Number) -> dict[str, Number]:
    """The own money of every stage; raises TallyError where they have more than there is."""
    own = {stage.id: stage.budget for stage in plan.stages}
    rest = budget - sum(amount for amount in own.values() if amount is not None)
    if rest < 0:
        raise TallyError("The stages of the plan have more money than the whole budget.")
    return {name: numbers.plain(rest if own is None else own) for name, own in own.items()}


def ordered(plan: Plan, ballots: Callable[[Stage], int]) -> list[tuple[Stage, str]]:
    """The stages as they are counted, each with the stage to which its leftover goes, or "".

    Of those that give to the highest turnout, the stage that has it comes last; `ballots` says
    how many ballots a stage counts.
    """
    stages, first = list(plan.stages), ""
    giving = [stage for stage in stages if stage.leftover == Flow.TURNOUT]
    if giving:
        best = _highest_turnout(giving, ballots)
        first = best.id
        stages.insert(stages.index(giving[-1]) + 1, best)
        stages.remove(best)
    targets = []
    for place, stage in enumerate(stages):
        to = stage.leftover
        if to == Flow.TURNOUT:
            to = "" if stage.id == first else first
        elif to == Flow.NEXT:
            to = stages[place + 1].id
        targets.append("" if to == Flow.STAYS else to)
    return list(zip(stages, targets, strict=True))


def _highest_turnout(stages: list[Stage], ballots: Callable[[Stage], int]) -> Stage:
    """Ballots per resident, or most ballots where no residents are known; the first if level."""
    known = [stage for stage in stages if stage.residents]
    if known and len(known) < len(stages):
        raise TallyError("The turnout needs the residents of every stage, or of none.")
    return max(stages, key=lambda stage: Fraction(ballots(stage), stage.residents or 1))
