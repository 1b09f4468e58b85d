"""Whoever waits hears how far a count has come, and the count does not notice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import plans, progress
from pb.tally.margins import margins
from pb.tally.model import Profile
from pb.tally.needs import all_needs, needs
from pb.tally.rules import load_rules
from pb.tally.ties import DEFAULT_TIES
from tests.tally.elections import TOWN, TOWN_VOTES, elections

RULES = load_rules()
SILENT = {"greedy", "equal-shares", "exact-equal-shares"}  # quick, unless shares are raised


def heard(count):
    """What is reported while something is counted."""
    found = []
    with progress.heard_by(lambda done, total: found.append((done, total))):
        count()
    return found


def test_without_a_listener_nothing_happens():
    progress.report(1, 2)
    with progress.part(0, 3):
        progress.report(1)
    assert heard(lambda: None) == []


def test_a_listener_hears_only_what_is_inside():
    def count():
        progress.report(1, 4)
        with progress.heard_by(None):
            progress.report(2, 4)
        progress.report(3)

    assert heard(count) == [(1, 4), (3, None)]
    progress.report(4, 4)


def test_a_part_is_one_step_of_several():
    def count():
        for place in range(2):
            with progress.part(place, 2):
                progress.report(3, 4)
                progress.report(100)

    assert heard(count) == [(0, 2), (3, 8), (0, 2), (1, 2), (7, 8), (1, 2)]


def test_parts_have_parts():
    def count():
        with progress.part(1, 2), progress.part(2, 3):
            progress.report(1, 2)

    # One half, two thirds of the other half, and half of its last third.
    assert heard(count) == [(1, 2), (5, 6), (11, 12)]


def test_the_listener_is_gone_after_an_error():
    found = []
    hearing = progress.heard_by(lambda done, total: found.append(done))
    with pytest.raises(ZeroDivisionError), hearing:
        raise ZeroDivisionError
    progress.report(1)
    assert found == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@settings(max_examples=15)
@given(data=st.data())
def test_a_count_is_the_same_whoever_listens(rule, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    profile, outcomes = Profile.of(cast, kind), []
    found = heard(lambda: outcomes.append(rule(place, profile)))
    assert outcomes == [rule(place, profile)]
    assert all(0 <= done <= total for done, total in found if total is not None)


@pytest.mark.parametrize("rule", sorted(RULES.keys() - SILENT - {"expanding-approvals", "cstv"}))
def test_long_counts_say_how_far_they_are(rule):
    found = heard(lambda: RULES[rule](TOWN, TOWN_VOTES))
    assert found[0][0] == 0
    assert [done for done, _ in found] == sorted(done for done, _ in found)
    assert len({total for _, total in found}) == 1


def test_stages_of_a_plan_are_parts_of_its_count():
    stages = tuple(plans.Stage(name, rule="phragmen", budget=500) for name in ("one", "two"))
    found = heard(lambda: plans.count(plans.Plan(stages), TOWN, TOWN_VOTES))
    assert (0, 2) in found and (1, 2) in found
    assert max(done / total for done, total in found) < 1


def test_the_search_for_needs_speaks_for_the_counts_it_makes():
    rule = RULES["phragmen"]
    ground = rule, TOWN, TOWN_VOTES, rule.params(), DEFAULT_TIES
    losers = len(TOWN.projects) - len(rule(TOWN, TOWN_VOTES).funded)
    assert heard(lambda: needs(*ground, "sports")) == [(0, 3), (1, 3), (2, 3)]
    each = [(place, 3 * losers) for place in range(3 * losers)]
    assert [one for one in heard(lambda: list(all_needs(*ground))) if one[1] != losers] == each
    projects = len(TOWN.projects)
    assert heard(lambda: margins(*ground)) == [(place, projects) for place in range(projects)]
