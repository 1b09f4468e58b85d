"""Which of two outcomes more voters prefer."""

from enum import StrEnum
from fractions import Fraction

from pb.tally import scores
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number


class Comparison(StrEnum):
    """What a voter looks at: how many chosen projects are funded, or the money behind them.

    The implied money of a voter is the cost of every funded project he chose, divided by the
    number of voters who chose it.
    """

    NONE = "none"
    SATISFACTION = "satisfaction"
    IMPLIED_MONEY = "implied-money"


def preferences(
    comparison: Comparison,
    instance: Instance,
    profile: Profile,
    one: tuple[str, ...],
    other: tuple[str, ...],
) -> tuple[int, int]:
    """How many voters prefer the first outcome, and how many the second.

    Voters without any funded project under an outcome hold 0 there and are counted too.
    """
    votes = scores.votes(instance, profile)
    worth: dict[str, Number] = {}
    for project in {*one, *other}:
        if comparison is Comparison.SATISFACTION or not votes[project]:
            worth[project] = 1
        else:
            worth[project] = Fraction(instance.by_id[project].cost) / votes[project]
    # What both outcomes fund does not change anyone's preference.
    only_one, only_other = set(one) - set(other), set(other) - set(one)

    for_one = for_other = 0
    for ballot, weight in profile:
        gain: Number = 0
        for project, points in scores.lines(ballot, profile):
            if points > 0 and project in only_one:
                gain += worth[project]
            elif points > 0 and project in only_other:
                gain -= worth[project]
        for_one += weight if gain > 0 else 0
        for_other += weight if gain < 0 else 0
    return for_one, for_other
