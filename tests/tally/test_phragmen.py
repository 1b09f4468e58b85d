from fractions import Fraction

import pytest
from hypothesis import given

from pb.tally import pabulib, scores
from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.explain import explain_all
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.greedy import Unaffordable
from pb.tally.rules.phragmen import PhragmenParams, phragmen
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference
from tests.tally.elections import ARCHIVE, TOWN, TOWN_VOTES, approve, elections, instance, rank
from tests.tally.test_oracles import expected

SKIP = PhragmenParams(Unaffordable.SKIP)
APPROVALS = elections((BallotKind.APPROVAL,))


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def loads(outcome):
    return [(one.project, one.numbers["load"]) for one in outcome.steps if one.kind.funds]


def said(place, outcome):
    return {one.project: one.sentence for one in explain_all(place, outcome)}


def test_the_worked_example_of_the_documentation():
    outcome = phragmen(TOWN, TOWN_VOTES)

    # Benches 150 / 3; tennis (400 + 2 · 50) / 6; library (300 + 50) / 4.
    expected_loads = [("benches", 50), ("tennis", Fraction(250, 3)), ("library", Fraction(175, 2))]
    assert loads(outcome) == expected_loads
    assert outcome.spent == 850
    sports = step(outcome, "sports")
    # Its six supporters carry 250/3 each, and 600 more would come to them.
    assert sports.numbers["load"] == 100 + Fraction(250, 3)
    assert (sports.kind, sports.left) == (StepKind.DOES_NOT_FIT, 150)
    assert phragmen(TOWN, TOWN_VOTES, SKIP).funded == outcome.funded


def test_the_running_example_of_the_book_on_approval_committees():
    # Lackner and Skowron, Multi-Winner Voting with Approval Preferences, example 9.
    place = instance(4, a=1, b=1, c=1, d=1, e=1, f=1, g=1)
    votes = approve("3*a b", "3*a c", "2*a d", "b c f", "e", "f", "g")
    outcome = phragmen(place, votes, ties=("file-order",))
    eighths = [Fraction(1, 8), Fraction(11, 32), Fraction(55, 128), Fraction(5, 8)]
    assert loads(outcome) == list(zip("abcd", eighths, strict=True))
    assert step(outcome, "b").tied == ("c",)
    assert step(outcome, "c").tied == ()


def test_three_seats_between_two_lists_that_share_candidates():
    place = instance(3, A=1, B=1, C=1, P=1, Q=1, R=1)
    votes = approve("1034*A B C", "519*P Q R", "90*A B Q", "47*A P Q")
    first = Fraction(1, 1034 + 90 + 47)
    second = (1 + (90 + 47) * first) / (519 + 90 + 47)
    third = (1 + 1034 * first + 90 * second) / (1034 + 90)
    assert loads(phragmen(place, votes)) == [("A", first), ("Q", second), ("B", third)]


def test_a_project_that_does_not_fit_ends_the_count_or_is_passed_over():
    place = instance(100, a=60, b=50, c=40)
    votes = approve("6*a", "4*b", "c")

    stopped = phragmen(place, votes)
    assert stopped.funded == ("a",)
    assert [one.kind for one in stopped.steps[1:]] == [StepKind.DOES_NOT_FIT, StepKind.AFTER_STOP]
    assert said(place, stopped)["c"] == (
        "Not funded: its 1 supporter would carry 40, so it came after b, "
        "the first project that did not fit, where the count stopped."
    )
    assert phragmen(place, votes, SKIP).funded == ("a", "c")


def test_a_level_project_that_does_not_fit_ends_the_count_even_if_another_would_fit():
    # 30 is left; b would carry 30 / 1, and c 60 / 2.
    place = instance(100, a=70, b=30, c=60)
    votes = approve("70*a", "b", "2*c")
    stopped = phragmen(place, votes)
    assert stopped.funded == ("a",)
    assert step(stopped, "c").kind is StepKind.DOES_NOT_FIT
    assert step(stopped, "c").tied == ("b",)
    assert step(stopped, "b").kind is StepKind.AFTER_STOP
    assert phragmen(place, votes, SKIP).funded == ("a", "b")


def test_level_projects_follow_the_order_of_ties():
    place = instance(10, a=6, b=4)
    votes = approve("3*a", "2*b")
    assert phragmen(place, votes).funded == ("b", "a")
    assert phragmen(place, votes, ties=("more-votes",)).funded == ("a", "b")


def test_projects_without_votes_or_dearer_than_the_budget_take_no_part():
    place = instance(100, a=101, b=0, c=20, d=100)
    outcome = phragmen(place, approve("9*a", "c", "d"))
    assert outcome.funded == ("c",)
    assert step(outcome, "a").kind is StepKind.DEARER_THAN_BUDGET
    assert step(outcome, "b").kind is StepKind.NO_VOTES
    assert said(place, outcome)["d"].startswith("Not funded: its turn came when its 1 supporter")


def test_a_project_that_costs_nothing_comes_first():
    place = instance(100, a=10, b=0)
    outcome = phragmen(place, approve("5*a", "a b"))
    assert outcome.funded == ("b", "a")
    assert said(place, outcome)["b"] == "Funded 1st: it has 1 supporter and costs nothing."


def test_the_sentences_say_what_supporters_carry():
    sentences = said(TOWN, phragmen(TOWN, TOWN_VOTES))
    assert sentences["benches"] == (
        "Funded 1st: shared by its 3 supporters, its cost of 150 brings each of them to 50 in all; "
        "1000 was left."
    )
    assert sentences["sports"] == (
        "Not funded: its turn came when its 6 supporters would carry 550/3 each; 150 was left, "
        "and it costs 600."
    )


def test_other_ballots_than_approvals_are_refused():
    with pytest.raises(TallyError, match="does not count ordinal"):
        phragmen(TOWN, rank("tennis sports"))


@pytest.mark.parametrize("params", [PhragmenParams(), SKIP], ids=["stop", "skip"])
@given(election=APPROVALS)
def test_loads_are_the_moments_at_which_supporters_who_earn_alike_can_pay(params, election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    ranks = tie_ranks(place, scores.votes(place, profile), DEFAULT_TIES)
    costs = {project.id: project.cost for project in place.projects}
    choices = [ballot.choices for ballot in cast]
    skip = params.unaffordable is Unaffordable.SKIP
    slow = reference.phragmen(costs, ranks, choices, place.budget, skip)
    outcome = phragmen(place, profile, params)
    assert loads(outcome) == slow
    assert outcome.spent <= place.budget
    assert {one.project for one in outcome.steps} == set(costs)
    assert not any("{" in sentence for sentence in said(place, outcome).values())
    assert phragmen(place, Profile.of(cast[::-1], kind), params) == outcome


@given(election=APPROVALS)
def test_another_currency_changes_the_loads_and_nothing_else(election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    rate = Fraction(3, 7)
    projects = tuple(Project(p.id, p.cost * rate) for p in place.projects)
    other = phragmen(Instance(place.budget * rate, projects), profile)
    one = phragmen(place, profile)
    assert loads(other) == [(project, load * rate) for project, load in loads(one)]


@given(election=APPROVALS)
def test_loads_never_fall_and_what_is_carried_is_what_was_spent(election):
    place, cast, kind = election
    outcome = phragmen(place, Profile.of(cast, kind), SKIP)
    found = loads(outcome)
    assert found == sorted(found, key=lambda one: one[1])
    carried = [
        max((load for project, load in found if project in ballot.choices), default=0)
        for ballot in cast
    ]
    assert sum(carried) == outcome.spent


def test_the_reference_library_funds_the_same_projects():
    found = expected("phragmen", largest=400_000)
    assert len(found) > 10
    for name, one in found.items():
        read = pabulib.read_file(ARCHIVE / name)
        assert set(phragmen(read.instance, read.profile).funded) == set(one["winners"]), name
