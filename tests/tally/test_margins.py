"""How close an outcome was: by hand, and against every smaller change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.margins import Change, margins
from pb.tally.model import Profile
from pb.tally.needs import Smallest
from pb.tally.rules import load_rules
from pb.tally.ties import DEFAULT_TIES
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points, rank

RULES = load_rules()
VARIANTS = [
    ("greedy", {}, tuple(BallotKind)),
    ("greedy", {"unaffordable": "stop", "threshold": "1"}, tuple(BallotKind)),
    ("equal-shares", {}, tuple(BallotKind)),
    ("phragmen", {}, (BallotKind.APPROVAL,)),
]


def close(rule, place, profile, **params):
    rule = RULES[rule]
    return margins(rule, place, profile, rule.parse_params(params), DEFAULT_TIES)


def votes(found):
    return {one.project: (str(one.change), one.votes) for one in found.projects}


def test_the_most_votes_first():
    # Level projects go by lower cost. With 4 votes the sports field comes after the library
    # corner, and 300 are left for its 600; the tennis court then comes last, and 100 are left.
    found = close("greedy", TOWN, TOWN_VOTES)
    assert votes(found) == {
        "sports": ("taken-away", 2),
        "tennis": ("taken-away", 2),
        "library": ("added", 2),
        "benches": ("added", 3),
    }
    assert found.proven
    assert found.smallest.project == "sports"


def test_a_winner_that_needs_no_votes_has_no_margin():
    found = close("greedy", instance(10, a=10), approve("3*a"))
    assert votes(found) == {"a": ("taken-away", None)}
    assert found.projects[0].bound == 3
    assert found.projects[0].smallest is Smallest.PROVEN
    assert found.smallest is None


def test_under_equal_shares_the_smallest_number_is_only_found():
    # 25 each. Two supporters pay 40 for a; one alone has 25, which is not enough.
    found = close("equal-shares", instance(100, a=40, b=60), approve("2*a", "2*b"))
    assert votes(found)["a"] == ("taken-away", 1)
    assert not found.proven


def test_votes_with_most_points_go_first():
    place = instance(10, a=10, b=10)
    found = close("greedy", place, points({"a": 5}, {"a": 1}, {"a": 1}, {"b": 4}))
    assert votes(found)["a"] == ("taken-away", 1)  # 2 of 7 points stay


def test_places_keep_their_worth_when_the_longest_ranking_becomes_shorter():
    # a has 3 x 2, b 3 x 1 + 2: without the 2nd place of one a, b on top of it has 7.
    found = close("greedy", instance(10, a=10, b=10), rank("3*a b", "b"))
    assert votes(found)["a"] == ("taken-away", 1)
    assert not found.proven


def took(profile, project, number):
    """Every way is the same on approval ballots: the first so many lose the project."""
    single = [ballot for ballot, weight in profile for _ in range(weight)]
    for place, ballot in enumerate(single):
        if project in ballot.choices and number:
            number -= 1
            single[place] = Ballot(tuple(one for one in ballot.choices if one != project))
    return Profile.of(single)


@settings(max_examples=60, deadline=None)
@given(elections((BallotKind.APPROVAL,)))
def test_greedily_no_smaller_change_of_one_project_changes_who_is_funded(election):
    place, cast, _ = election
    rule, profile = RULES["greedy"], Profile.of(cast)
    found = close("greedy", place, profile)
    assert found.proven
    winners = set(rule(place, profile).funded)
    # Where no number changes anything, that holds for as many votes as there are ballots.
    searched = max(len(cast), 1)
    below = min(found.smallest.votes if found.smallest else searched + 1, 5)
    for project in place.by_id:
        for number in range(1, below):
            more = Profile.of([*cast, *[Ballot((project,))] * number])
            assert set(rule(place, more).funded) == winners
            if number <= sum(project in ballot.choices for ballot in cast):
                assert set(rule(place, took(profile, project, number)).funded) == winners


@pytest.mark.parametrize(("name", "params", "kinds"), VARIANTS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_votes_taken_away_are_confirmed_on_approval_ballots(name, params, kinds, data):
    place, cast, kind = data.draw(elections(kinds))
    rule, profile = RULES[name], Profile.of(cast, kind)
    chosen = rule.parse_params(params)
    found = margins(rule, place, profile, chosen, DEFAULT_TIES)
    winners = rule(place, profile, chosen, DEFAULT_TIES).funded
    for one in found.projects:
        assert (one.change is Change.TAKEN_AWAY) == (one.project in winners)
        alike = kind is BallotKind.APPROVAL and name == "greedy"
        if one.change is Change.TAKEN_AWAY and one.votes and alike:
            fewer, enough = (
                took(profile, one.project, one.votes - 1),
                took(profile, one.project, one.votes),
            )
            assert one.project in rule(place, fewer, chosen, DEFAULT_TIES).funded
            assert one.project not in rule(place, enough, chosen, DEFAULT_TIES).funded
