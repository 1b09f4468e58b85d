"""Small elections by hand, random ones for hypothesis, and the archive where it is at hand."""

import os
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pb.tally import pabulib
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.pabulib import Election

ARCHIVE = Path(os.environ.get("PABULIB_DIR", "../shared/pabulib"))
ORACLE = Path(os.environ.get("ORACLE_DIR", "../shared/oracle"))


def instance(budget, unit=1, **costs) -> Instance:
    """An instance with projects named by keyword, in that order."""
    projects = tuple(Project(name, cost) for name, cost in costs.items())
    return Instance(budget, projects, unit)


def approve(*ballots: str) -> Profile:
    """Approval ballots written as "3*a b": three voters who approve a and b."""
    return Profile.of(spelled(ballots))


def rank(*ballots: str, max_length=None) -> Profile:
    """Rankings, best first, written in the same way."""
    return Profile.of(spelled(ballots), BallotKind.ORDINAL, max_length)


def points(*ballots: dict[str, int]) -> Profile:
    """Ballots that spread points over projects."""
    cast = [Ballot(tuple(ballot), tuple(ballot.values())) for ballot in ballots]
    return Profile.of(cast, BallotKind.CUMULATIVE)


def spelled(ballots: tuple[str, ...]) -> list[Ballot]:
    """The ballots that `approve` and `rank` write in short."""
    cast = []
    for text in ballots:
        times, star, names = text.rpartition("*")
        cast += [Ballot(tuple(names.split()))] * (int(times) if star else 1)
    return cast


# The worked example of docs/rules: ten residents, 1,000 euros.
TOWN = instance(1000, sports=600, tennis=400, library=300, benches=150)
TOWN_VOTES = approve("2*sports tennis benches", "4*sports tennis", "library benches", "3*library")


@st.composite
def elections(draw, kinds=tuple(BallotKind)) -> tuple[Instance, list[Ballot], BallotKind]:
    """An instance and single ballots of one kind, small enough to be full of ties."""
    names = "abcde"[: draw(st.integers(1, 5))]
    costs = [draw(st.integers(1, 12)) for _ in names]
    budget = draw(st.integers(1, 30))
    kind = draw(st.sampled_from(kinds)).counted_as
    cast = []
    for _ in range(draw(st.integers(0, 8))):
        chosen = draw(st.lists(st.sampled_from(names), unique=True))
        given = [draw(st.integers(0, 4)) for _ in chosen] if kind.has_points else []
        cast.append(Ballot(tuple(chosen), tuple(given)))
    projects = tuple(Project(name, cost) for name, cost in zip(names, costs, strict=True))
    return Instance(budget, projects), cast, kind


def archive_files(largest: int = 10**9) -> list[str]:
    """The names of the files in the archive; none where there is no archive."""
    found = sorted(ARCHIVE.glob("*.pb")) if ARCHIVE.is_dir() else []
    return [path.name for path in found if path.stat().st_size <= largest]


def need_archive() -> None:
    """Skip the test, with a word, where the archive of elections is not at hand."""
    if not archive_files():
        pytest.skip(f"no Pabulib files in {ARCHIVE}; set PABULIB_DIR")


@lru_cache(maxsize=32)
def election(name: str) -> Election:
    """One election of the archive."""
    return pabulib.read_file(ARCHIVE / name)
