"""What was found, as data that is the same in every language, and in English sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pb.tally import numbers
from pb.tally.ballots import Ballot
from pb.tally.numbers import Number


class Means(StrEnum):
    """What could have been different about a count."""

    VOTES = "votes"
    COST = "cost"
    BUDGET = "budget"


class Smallest(StrEnum):
    """What is known about all smaller changes than the one that was found.

    `counted`: every one was counted and is not enough; `proven`: the rule, with its parameters,
    can only favour a project that gets more of this; `open`: only the change that is one step
    smaller was counted and is not enough.
    """

    COUNTED = "counted"
    PROVEN = "proven"
    OPEN = "open"


# One sentence per message; a translation has the same keys and the same names in braces.
SENTENCES: Mapping[str, str] = {
    "votes": "It would have been funded with {change} that {choose} it alone.",
    "votes-points": "It would have been funded with {change} that {choose} it alone {points} each.",
    "votes-none": "No number of ballots for it alone, up to {bound} more, would have been enough.",
    "votes-not-found": "No number of ballots for it alone that would have been enough was found, "
    "up to {bound} more.",
    "cost": "It would have been funded at a cost of {amount}: {change} less.",
    "cost-none": "No lower cost, down to {bound}, would have been enough.",
    "cost-not-found": "No lower cost that would have been enough was found, down to {bound}.",
    "budget": "It would have been funded with a budget of {amount}: {change} more.",
    "budget-none": "No larger budget, up to {bound}, would have been enough.",
    "budget-not-found": "No larger budget that would have been enough was found, up to {bound}.",
    "counted": "Counted again: that is enough, and nothing less is.",
    "proven": "Counted again: that is enough, and nothing less can be under this rule.",
    "open": "Counted again: that is enough, and {step} less is not; a much smaller change was not "
    "ruled out.",
    "open-cost": "Counted again: that is low enough, and {step} more is not; a much smaller change "
    "was not ruled out.",
}


@dataclass(frozen=True)
class Need:
    """The change by one means that would have funded a project, or that none was found.

    `amount` is the number of further ballots, the lower cost or the larger budget; `change` is
    how far that is from what was; both None where no change up to `bound` that was counted is
    enough. A count with `change` funds the project; a count with `step` less of it does not.
    `counts` is the number of counts it took.
    """

    means: Means
    amount: Number | None
    change: Number | None
    bound: Number
    step: int
    smallest: Smallest
    counts: int

    @property
    def message(self) -> str:
        """The key of the first sentence in `SENTENCES`."""
        if self.amount is not None:
            return str(self.means)
        return f"{self.means}-{'not-found' if self.smallest is Smallest.OPEN else 'none'}"

    def to_json(self) -> dict[str, Any]:
        """The need as plain data; numbers exact."""
        return {
            "amount": None if self.amount is None else numbers.to_json(self.amount),
            "change": None if self.change is None else numbers.to_json(self.change),
            "bound": numbers.to_json(self.bound),
            "step": self.step,
            "smallest": str(self.smallest),
            "counts": self.counts,
        }


@dataclass(frozen=True)
class Needs:
    """What one project would have needed; `ballot` is what each further ballot would say."""

    project: str
    ballot: Ballot
    votes: Need
    cost: Need
    budget: Need

    def __iter__(self):
        return iter((self.votes, self.cost, self.budget))

    def to_json(self) -> dict[str, Any]:
        """Project, ballot and every need as plain data; numbers exact."""
        found = {str(need.means): need.to_json() for need in self}
        return {"project": self.project, "ballot": self.ballot.to_json(), **found}

    def sentences(self, money: Callable[[Number], str] = str) -> list[str]:
        """One or two English sentences per means; `money` writes an exact amount."""
        return [self._sentence(need, money) for need in self]

    def _sentence(self, need: Need, money: Callable[[Number], str]) -> str:
        if need.means is Means.VOTES:
            money = "{:,}".format
        words = {"bound": money(need.bound), "step": money(need.step)}
        message = need.message
        if need.amount is not None:
            words |= {"amount": money(need.amount), "change": money(need.change)}
        if need.means is Means.VOTES:
            words["change"], words["choose"] = _ballots(need.change, bool(self.ballot.points))
            words["points"] = "".join(_counted(points, "point") for points in self.ballot.points)
            words["step"] = "one"
            message += "-points" if message == "votes" and self.ballot.points else ""
        sentence = SENTENCES[message].format(**words)
        if need.amount is None:
            return sentence
        is_open_cost = need.means is Means.COST and need.smallest is Smallest.OPEN
        ending = SENTENCES["open-cost" if is_open_cost else need.smallest]
        return f"{sentence} {ending.format(**words)}"


def _ballots(change: Number | None, give: bool) -> tuple[str, str]:
    verb = "give" if give else "choose"
    if change == 1:
        return "1 more ballot", f"{verb}s"
    return f"{change or 0:,} more ballots", verb


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
