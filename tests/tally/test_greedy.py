from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally import digest
from pb.tally import scores as add_up
from pb.tally.errors import TallyError
from pb.tally.explain import explain, explain_all
from pb.tally.model import Instance, Profile
from pb.tally.outcome import Step, StepKind
from pb.tally.rules import load_rules
from pb.tally.rules.greedy import GreedyParams, Leftover, Order, Oversize, Unaffordable, greedy
from pb.tally.scores import Ranking
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points, rank

STOP = GreedyParams(unaffordable=Unaffordable.STOP)


def kinds(outcome):
    return {step.project: step.kind for step in outcome.steps}


def test_the_worked_example_of_the_documentation():
    outcome = greedy(TOWN, TOWN_VOTES)

    assert outcome.funded == ("tennis", "sports")
    assert outcome.spent == 1000
    assert outcome.steps[0].tied == ("sports",)
    assert kinds(outcome)["library"] is StepKind.DOES_NOT_FIT


def test_a_project_that_does_not_fit_is_skipped_or_ends_the_count():
    place = instance(100, a=60, b=50, c=40)
    votes = approve("3*a", "2*b", "c")

    assert greedy(place, votes).funded == ("a", "c")
    stopped = greedy(place, votes, STOP)
    assert stopped.funded == ("a",)
    assert kinds(stopped)["c"] is StepKind.AFTER_STOP


def test_a_project_dearer_than_the_whole_budget_can_be_kept_from_ending_the_count():
    place = instance(100, a=101, b=50)
    votes = approve("2*a", "b")
    ignoring = GreedyParams(unaffordable=Unaffordable.STOP, oversize=Oversize.IGNORE)

    assert greedy(place, votes, STOP).funded == ()
    assert greedy(place, votes, ignoring).funded == ("b",)


def test_a_project_below_the_threshold_takes_no_part_and_one_at_it_does():
    place = instance(100, a=10, b=10)
    outcome = greedy(place, approve("3*a", "2*b"), GreedyParams(threshold=3))
    assert outcome.funded == ("a",)
    assert kinds(outcome)["b"] is StepKind.BELOW_THRESHOLD


def test_score_per_cost_prefers_many_cheap_projects():
    place = instance(100, a=100, b=20, c=20)
    votes = approve("4*a", "2*b", "c")
    params = GreedyParams(order=Order.SCORE_PER_COST)
    assert greedy(place, votes).funded == ("a",)
    assert greedy(place, votes, params).funded == ("b", "c")


def test_a_free_project_comes_first_by_score_per_cost():
    place = instance(10, a=10, b=0)
    params = GreedyParams(order=Order.SCORE_PER_COST)
    assert greedy(place, approve("a"), params).funded == ("b", "a")


def test_points_are_added_up():
    place = instance(10, a=10, b=10)
    assert greedy(place, points({"a": 3, "b": 1}, {"b": 1}, {"b": 2})).funded == ("b",)


def test_places_in_a_ranking_are_worth_three_two_one_where_three_may_be_ranked():
    place = instance(10, a=10, b=10)
    # a: 3 + 3, b: 2 + 2 + 3, whatever the voters left blank
    votes = rank("a b", "a b", "b", max_length=3)
    scores = {step.project: step.numbers["score"] for step in greedy(place, votes).steps}
    assert scores == {"a": 6, "b": 7}


def test_borda_counts_the_projects_ranked_below():
    place = instance(10, a=10, b=10)
    outcome = greedy(place, rank("a b", "b"), GreedyParams(ranking=Ranking.BORDA))
    assert {step.project: step.numbers["score"] for step in outcome.steps} == {"a": 1, "b": 0}


def test_other_money_tops_up_where_four_fifths_of_the_cost_is_left():
    votes = approve("3*a", "2*b", "c")
    params = GreedyParams(unaffordable=Unaffordable.STOP, top_up=Fraction(4, 5))

    topped = greedy(instance(100, a=60, b=50, c=1), votes, params)
    assert topped.funded == ("a", "b")
    assert (topped.spent, topped.budget) == (110, 100)
    assert topped.steps[1].numbers["top_up"] == 10
    assert greedy(instance(100, a=60, b=51, c=1), votes, params).funded == ("a",)


@given(elections())
def test_skipping_leaves_no_project_that_would_still_fit(election):
    place, cast, kind = election
    outcome = greedy(place, Profile.of(cast, kind))
    left = outcome.budget - outcome.spent
    assert left >= 0
    assert all(p.cost > left for p in place.projects if p.id not in outcome.funded)


@given(elections())
def test_a_higher_score_is_never_passed_over_for_a_lower_one_that_costs_as_much(election):
    place, cast, kind = election
    outcome = greedy(place, Profile.of(cast, kind))
    score = {step.project: step.numbers["score"] for step in outcome.steps}
    for won in outcome.funded:
        for project in place.projects:
            if project.id not in outcome.funded and project.cost <= place.by_id[won].cost:
                assert score[project.id] <= score[won]


def test_a_share_of_all_ballots_is_needed_and_empty_ones_are_among_them():
    # a quarter of ten ballots is 2.5, so two votes are not enough and three are
    place = instance(100, a=10, b=10)
    ballots = approve("3*a", "2*b", "5*")
    outcome = greedy(place, ballots, GreedyParams(threshold_share=Fraction(1, 4)))
    assert outcome.funded == ("a",)
    assert explain(place, outcome, "b").sentence == (
        "Not funded: it has 2 supporters among 10 voters, and at least 3 were needed."
    )


def test_a_dearer_project_needs_more_votes_as_in_swiecie():
    # 30 voters, 900 euros: for a third of the money a ninth of the voters, 3.3, is needed
    place = instance(900, sport=300, bench=30, pool=300)
    ballots = approve("3*sport", "bench", "4*pool", "22*")
    outcome = greedy(place, ballots, GreedyParams(threshold_cost=Fraction(1, 3)))
    assert outcome.funded == ("pool", "bench")
    assert explain(place, outcome, "sport").sentence == (
        "Not funded: it has 3 supporters among 30 voters, "
        "and at least 4 were needed for its cost of 300."
    )


def test_a_threshold_above_all_ballots_is_refused():
    with pytest.raises(TallyError, match="more than all ballots"):
        greedy(TOWN, TOWN_VOTES, GreedyParams(threshold_share=Fraction(3, 2)))


FIELD = replace(instance(100, a=40, b=30, c=20, d=60), exclusive=(("a", "b"), ("b", "c")))
FIELD_VOTES = approve("4*a", "3*b", "2*c", "d")


def test_of_projects_that_exclude_each_other_the_first_that_is_funded_wins():
    # a keeps b out; c excludes only b, which is not funded, so c stands
    outcome = greedy(FIELD, FIELD_VOTES)
    assert outcome.funded == ("a", "c")
    step = outcome.steps[1]
    assert (step.kind, step.project, step.barred_by) == (StepKind.EXCLUDED, "b", "a")
    assert Step.from_json(step.to_json()) == step
    assert explain(FIELD, outcome, "b").sentence == (
        "Not funded: it cannot stand beside a, which came first."
    )


def test_the_example_of_the_documentation_with_two_projects_on_the_same_ground():
    town = replace(TOWN, exclusive=(("sports", "tennis"),))
    assert greedy(town, TOWN_VOTES).funded == ("tennis", "library", "benches")


def test_a_project_that_is_excluded_does_not_end_the_count():
    field = replace(instance(100, a=90, b=30, c=10), exclusive=(("a", "b"),))
    assert greedy(field, approve("3*a", "2*b", "c"), STOP).funded == ("a", "c")


@pytest.mark.parametrize("group", [("a",), ("a", "a"), ("a", "zoo")])
def test_a_group_that_excludes_nothing_is_refused(group):
    with pytest.raises(TallyError, match="exclude"):
        replace(TOWN, projects=instance(1, a=1).projects, exclusive=(group,))


def test_groups_are_part_of_the_input_and_of_nothing_where_there_are_none():
    free = replace(FIELD, exclusive=())
    turned = replace(FIELD, exclusive=(("c", "b"), ("b", "a")))
    assert digest.of_input(FIELD, FIELD_VOTES) == digest.of_input(turned, FIELD_VOTES)
    assert digest.of_input(FIELD, FIELD_VOTES) != digest.of_input(free, FIELD_VOTES)
    # the digest of an instance that had no such field
    assert digest.of_input(instance(1, a=1), approve("a")) == digest.of_data(
        {
            "budget": 1,
            "unit": 1,
            "projects": [["a", 1]],
            "kind": "approval",
            "max_length": None,
            "ballots": [[["a"], [], 1]],
        }
    )


@pytest.mark.parametrize("rule", [one for one in load_rules().values() if not one.keeps_exclusive])
def test_a_rule_that_knows_no_groups_refuses_them(rule):
    with pytest.raises(TallyError, match="exclude each other"):
        rule(FIELD, Profile((*rule.accepts,)[0], ()))


def test_what_is_left_after_a_stop_can_fill_up_with_what_fits():
    place = instance(100, a=60, b=50, c=45, d=30)
    ballots = approve("4*a", "3*b", "2*c", "d")
    filled = greedy(place, ballots, replace(STOP, leftover=Leftover.FILL))
    assert filled.funded == ("a", "d")
    assert [step.kind for step in filled.steps] == [
        StepKind.FUNDED,
        StepKind.DOES_NOT_FIT,
        StepKind.DOES_NOT_FIT,
        StepKind.COMPLETED,
    ]
    assert greedy(place, ballots, STOP).funded == ("a",)


def test_what_is_left_can_go_towards_the_first_project_that_did_not_fit():
    place = instance(100, a=60, b=50, c=30)
    ballots = approve("3*a", "2*b", "c")
    outcome = greedy(place, ballots, GreedyParams(leftover=Leftover.PART))
    assert (outcome.funded, outcome.spent) == (("a", "c"), 90)
    assert explain(place, outcome, "b").sentence == (
        "Not funded in full: with 2 votes its turn came when 40 was left, and it costs 50; "
        "the 10 left at the end goes towards it."
    )
    stopped = greedy(place, ballots, replace(STOP, leftover=Leftover.PART))
    assert stopped.steps[1].numbers["part"] == 40
    assert "came after b" in explain(place, stopped, "c").sentence


def walk_by_hand(place, profile, params):
    """Down the list, as a clerk does it with the regulation beside him."""
    score, votes = add_up.scores(place, profile), add_up.votes(place, profile)
    ranks = tie_ranks(place, votes, DEFAULT_TIES)
    left, funded, stopped = place.budget, [], False
    for one in sorted(place.projects, key=lambda p: (-score[p.id], ranks[p.id])):
        if score[one.id] < params.threshold:
            continue
        if votes[one.id] < params.threshold_share * profile.voters:
            continue
        wanted = params.threshold_cost * Fraction(one.cost, place.budget)
        if votes[one.id] < wanted * profile.voters:
            continue
        rivals = {other for group in place.exclusive if one.id in group for other in group}
        if rivals & set(funded) and one.cost <= place.budget:
            continue
        if one.cost <= left and (not stopped or params.leftover is Leftover.FILL):
            funded.append(one.id)
            left -= one.cost
        elif params.unaffordable is Unaffordable.STOP:
            stopped = True
    return tuple(funded)


@given(
    elections(),
    st.sampled_from(Unaffordable),
    st.sampled_from(Leftover),
    st.integers(0, 3),
    st.fractions(0, 1, max_denominator=5),
    st.fractions(0, 2, max_denominator=4),
    st.booleans(),
)
def test_every_variant_goes_down_the_list_as_a_clerk_would(
    election, unaffordable, leftover, threshold, share, cost, exclude
):
    place, cast, kind = election
    ids = tuple(place.by_id)
    if exclude and len(ids) > 2:
        place = Instance(place.budget, place.projects, 1, (ids[:2], ids[1:]))
    params = GreedyParams(
        unaffordable=unaffordable,
        leftover=leftover,
        threshold=threshold,
        threshold_share=share,
        threshold_cost=cost,
    )
    profile = Profile.of(cast, kind)
    outcome = greedy(place, profile, params)
    assert outcome.funded == walk_by_hand(place, profile, params)
    assert len(explain_all(place, outcome)) == len(place.projects)
