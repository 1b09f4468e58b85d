from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally import pabulib, scores
from pb.tally.explain import explain_all
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.greedy import greedy
from pb.tally.rules.knapsack import most_value
from pb.tally.rules.max_welfare import MaxWelfareParams, Utility, max_welfare
from pb.tally.scores import Ranking
from pb.tally.ties import tie_ranks
from tests.tally import reference
from tests.tally.elections import (
    ARCHIVE,
    TOWN,
    TOWN_VOTES,
    approve,
    elections,
    instance,
    points,
    rank,
)
from tests.tally.test_oracles import expected

BY_COST = MaxWelfareParams(Utility.COST)
TIES = st.sampled_from([("lower-cost",), ("higher-cost",), ("file-order",), ("lot:7",)])


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def kinds(outcome):
    return {one.project: one.kind for one in outcome.steps}


def said(place, outcome):
    return {one.project: one.sentence for one in explain_all(place, outcome)}


def test_the_worked_example_of_the_documentation():
    outcome = max_welfare(TOWN, TOWN_VOTES)

    # 6 + 4 + 3 votes for 850; sports and tennis have 12.
    assert outcome.funded == ("tennis", "library", "benches")
    assert step(outcome, "").numbers == {"total": 13}
    assert step(outcome, "sports").numbers["total_with"] == 12
    assert said(TOWN, outcome)["sports"] == (
        "Not funded: the best selection with it has 12 votes, and the funded one has 13 votes."
    )
    assert said(TOWN, outcome)["library"] == (
        "Funded: it has 4 votes and costs 300; no selection within the budget has more "
        "than the 13 votes of the funded one."
    )


def test_the_worked_example_by_cost():
    outcome = max_welfare(TOWN, TOWN_VOTES, BY_COST)

    # 6 · 600 + 6 · 400; with the library 6 · 600 + 4 · 300.
    assert outcome.funded == ("sports", "tennis")
    assert step(outcome, "").numbers == {"total_money": 6000}
    assert step(outcome, "library").numbers["total_money_with"] == 4800
    assert step(outcome, "benches").numbers["total_money_with"] == 4050
    assert said(TOWN, outcome)["library"] == (
        "Not funded: the best selection with it is worth 4800, "
        "and the funded one 6000, when each cost counts once for every supporter."
    )


def test_the_best_selection_may_leave_out_the_project_with_most_votes():
    place = instance(10, a=10, b=5, c=5)
    votes = approve("5*a", "3*b", "3*c")
    assert greedy(place, votes).funded == ("a",)
    assert max_welfare(place, votes).funded == ("b", "c")


@pytest.mark.parametrize(
    ("ties", "funded"),
    [
        # a and d, a and b, c and d have five votes each and fit.
        (("lower-cost", "more-votes"), {"a", "d"}),
        (("higher-cost",), {"a", "b"}),
        (("file-order",), {"c", "d"}),
    ],
)
def test_between_equal_totals_the_first_in_the_order_of_ties_decides(ties, funded):
    place = instance(10, c=5, d=5, a=4, b=6)
    votes = approve("2*a", "3*b", "2*c", "3*d")
    assert set(max_welfare(place, votes, ties=ties).funded) == funded


def test_a_project_that_lost_by_the_order_of_ties_names_those_it_would_have_replaced():
    place = instance(10, a=5, b=5, c=5)
    outcome = max_welfare(place, approve("a", "b", "c"))
    assert outcome.funded == ("a", "b")
    assert step(outcome, "c").tied == ("b",)
    assert step(outcome, "b").tied == ("c",)
    assert step(outcome, "a").tied == ()
    assert said(place, outcome)["c"] == (
        "Not funded: the best selection with it is worth just as much as the funded one, "
        "and the order of ties decided."
    )


def test_projects_that_take_no_part_have_a_reason():
    place = instance(10, a=11, b=1, c=2, d=3)
    outcome = max_welfare(place, points({"a": 5}, {"b": 0, "d": 2}))
    assert outcome.funded == ("d",)
    assert kinds(outcome)["a"] is StepKind.DEARER_THAN_BUDGET
    assert kinds(outcome)["b"] is StepKind.ADDS_NOTHING
    assert kinds(outcome)["c"] is StepKind.NO_VOTES
    assert said(place, outcome)["b"] == "Not funded: with 0 points it adds nothing to the total."
    assert "the 2 points of the funded one" in said(place, outcome)["d"]


@pytest.mark.parametrize("utility", Utility)
def test_a_project_that_costs_nothing_is_funded_if_anyone_wants_it(utility):
    place = instance(10, a=10, b=0, c=0)
    outcome = max_welfare(place, approve("a", "b"), MaxWelfareParams(utility))
    assert set(outcome.funded) == {"a", "b"}
    assert kinds(outcome)["c"] is StepKind.NO_VOTES


def test_ranks_become_points():
    place = instance(10, a=10, b=10)
    votes = rank("a b", "a b", "b", "b", max_length=3)
    # Places: a 3 + 3, b 2 + 2 + 3 + 3; projects below: a 1 + 1, b nothing.
    assert max_welfare(place, votes).funded == ("b",)
    assert max_welfare(place, votes, MaxWelfareParams(ranking=Ranking.BORDA)).funded == ("a",)


def worth(place, profile, utility):
    """What every project that takes part adds to the total."""
    score, votes = scores.scores(place, profile), scores.votes(place, profile)
    return {
        p.id: score[p.id] if utility is Utility.SCORE else votes[p.id] * p.cost
        for p in place.projects
        if score[p.id] > 0 and p.cost <= place.budget
    }


@pytest.mark.parametrize("utility", Utility)
@given(election=elections(), ties=TIES)
def test_no_selection_is_better_or_earlier_in_the_order_of_ties(utility, election, ties):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    ranks = tie_ranks(place, scores.votes(place, profile), ties)
    costs = {project.id: project.cost for project in place.projects}
    adds = worth(place, profile, utility)
    total, selection = reference.max_welfare(costs, ranks, adds, place.budget)
    name = "total" if utility is Utility.SCORE else "total_money"

    outcome = max_welfare(place, profile, MaxWelfareParams(utility), ties)
    assert set(outcome.funded) == selection
    assert step(outcome, "").numbers == {name: total}
    for one in outcome.steps:
        if one.kind is StepKind.LEFT_OUT:
            best = reference.max_welfare(costs, ranks, adds, place.budget, {one.project})[0]
            assert one.numbers[f"{name}_with"] == best
            assert bool(one.tied) == (best == total)


@pytest.mark.parametrize("params", [MaxWelfareParams(), BY_COST], ids=list(Utility))
@given(election=elections())
def test_every_project_is_explained_and_the_budget_is_kept(params, election):
    place, cast, kind = election
    outcome = max_welfare(place, Profile.of(cast, kind), params)
    assert outcome.spent <= place.budget
    assert {one.project for one in outcome.steps if one.project} == set(place.by_id)
    assert [one.project for one in outcome.steps if one.kind.funds] == list(outcome.funded)
    assert not any("{" in sentence for sentence in said(place, outcome).values())
    assert max_welfare(place, Profile.of(cast[::-1], kind), params) == outcome


@given(election=elections())
def test_parts_of_a_currency_unit_change_the_totals_and_nothing_else(election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    projects = tuple(Project(p.id, p.cost * Fraction(3, 7)) for p in place.projects)
    one = max_welfare(place, profile, BY_COST)
    other = max_welfare(Instance(place.budget * Fraction(3, 7), projects), profile, BY_COST)
    assert other.funded == one.funded
    assert other.steps[0].numbers["total_money"] == one.steps[0].numbers["total_money"] * Fraction(
        3, 7
    )


def table(items, capacity):
    """The greatest value for every capacity up to this one, in a table as in any textbook."""
    best = [0] * (capacity + 1)
    for weight, value in items:
        for room in range(capacity, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best[capacity]


@given(
    items=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=25),
    capacity=st.integers(0, 700),
)
def test_the_search_finds_what_a_table_finds(items, capacity):
    assert most_value(items, capacity) == table(items, capacity)


@given(
    weights=st.lists(st.integers(20, 60), min_size=5, max_size=30),
    capacity=st.integers(100, 700),
)
def test_the_search_finds_what_a_table_finds_where_value_goes_with_weight(weights, capacity):
    items = [(weight, weight + 5) for weight in weights]
    assert most_value(items, capacity) == table(items, capacity)


@pytest.mark.parametrize(
    ("oracle", "params"),
    [
        ("maxwelfare_card", MaxWelfareParams()),
        ("maxwelfare_cost", BY_COST),
        ("maxwelfare_score", MaxWelfareParams(ranking=Ranking.BORDA)),
    ],
)
def test_the_reference_library_finds_selections_of_the_same_total(oracle, params):
    found = expected(oracle, largest=400_000)
    assert len(found) > 10
    for name, one in found.items():
        read = pabulib.read_file(ARCHIVE / name)
        outcome = max_welfare(read.instance, read.profile, params)
        facts = {one.project: one.numbers for one in outcome.steps if one.project}
        by_cost = params.utility is Utility.COST
        adds = {p: n["votes"] * n["cost"] if by_cost else n["score"] for p, n in facts.items()}
        assert sum(adds[p] for p in outcome.funded) == sum(adds[p] for p in one["winners"]), name
