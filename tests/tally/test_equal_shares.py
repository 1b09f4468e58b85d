from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import scores
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.comparison import Comparison
from pb.tally.rules.equal_shares import (
    Completion,
    EqualSharesParams,
    Start,
    Stop,
    Utility,
    equal_shares,
)
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points

ADD1 = EqualSharesParams(completion=Completion.ADD1)


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def test_the_worked_example_of_the_documentation():
    outcome = equal_shares(TOWN, TOWN_VOTES)

    assert outcome.funded == ("tennis", "library")
    assert step(outcome, "tennis").numbers["payment"] == Fraction(200, 3)
    assert step(outcome, "tennis").tied == ("sports",)
    assert step(outcome, "library").numbers["payment"] == 75
    # Two voters with 33.33 each and one with 25 stand behind the benches.
    assert step(outcome, "benches").numbers["money_behind"] == Fraction(275, 3)
    assert step(outcome, "sports").numbers["money_behind"] == 200


def test_the_worked_example_with_one_euro_more_at_a_time():
    outcome = equal_shares(TOWN, TOWN_VOTES, ADD1)

    assert outcome.funded == ("tennis", "library", "benches")
    assert outcome.spent == 850
    numbers = step(outcome, "").numbers
    assert (numbers["first"], numbers["endowment"], numbers["repeats"]) == (100, 120, 20)
    benches = step(outcome, "benches").numbers
    # One voter has 45 left and gives it; the other two share what is missing.
    assert (benches["payment"], benches["full"], benches["rest"]) == (Fraction(105, 2), 2, 1)


def test_the_worked_example_with_the_rest_going_to_most_votes():
    params = EqualSharesParams(completion=Completion.GREEDY)
    outcome = equal_shares(TOWN, TOWN_VOTES, params)
    assert outcome.funded == ("tennis", "library", "benches")
    assert step(outcome, "benches").kind is StepKind.COMPLETED


def test_a_group_with_its_share_of_the_voters_gets_its_share_of_the_money():
    place = instance(10000, a=5000, b=5000, c=5000)
    votes = approve("51*a b", "49*c")
    assert equal_shares(place, votes).funded == ("a",)
    assert set(equal_shares(place, votes, ADD1).funded) == {"a", "c"}


def test_a_project_whose_supporters_hold_exactly_its_cost_is_bought():
    # Three voters with a third each: sums of binary fractions would miss this.
    place = instance(1, a=1)
    assert equal_shares(place, approve("3*a")).funded == ("a",)


def test_money_that_was_spent_is_gone():
    place = instance(30, a=15, b=15, c=15)
    outcome = equal_shares(place, approve("a b", "a", "c"), EqualSharesParams(Utility.CARDINALITY))
    assert outcome.funded == ("a",)
    assert step(outcome, "b").numbers["money_behind"] == Fraction(5, 2)


def test_empty_ballots_make_the_shares_smaller():
    place = instance(30, a=30)
    assert equal_shares(place, approve("a")).funded == ("a",)
    assert equal_shares(place, Profile.of([Ballot(("a",)), Ballot()])).funded == ()


def test_nobody_voted_so_nothing_is_bought():
    outcome = equal_shares(instance(30, a=3), Profile.of([]), ADD1)
    assert outcome.funded == ()
    assert step(outcome, "a").kind is StepKind.NO_VOTES


def test_whoever_gives_more_points_pays_more():
    place = instance(40, a=40)
    outcome = equal_shares(place, points({"a": 3}, {"a": 1}), EqualSharesParams(Utility.SCORE))
    # 20 each; the first would owe 30 of 40, has 20, and the second pays the other 20.
    assert step(outcome, "a").numbers["payment"] == 20
    assert (step(outcome, "a").numbers["full"], step(outcome, "a").numbers["rest"]) == (1, 1)


def test_a_project_dearer_than_the_whole_budget_takes_no_part():
    place = instance(10, a=11, b=6)
    outcome = equal_shares(place, approve("5*a b"), ADD1)
    assert outcome.funded == ("b",)
    assert step(outcome, "a").kind is StepKind.DEARER_THAN_BUDGET


def test_a_project_that_costs_nothing_is_funded_if_anyone_wants_it():
    place = instance(10, a=0, b=10, c=0)
    outcome = equal_shares(place, approve("a b"))
    assert outcome.funded == ("a", "b")


def test_add1_stops_at_the_first_full_outcome_or_goes_on_until_it_would_overspend():
    place = instance(100, a=60, b=50, c=45, d=30)
    votes = approve("4*a c", "3*b", "2*d c", "a d")
    by_stop = {
        stop: equal_shares(
            place, votes, EqualSharesParams(completion=Completion.ADD1, stop=stop)
        ).steps[0]
        for stop in Stop
    }
    assert by_stop[Stop.EXHAUSTIVE].numbers["repeats"] <= by_stop[Stop.OVERSPEND].numbers["repeats"]
    assert by_stop[Stop.OVERSPEND].numbers["exhaustive"] == 0


def test_the_first_endowment_can_be_rounded_down():
    place = instance(1000, unit=100, a=300)
    votes = approve("3*a")
    params = EqualSharesParams(start=Start.ROUNDED_DOWN)
    assert equal_shares(place, votes).steps[0].numbers["first"] == Fraction(1000, 3)
    assert equal_shares(place, votes, params).steps[0].numbers["first"] == 300


def test_add1_adds_one_unit_of_the_currency_unless_told_otherwise():
    place = instance(1000, unit=100, a=600, b=600)
    outcome = equal_shares(place, approve("a", "b"), ADD1)
    assert outcome.params["increment"] == 100
    with pytest.raises(TallyError, match="above zero"):
        equal_shares(
            place, approve("a"), EqualSharesParams(Utility.COST, Completion.ADD1, increment=0)
        )


def test_the_comparison_counts_voters_who_have_no_funded_project_at_all():
    # Equal shares funds c and d, greedy funds a, which five of nine voters prefer.
    place = instance(90, a=90, c=20, d=20)
    votes = approve("5*a", "2*c", "2*d")
    kept = equal_shares(place, votes)
    params = EqualSharesParams(comparison=Comparison.SATISFACTION)
    switched = equal_shares(place, votes, params)

    assert kept.funded == ("c", "d")
    assert switched.funded == ("a",)
    verdict = switched.steps[0]
    assert verdict.kind is StepKind.COMPARISON
    assert (verdict.numbers["equal_shares"], verdict.numbers["greedy"]) == (4, 5)


def test_an_equal_number_of_voters_keeps_equal_shares():
    place = instance(80, a=80, c=20, d=20)
    votes = approve("4*a", "2*c", "2*d")
    params = EqualSharesParams(comparison=Comparison.SATISFACTION)
    assert equal_shares(place, votes, params).steps[0].numbers["switched"] == 0


def test_implied_money_weighs_a_project_by_its_cost_per_supporter():
    place = instance(90, a=90, c=30)
    votes = approve("5*a", "4*c")
    params = EqualSharesParams(comparison=Comparison.IMPLIED_MONEY)
    assert equal_shares(place, votes, params).steps[0].numbers["greedy"] == 5


def test_cheaper_then_more_votes_decides_between_level_projects():
    place = instance(40, a=20, b=20, c=10)
    outcome = equal_shares(place, approve("2*a b c", "2*a b c"))
    assert outcome.funded == ("c", "a")
    assert step(outcome, "c").tied == ("a", "b")


def market(place: Instance, profile: Profile, params: EqualSharesParams):
    """Costs, ranks and utilities per single voter, for the reference implementation."""
    costs = {p.id: p.cost for p in place.projects if p.cost <= place.budget}
    ranks = tie_ranks(place, scores.votes(place, profile), DEFAULT_TIES)
    utilities = {}
    for ballot, weight in profile:
        worth = {}
        for project, given_points in scores.lines(ballot, profile):
            if project in costs and given_points > 0:
                value = {"cost": costs[project], "cardinality": 1, "score": given_points}
                worth[project] = value[params.utility]
        for _ in range(weight):
            utilities[len(utilities)] = worth
    return costs, ranks, utilities


def assert_same(outcome, expected, utilities, params, costs):
    assert outcome.funded == tuple(project for project, _, _ in expected)
    for project, price, payments in expected:
        numbers = step(outcome, project).numbers
        per_point = costs[project] if params.utility is Utility.COST else 1
        assert numbers["payment"] == price * per_point
        worth = {voter: utilities[voter][project] for voter in payments}
        full = sum(payment == price * worth[voter] for voter, payment in payments.items())
        assert numbers["full"] == full
        assert numbers["rest"] + numbers["broke"] == len(payments) - full


@given(elections(), st.sampled_from(Utility))
def test_plain_equal_shares_agrees_with_the_definition(election, utility):
    place, cast, kind = election
    profile, params = Profile.of(cast, kind), EqualSharesParams(utility)
    costs, ranks, utilities = market(place, profile, params)
    endowment = Fraction(place.budget, len(cast)) if cast else Fraction(0)
    expected = reference.equal_shares(costs, ranks, utilities, endowment)
    outcome = equal_shares(place, profile, params)
    assert_same(outcome, expected, utilities, params, costs)


@settings(max_examples=60)
@given(elections(), st.sampled_from(Utility), st.sampled_from(Stop))
def test_add1_agrees_with_the_definition(election, utility, stop):
    place, cast, kind = election
    if not cast:
        return
    profile = Profile.of(cast, kind)
    params = EqualSharesParams(utility, Completion.ADD1, stop)
    costs, ranks, utilities = market(place, profile, params)
    expected = reference.add1(costs, ranks, utilities, place.budget, 1, stop is Stop.EXHAUSTIVE)
    outcome = equal_shares(place, profile, params)
    assert_same(outcome, expected, utilities, params, costs)


@given(elections(), st.integers(2, 9))
def test_splitting_all_money_into_parts_of_a_unit_changes_no_winner(election, part):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    fine = Instance(
        Fraction(place.budget, part),
        tuple(Project(p.id, Fraction(p.cost, part)) for p in place.projects),
    )
    assert equal_shares(fine, profile).funded == equal_shares(place, profile).funded


@given(elections(kinds=(BallotKind.APPROVAL,)))
def test_enough_voters_who_agree_are_never_left_without(election):
    """EJR up to one project, for cost utilities: checked as in the paper, by prefix."""
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    funded = set(equal_shares(place, profile).funded)
    for project in place.projects:
        if project.id in funded or project.cost > place.budget:
            continue
        happiness = sorted(
            sum(place.by_id[p].cost for p in ballot.choices if p in funded)
            for ballot in cast
            if project.id in ballot.choices
        )
        for size, worst in enumerate(happiness, 1):
            share = Fraction(size * place.budget, len(cast))
            assert not (share >= project.cost and worst + project.cost < share)
