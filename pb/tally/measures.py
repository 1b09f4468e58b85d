"""What an outcome does for the voters, in exact numbers: the same for every rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pb.tally import numbers, scores
from pb.tally.ballots import Ballot
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number

UNTAGGED = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole; `value` is their exact quotient, None where the whole is nothing."""

    part: Number
    whole: Number

    @property
    def value(self) -> Number | None:
        """The part divided by the whole."""
        return numbers.ratio(self.part, self.whole) if self.whole else None

    def to_json(self) -> dict[str, int | str | None]:
        """Part, whole and value as plain data; numbers exact."""
        value = None if self.value is None else numbers.to_json(self.value)
        part, whole = numbers.to_json(self.part), numbers.to_json(self.whole)
        return {"part": part, "whole": whole, "value": value}


@dataclass(frozen=True, slots=True)
class TagShare:
    """What the projects under one tag got: their part of all votes and of the money spent."""

    tag: str
    votes: Ratio
    money: Ratio


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A group of voters who could claim a project and are all left with too little.

    All of them chose `project`, which is not funded. Their part of the budget is `claim`; even
    with the project the one who has most among them would have only `best`, which is less.
    """

    project: str
    voters: int
    claim: Number
    best: Number


@dataclass(frozen=True)
class Measures:
    """All measures of one outcome."""

    reached: Ratio
    choices: Ratio
    used: Ratio
    shortfalls: tuple[Shortfall, ...]
    categories: tuple[TagShare, ...] = ()
    areas: tuple[TagShare, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The measures as plain data; numbers exact."""
        return {
            "ballots_with_a_funded_choice": self.reached.to_json(),
            "funded_choices_per_ballot": self.choices.to_json(),
            "budget_used": self.used.to_json(),
            "ejr_plus_up_to_one": not self.shortfalls,
            "shortfalls": [_shortfall_json(one) for one in self.shortfalls],
            "categories": [_tag_json(one) for one in self.categories],
            "areas": [_tag_json(one) for one in self.areas],
        }


def _shortfall_json(one: Shortfall) -> dict[str, Any]:
    claim, best = numbers.to_json(one.claim), numbers.to_json(one.best)
    return {"project": one.project, "voters": one.voters, "claim": claim, "best": best}


def _tag_json(one: TagShare) -> dict[str, Any]:
    return {"tag": one.tag, "votes": one.votes.to_json(), "money": one.money.to_json()}


def measure(
    instance: Instance,
    profile: Profile,
    funded: Collection[str],
    areas: Mapping[str, Collection[str]] | None = None,
) -> Measures:
    """All measures of an outcome; `areas` names the areas of projects, where they have any."""
    tags = categories(instance)
    return Measures(
        voters_reached(profile, funded),
        funded_choices(profile, funded),
        budget_used(instance, funded),
        ejr_plus_shortfalls(instance, profile, funded),
        money_against_votes(instance, profile, funded, tags) if any(tags.values()) else (),
        money_against_votes(instance, profile, funded, areas) if areas else (),
    )


def chosen(ballot: Ballot, profile: Profile) -> Iterator[str]:
    """The projects a ballot speaks for: those it names, except with no points."""
    return (project for project, points in scores.lines(ballot, profile) if points > 0)


def voters_reached(profile: Profile, funded: Collection[str]) -> Ratio:
    """The ballots with at least one funded project they chose, out of all ballots.

    One minus the exclusion ratio of Faliszewski et al., Participatory Budgeting: Data, Tools and
    Analysis, IJCAI 2023. Empty ballots are among all ballots.
    """
    won = frozenset(funded)
    reached = sum(
        weight
        for ballot, weight in profile
        if any(project in won for project in chosen(ballot, profile))
    )
    return Ratio(reached, profile.voters)


def funded_choices(profile: Profile, funded: Collection[str]) -> Ratio:
    """The funded projects a ballot chose, added up, over the ballots: the mean per ballot.

    Average cardinality satisfaction: Talmon and Faliszewski, A Framework for Approval-Based
    Budgeting Methods, AAAI 2019.
    """
    won = frozenset(funded)
    total = sum(
        weight * sum(project in won for project in chosen(ballot, profile))
        for ballot, weight in profile
    )
    return Ratio(total, profile.voters)


def budget_used(instance: Instance, funded: Collection[str]) -> Ratio:
    """The cost of the funded projects out of the budget; above it where money was added.

    Reported for every election by Faliszewski et al., IJCAI 2023.
    """
    spent = sum((instance.by_id[project].cost for project in funded), 0)
    return Ratio(numbers.plain(spent), numbers.plain(instance.budget))


def categories(instance: Instance) -> dict[str, tuple[str, ...]]:
    """The categories of every project, as tags for `money_against_votes`."""
    return {project.id: project.categories for project in instance.projects}


def money_against_votes(
    instance: Instance,
    profile: Profile,
    funded: Collection[str],
    tags: Mapping[str, Collection[str]],
) -> tuple[TagShare, ...]:
    """Per tag, its part of all votes and its part of the money spent; by the alphabet.

    A project with several tags counts in equal parts under each, so the parts add up to the
    whole; one without any stands under the empty tag. After the category proportionality of
    Fairstein, Benadè and Gal, Participatory Budgeting Designs for the Real World, AAAI 2023.
    """
    won, votes = frozenset(funded), _votes(instance, profile)
    voted: dict[str, Fraction] = {}
    spent: dict[str, Fraction] = {}
    for project in instance.projects:
        under = sorted(set(tags.get(project.id, ()))) or [UNTAGGED]
        money = project.cost if project.id in won else 0
        for tag in under:
            voted[tag] = voted.get(tag, Fraction()) + Fraction(votes[project.id], len(under))
            spent[tag] = spent.get(tag, Fraction()) + Fraction(money) / len(under)
    all_votes, all_money = sum(voted.values()), sum(spent.values())
    return tuple(
        TagShare(tag, _ratio(voted[tag], all_votes), _ratio(spent[tag], all_money))
        for tag in sorted(voted)
    )


def _votes(instance: Instance, profile: Profile) -> dict[str, int]:
    votes = dict.fromkeys(instance.by_id, 0)
    for ballot, weight in profile:
        for project in chosen(ballot, profile):
            votes[project] += weight
    return votes


def _ratio(part: Number, whole: Number) -> Ratio:
    return Ratio(numbers.plain(part), numbers.plain(whole))


def ejr_plus_shortfalls(
    instance: Instance, profile: Profile, funded: Collection[str]
) -> tuple[Shortfall, ...]:
    """Every project whose supporters fall short of EJR+ up to one; none: the outcome keeps it.

    What an outcome is worth to a voter is the cost of the funded projects he chose. A project
    that is not funded falls short where the k of its supporters with least would each have
    less than their common part of the budget, k voters' shares, even if it were funded too.
    Brill and Peters, Robust and Verifiable Proportionality Axioms for Multiwinner Voting, EC
    2023; up to one project as in Peters, Pierczyński and Skowron, NeurIPS 2021.
    """
    if not profile.voters:
        return ()
    share = Fraction(instance.budget) / profile.voters
    supporters = _losers_supporters(instance, profile, frozenset(funded))
    found = (
        _shortfall(project, supporters[project.id], share)
        for project in instance.projects
        if project.id in supporters
    )
    return tuple(one for one in found if one is not None)


def _losers_supporters(
    instance: Instance, profile: Profile, won: frozenset[str]
) -> dict[str, list[tuple[Number, int]]]:
    """Per project that is not funded: what its supporters got, with how many got that."""
    supporters: dict[str, list[tuple[Number, int]]] = {}
    for ballot, weight in profile:
        names = list(chosen(ballot, profile))
        got = sum((instance.by_id[name].cost for name in names if name in won), 0)
        for name in names:
            if name not in won:
                supporters.setdefault(name, []).append((got, weight))
    return supporters


def _shortfall(
    project: Project, supporters: list[tuple[Number, int]], share: Fraction
) -> Shortfall | None:
    """The group of supporters that falls short by most; the smaller one where two are level."""
    worst: Shortfall | None = None
    voters = 0
    for got, weight in sorted(supporters):
        # Among voters who got the same, the largest group has the largest claim.
        voters += weight
        claim, best = voters * share, got + project.cost
        gap = claim - best
        if gap > 0 and (worst is None or gap > worst.claim - worst.best):
            worst = Shortfall(project.id, voters, numbers.plain(claim), numbers.plain(best))
    return worst
