"""How close an outcome was: the fewest votes for one project that change who is funded.

A loser is given further ballots for it alone, as in `pb.tally.needs`. From a winner votes are
taken away: some of those who chose it no longer name it, the rest of their ballots stays. Those
who give it most points come first, then those who chose least besides, then the order of ballots.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pb.tally import progress
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile
from pb.tally.needs.finding import CHECKS, need, settled
from pb.tally.needs.recounts import Ground, Trial, remembering
from pb.tally.needs.search import boundary
from pb.tally.needs.words import Means, Smallest
from pb.tally.rules.base import Rule
from pb.tally.rules.greedy import Order, Unaffordable


class Change(StrEnum):
    """What is done to the votes of one project."""

    ADDED = "added"
    TAKEN_AWAY = "taken-away"


@dataclass(frozen=True, slots=True)
class Margin:
    """The votes that would have funded a loser, or cost a winner its place.

    `votes` is None where no number up to `bound` that was counted changes anything. `smallest`
    says what is known about smaller numbers of the same kind of votes.
    """

    project: str
    change: Change
    votes: int | None
    bound: int
    smallest: Smallest
    counts: int

    def to_json(self) -> dict[str, Any]:
        """The margin as plain data."""
        return {
            "project": self.project,
            "change": str(self.change),
            "votes": self.votes,
            "bound": self.bound,
            "smallest": str(self.smallest),
            "counts": self.counts,
        }


@dataclass(frozen=True)
class Margins:
    """The margin of every project, in the order of the instance.

    `proven`: no smaller number of votes, added for any one project or taken away from it,
    changes who is funded; where there is no smallest, no number up to the bounds does. Otherwise
    a smaller number may, and the smallest is only the smallest that was found. Votes moved from
    one project to another can do it with fewer in any case.
    """

    projects: tuple[Margin, ...]
    proven: bool

    @property
    def smallest(self) -> Margin | None:
        """The margin with the fewest votes, the first of several; None where there is none."""
        found = [margin for margin in self.projects if margin.votes is not None]
        return min(found, key=lambda margin: margin.votes, default=None)

    def to_json(self) -> dict[str, Any]:
        """The margins as plain data."""
        smallest = self.smallest
        return {
            "smallest": None if smallest is None else smallest.to_json(),
            "proven": self.proven,
            "projects": [margin.to_json() for margin in self.projects],
        }


def margins(
    rule: Rule,
    instance: Instance,
    profile: Profile,
    params: Any,
    ties: tuple[str, ...],
    checks: int = CHECKS,
) -> Margins:
    """How many votes for one project would have changed who is funded, each counted again.

    The added votes are the singleton additions of Boehmer, Faliszewski, Janeczko, Peters,
    Pierczyński, Schierreich, Skowron and Szufa, Evaluation of Project Performance in
    Participatory Budgeting, IJCAI 2024.
    """
    if profile.kind is BallotKind.ORDINAL:
        # A place keeps its worth when the longest ballot becomes shorter.
        profile = Profile(profile.kind, profile.groups, profile.longest)
    ground = Ground.of(rule, instance, profile, params, ties)
    found = []
    for place, project in enumerate(instance.projects):
        progress.report(place, len(instance.projects))
        search = _until_lost if project.id in ground.base.funded else _until_funded
        found.append(search(ground, project.id, checks))
    return Margins(tuple(found), _decides_alone(ground))


def _until_funded(ground: Ground, project: str, checks: int) -> Margin:
    """The fewest votes that a loser lacks."""
    votes = need(Trial(ground, Means.VOTES, project), checks)
    facts = votes.change, votes.bound, votes.smallest, votes.counts
    return Margin(project, Change.ADDED, *facts)


def _decides_alone(ground: Ground) -> bool:
    """Whether a change of the votes of one project changes nothing unless it changes its fate.

    So it is with `greedy` where every project that does not fit is passed over: a winner that
    moves up leaves the money of the others unchanged as soon as its old turn has passed, and
    those in between were funded beside it before. A loser takes no money wherever it stands. If
    a winner moves down and another is funded in its stead, too little is left for the winner.
    """
    if not _points_stay(ground) or not ground.one_way(Means.VOTES):
        return False
    params = ground.params
    skips = params.unaffordable is Unaffordable.SKIP and not params.top_up
    return skips and params.order is Order.SCORE and bool(ground.instance.projects)


def _points_stay(ground: Ground) -> bool:
    """Whether taking a project off a ballot leaves the points of the others; not in a ranking."""
    return ground.profile.kind is not BallotKind.ORDINAL


def _until_lost(ground: Ground, project: str, checks: int) -> Margin:
    """The fewest votes of a winner that have to go until it is not funded."""
    queue = _first_to_go(ground, project)
    most = sum(weight for _, weight in queue)
    counts = 0

    def lost(votes: int) -> bool:
        nonlocal counts
        counts += 1
        changed = ground.profile.changed(_taken_away(queue, project, votes))
        return project not in ground.count(ground.instance, changed).funded

    lost = remembering(lost)
    proven = ground.one_way(Means.VOTES) and _points_stay(ground)
    votes = None
    if most and not (proven and not lost(most)):
        votes = boundary(lost, most, lambda _: None, max(1, most // 8))
    votes, smallest = settled(lost, votes, most, proven, checks)
    return Margin(project, Change.TAKEN_AWAY, votes, most, smallest, counts)


def _first_to_go(ground: Ground, project: str) -> list[tuple[Ballot, int]]:
    def key(group: tuple[Ballot, int]) -> tuple:
        ballot = group[0]
        given = dict(zip(ballot.choices, ballot.points, strict=False)).get(project, 0)
        return -given, len(ballot.choices), ballot.choices, ballot.points

    return sorted(ground.supporters[project], key=key)


def _taken_away(queue: list[tuple[Ballot, int]], project: str, votes: int) -> dict[Ballot, int]:
    """The ballots that change when the first so many voters no longer name the project."""
    changes: dict[Ballot, int] = {}
    for ballot, weight in queue:
        if not votes:
            break
        some = min(weight, votes)
        votes -= some
        without = _without(ballot, project)
        changes[ballot] = changes.get(ballot, 0) - some
        changes[without] = changes.get(without, 0) + some
    return changes


def _without(ballot: Ballot, project: str) -> Ballot:
    place = ballot.choices.index(project)
    points = ballot.points[:place] + ballot.points[place + 1 :]
    return Ballot(ballot.choices[:place] + ballot.choices[place + 1 :], points)
