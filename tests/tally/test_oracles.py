"""Outcomes of the reference library pabutools, in exact arithmetic, on elections of the archive.

Places in a ranking are worth what that library gives them (`ranking=borda`), and what is left
after equal shares goes by points per cost where voters give points, as there.
"""

import json

import pytest

from pb.tally.outcome import StepKind
from pb.tally.rules import load_rules
from tests.tally.elections import ARCHIVE, ORACLE, election, need_archive

RULES = load_rules()
POINTS = {"utility": "score", "completion-order": "score-per-cost"}
BORDA = POINTS | {"ranking": "borda"}
PLAIN = [
    ("greedy_votes_costsat", "greedy", {}),
    ("greedy_value", "greedy", {"order": "score-per-cost", "ranking": "borda"}),
    ("mes_cost", "equal-shares", {}),
    ("mes_card", "equal-shares", {"utility": "cardinality"}),
    ("mes_points", "equal-shares", POINTS),
    ("mes_borda", "equal-shares", BORDA),
]
ADD1 = [(f"{name}_add1", rule, params) for name, rule, params in PLAIN[2:]]


def expected(oracle: str, largest: int) -> dict:
    """Expected outcomes by file, for the files at hand that are small enough."""
    need_archive()
    if not (ORACLE / f"{oracle}.json").is_file():
        pytest.skip(f"no expected outcomes in {ORACLE}; set ORACLE_DIR")
    found = json.loads((ORACLE / f"{oracle}.json").read_text(encoding="utf-8"))
    return {
        name: one
        for name, one in found.items()
        if "winners" in one
        and (ARCHIVE / name).is_file()
        and (ARCHIVE / name).stat().st_size <= largest
    }


def disagreements(rule: str, params: dict, found: dict) -> list[str]:
    differ = []
    for name, one in found.items():
        place, profile = election(name).instance, election(name).profile
        outcome = RULES[rule](place, profile, RULES[rule].parse_params(params))
        bought = [step.project for step in outcome.steps if step.kind is not StepKind.COMPLETED]
        winners = [project for project in outcome.funded if project in bought]
        if winners != one["winners"] or list(outcome.funded) != one.get("winners_add1u", winners):
            differ.append(name)
    return differ


@pytest.mark.parametrize(("oracle", "rule", "params"), PLAIN, ids=[one[0] for one in PLAIN])
def test_the_same_projects_are_funded_in_the_same_order(oracle, rule, params):
    found = expected(oracle, largest=100_000)
    assert len(found) > 10
    assert disagreements(rule, params, found) == []


def add1_agrees(oracle, rule, params, largest):
    """Before and after the greedy completion: both stand in one outcome."""
    found = expected(oracle, largest)
    assert len(found) > 3
    assert disagreements(rule, params | {"completion": "add1+greedy"}, found) == []


@pytest.mark.parametrize(("oracle", "rule", "params"), ADD1, ids=[one[0] for one in ADD1])
def test_add1_funds_the_same_projects_in_small_elections(oracle, rule, params):
    add1_agrees(oracle, rule, params, largest=20_000)


@pytest.mark.slow
@pytest.mark.parametrize(("oracle", "rule", "params"), ADD1, ids=[one[0] for one in ADD1])
def test_add1_funds_the_same_projects(oracle, rule, params):
    add1_agrees(oracle, rule, params, largest=1_000_000)
