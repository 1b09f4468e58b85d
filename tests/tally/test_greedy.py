from fractions import Fraction

from hypothesis import given

from pb.tally.model import Profile, StepKind
from pb.tally.rules.greedy import GreedyParams, Order, Oversize, Unaffordable, greedy
from pb.tally.scores import Ranking
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
