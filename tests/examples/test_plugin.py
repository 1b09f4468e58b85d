"""The rule in examples/, put into service the way a town does it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.explain import SENTENCES, explain, explain_all
from pb.tally.model import Profile
from pb.tally.rules import load_rules
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance
from tests.tally.test_pabulib import small

NAME = "examples.small_first:small_first"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def small_first():
    return load_rules([NAME])["small-first"]


def counted(rule, place, profile, **given):
    return rule(place, profile, rule.parse_params(given))


def test_the_worked_example(small_first):
    """500 of 1,000 for projects up to 300: library (4 votes) and benches; then tennis, for 400."""
    outcome = counted(small_first, TOWN, TOWN_VOTES, small="3/10", reserved="1/2")
    assert outcome.funded == ("library", "benches", "tennis")
    assert outcome.spent == 850
    assert [step.left for step in outcome.steps] == [1000, 700, 550, 150]
    assert outcome.params == {"small": "3/10", "reserved": "1/2"}


def test_its_reasons_can_be_read(small_first):
    outcome = counted(small_first, TOWN, TOWN_VOTES, small="3/10", reserved="1/2")
    assert explain(TOWN, outcome, "benches").sentence == (
        "Funded 2nd, with 3 votes: it cost 150 and 700 was left."
    )
    lost = explain(TOWN, outcome, "sports")
    assert lost.sentence == (
        "Not funded: with 6 votes its turn came when 150 was left, and it costs 600."
    )
    assert explain(TOWN, outcome, "tennis").tied == ("sports",)


def test_a_small_project_without_room_in_its_part_takes_its_turn_again(small_first):
    """40 are kept for projects up to 40: a takes them; b (4 votes) then comes before c (2)."""
    place = instance(100, a=40, b=40, c=50)
    profile = approve("5*a", "4*b", "2*c")
    outcome = counted(small_first, place, profile, small="2/5", reserved="2/5")
    assert outcome.funded == ("a", "b")
    assert outcome.steps[-1].left == 20


def test_with_nothing_reserved_it_is_most_votes_first(small_first):
    outcome = counted(small_first, TOWN, TOWN_VOTES, reserved="0")
    assert outcome.funded == load_rules()["greedy"](TOWN, TOWN_VOTES).funded


@pytest.mark.parametrize("given", [{"small": "2"}, {"reserved": "101/100"}])
def test_a_part_above_the_whole_is_refused(small_first, given):
    with pytest.raises(TallyError, match="at most 1"):
        counted(small_first, TOWN, TOWN_VOTES, **given)


@given(election=elections(kinds=tuple(BallotKind)))
def test_it_keeps_the_promises_of_a_rule(small_first, election):
    place, cast, kind = election
    params = small_first.parse_params({"small": "1/3", "reserved": "1/2"})
    outcome = small_first(place, Profile.of(cast, kind), params)
    again = small_first(place, Profile.of(cast[::-1], kind), params)
    assert outcome.outcome_digest == again.outcome_digest
    assert outcome.spent <= place.budget
    told = explain_all(place, outcome)
    assert {one.project for one in told} == set(place.by_id)
    assert all(one.message in SENTENCES and "by-rule" not in one.message for one in told)


def test_it_stands_in_the_list_beside_the_others(small_first):
    assert set(load_rules([NAME])) == {*load_rules(), "small-first"}
    assert small_first.summary.startswith("Keep a part of the money for small projects")


def test_the_same_rule_twice_is_refused():
    with pytest.raises(TallyError, match="two rules with the id small-first"):
        load_rules([NAME, NAME])


def test_the_application_offers_it_by_its_setting(tmp_path, monkeypatch):
    from config import from_environment
    from pb.app import create_app

    settings = from_environment({"TALLY_RULES": NAME, "PB_DATA_DIR": str(tmp_path)})
    app = create_app(settings)
    try:
        assert app.extensions["rules"]["small-first"].title == "Small projects first"
    finally:
        app.extensions["engine"].dispose()


def test_the_command_counts_by_it(tmp_path):
    """100, of which 25 are kept for projects up to 10: the path comes first, then the pool."""
    file = tmp_path / "town.pb"
    file.write_text(small(), encoding="utf-8")
    env = os.environ | {"TALLY_RULES": NAME, "PYTHONPATH": str(ROOT)}
    words = [str(Path(sys.executable).with_name("pb")), "tally", str(file), "--rule", "small-first"]
    result = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    funded = [line.split()[1] for line in result.stdout.splitlines() if line[3:5] in ("st", "nd")]
    assert funded == ["3", "2/a"]
