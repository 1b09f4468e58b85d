from fractions import Fraction

import pytest
from hypothesis import given, settings

from pb.tally import scores
from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.maximin_support import electorate, maximin_support
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference_supports
from tests.tally.elections import (
    TOWN,
    TOWN_VOTES,
    approve,
    election,
    elections,
    instance,
    need_archive,
    rank,
)
from tests.tally.test_explain import said
from tests.tally.test_oracles import expected

APPROVALS = elections((BallotKind.APPROVAL,))


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def loads(outcome):
    return [(one.project, one.numbers["top_load"]) for one in outcome.steps if one.kind.funds]


def test_the_worked_example_of_the_documentation():
    outcome = maximin_support(TOWN, TOWN_VOTES)

    # Benches 150 / 3; with the library 300 / 4; with the tennis court 850 / 10, all for all.
    assert loads(outcome) == [("benches", 50), ("library", 75), ("tennis", 85)]
    sports = step(outcome, "sports")
    # Benches and sports field cost 750, and 7 chose one of them.
    assert sports.numbers["top_load"] == Fraction(750, 7)
    assert (sports.kind, sports.left) == (StepKind.DOES_NOT_FIT, 550)


def test_seats_go_to_lists_as_by_d_hondt():
    # The quotients of 100, 80, 30 and 20 votes; 80 / 3 = 26.67 is before 100 / 4 = 25.
    lists = {"a": 100, "b": 80, "c": 30, "d": 20}
    names = {one: [f"{one}{seat}" for seat in range(1, 9)] for one in lists}
    place = instance(8, **{name: 1 for seats in names.values() for name in seats})
    votes = approve(*(f"{count}*{' '.join(names[one])}" for one, count in lists.items()))
    outcome = maximin_support(place, votes)
    assert "".join(name[0] for name in outcome.funded) == "ababacba"
    shares = [100, 80, 50, 40, Fraction(100, 3), 30, Fraction(80, 3), 25]
    assert [load for _, load in loads(outcome)] == [1 / Fraction(share) for share in shares]


def test_costs_are_split_anew_when_others_come_to_help():
    # a (60) and b (60) share one voter; once b is funded, the other voter of a carries a alone.
    place = instance(200, a=60, b=60, c=80)
    outcome = maximin_support(place, approve("a", "a b", "c"))
    assert loads(outcome) == [("a", 30), ("b", 60), ("c", 80)]


def test_a_project_that_costs_more_than_is_left_never_has_its_turn():
    place = instance(100, a=60, b=50, c=40)
    outcome = maximin_support(place, approve("6*a", "4*b", "c"))
    assert outcome.funded == ("a", "c")
    assert [one.kind for one in outcome.steps] == [
        StepKind.SPREAD,
        StepKind.DOES_NOT_FIT,
        StepKind.SPREAD,
    ]
    assert step(outcome, "b").left == 40


def test_level_projects_follow_the_order_of_ties():
    place = instance(10, a=6, b=4)
    votes = approve("3*a", "2*b")
    assert maximin_support(place, votes).funded == ("b", "a")
    outcome = maximin_support(place, votes, ties=("more-votes",))
    assert outcome.funded == ("a", "b")
    assert step(outcome, "a").tied == ("b",)
    assert step(outcome, "b").tied == ()


def test_projects_without_votes_or_dearer_than_the_budget_take_no_part():
    place = instance(100, a=101, b=0, c=20)
    outcome = maximin_support(place, approve("9*a", "c"))
    assert outcome.funded == ("c",)
    assert step(outcome, "a").kind is StepKind.DEARER_THAN_BUDGET
    assert step(outcome, "b").kind is StepKind.NO_VOTES


def test_the_sentences_say_what_somebody_would_carry():
    sentences = said(TOWN, maximin_support(TOWN, TOWN_VOTES))
    assert sentences["tennis"] == (
        "Funded 3rd: with it, the costs can be shared so that nobody carries more than €85; "
        "it cost €400 and €550 was left."
    )
    assert sentences["sports"] == (
        "Not funded: €550 was left before its turn came, and it costs €600; "
        "with it, somebody would have to carry €107.14."
    )
    free = instance(10, a=0)
    assert said(free, maximin_support(free, approve("a"))) == {
        "a": "Funded 1st: it has 1 supporter and costs nothing."
    }


def test_other_ballots_than_approvals_are_refused():
    with pytest.raises(TallyError, match="does not count ordinal"):
        maximin_support(TOWN, rank("tennis sports"))


@settings(max_examples=200)
@given(election=APPROVALS)
def test_the_load_is_the_greatest_quotient_over_all_groups_of_projects(election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    ranks = tie_ranks(place, scores.votes(place, profile), DEFAULT_TIES)
    costs = {project.id: project.cost for project in place.projects}
    ballots = [ballot.choices for ballot in cast]
    outcome = maximin_support(place, profile)
    assert loads(outcome) == reference_supports.maximin_support(costs, ranks, ballots, place.budget)
    for one in outcome.steps:
        if one.kind is StepKind.DOES_NOT_FIT:
            earlier = outcome.steps[: outcome.steps.index(one)]
            before = [s.project for s in earlier if s.kind.funds]
            load = reference_supports.top_load(costs, ballots, [*before, one.project])
            assert one.numbers["top_load"] == load
    wanted = {project for ballot in ballots for project in ballot}
    left = place.budget - outcome.spent
    assert all(costs[project] > left for project in wanted - set(outcome.funded))


@given(election=APPROVALS)
def test_the_load_is_that_of_a_real_sharing(election):
    place, cast, kind = election
    people, scale = electorate(place, Profile.of(cast, kind))
    spread = people.nothing()
    for project in place.projects:
        if people.supporters[project.id]:
            load, spread = spread.adding(project.id, Fraction(0))
            carried = list(spread.carried())
            assert people.at_least(project.id, spread.projects[:-1]) <= load
            assert all(sum(what.values()) <= voters * load for voters, what in carried)
            for one in spread.projects:
                assert sum(what.get(one, 0) for _, what in carried) == people.costs[one]
    alike = sorted(sorted(set(ballot.choices) & set(spread.projects)) for ballot in cast)
    assert alike == sorted(sorted(what) for n, what in spread.carried() for _ in range(n))
    assert scale == 1


@given(election=APPROVALS)
def test_another_currency_changes_the_loads_and_nothing_else(election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    rate = Fraction(3, 7)
    projects = tuple(Project(p.id, p.cost * rate) for p in place.projects)
    other = maximin_support(Instance(place.budget * rate, projects), profile)
    one = maximin_support(place, profile)
    assert loads(other) == [(project, load * rate) for project, load in loads(one)]


@given(election=APPROVALS)
def test_loads_never_fall(election):
    place, cast, kind = election
    found = loads(maximin_support(place, Profile.of(cast, kind)))
    assert found == sorted(found, key=lambda one: one[1])


def test_the_reference_library_funds_the_same_projects_in_the_same_order():
    found = expected("maximin_support", largest=10**7)
    assert len(found) >= 5
    for name, one in found.items():
        read = election(name)
        assert list(maximin_support(read.instance, read.profile).funded) == one["winners"], name


def test_an_election_of_six_thousand_voters_is_shared_to_the_last_cent():
    need_archive()
    read = election("Poland_Wieliczka_2023_Green_Budget.pb")
    outcome = maximin_support(read.instance, read.profile)
    people, scale = electorate(read.instance, read.profile)
    spread = people.nothing()
    for project, load in loads(outcome):
        found, spread = spread.adding(project, Fraction(0))
        assert found == load * scale
    for project in outcome.funded:
        carried = sum(what.get(project, 0) for _, what in spread.carried())
        assert carried == people.costs[project]
