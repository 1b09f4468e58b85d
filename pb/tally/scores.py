"""What the ballots add up to: votes and points per project."""

from enum import StrEnum

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile


class Ranking(StrEnum):
    """What a place in a ranking is worth.

    `places`: the longest allowed ballot's length for the first place, one less for the next, as
    cities count (3, 2, 1). `borda`: how many projects on the same ballot stand below it, so the
    last one gets nothing and a ballot with one project counts for nothing.
    """

    PLACES = "places"
    BORDA = "borda"


def lines(
    ballot: Ballot, profile: Profile, ranking: Ranking = Ranking.PLACES
) -> list[tuple[str, int]]:
    """The projects of one ballot with what each gets: 1, its points, or points for its place."""
    if profile.kind is BallotKind.APPROVAL:
        return [(project, 1) for project in ballot.choices]
    if profile.kind is BallotKind.ORDINAL:
        top = profile.longest if ranking is Ranking.PLACES else len(ballot.choices) - 1
        return [(project, top - place) for place, project in enumerate(ballot.choices)]
    return list(zip(ballot.choices, ballot.points, strict=True))


def scores(
    instance: Instance, profile: Profile, ranking: Ranking = Ranking.PLACES
) -> dict[str, int]:
    """The sum of points of every project; with approval ballots, its votes."""
    total = dict.fromkeys(instance.by_id, 0)
    for ballot, weight in profile:
        for project, points in lines(ballot, profile, ranking):
            total[project] += weight * points
    return total


def votes(instance: Instance, profile: Profile) -> dict[str, int]:
    """The number of ballots that name every project, with whatever points."""
    total = dict.fromkeys(instance.by_id, 0)
    for ballot, weight in profile:
        for project in ballot.choices:
            total[project] += weight
    return total
