"""What a project that lost would have needed, in words; the numbers come from pb.results.needs."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pb.proposals.models import Project
from pb.tally import numbers
from pb.tally.ballots import Ballot
from pb.tally.needs import Means, Need, Needs, Smallest
from pb.tally.numbers import Number

Money = Callable[[Number], str]

# One answer in the short sentence; what is said about smaller changes stands in the details.
ANSWERS = {
    "votes": "with {change} more {votes} for it alone",
    "votes-points": "with {change} more {ballots} that {give} it {points} points",
    "cost": "at a cost of {amount}",
    "cost-proven": "at a cost of {amount} or less",
    "budget": "with {change} more in the budget",
}
NOTHING = (
    "Nothing that was tried would have been enough: no more votes, no lower cost, no larger budget."
)
CONFIRMED = {
    1: "This was confirmed by counting again.",
    2: "Both were confirmed by counting again.",
}
ALL_CONFIRMED = "Each was confirmed by counting again."

CERTAINTY = {
    Smallest.COUNTED: "every smaller change was counted too, and none is enough",
    Smallest.PROVEN: "the rule itself shows that nothing smaller can be enough",
    Smallest.OPEN: "one step less was counted and is not enough, but a much smaller change was "
    "not ruled out",
}


@dataclass(frozen=True)
class Drain:
    """What supporters of a project that lost spent on another one."""

    project: Project
    amount: Number
    voters: int


@dataclass(frozen=True)
class Spending:
    """Where the money of a project's supporters went, the largest amounts first."""

    drains: tuple[Drain, ...]
    others: int  # further projects, which together took
    others_amount: Number
    left: Number | None  # what is not spent; None where the rule gives nobody a sum to spend

    @property
    def total(self) -> Number:
        """What the supporters spent and have left."""
        spent = sum((drain.amount for drain in self.drains), 0)
        return numbers.plain(spent + self.others_amount + (self.left or 0))


@dataclass(frozen=True)
class Needed:
    """What one project would have needed, ready to be shown."""

    needs: Needs
    sentence: str
    details: tuple[str, ...]
    spending: Spending | None


def needed(
    stored: Mapping[str, Any] | None, code: str, by_code: Mapping[str, Project], money: Money
) -> Needed | None:
    """What was worked out about one project; None for a winner, or where nothing was yet."""
    data = stored and stored["projects"].get(code)
    if not data:
        return None
    needs = _needs(code, data)
    return Needed(
        needs, _sentence(needs, money), tuple(needs.sentences(money)), _spending(data, by_code)
    )


def _needs(code: str, data: Mapping[str, Any]) -> Needs:
    return Needs(
        code, Ballot.from_json(data["ballot"]), *(_need(means, data[means]) for means in Means)
    )


def _need(means: Means, data: Mapping[str, Any]) -> Need:
    amount, change, bound = (_number(data[name]) for name in ("amount", "change", "bound"))
    return Need(
        means, amount, change, bound, data["step"], Smallest(data["smallest"]), data["counts"]
    )


def _number(value: int | str | None) -> Number | None:
    return None if value is None else numbers.from_json(value)


def _spending(data: Mapping[str, Any], by_code: Mapping[str, Project]) -> Spending | None:
    found = data["money"]
    if found is None:
        return None
    drains = tuple(
        Drain(by_code[row["project"]], numbers.from_json(row["amount"]), row["voters"])
        for row in found["spent"]
    )
    others = found["others"], numbers.from_json(found["others_amount"])
    spending = Spending(drains, *others, _number(found["left"]))
    return spending if spending.total else None


def _sentence(needs: Needs, money: Money) -> str:
    """All answers in one sentence, and how they were confirmed in another."""
    answers = [_answer(needs, need, money) for need in needs if need.amount is not None]
    if not answers:
        return NOTHING
    confirmed = CONFIRMED.get(len(answers), ALL_CONFIRMED)
    return f"It would have been funded {', or '.join(answers)}. {confirmed}"


def _answer(needs: Needs, need: Need, money: Money) -> str:
    if need.means is not Means.VOTES:
        # A lower cost still is only sure to be enough where the rule is known to work that way.
        sure = need.means is Means.COST and need.smallest is Smallest.PROVEN
        key = "cost-proven" if sure else str(need.means)
        return ANSWERS[key].format(amount=money(need.amount), change=money(need.change))
    one = need.change == 1
    return ANSWERS["votes-points" if needs.ballot.points else "votes"].format(
        change=f"{need.change:,}",
        votes="vote" if one else "votes",
        ballots="ballot" if one else "ballots",
        give="gives" if one else "give",
        points=f"{sum(needs.ballot.points):,}",
    )


def certainty(all_needed: Iterable[Needed]) -> list[str]:
    """What is known about smaller changes, over all answers that were found, in sentences."""
    found = Counter(
        need.smallest for one in all_needed for need in one.needs if need.amount is not None
    )
    return [
        f"For {found[known]:,} {'number' if found[known] == 1 else 'numbers'}, {words}."
        for known, words in CERTAINTY.items()
        if found[known]
    ]
