"""Which ballots a stage counts, and what of them it reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Profile


def alike(homes: Mapping[str, Profile]) -> dict[str, Profile]:
    """The same ballots, where a first place is worth as much in every area and every stage.

    Raises TallyError where the ballots of the areas are of different kinds or lengths.
    """
    if not homes:
        raise TallyError("A plan needs ballots, at least an empty profile.")
    if len({(profile.kind, profile.max_length) for profile in homes.values()}) > 1:
        raise TallyError("The ballots of all areas must be of one kind and length.")
    if next(iter(homes.values())).kind is not BallotKind.ORDINAL:
        return dict(homes)
    # Without a published length, projects taken off the ballots would shorten the longest one.
    longest = max(profile.longest for profile in homes.values())
    return {home: replace(profile, max_length=longest) for home, profile in homes.items()}


def merged(profiles: Sequence[Profile], like: Profile) -> Profile:
    """All ballots of several profiles together, none of them unlike `like`."""
    if len(profiles) == 1:
        return profiles[0]
    groups = tuple(group for one in profiles for group in one)
    return Profile(like.kind, groups, like.max_length)


def restricted(profile: Profile, ids: Collection[str], *, drop_empty: bool = False) -> Profile:
    """The same ballots with only these projects on them; in a ranking the later ones move up."""
    if not drop_empty and all(id in ids for ballot, _ in profile for id in ballot.choices):
        return profile
    groups = []
    for ballot, weight in profile:
        kept = [place for place, project in enumerate(ballot.choices) if project in ids]
        if kept or not drop_empty:
            choices = tuple(ballot.choices[place] for place in kept)
            points = tuple(ballot.points[place] for place in kept) if ballot.points else ()
            groups.append((Ballot(choices, points), weight))
    return Profile(profile.kind, tuple(groups), profile.max_length)
