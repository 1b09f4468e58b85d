"""Bounded overspending against an example by hand, its definition and another implementation."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.explain import explain_all
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.bos import LONGEST, BosParams, bos
from pb.tally.rules.equal_shares import Utility, equal_shares
from pb.tally.scores import lines
from pb.tally.scores import votes as votes_of
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference_transfers as reference
from tests.tally.elections import approve, election, elections, instance, points
from tests.tally.test_oracles import expected

# The worked example of docs/rules/bos.md: ten residents, 1,000 euros.
VILLAGE = instance(1000, path=300, pool=400, library=300, play=240, benches=170, trees=100)
VILLAGE_VOTES = approve(
    "path",
    "path pool library benches",
    "3*path pool library",
    "path pool trees",
    "2*play benches",
    "play benches trees",
    "library play trees",
)


def facts(outcome, project):
    return next(step.numbers for step in outcome.steps if step.project == project)


def said(place, outcome):
    return {one.project: one.sentence for one in explain_all(place, outcome)}


def test_the_worked_example_of_the_documentation():
    outcome = bos(VILLAGE, VILLAGE_VOTES)
    assert outcome.funded == ("path", "library", "play", "trees")
    assert outcome.spent == 940
    paid = [facts(outcome, project)["payment"] for project in outcome.funded]
    assert paid == [50, 60, Fraction(200, 3), 60]
    assert [facts(outcome, project)["raised"] for project in outcome.funded] == [
        300,
        250,
        240,
        Fraction(250, 3),
    ]
    assert [facts(outcome, project)["overspent"] for project in outcome.funded] == [
        0,
        40,
        0,
        Fraction(50, 3),
    ]


def test_equal_shares_leaves_out_what_supporters_can_only_nearly_pay_for():
    # After the path, benches and play are level (a quarter each) and the benches are cheaper. Then
    # the five who chose the library hold 7.50, three times 50, and 32.50 after the playground.
    plain = equal_shares(VILLAGE, VILLAGE_VOTES)
    assert plain.funded == ("path", "benches", "play")
    assert plain.spent == 710
    assert set(bos(VILLAGE, VILLAGE_VOTES).funded) - set(plain.funded) == {"library", "trees"}


def test_a_project_may_be_funded_although_its_supporters_never_held_its_cost():
    # 403 of 414 hold 301,763 together; nobody else gets more for the money.
    place = instance(310_000, bridge=310_000, bench=6_000)
    outcome = bos(place, approve("403*bridge", "11*bench"))
    assert outcome.funded == ("bridge",)
    step = outcome.steps[0]
    assert (step.numbers["full"], step.numbers["rest"]) == (0, 403)
    assert step.numbers["paid"] == Fraction(310_000 * 403, 414)
    assert equal_shares(place, approve("403*bridge", "11*bench")).funded == ("bench",)


def test_one_who_gives_very_little_does_not_set_the_price_for_all():
    # At a hundredth per point nine give their 10 and one gives 0.01. To raise all 100 she would
    # have to give her 10 as well, at a price per point a thousand times as high.
    place = instance(100, a=100)
    outcome = bos(place, points({"a": 1}, *[{"a": 1000}] * 9), BosParams(Utility.SCORE))
    assert outcome.funded == ("a",)
    assert outcome.steps[0].numbers["raised"] == 90 + Fraction(1, 100)


def test_projects_that_are_level_follow_the_order_of_ties():
    place = instance(10, dear=6, cheap=5)
    outcome = bos(place, approve("dear cheap"), ties=("higher-cost",))
    assert outcome.funded == ("dear",)
    assert outcome.steps[0].tied == ("cheap",)
    assert bos(place, approve("dear cheap")).funded == ("cheap",)


def test_what_costs_nothing_is_bought_first_and_by_nobody_without_supporters():
    place = instance(10, a=8, free=0, unloved=0)
    outcome = bos(place, approve("a", "free"))
    assert outcome.funded == ("free", "a")
    assert said(place, outcome)["free"] == "Funded 1st: it has 1 supporter and costs nothing."
    assert "nobody voted" in said(place, outcome)["unloved"]


def test_a_count_without_ballots_or_without_money_funds_nothing():
    assert bos(VILLAGE, approve()).funded == ()
    assert bos(instance(0, a=1), approve("a")).funded == ()


def test_every_project_is_explained():
    place = instance(
        1000, path=300, pool=400, library=300, play=240, benches=170, trees=100, moat=2000, zoo=9
    )
    sentences = said(place, bos(place, VILLAGE_VOTES))
    assert sentences["path"] == "Funded 1st: 6 supporters paid at most 50 each, together 300."
    assert sentences["library"] == (
        "Funded 2nd: 5 supporters paid at most 60 each, together 260; the other 40 of its cost "
        "of 300 came from money that others had not spent."
    )
    assert sentences["benches"] == (
        "Not funded: it costs 170, and before its turn came only 160 was left."
    )
    assert sentences["zoo"] == "Not funded: nobody voted for it."
    assert sentences["moat"].startswith("Not funded: it costs 2000, more than the whole budget")


def test_what_is_left_of_the_budget_does_not_help_those_who_have_spent_theirs():
    # Each of the three has 4. Two of them give all they have for b, and nobody else wants a.
    small = instance(12, a=3, b=8, c=5)
    outcome = bos(small, approve("2*a b", "c"), ties=("higher-cost",))
    assert outcome.funded == ("b",)
    assert said(small, outcome)["a"] == (
        "Not funded: its 2 supporters had 0 left between them, and it costs 3."
    )


def by_definition(place, cast, kind, utility):
    profile = Profile.of(cast, kind)
    utilities = {}
    for voter, ballot in enumerate(cast):
        given = dict(reversed(lines(ballot, profile)))
        utilities[voter] = {
            project: {"cost": place.by_id[project].cost, "cardinality": 1, "score": value}[utility]
            for project, value in given.items()
            if value > 0
        }
    costs = {project.id: project.cost for project in place.projects}
    ranks = tie_ranks(place, votes_of(place, profile), DEFAULT_TIES)
    return costs, ranks, utilities


utilities = st.sampled_from(Utility)


@settings(max_examples=150)
@given(election=elections(), utility=utilities)
def test_it_does_what_the_definition_says(election, utility):
    place, cast, kind = election
    outcome = bos(place, Profile.of(cast, kind), BosParams(utility))
    costs, ranks, worth = by_definition(place, cast, kind, utility)
    slow = reference.bos(costs, ranks, worth, place.budget) if cast else []
    assert outcome.funded == tuple(project for project, _, _ in slow)
    for project, alpha, payments in slow:
        assert abs(facts(outcome, project)["raised"] - alpha * costs[project]) <= Fraction(1, 2000)
        paid = facts(outcome, project)["paid"]
        assert abs(paid - sum(payments.values())) <= Fraction(1, 2000)


@settings(max_examples=60)
@given(
    cost=st.integers(1, 40),
    holdings=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=6),
    level=st.fractions(Fraction(1, 20), 20, max_denominator=40),
)
def test_no_price_is_lower_than_the_lowest_of_those_at_which_somebody_runs_out(
    cost, holdings, level
):
    left = dict(enumerate(money for money, _ in holdings))
    worth = dict(enumerate(value for _, value in holdings))
    best = reference.overspending_price(
        "a", cost, {voter: {"a": value} for voter, value in worth.items()}, left
    )
    if best is not None:
        assert reference.price_at(level, cost, worth, left)[0] >= best[0]


@settings(max_examples=60)
@given(election=elections(), utility=utilities)
def test_nobody_pays_more_than_the_cost_and_the_budget_is_kept(election, utility):
    place, cast, kind = election
    outcome = bos(place, Profile.of(cast, kind), BosParams(utility))
    assert outcome.spent <= place.budget
    for step in outcome.steps:
        if step.kind is StepKind.BOUGHT:
            assert step.numbers["raised"] <= step.numbers["paid"] <= step.numbers["cost"]
            people = sum(step.numbers[name] for name in ("full", "rest", "broke"))
            assert people == step.numbers["votes"]


@settings(max_examples=40)
@given(election=elections(), rate=st.sampled_from([Fraction(1, 3), Fraction(7, 2), 100]))
def test_the_currency_makes_no_difference(election, rate):
    place, cast, kind = election
    projects = tuple(Project(p.id, p.cost * rate) for p in place.projects)
    other = bos(Instance(place.budget * rate, projects), Profile.of(cast, kind))
    assert other.funded == bos(place, Profile.of(cast, kind)).funded


def test_the_same_projects_as_another_implementation():
    found = expected("bos", largest=100_000)
    assert len(found) == 8
    for name, one in found.items():
        read = election(name)
        assert list(bos(read.instance, read.profile).funded) == one["winners"], name


def test_long_fractions_are_written_down_to_a_thousandth():
    expected("bos", largest=100_000)  # skips where there is no archive
    read = election("France_Toulouse_2019.pb")
    outcome = bos(read.instance, read.profile, BosParams(Utility.SCORE))
    written = [value for step in outcome.steps for value in step.numbers.values()]
    assert any(Fraction(value).denominator == 1000 for value in written)
    assert all(Fraction(value).denominator <= LONGEST for value in written)


@pytest.mark.parametrize("kind", [BallotKind.CUMULATIVE, BallotKind.SCORING])
def test_points_weigh_with_the_utility_score_only(kind):
    place = instance(8, a=4, b=4)
    cast = [Ballot(("a", "b"), (1, 3)), Ballot(("a",), (1,))]
    assert bos(place, Profile.of(cast, kind)).funded == ("a", "b")
    assert bos(place, Profile.of(cast, kind), BosParams(Utility.SCORE)).funded[0] == "b"
