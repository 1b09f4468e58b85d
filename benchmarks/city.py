"""A synthetic city: a valid Pabulib file of any size, the same from the same seed on any machine.

    python benchmarks/city.py FILE --ballots 1000000 --projects 500 --seed 2026

Residents live in districts of unequal size and approve one to ten projects, more of their own
district's than of others; few projects are popular. Money and costs grow with the number of
ballots, so that counts of small and large cities take about as many steps. Memory does not grow.
"""

import argparse
import math
import random
import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

DISTRICTS = 25
# What the city spends per voter, and what all projects cost together, against the budget.
PER_VOTER = 50
WISHES = 2.9
# Of all marks, this part goes to projects of one's own district.
AT_HOME = 0.55
# The smaller, the larger the differences in popularity, and in cost.
RAREST = 0.03
CHEAPEST = 0.12
# How many residents of 64 approve one project, two projects, … ten projects.
LENGTHS = (5, 7, 9, 10, 10, 8, 6, 4, 3, 2)
URN = 1 << 16
BLOCK = 1 << 15
LINES = 1 << 14


def write_city(path: Path, ballots: int, projects: int = 500, seed: int = 2026) -> None:
    """Write the file of a city with so many ballots and projects."""
    lot = random.Random(seed)
    # Only arithmetic that is the same to the last bit everywhere: no exp, no plain sum.
    appeal = [1 / (RAREST + lot.random()) for _ in range(projects)]
    costs = _costs(lot, appeal, ballots)
    home = [number % DISTRICTS for number in range(projects)]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_meta(ballots, projects))
        file.write("PROJECTS\nproject_id;cost;name\n")
        for number, cost in enumerate(costs):
            file.write(f"{_name(number)};{cost};Wish {number + 1} of district {home[number] + 1}\n")
        file.write("VOTES\nvoter_id;vote\n")
        votes = _votes(lot, appeal, home)
        for first in range(0, ballots, LINES):
            numbers = range(first + 1, min(first + LINES, ballots) + 1)
            file.write("".join([f"{n};{vote}\n" for n, vote in zip(numbers, votes, strict=False)]))


def _meta(ballots: int, projects: int) -> str:
    fields = {
        "description": "A synthetic city",
        "country": "Worldwide",
        "unit": "Synthetic city",
        "instance": "2026",
        "num_projects": projects,
        "num_votes": ballots,
        "budget": PER_VOTER * ballots,
        "vote_type": "approval",
        "rule": "unknown",
        "date_begin": "2026",
        "date_end": "2026",
        "max_length": len(LENGTHS),
    }
    return "META\nkey;value\n" + "".join(f"{key};{value}\n" for key, value in fields.items())


def _name(number: int) -> str:
    return f"P{number + 1:03}"


def _costs(lot: random.Random, appeal: Sequence[float], ballots: int) -> list[int]:
    """Costs of all sizes, a little higher where many want the project."""
    sizes = [math.sqrt(worth) / (CHEAPEST + lot.random()) for worth in appeal]
    scale = PER_VOTER * ballots * WISHES / math.fsum(sizes)
    return [max(1, round(size * scale)) for size in sizes]


def _votes(lot: random.Random, appeal: Sequence[float], home: Sequence[int]) -> Iterator[str]:
    """Votes without end, as they stand in the file."""
    ids = [_name(number) for number in range(len(appeal))]
    everywhere = math.fsum(appeal)
    draws = []
    for district in range(DISTRICTS):
        here = math.fsum(a for a, where in zip(appeal, home, strict=True) if where == district) or 1
        weights = [
            a / everywhere * (1 - AT_HOME) + (a / here * AT_HOME if where == district else 0)
            for a, where in zip(appeal, home, strict=True)
        ]
        draws.append(_drawn(lot, _urn(ids, weights)))
    residents = [1 / math.sqrt(1 + district) for district in range(DISTRICTS)]
    places = _drawn(lot, _urn(draws, residents))
    lengths = _drawn(lot, _urn(range(1, len(LENGTHS) + 1), LENGTHS))
    return (
        ",".join(dict.fromkeys(islice(place, length)))
        for place, length in zip(places, lengths, strict=True)
    )


def _urn(things: Sequence, weights: Sequence[float]) -> list:
    """The things, each as often as its weight says, so that a drawing is one look-up."""
    total, summed, filled = math.fsum(weights), 0.0, []
    for thing, weight in zip(things, weights, strict=True):
        summed += weight
        filled += [thing] * (round(summed / total * URN) - len(filled))
    return filled


def _drawn(lot: random.Random, urn: list) -> Iterator:
    """Things drawn from the urn, without end, a block of random numbers at a time."""
    return chain.from_iterable(map(urn.__getitem__, _numbers(lot)) for _ in iter(int, 1))


def _numbers(lot: random.Random) -> array:
    numbers = array("H", lot.randbytes(2 * BLOCK))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Write the .pb file of a synthetic city.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--ballots", type=int, default=1_000_000)
    parser.add_argument("--projects", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args(arguments)
    write_city(options.file, options.ballots, options.projects, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
