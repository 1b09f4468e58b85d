from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.measures import (
    Ratio,
    Shortfall,
    TagShare,
    budget_used,
    categories,
    ejr_plus_shortfalls,
    funded_choices,
    measure,
    money_against_votes,
    voters_reached,
)
from pb.tally.model import Instance, Profile, Project
from pb.tally.rules import load_rules
from tests.tally.elections import (
    TOWN,
    TOWN_VOTES,
    approve,
    archive_files,
    election,
    elections,
    instance,
    need_archive,
    points,
    rank,
)

RULES = load_rules()
# docs/rules: most votes first funds tennis and sports, equal shares tennis and the library.
GREEDY = RULES["greedy"](TOWN, TOWN_VOTES).funded
SHARES = RULES["equal-shares"](TOWN, TOWN_VOTES).funded
# By hand: a costs 60 and is green and for play, b costs 50 and is for sport, c costs 30.
TAGGED = Instance(
    100,
    (
        Project("a", 60, categories=("play", "green")),
        Project("b", 50, categories=("sport",)),
        Project("c", 30),
    ),
)


def test_greedy_reaches_six_residents_of_ten_and_equal_shares_all_of_them():
    assert voters_reached(TOWN_VOTES, GREEDY) == Ratio(6, 10)
    assert voters_reached(TOWN_VOTES, SHARES) == Ratio(10, 10)
    assert str(voters_reached(TOWN_VOTES, GREEDY).value) == "3/5"


def test_greedy_funds_two_choices_of_six_residents():
    assert funded_choices(TOWN_VOTES, GREEDY) == Ratio(12, 10)
    assert funded_choices(TOWN_VOTES, SHARES) == Ratio(10, 10)


def test_greedy_uses_all_the_money_and_equal_shares_seven_tenths():
    assert budget_used(TOWN, GREEDY).value == 1
    assert str(budget_used(TOWN, SHARES).value) == "7/10"


def test_money_that_was_added_shows_as_more_than_the_budget():
    assert budget_used(instance(100, a=70, b=50), ("a", "b")) == Ratio(120, 100)


def test_empty_ballots_are_voters_who_were_not_reached():
    profile = approve("a", "", "")
    assert voters_reached(profile, ("a",)) == Ratio(1, 3)
    assert funded_choices(profile, ("a",)) == Ratio(1, 3)


def test_a_project_with_no_points_was_not_chosen():
    profile = points({"a": 0, "b": 3}, {"a": 2})
    assert voters_reached(profile, ("a",)) == Ratio(1, 2)
    assert funded_choices(profile, ("a", "b")) == Ratio(2, 2)


def test_every_place_in_a_ranking_is_a_choice():
    assert funded_choices(rank("a b c", "c"), ("b", "c")) == Ratio(3, 2)


def test_nothing_can_be_measured_without_voters_or_money():
    found = measure(instance(0, a=1), approve(), ())
    assert (found.reached.value, found.choices.value, found.used.value) == (None, None, None)
    assert found.shortfalls == ()


# Money against votes


def test_a_project_in_two_categories_counts_half_in_each():
    """a has 2 votes, b 3, c 1; a and c are funded for 90: 30 for green, play and c alone."""
    profile = approve("a b", "a b", "b c")
    assert money_against_votes(TAGGED, profile, ("a", "c"), categories(TAGGED)) == (
        TagShare("", Ratio(1, 6), Ratio(30, 90)),
        TagShare("green", Ratio(1, 6), Ratio(30, 90)),
        TagShare("play", Ratio(1, 6), Ratio(30, 90)),
        TagShare("sport", Ratio(3, 6), Ratio(0, 90)),
    )


def test_areas_are_measured_in_the_same_way():
    areas = {"a": ("north",), "b": ("south",), "c": ("south",)}
    found = measure(TAGGED, approve("a", "b c"), ("a", "c"), areas).areas
    assert found == (
        TagShare("north", Ratio(1, 3), Ratio(60, 90)),
        TagShare("south", Ratio(2, 3), Ratio(30, 90)),
    )


def test_without_tags_there_is_nothing_to_compare():
    found = measure(TOWN, TOWN_VOTES, GREEDY)
    assert found.categories == () and found.areas == ()


@given(elections(), st.data())
def test_the_parts_of_all_tags_add_up(election, data):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    funded = data.draw(st.sets(st.sampled_from(sorted(place.by_id))))
    tags = {
        project: data.draw(st.lists(st.sampled_from(["x", "y", "z"]), max_size=3))
        for project in place.by_id
    }
    shares = money_against_votes(place, profile, funded, tags)
    assert sum(share.money.part for share in shares) == budget_used(place, funded).part
    everything = funded_choices(profile, tuple(place.by_id)).part
    assert sum(share.votes.part for share in shares) == everything
    assert {share.votes.whole for share in shares} == {everything}


# EJR+ up to one


def test_greedy_leaves_the_friends_of_the_library_short():
    """Four of ten have a claim to 400 of 1,000 euros; even with the library they have 300."""
    assert ejr_plus_shortfalls(TOWN, TOWN_VOTES, GREEDY) == (Shortfall("library", 4, 400, 300),)
    assert ejr_plus_shortfalls(TOWN, TOWN_VOTES, SHARES) == ()


def test_a_group_that_has_exactly_its_part_with_the_project_is_not_short():
    """One voter in two has a claim to 50: a costs 50 is enough, 49 is not."""
    profile = approve("a", "b")
    assert ejr_plus_shortfalls(instance(100, a=50, b=50), profile, ("b",)) == ()
    assert ejr_plus_shortfalls(instance(100, a=49, b=51), profile, ("b",)) == (
        Shortfall("a", 1, 50, 49),
    )


def test_those_who_have_enough_already_do_not_join_the_claim():
    """c has three friends, but one of them has 40 of b: the two others claim 50, and c is 30.

    With the third the claim would be 75, and that one would have 70: a smaller gap.
    """
    place = instance(100, b=40, c=30)
    assert ejr_plus_shortfalls(place, approve("2*c", "b c", "b"), ("b",)) == (
        Shortfall("c", 2, 50, 30),
    )


def test_a_project_dearer_than_the_claim_is_nobodys_shortfall():
    assert ejr_plus_shortfalls(instance(100, a=60), approve("a", ""), ()) == ()


def short_by_definition(place, cast, funded) -> set[str]:
    """Projects for which some group of voters falls short: every group is looked at."""
    short = set()
    for project in place.projects:
        if project.id in funded:
            continue
        friends = [choices for choices in cast if project.id in choices]
        for size in range(1, len(friends) + 1):
            for group in combinations(friends, size):
                claim = size * place.budget
                best = max(
                    sum(place.by_id[name].cost for name in choices & funded) + project.cost
                    for choices in group
                )
                if best * len(cast) < claim and project.cost * len(cast) < claim:
                    short.add(project.id)
    return short


@settings(max_examples=150)
@given(elections(kinds=[BallotKind.APPROVAL]), st.data())
def test_the_check_agrees_with_a_look_at_every_group_of_voters(election, data):
    place, cast, kind = election
    funded = data.draw(st.sets(st.sampled_from(sorted(place.by_id))))
    found = ejr_plus_shortfalls(place, Profile.of(cast, kind), funded)
    sets = [set(ballot.choices) for ballot in cast]
    assert {one.project for one in found} == short_by_definition(place, sets, funded)
    assert all(one.best < one.claim for one in found)


@pytest.mark.parametrize("completion", ["none", "add1", "add1+greedy", "greedy"])
@settings(max_examples=60)
@given(election=elections())
def test_equal_shares_with_the_utility_of_cost_never_leaves_a_group_short(completion, election):
    place, cast, kind = election
    profile, rule = Profile.of(cast, kind), RULES["equal-shares"]
    outcome = rule(place, profile, rule.parse_params({"completion": completion}))
    assert ejr_plus_shortfalls(place, profile, outcome.funded) == ()


# What holds for all of them


@given(elections(), st.data())
def test_one_more_project_never_reaches_fewer_voters(election, data):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    funded = data.draw(st.sets(st.sampled_from(sorted(place.by_id))))
    more = funded | {data.draw(st.sampled_from(sorted(place.by_id)))}
    assert voters_reached(profile, funded).part <= voters_reached(profile, more).part
    assert funded_choices(profile, funded).part <= funded_choices(profile, more).part
    assert voters_reached(profile, funded).part <= funded_choices(profile, funded).part


def test_the_measures_are_exact_in_json():
    found = measure(TAGGED, approve("a", "b", "b"), ("a",)).to_json()
    assert found["ballots_with_a_funded_choice"] == {"part": 1, "whole": 3, "value": "1/3"}
    assert found["budget_used"]["value"] == "3/5"
    assert found["ejr_plus_up_to_one"] is False
    assert found["shortfalls"] == [{"project": "b", "voters": 2, "claim": "200/3", "best": 50}]
    assert [one["tag"] for one in found["categories"]] == ["", "green", "play", "sport"]


def test_identical_ballots_are_never_counted_as_one():
    once, often = Profile.of([Ballot(("a",))]), approve("30000*a", "b")
    assert voters_reached(once, ("a",)) == Ratio(1, 1)
    assert voters_reached(often, ("a",)) == Ratio(30000, 30001)


def test_equal_shares_leaves_no_group_short_in_real_elections_and_greedy_does():
    need_archive()
    names = archive_files(largest=40_000)
    short = {"equal-shares": 0, "greedy": 0}
    for name, rule in ((name, rule) for name in names for rule in short):
        place, profile = election(name).instance, election(name).profile
        funded = RULES[rule](place, profile).funded
        short[rule] += bool(ejr_plus_shortfalls(place, profile, funded))
    assert short["equal-shares"] == 0 < short["greedy"]
