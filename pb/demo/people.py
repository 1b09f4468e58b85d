"""Invents the voters of the demo town: their roll and what they choose.

A seed stands for one electorate: the same seed gives the same roll and the same ballots on every
machine. Every voter lives in an area and leans two ways (say, families first and cyclists
second); people who lean the same way like the same projects.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from pb.demo.content import Area, Project, Round, Town

FIRST_TASTE = 0.85  # how much of a choice comes from the stronger of two leanings
FIRST_REGISTER_NUMBER = 1000
SKIPS_OWN_AREA = 0.09  # voters who leave the list of their area blank
SKIPS_WHOLE_TOWN = 0.05
LIKES_NOTHING = 0.25  # how many voters leave a list blank when nothing on it speaks to them
PATIENCE = (0.04, 0.16, 0.32, 0.48)  # how many voters stop after 1, 2, 3, 4 projects on a list


@dataclass(frozen=True)
class DemoBallot:
    """One ballot: the voter's own area and the chosen codes, area list first, in ballot order."""

    area: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class RollRow:
    """One line of the roll: an invented register number and the area the person lives in."""

    person: str
    area: str


def roll(town: Town, count: int, seed: str) -> list[RollRow]:
    """A roll of `count` people, spread over the areas by their share of the population."""
    random = Random(f"roll/{seed}")
    areas = [
        area.slug
        for area, people in zip(town.districts, _quotas(town.districts, count), strict=True)
        for _ in range(people)
    ]
    random.shuffle(areas)
    highest = FIRST_REGISTER_NUMBER + 9 * max(count, 1)
    numbers = sorted(random.sample(range(FIRST_REGISTER_NUMBER, highest), count))
    return [RollRow(f"RES-{n:06d}", area) for n, area in zip(numbers, areas, strict=True)]


def ballots(round_content: Round, count: int, seed: str) -> list[DemoBallot]:
    """`count` ballots that keep the round's limits, in the order in which they were cast."""
    random = Random(f"ballots/{round_content.slug}/{seed}")
    areas = [area for area in round_content.areas if not area.whole_town]
    keenness = [area.share * area.turnout for area in areas]
    homes = random.choices(areas, weights=keenness, k=count)
    return [_ballot(round_content, home, random) for home in homes]


def cast_by(rows: Sequence[RollRow], cast: Sequence[DemoBallot], seed: str) -> list[RollRow]:
    """Who cast each ballot: for every ballot a different person of the same area.

    Raises ValueError if an area has more ballots than people.
    """
    random = Random(f"turnout/{seed}")
    waiting: dict[str, list[RollRow]] = defaultdict(list)
    for row in random.sample(rows, len(rows)):
        waiting[row.area].append(row)
    try:
        return [waiting[ballot.area].pop() for ballot in cast]
    except IndexError:
        raise ValueError("An area of the demo roll has fewer people than ballots.") from None


def _quotas(areas: Sequence[Area], count: int) -> list[int]:
    """`count` shared out by population: whole parts first, then the largest remainders."""
    exact = [area.share * count for area in areas]
    whole = [int(part) for part in exact]
    by_remainder = sorted(range(len(areas)), key=lambda i: whole[i] - exact[i])
    for i in by_remainder[: count - sum(whole)]:
        whole[i] += 1
    return whole


def _ballot(round: Round, home: Area, random: Random) -> DemoBallot:
    leaning = _leaning(home, random)
    own, whole = round.on_list(home.slug), _whole_town_list(round)
    skips_own, skips_whole = random.random() < SKIPS_OWN_AREA, random.random() < SKIPS_WHOLE_TOWN

    chosen = [] if skips_own else _choose(own, leaning, round.limit, random)
    if not skips_whole or not chosen:
        chosen += _choose(whole, leaning, round.limit, random)
    if not chosen:  # nobody walks to the box with nothing to say
        chosen = [max(own + whole, key=lambda project: _liking(project, leaning))]

    codes = {project.code for project in chosen}
    ordered = tuple(project.code for project in own + whole if project.code in codes)
    return DemoBallot(home.slug, ordered)


def _whole_town_list(round: Round) -> tuple[Project, ...]:
    return next(round.on_list(area.slug) for area in round.areas if area.whole_town)


def _leaning(home: Area, random: Random) -> Mapping[str, float]:
    """A voter's tastes: a strong one and a weaker one, which may be the same."""
    names, weights = list(home.tastes), list(home.tastes.values())
    first, second = random.choices(names, weights=weights, k=2)
    leaning = dict.fromkeys(names, 0.0)
    leaning[first] += FIRST_TASTE
    leaning[second] += 1 - FIRST_TASTE
    return leaning


def _liking(project: Project, leaning: Mapping[str, float]) -> float:
    return sum(project.appeal[taste] * weight for taste, weight in leaning.items())


def _choose(
    listed: Sequence[Project], leaning: Mapping[str, float], limit: int, random: Random
) -> list[Project]:
    """The projects a voter likes, the best-liked first if there is no room for all."""
    scored = []
    for project in listed:
        liking = _liking(project, leaning)
        likes = random.random() < liking
        scored.append((liking + random.uniform(-0.15, 0.15), project.code, likes, project))
    scored.sort(key=lambda entry: entry[:2], reverse=True)

    liked = [project for _, _, likes, project in scored if likes]
    if not liked and random.random() >= LIKES_NOTHING:
        liked = [project for _, _, _, project in scored[:1]]
    patience = random.choices(range(1, len(PATIENCE) + 1), weights=PATIENCE)[0]
    return liked[: min(limit, patience)]
