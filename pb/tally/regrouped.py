"""A few ballots more or fewer, without sorting all of them again."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pb.tally.ballots import Ballot
from pb.tally.errors import TallyError
from pb.tally.packed import PackedGroups

Groups = tuple[tuple[Ballot, int], ...] | PackedGroups


def group_key(group: tuple[Ballot, int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The canonical order of groups of identical ballots."""
    return group[0].choices, group[0].points


def regrouped(groups: Groups, changes: Mapping[Ballot, int]) -> Groups:
    """So many more of these canonical ballots, or fewer where the number is below zero.

    Packed groups stay packed where the numbers allow it. Raises TallyError where there are not
    so many ballots to take away.
    """
    if isinstance(groups, PackedGroups):
        known = set(groups.ids)
        if all(known.issuperset(ballot.choices) for ballot in changes):
            try:
                return _repacked(groups, changes)
            except OverflowError:
                pass
    found = list(groups)
    for ballot, more in changes.items():
        place, known, weight = _find(found, ballot, more)
        found[place : place + known] = [(ballot, weight)] if weight else []
    return tuple(found)


def _find(groups: Sequence, ballot: Ballot, more: int) -> tuple[int, bool, int]:
    """Where the ballot stands or belongs, whether it is there, and how many there will be."""
    place = bisect_left(groups, (ballot.choices, ballot.points), key=group_key)
    found = groups[place] if place < len(groups) else None
    known = found is not None and found[0] == ballot
    weight = more + (found[1] if known else 0)
    if weight < 0:
        raise TallyError("There are not so many ballots of this kind.")
    return place, known, weight


def _repacked(groups: PackedGroups, changes: Mapping[Ballot, int]) -> PackedGroups:
    for ballot, more in changes.items():
        place, known, weight = _find(groups, ballot, more)
        if known and weight:
            weights = groups.weights[:]
            weights[place] = weight
            groups = replace(groups, weights=weights)
        elif known or weight:
            groups = _spliced(groups, place, known, [(ballot, weight)] if weight else [])
    return groups


def _spliced(
    groups: PackedGroups, place: int, gone: int, new: list[tuple[Ballot, int]]
) -> PackedGroups:
    """Packed groups without `gone` of them at this place, and with new ones there instead."""
    starts, projects, weights = groups.starts[:], groups.projects[:], groups.weights[:]
    numbers = {project: number for number, project in enumerate(groups.ids)}
    first, last = starts[place], starts[place + gone]
    named = array("i", [numbers[project] for ballot, _ in new for project in ballot.choices])
    points = groups.points
    if points is not None:
        points = points[:]
        points[first:last] = array("i", [given for ballot, _ in new for given in ballot.points])
    projects[first:last] = named
    weights[place : place + gone] = array("i", [weight for _, weight in new])
    shift, ends = len(named) - (last - first), []
    for ballot, _ in new:
        ends.append((ends[-1] if ends else first) + len(ballot.choices))
    later = [start + shift for start in starts[place + gone + 1 :]]
    starts[place + 1 :] = array("i", [*ends, *later])
    return replace(groups, starts=starts, projects=projects, points=points, weights=weights)
