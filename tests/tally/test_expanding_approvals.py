from fractions import Fraction
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from pb.tally import scores
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules import weights
from pb.tally.rules.expanding_approvals import expanding_approvals
from pb.tally.rules.weights import Weights
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference_supports
from tests.tally.elections import TOWN, TOWN_VOTES, election, elections, instance, rank
from tests.tally.test_explain import said
from tests.tally.test_oracles import expected

RANKINGS = elections((BallotKind.ORDINAL,))
# The worked example of docs/rules: the same ten residents, with an order in their choices.
RANKED = rank("2*sports tennis benches", "4*tennis sports", "library benches", "3*library")
# Elections of the archive where the reference library took another of the projects with enough.
OTHER_CHOICE = {
    "Poland_Krakow_2018_Stare_Miasto.pb",
    "Poland_Krakow_2019_Zwierzyniec.pb",
    "Poland_Krakow_2024_Lagiewniki-Borek_Falecki.pb",
    "US_Stanford_Dataset_PB_Dieppe_2015_vote_rankings.pb",
    "Worldwide_Mechanical_Turk_Ranking_value_7.pb",
}


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def numbers(outcome, project, *names):
    return tuple(step(outcome, project).numbers[name] for name in names)


def bought(outcome):
    return [
        (one.project, one.numbers["rank"], one.numbers["votes_left"])
        for one in outcome.steps
        if one.kind.funds
    ]


def rounded(found):
    return [(project, rank, held * 10**6 // 1 / Fraction(10**6)) for project, rank, held in found]


def test_the_worked_example_of_the_documentation():
    outcome = expanding_approvals(TOWN, RANKED)

    assert outcome.funded == ("library", "tennis", "benches")
    # 300 of 1,000 euros are 3 of 10 votes; four rank the library first and keep a quarter each.
    assert numbers(outcome, "library", "rank", "votes_left", "votes_needed") == (1, 4, 3)
    assert numbers(outcome, "tennis", "rank", "votes_left", "votes_needed") == (1, 4, 4)
    # Two whole votes and a quarter of one.
    half = Fraction(3, 2)
    assert numbers(outcome, "benches", "rank", "backers") == (3, 3)
    assert numbers(outcome, "benches", "votes_left", "votes_needed") == (Fraction(9, 4), half)
    # Two votes keep a third each, since 1.5 of 2.25 was taken; four have nothing left.
    assert numbers(outcome, "sports", "votes_left", "votes_needed") == (Fraction("0.666666"), 6)


def test_of_projects_with_enough_support_the_one_with_most_for_its_cost_comes_first():
    # a has 3 votes for a third of the money, b 2 for a sixth; both have enough at once.
    place = instance(600, a=200, b=100)
    outcome = expanding_approvals(place, rank("3*a", "2*b"))
    assert outcome.funded == ("b", "a")
    assert step(outcome, "a").tied == ()


def test_level_projects_follow_the_order_of_ties():
    place = instance(800, a=200, b=100)
    votes = rank("4*a", "2*b")
    assert expanding_approvals(place, votes).funded == ("b", "a")
    outcome = expanding_approvals(place, votes, ties=("more-votes",))
    assert outcome.funded == ("a", "b")
    assert step(outcome, "a").tied == ("b",)


def test_a_lower_place_counts_only_after_all_higher_places():
    # At rank 1 only a has 2 of 4 votes; with rank 2, b would have 3, but a has taken 2 of them.
    place = instance(100, a=50, b=50)
    outcome = expanding_approvals(place, rank("2*a b", "b", ""))
    assert outcome.funded == ("a",)
    assert numbers(outcome, "b", "votes_left", "votes_needed") == (1, 2)


def test_projects_without_votes_or_dearer_than_the_budget_take_no_part():
    place = instance(100, a=101, b=0, c=0)
    outcome = expanding_approvals(place, rank("9*a c"))
    assert outcome.funded == ("c",)
    assert step(outcome, "a").kind is StepKind.DEARER_THAN_BUDGET
    assert step(outcome, "b").kind is StepKind.NO_VOTES


def test_no_money_funds_only_what_is_free():
    place = instance(0, a=1, b=0)
    assert expanding_approvals(place, rank("a b")).funded == ("b",)


def test_the_sentences_say_what_votes_were_still_worth():
    sentences = said(TOWN, expanding_approvals(TOWN, RANKED))
    assert sentences["benches"] == (
        "Funded 3rd: 3 supporters ranked it 3rd or higher; their votes were still worth 2.25, "
        "and it needed 1.50."
    )
    assert sentences["sports"] == (
        "Not funded: the votes of its 6 supporters were still worth 0.66, and it needed 6."
    )


def test_other_ballots_than_rankings_are_refused():
    with pytest.raises(TallyError, match="does not count approval"):
        expanding_approvals(TOWN, TOWN_VOTES)


def slow(place, cast):
    ranks = tie_ranks(place, scores.votes(place, Profile.of(cast, "ordinal")), DEFAULT_TIES)
    costs = {project.id: project.cost for project in place.projects}
    ballots = [ballot.choices for ballot in cast]
    return rounded(reference_supports.expanding_approvals(costs, ranks, ballots, place.budget))


@settings(max_examples=200)
@given(election=RANKINGS)
def test_enough_is_the_share_of_votes_that_the_cost_is_of_the_budget(election):
    place, cast, kind = election
    profile = Profile.of(cast, kind)
    outcome = expanding_approvals(place, profile)
    assert bought(outcome) == slow(place, cast)
    assert expanding_approvals(place, Profile.of(cast[::-1], kind)) == outcome


@given(election=RANKINGS)
def test_bounds_that_decide_next_to_nothing_change_nothing(election):
    place, cast, kind = election
    outcome = expanding_approvals(place, Profile.of(cast, kind))
    with patch.object(weights, "ONE", 4):
        assert expanding_approvals(place, Profile.of(cast, kind)) == outcome


@given(election=RANKINGS)
def test_another_currency_changes_nothing(election):
    place, cast, kind = election
    rate = Fraction(3, 7)
    projects = tuple(Project(p.id, p.cost * rate) for p in place.projects)
    other = expanding_approvals(Instance(place.budget * rate, projects), Profile.of(cast, kind))
    assert bought(other) == bought(expanding_approvals(place, Profile.of(cast, kind)))


@given(election=RANKINGS)
def test_voters_who_rank_the_same_projects_first_get_what_their_number_can_pay(election):
    # Inclusion-PSC of Aziz and Lee, for strict rankings.
    place, cast, kind = election
    outcome = expanding_approvals(place, Profile.of(cast, kind))
    costs = {project.id: project.cost for project in place.projects}
    tops = {frozenset(b.choices[:end]) for b in cast for end in range(1, len(b.choices) + 1)}
    for together in tops:
        voters = sum(1 for b in cast if frozenset(b.choices[: len(together)]) == together)
        got = sum(costs[project] for project in together & set(outcome.funded))
        for project in together - set(outcome.funded):
            assert (got + costs[project]) * len(cast) > voters * place.budget


@given(election=RANKINGS)
def test_if_everybody_ranks_everything_no_project_that_fits_is_left(election):
    place, cast, kind = election
    whole = [Ballot(tuple(dict.fromkeys((*one.choices, *place.by_id)))) for one in cast]
    outcome = expanding_approvals(place, Profile.of(whole, kind))
    left = place.budget - outcome.spent
    others = [one for one in place.projects if one.id not in outcome.funded]
    assert not cast or all(one.cost > left for one in others)


def test_exactly_what_is_needed_is_taken_in_proportion_to_what_is_held():
    held = Weights(3)
    first, second, everybody = [(0, 2), (1, 3)], [(1, 3), (2, 1)], [(0, 2), (1, 3), (2, 1)]
    held.take(first, held.held(first), Fraction(5, 2))
    assert held.exactly(held.held([(0, 1)])) == held.exactly(held.held([(1, 1)])) == Fraction(1, 2)
    held.take(second, held.held(second), Fraction(1, 2))
    # 5/2 was held and a fifth of it is taken: from the halves as from the whole vote.
    assert held.exactly(held.held([(1, 1)])) == Fraction(2, 5)
    assert held.exactly(held.held([(2, 1)])) == Fraction(4, 5)
    assert held.exactly(held.held(everybody)) == 6 - 3


def test_forty_takings_are_as_exact_as_one_and_end_with_nothing():
    # Everybody ranks all forty projects, whose costs add up to the budget, in some order.
    costs = {f"p{number}": 100 + number * number for number in range(40)}
    place = instance(sum(costs.values()), **costs)
    names = list(costs)
    turned = [" ".join(names[start:] + names[:start]) for start in range(0, 40, 3)]
    outcome = expanding_approvals(place, rank(*turned))
    assert set(outcome.funded) == set(costs)
    last = outcome.steps[-1].numbers
    assert last["votes_needed"] == Fraction(len(turned) * last["cost"], place.budget)


def test_the_reference_library_funds_the_same_or_took_another_with_enough_support():
    found = expected("pb_ear", largest=10**7)
    assert len(found) >= 5
    for name, one in found.items():
        read = election(name)
        funded = set(expanding_approvals(read.instance, read.profile).funded)
        assert (funded == set(one["winners"])) == (name not in OTHER_CHOICE), name


@pytest.mark.parametrize("name", sorted(OTHER_CHOICE))
def test_what_the_reference_library_funds_there_is_what_another_choice_leads_to(name):
    found = expected("pb_ear", largest=10**7)
    if name not in found:
        pytest.skip(f"{name} is not in the archive at hand")
    place, profile = election(name).instance, election(name).profile
    costs = {project.id: project.cost for project in place.projects}
    ballots = [ballot.choices for ballot, weight in profile for _ in range(weight)]
    winners = set(found[name]["winners"])

    def chosen_by(lot):
        def choose(enough):
            return lot.choice(sorted(winners & enough.keys() or enough))

        # Any choice may be tried, and none is counted: decimals will do.
        return reference_supports.expanding_approvals(
            costs, {}, ballots, place.budget, choose, vote=1.0
        )

    tries = (chosen_by(Random(seed)) for seed in range(100))
    assert any({project for project, _, _ in funded} == winners for funded in tries)
