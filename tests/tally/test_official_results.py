"""Cities' own results, from the archive of pabulib.org."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from pb.tally import pabulib
from pb.tally.ballots import Ballot
from pb.tally.model import Instance, Profile
from pb.tally.pabulib.declared import DECLARED
from tests.tally.elections import ARCHIVE, archive_files, election, need_archive

# Exact again when one project that the city withdrew is taken out first.
EXCEPTIONS = {
    "Poland_Warszawa_2018_Ursynow_Wysoki_Poludniowy.pb": "project 1137 was withdrawn after the "
    "vote; the file does not say so",
}
NAMED = (
    "Poland_Wieliczka_2023_Green_Budget.pb",
    "Poland_Swiecie_2023.pb",
    "Netherlands_Assen_2024.pb",
    "Poland_Krakow_2024.pb",
)
# 1 is funded; 2 is funded with other money, which is part of Poznań's rule only.
WON = {"greedy-custom": (1, 2)}


def official_files() -> list[str]:
    """Files with official results and a declared rule that is counted here."""
    found = []
    for name in archive_files():
        head = (ARCHIVE / name).read_text(encoding="utf-8").partition("\nVOTES")[0]
        rule = re.search(r"^rule;([^;\r\n]*)", head, re.MULTILINE)
        if rule and rule[1] in DECLARED and re.search(r"^project_id;.*selected", head, re.M):
            found.append(name)
    return found


FILES = official_files()


@pytest.mark.parametrize("name", FILES or [pytest.param("", marks=pytest.mark.skip("no archive"))])
def test_the_declared_rule_gives_the_official_result(name):
    one = election(name)
    rule, params, ties = pabulib.declared(one)
    won = WON.get(one.meta["rule"], (1,))
    official = {project for project, value in one.selected.items() if value in won}
    outcome = rule(one.instance, one.profile, params, ties)
    assert (set(outcome.funded) == official) == (name not in EXCEPTIONS)


def test_many_cities_are_among_them():
    need_archive()
    assert len(FILES) >= 40
    assert set(NAMED) <= set(FILES)


def test_the_exception_is_explained_by_one_withdrawn_project():
    need_archive()
    (name,) = EXCEPTIONS
    one = election(name)
    rule, params, ties = pabulib.declared(one)
    projects = tuple(project for project in one.instance.projects if project.id != "1137")
    ballots = [
        Ballot(tuple(choice for choice in ballot.choices if choice != "1137"))
        for ballot in one.ballots
    ]
    outcome = rule(
        Instance(one.instance.budget, projects), Profile.of(ballots, one.limits.kind), params, ties
    )
    assert set(outcome.funded) == set(one.winners)


def warszawa_2018() -> list[str]:
    """Files whose threshold was a tenth of all valid votes, as the city's rule said."""
    names = [name for name in FILES if name.startswith("Poland_Warszawa_2018")]
    return [n for n in names if "min_project_score_threshold" in election(n).meta]


def test_a_tenth_of_all_ballots_is_the_threshold_of_warszawa_2018():
    need_archive()
    assert len(warszawa_2018()) >= 3
    for name in warszawa_2018():
        one = election(name)
        rule, params, ties = pabulib.declared(one)
        share = replace(params, threshold=0, threshold_share=Fraction(1, 10))
        by_share = rule(one.instance, one.profile, share, ties)
        by_number = rule(one.instance, one.profile, params, ties)
        assert by_share.funded == by_number.funded
        assert [s.kind for s in by_share.steps] == [s.kind for s in by_number.steps]
        needed = {s.numbers["needed"] for s in by_share.steps if "needed" in s.numbers}
        assert needed <= {params.threshold}
