"""Cumulative transfers against an example by hand, their definition and another implementation."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import enclosures
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.enclosures import Enclosed, Undecided, decided
from pb.tally.errors import TallyError
from pb.tally.explain import explain_all
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import StepKind
from pb.tally.rules.cstv import CstvParams, Variant, cstv
from pb.tally.scores import votes as votes_of
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference_transfers as reference
from tests.tally.elections import approve, election, elections, instance, points
from tests.tally.test_oracles import expected

# The worked example of docs/rules/cstv.md: ten residents, 1,000 euros, ten points each.
VILLAGE = instance(1000, sports=400, trees=260, library=300, pool=200)
VILLAGE_VOTES = points(
    *[{"sports": 6, "trees": 4}] * 5,
    *[{"library": 8, "pool": 2}] * 4,
    {"library": 8, "trees": 2},
)
every_variant = pytest.mark.parametrize("variant", list(Variant))
variants = st.sampled_from(Variant)
cumulative = elections([BallotKind.CUMULATIVE])


def happened(outcome):
    kinds = (
        StepKind.SUPPORTED,
        StepKind.LIFTED,
        StepKind.ELIMINATED,
        StepKind.COMPLETED,
    )
    return [
        (str(step.kind), step.project, step.numbers["support"])
        for step in outcome.steps
        if step.kind in kinds
    ]


def said(place, outcome):
    return {one.project: one.sentence for one in explain_all(place, outcome)}


@pytest.mark.parametrize("variant", [Variant.EWT, Variant.EWTC])
def test_the_worked_example_with_eliminations(variant):
    outcome = cstv(VILLAGE, VILLAGE_VOTES, CstvParams(variant))
    assert happened(outcome) == [
        ("supported", "library", 400),
        ("eliminated", "sports", 300),
        ("supported", "trees", 540),
        ("eliminated", "pool", 160),
        ("completed", "pool", 160),
    ]
    assert outcome.funded == ("library", "trees", "pool")
    assert outcome.spent == 760


@pytest.mark.parametrize("variant", [Variant.MT, Variant.MTC])
def test_the_worked_example_with_minimal_transfers(variant):
    outcome = cstv(VILLAGE, VILLAGE_VOTES, CstvParams(variant))
    assert happened(outcome) == [
        ("supported", "library", 400),
        ("lifted", "trees", 240),
        ("completed", "pool", 160),
    ]
    assert outcome.steps[1].numbers["moved"] == 20
    assert outcome.funded == ("library", "trees", "pool")


def test_every_project_of_the_worked_example_is_explained():
    assert said(VILLAGE, cstv(VILLAGE, VILLAGE_VOTES)) == {
        "library": "Funded 1st: its support of 400 reached its cost of 300; 100 was over and went "
        "on to other projects of its supporters.",
        "trees": "Funded 2nd: its support of 540 reached its cost of 260; 280 was over and went "
        "on to other projects of its supporters.",
        "pool": "Funded 3rd, with the money left over: it had a support of 160, it cost 200 and "
        "440 was left.",
        "sports": "Not funded: when no project had enough support, it was furthest from its cost "
        "of 400, with 300; at the end 240 was left.",
    }
    minimal = said(VILLAGE, cstv(VILLAGE, VILLAGE_VOTES, CstvParams(Variant.MT)))
    assert minimal["trees"] == (
        "Funded 2nd: its supporters moved 20 to it from their other projects, "
        "so that its support of 240 reached its cost of 260."
    )
    assert minimal["sports"] == (
        "Not funded: its 5 supporters had 280 left between them, and it costs 400."
    )


@pytest.mark.parametrize(("variant", "first"), [("ewt", "b"), ("ewtc", "a")])
def test_excess_and_support_per_cost_put_projects_in_different_orders(variant, first):
    # 22 voters with 10 each: a has 60 for 20, three times its cost; b has 160 for 100, 60 over.
    place = instance(220, a=20, b=100)
    votes = points(*[{"a": 1}] * 6, *[{"b": 1}] * 16)
    assert cstv(place, votes, CstvParams(Variant(variant))).funded[0] == first


def test_those_who_have_little_elsewhere_move_all_of_it_and_the_others_more():
    # Three voters with 30 each, and 50 on a of the 66 it costs: the first can only add 5, so the
    # others, with 15 and 10 on it, must give 36 instead of 25: 1.44 times as much.
    place = instance(90, a=66, b=60)
    votes = points({"a": 5, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 2})
    outcome = cstv(place, votes, CstvParams(Variant.MT))
    assert happened(outcome)[0] == ("lifted", "a", 50)
    assert outcome.steps[0].numbers["moved"] == 16
    # What they keep stands on b: 30 - 21.60 and 30 - 14.40.
    assert outcome.steps[1].numbers["support"] == 24
    assert outcome.steps[1].numbers["money_behind"] == 24


def test_every_voter_holds_the_same_whatever_the_number_of_points():
    place = instance(20, a=10, b=10)
    outcome = cstv(place, points({"a": 1}, {"b": 100}))
    assert [step.numbers["support"] for step in outcome.steps] == [10, 10]


def test_empty_ballots_and_ballots_without_points_are_voters_who_support_nothing():
    place = instance(40, a=20)
    outcome = cstv(place, points({"a": 3}, {"a": 3}, {}, {"a": 0}))
    assert happened(outcome) == [("supported", "a", 20)]
    assert cstv(place, points({"a": 3}, {})).steps[0].numbers["support"] == 20
    assert cstv(place, points({"a": 0})).funded == ()


@every_variant
def test_level_projects_follow_the_order_of_ties_and_the_last_is_eliminated_first(variant):
    place = instance(100, a=50, b=50, c=50)
    votes = points({"a": 1, "b": 1, "c": 1})
    outcome = cstv(place, votes, CstvParams(variant), ties=("file-order",))
    assert outcome.funded == ("a", "b")
    tied = next(step.tied for step in outcome.steps)
    assert sorted(tied) == (["a", "b"] if variant.eliminates else ["b", "c"])


@every_variant
def test_what_nobody_supports_and_what_is_too_dear_takes_no_part(variant):
    place = instance(100, zoo=10, moat=1000, a=60, free=0)
    outcome = cstv(place, points({"moat": 9, "a": 1}, {"a": 1, "free": 1}), CstvParams(variant))
    assert set(outcome.funded) == {"a", "free"}
    # The points for the moat do not count: the first voter gives all her 50 to a.
    assert ("supported", "a", 100 if outcome.funded[0] == "free" else 75) in happened(outcome)
    sentences = said(place, outcome)
    assert sentences["zoo"] == "Not funded: nobody voted for it."
    assert sentences["moat"].startswith("Not funded: it costs 1000, more than the whole budget")


@every_variant
def test_a_count_without_ballots_or_money_funds_nothing(variant):
    assert cstv(VILLAGE, points(), CstvParams(variant)).funded == ()
    assert cstv(instance(0, a=1), points({"a": 1}), CstvParams(variant)).funded == ()


def test_only_cumulative_ballots_are_counted():
    with pytest.raises(TallyError, match="does not count approval ballots"):
        cstv(VILLAGE, approve("pool"))


def by_definition(place, cast, variant):
    ballots = [dict(zip(one.choices, one.points, strict=True)) for one in cast]
    costs = {project.id: project.cost for project in place.projects}
    fitting = {project for project, cost in costs.items() if cost <= place.budget}
    ballots = [{p: given for p, given in one.items() if p in fitting} for one in ballots]
    ranks = tie_ranks(place, votes_of(place, Profile.of(cast, BallotKind.CUMULATIVE)), DEFAULT_TIES)
    return reference.cstv(costs, ranks, ballots, place.budget, variant)


def close(one, other):
    """The same decisions about the same projects, with support to the nearest thousandth."""
    assert [step[:2] for step in one] == [step[:2] for step in other]
    gaps = [abs(left[2] - right[2]) for left, right in zip(one, other, strict=True)]
    assert max(gaps, default=0) <= Fraction(1, 2000)


@settings(max_examples=200)
@given(election=cumulative, variant=variants)
def test_it_does_what_the_definition_says(election, variant):
    place, cast, kind = election
    outcome = cstv(place, Profile.of(cast, kind), CstvParams(variant))
    close(happened(outcome), by_definition(place, cast, variant))


@settings(max_examples=100)
@given(election=cumulative, variant=variants)
def test_the_outcome_does_not_depend_on_the_bits_it_is_counted_with(election, variant):
    place, cast, kind = election
    profile, params = Profile.of(cast, kind), CstvParams(variant)
    usual = cstv(place, profile, params)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enclosures, "BITS", (1, 4, 10, 25, 60, 150, 65536))
        assert cstv(place, profile, params) == usual


@settings(max_examples=60)
@given(election=cumulative, variant=variants)
def test_the_budget_is_kept_and_nothing_that_still_fits_and_has_support_is_left(election, variant):
    place, cast, kind = election
    outcome = cstv(place, Profile.of(cast, kind), CstvParams(variant))
    left = place.budget - outcome.spent
    assert left >= 0
    for step in outcome.steps:
        if step.project not in outcome.funded and step.kind is not StepKind.NO_VOTES:
            assert place.by_id[step.project].cost > left


@settings(max_examples=40)
@given(election=cumulative, rate=st.sampled_from([Fraction(1, 3), Fraction(7, 2), 100]))
def test_the_currency_makes_no_difference(election, rate):
    place, cast, kind = election
    projects = tuple(Project(p.id, p.cost * rate) for p in place.projects)
    other = cstv(Instance(place.budget * rate, projects), Profile.of(cast, kind))
    assert other.funded == cstv(place, Profile.of(cast, kind)).funded


def test_projects_with_the_same_supporters_are_level_however_long_the_fractions_are():
    # The pairs (a, b), (c, d) … are on the same ballots with the same points.
    names = "abcdefghijkl"
    place = instance(12_000, **{name: 800 + 7 * (at // 2) for at, name in enumerate(names)})
    cast = [
        {name: 1 + (at // 2 * voter + voter // 3) % 7 for at, name in enumerate(names)}
        for voter in range(1, 14)
    ]
    outcome = cstv(place, points(*cast), ties=("file-order",))
    assert set(outcome.funded) == set(names)
    for one, other in zip(names[::2], names[1::2], strict=True):
        assert outcome.funded.index(one) < outcome.funded.index(other)


def test_an_enclosure_never_decides_what_it_does_not_know():
    third = Enclosed(Fraction(1, 3), Fraction(1, 3), bits=1)
    assert (third.low, third.high) == (0, Fraction(1, 2))
    assert third.compare(Fraction(3, 4)) == -1
    with pytest.raises(Undecided):
        third.compare(Fraction(1, 3))
    with pytest.raises(Undecided):
        third.rounded()
    with pytest.raises(Undecided):
        third / third
    exact = Enclosed(Fraction(1, 3), Fraction(1, 3), bits=2)
    assert exact.compare(Fraction(1, 3)) == 0
    assert exact.rounded() == Fraction(333, 1000)
    assert ((exact + exact) * 3 - 1).compare(1) == 0


def test_a_count_that_cannot_be_decided_is_refused_in_a_sentence():
    def never(bits):
        raise Undecided

    with pytest.raises(TallyError, match="longer fractions than can be handled"):
        decided(never)


SAME_PROJECTS = {
    Variant.EWT: [],
    Variant.EWTC: [],
    # In one election each the last project funded is another one. Run with one unit of money for
    # every voter, that implementation gives our result there too; what it was run with is unknown.
    Variant.MT: ["Poland_Czestochowa_2020_Srodmiescie.pb"],
    Variant.MTC: ["Poland_Gdansk_2020_Srodmiescie.pb"],
}


@every_variant
def test_the_same_projects_as_another_implementation(variant):
    found = expected(f"cstv_{variant.upper()}", largest=100_000)
    assert len(found) >= 10
    differ = []
    for name, one in found.items():
        read = election(name)
        if set(cstv(read.instance, read.profile, CstvParams(variant)).funded) != set(
            one["winners"]
        ):
            differ.append(name)
    assert differ == SAME_PROJECTS[variant]


def test_twenty_funded_projects_take_no_longer_fractions_than_five():
    expected("cstv_EWT", largest=100_000)  # skips where there is no archive
    read = election("France_Toulouse_2019.pb")
    outcome = cstv(read.instance, read.profile)
    assert len(outcome.funded) > 20
    written = [value for step in outcome.steps for value in step.numbers.values()]
    assert all(1000 % Fraction(value).denominator == 0 for value in written)


def test_ballots_that_name_a_project_twice_count_it_once():
    place = instance(20, a=10, b=10)
    twice = Profile.of([Ballot(("a", "a", "b"), (1, 9, 1))], BallotKind.CUMULATIVE)
    assert cstv(place, twice).steps[0].numbers["support"] == 10
