"""What the ballots add up to: votes and points per project."""

from enum import StrEnum

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.kernel.scan import Worth
from pb.tally.model import Instance, Profile
from pb.tally.packed import PackedGroups


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
    if isinstance(profile.groups, PackedGroups):
        return _totals(total, profile.groups, 1, *_worth(profile, ranking))
    for ballot, weight in profile:
        for project, points in lines(ballot, profile, ranking):
            total[project] += weight * points
    return total


def _worth(profile: Profile, ranking: Ranking) -> tuple[Worth, int]:
    if profile.kind is BallotKind.ORDINAL:
        borda = ranking is Ranking.BORDA
        return (Worth.BELOW, 0) if borda else (Worth.PLACES, profile.longest)
    return (Worth.POINTS if profile.kind.has_points else Worth.ONE), 0


def _totals(
    total: dict[str, int], groups: PackedGroups, which: int, worth: Worth, top: int = 0
) -> dict[str, int]:
    """Adds the sums of packed groups: 0 the votes, 1 the scores."""
    sums = groups.sums(worth, top)
    for project, votes, given in zip(groups.ids, sums[0], sums[which], strict=True):
        if votes:
            total[project] += given
    return total


def votes(instance: Instance, profile: Profile) -> dict[str, int]:
    """The number of ballots that name every project, with whatever points."""
    total = dict.fromkeys(instance.by_id, 0)
    if isinstance(profile.groups, PackedGroups):
        return _totals(total, profile.groups, 0, Worth.ONE)
    for ballot, weight in profile:
        for project in ballot.choices:
            total[project] += weight
    return total
