"""Counting one area from the frozen definition of a round.

The server and an offline recount run this same code on the same plain data: the definition whose
digest was published when the ballot was frozen, and the sealed ballots.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from babel.numbers import get_currency_precision

from pb.tally import digest, scores
from pb.tally.ballots import AreaLimits, BallotKind, Limits
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import Outcome
from pb.tally.rules import Rule

Definition = Mapping[str, Any]


@dataclass(frozen=True)
class Counted:
    """The outcome of one area, and what its ballots add up to."""

    outcome: Outcome
    votes: dict[str, int]
    points: dict[str, int]  # empty where ballots carry no points
    ballots: int  # with at least one choice
    reached: int  # with at least one funded choice


def withdrawn(definition: Definition) -> frozenset[str]:
    """The codes of the projects that were withdrawn after the freeze: no count knows them."""
    return frozenset(definition.get("withdrawn", ()))


def counted_areas(definition: Definition) -> list[str]:
    """The slugs of the areas that have projects, in the order of the definition."""
    gone = withdrawn(definition)
    used = {row["area"] for row in definition["projects"] if row["code"] not in gone}
    return [area["slug"] for area in definition["areas"] if area["slug"] in used]


def instance(definition: Definition, area: str) -> Instance:
    """Money and projects of one area; the projects stand in the order of their ballot numbers."""
    found = next(row for row in definition["areas"] if row["slug"] == area)
    gone = withdrawn(definition)
    projects = sorted(
        (row for row in definition["projects"] if row["area"] == area and row["code"] not in gone),
        key=lambda row: row["number"],
    )
    return Instance(
        found["budget"],
        tuple(
            Project(row["code"], row["cost"], row["title"], tuple(filter(None, [row.get("topic")])))
            for row in projects
        ),
        unit=10 ** get_currency_precision(definition["currency"]),
    )


def limits(definition: Definition, area: str) -> Limits:
    """What one area's list of a ballot could hold."""
    found = definition["limits"] or {}
    return AreaLimits.from_json(found).of(area, Limits.from_json(found))


def rule_of(definition: Definition, rules: Mapping[str, Rule]) -> tuple[Rule, Any, tuple[str, ...]]:
    """The counting rule, its parameters and its ties; raises TallyError if it is not installed."""
    chosen = definition["rule"]
    if chosen["id"] not in rules:
        raise TallyError(f"The counting rule “{chosen['id']}” is not installed here.")
    rule = rules[chosen["id"]]
    params = rule.parse_params({name: str(value) for name, value in chosen["params"].items()})
    return rule, params, tuple(chosen["ties"])


def count_area(
    definition: Definition, area: str, profile: Profile, rules: Mapping[str, Rule]
) -> Counted:
    """Count the ballots of one area; raises TallyError for ballots or a rule that do not fit."""
    rule, params, ties = rule_of(definition, rules)
    here = instance(definition, area)
    profile = fitted(profile, here, withdrawn(definition))
    outcome = rule(here, profile, params, ties)
    funded = set(outcome.funded)
    return Counted(
        outcome=outcome,
        votes=scores.votes(here, profile),
        points={} if profile.kind is BallotKind.APPROVAL else scores.scores(here, profile),
        ballots=sum(weight for ballot, weight in profile if ballot.choices),
        reached=sum(weight for ballot, weight in profile if funded.intersection(ballot.choices)),
    )


def fitted(profile: Profile, here: Instance, gone: frozenset[str]) -> Profile:
    """The ballots without votes for withdrawn projects.

    A ranking is never longer than the list of projects: the first place is worth no more.
    """
    if gone:
        groups = tuple((ballot.without(gone), weight) for ballot, weight in profile)
        profile = replace(profile, groups=groups)
    if profile.max_length is None or profile.max_length <= len(here.projects):
        return profile
    return replace(profile, max_length=len(here.projects))


def fitted_limits(definition: Definition, area: str) -> Limits:
    """The limits as they work out in an area with few projects."""
    found, here = limits(definition, area), instance(definition, area)
    most = len(here.projects)
    if definition["lists_within_budget"]:
        found = found.within(here.budget)
    lengths = {
        name: min(value, most)
        for name in ("min_length", "max_length")
        if (value := getattr(found, name)) is not None
    }
    return replace(found, **lengths)


def result_digest(config_digest: str, sealed_digest: str, outcomes: Mapping[str, str]) -> str:
    """SHA-256 over what was frozen, what was sealed, and the outcome digest of every area."""
    return digest.of_data(
        {"config": config_digest, "sealed": sealed_digest, "outcomes": dict(outcomes)}
    )
