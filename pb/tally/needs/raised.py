"""First guesses for equal shares that raise the endowment until the money is spent.

With add1 a project mostly loses because the count ends before its supporters have enough: at the
next endowment the outcome would cost more than there is. So the least endowment is looked for at
which the project is bought; what that outcome costs says how much money was missing.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from pb.tally.needs.recounts import Ground, Trial
from pb.tally.needs.words import Means
from pb.tally.numbers import Number
from pb.tally.outcome import StepKind
from pb.tally.rules.equal_shares import Completion, EqualSharesParams, likely_funded


class Raised:
    """Plain outcomes for endowments above the one that stands, each counted once for all losers."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.params = replace(ground.params, completion=Completion.NONE)
        starts = [s for s in ground.base.steps if s.kind is StepKind.ENDOWMENT]
        self.endowment = Fraction(starts[-1].numbers["endowment"]) if starts else None
        self.increment = ground.params.increment or ground.instance.unit
        self.known: dict[int, tuple[frozenset[str], Fraction]] = {}
        self.found: dict[str, Fraction | None] = {}

    def at(self, repeats: int) -> tuple[frozenset[str], Fraction]:
        """Who is funded after so many more steps of add1, and what they cost together."""
        if repeats not in self.known:
            ground = self.ground
            endowment = self.endowment + repeats * self.increment
            instance = replace(ground.instance, budget=endowment * ground.profile.voters)
            count = ground.rule.count(instance, ground.profile, self.params, ground.ties)
            cost = sum((instance.by_id[project].cost for project in count.funded), Fraction())
            self.known[repeats] = frozenset(count.funded), cost
        return self.known[repeats]

    def spent_with(self, project: str) -> Fraction | None:
        """The money it takes to get to the first endowment that seems to buy a project."""
        if project not in self.found:
            self.found[project] = self._search(project)
        return self.found[project]

    def _search(self, project: str) -> Fraction | None:
        if self.endowment is None:
            return None
        lacking, found = 0, 1
        limit = 2 * self.ground.instance.budget
        while project not in self.at(found)[0]:
            if self.at(found)[1] > limit or found > 1 << 20:
                return None
            lacking, found = found, 2 * found
        while found - lacking > 1:
            middle = (lacking + found) // 2
            if project in self.at(middle)[0]:
                found = middle
            else:
                lacking = middle
        return max(spent for repeats, (_, spent) in self.known.items() if repeats <= found)


def raised(ground: Ground) -> Raised | None:
    """The raised endowments of a count, made once; None where the rule raises none."""
    if "raised" not in ground.notes:
        params, found = ground.params, None
        if isinstance(params, EqualSharesParams) and params.completion.raises_endowment:
            found = Raised(ground)
        ground.notes["raised"] = found
    return ground.notes["raised"]


def likely(trial: Trial) -> Callable[[int], bool] | None:
    """A quick guess whether a change is enough, from few endowments.

    None where the rule raises no endowments; then a guess is no quicker than a count.
    """
    found = raised(trial.ground)
    if found is None or found.endowment is None:
        return None
    near: Number = found.endowment

    def guess(steps: int) -> bool:
        nonlocal near  # neighbouring guesses end at neighbouring endowments
        instance, profile = trial.changed(steps)
        ground = trial.ground
        funded, near = likely_funded(instance, profile, ground.params, ground.ties, near)
        return trial.project in funded

    return guess


def missing(trial: Trial, steps: int) -> float | None:
    """How much money is missing for the first endowment that buys the project."""
    found = raised(trial.ground)
    if found is None or trial.means is Means.VOTES:
        return None
    spent = found.spent_with(trial.project)
    if spent is None:
        return None
    over = spent - trial.ground.instance.budget - steps * trial.step
    # Past it, the right amount is near: other endowments were passed over, and each costs more.
    return float(over) if over > 0 else steps * trial.step / 32
