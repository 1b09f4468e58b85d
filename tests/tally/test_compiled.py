"""The compiled kernel says only what fractions say too, and knows when it cannot tell."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import kernel
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.rules.compiled import Compiled
from pb.tally.rules.equal_shares import EqualSharesParams, equal_shares
from pb.tally.rules.proven import exact_run
from pb.tally.rules.shares import Market
from pb.tally.scores import Ranking
from tests.tally.elections import (
    approve,
    archive_files,
    election,
    elections,
    instance,
    need_archive,
)

ADD1 = {"completion": "add1"}


@pytest.fixture(autouse=True)
def _compiled(monkeypatch):
    monkeypatch.delenv("PB_TALLY_PORTABLE", raising=False)
    if kernel.library() is None:
        pytest.skip("the kernel was not built: no C compiler was at hand")


def market(place: Instance, profile: Profile, *, by_cost=True, **how) -> Market:
    factors = [project.cost or 1 if by_cost else 1 for project in place.projects]
    ranks = list(range(len(place.projects)))
    return Market(place.projects, profile, factors, ranks, tuple(place.by_id), **how)


@st.composite
def markets(draw) -> Market:
    """Small markets full of ties, with rich and poor voters, in coins or in millions."""
    place, cast, kind = draw(elections())
    scale = draw(st.sampled_from([1, 7, 10**6, 10**12, Fraction(1, 3)]))
    projects = tuple(Project(p.id, p.cost * scale) for p in place.projects)
    profile = Profile.of(cast * draw(st.sampled_from([1, 1, 1000])), kind)
    return market(
        Instance(place.budget, projects),
        profile,
        by_cost=draw(st.booleans()),
        by_points=draw(st.booleans()),
        ranking=draw(st.sampled_from(Ranking)),
    )


def bought(one: Market, endowment: Fraction) -> tuple[int, ...]:
    run = one.run(endowment / one.scale)
    return tuple(purchase.project for purchase in run.purchases)


money = st.fractions(min_value=0, max_value=30, max_denominator=12)


@settings(max_examples=400)
@given(markets(), st.lists(st.tuples(money, money), min_size=1, max_size=4), st.data())
def test_a_proven_sequence_is_what_fractions_buy_anywhere_in_the_span(one, ends, data):
    most = max((*one.costs, 1))
    spans = [tuple(sorted((low * most / 8, high * most / 8))) for low, high in ends]
    for (low, high), sequence in zip(spans, Compiled.of(one).sequences(spans), strict=True):
        between = low + (high - low) * data.draw(st.fractions(0, 1, max_denominator=9))
        for endowment in (low, between, high):
            assert sequence is None or sequence == bought(one, endowment)


@settings(max_examples=50)
@given(markets(), st.lists(st.tuples(money, money), min_size=5, max_size=8))
def test_two_threads_prove_what_one_proves(one, ends):
    spans = [tuple(sorted(ends)) for ends in ends]
    alone, together = Compiled.of(one), Compiled.of(one).with_twin()
    assert together.spans == 2 * alone.spans
    apart = alone.sequences(spans[:4]) + alone.sequences(spans[4:])
    assert together.sequences(spans) == apart


@settings(max_examples=400)
@given(markets(), money)
def test_exact_prices_come_out_of_a_handful_of_whole_numbers(one, endowment):
    assert exact_run(one, Compiled.of(one), endowment) == one.run(endowment)


@given(elections(), st.sampled_from(["cost", "cardinality", "score"]), st.data())
def test_both_paths_have_one_outcome(some, utility, data):
    place, cast, kind = some
    ranking = data.draw(st.sampled_from(["places", "borda"]))
    completion = data.draw(st.sampled_from(["none", "add1", "add1+greedy"]))
    stop = data.draw(st.sampled_from(["exhaustive", "overspend"]))
    params = equal_shares.parse_params(
        {"utility": utility, "ranking": ranking, "completion": completion, "stop": stop}
    )
    same_on_both_paths(place, Profile.of(cast, kind), params)


def same_on_both_paths(place: Instance, profile: Profile, params: EqualSharesParams) -> None:
    compiled = equal_shares(place, profile, params)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PB_TALLY_PORTABLE", "1")
        portable = equal_shares(place, profile, params)
    assert compiled.steps == portable.steps
    assert compiled.outcome_digest == portable.outcome_digest


def same_in_the_archive(largest: int, smallest: int = 0) -> None:
    need_archive()
    names = set(archive_files(largest)) - set(archive_files(smallest))
    for name in sorted(names):
        one = election(name)
        same_on_both_paths(one.instance, one.profile, equal_shares.parse_params(ADD1))
    assert names


def test_both_paths_have_one_outcome_in_small_real_elections():
    same_in_the_archive(8_000)


@pytest.mark.slow
def test_both_paths_have_one_outcome_in_larger_real_elections():
    same_in_the_archive(10**9, smallest=8_000)


def test_a_difference_that_doubles_cannot_hold_decides():
    """Both prices are 2^51 up to the last coin, which a double of their quotient loses."""
    place = instance(2**60, dear=2**52 + 1, cheap=2**52)
    one = market(place, approve("2*dear", "2*cheap"), by_cost=False)
    endowment = Fraction(2**53)
    assert Compiled.of(one).sequences([(endowment, endowment)]) == [(1, 0)]


def test_level_projects_are_bought_in_the_order_of_ties():
    one = market(instance(100, a=30, b=30), approve("2*a b", "a", "b"))
    assert Compiled.of(one).sequences([(Fraction(20), Fraction(21))]) == [(0, 1)]


def test_a_tie_between_prices_that_poor_voters_shape_is_left_to_fractions():
    """The four who bought the first project are poor for both others, which cost the same."""
    place = instance(200, first=20, a=50, b=50)
    one = market(place, approve("4*first a b", "3*a b"), by_cost=False)
    endowment = Fraction(11)
    assert Compiled.of(one).sequences([(endowment, endowment)]) == [None]
    assert bought(one, endowment) == (0, 1)


def test_supporters_who_hold_exactly_the_cost_buy_it():
    """Three supporters with 10 each and a project of 30: one binary digit less would lose it."""
    one = market(instance(100, a=30, b=1), approve("3*a", "b"))
    endowment = Fraction(10)
    assert exact_run(one, Compiled.of(one), endowment) == one.run(endowment)
    third = Fraction(100, 3)
    one = market(instance(100, a=100, b=90), approve("3*a"))
    assert [p.project for p in exact_run(one, Compiled.of(one), third).purchases] == [0]


def test_amounts_beyond_whole_doubles_are_left_to_fractions():
    place = instance(2**70, a=2**60, b=3)
    assert Compiled.of(market(place, approve("a b", "b"))) is None
    assert equal_shares(place, approve("a b", "b")).funded == ("b", "a")


def test_endowments_beyond_all_measure_are_left_to_fractions():
    one = market(instance(10**400, a=3), approve("a"))
    huge, tiny = Fraction(10**400), Fraction(1, 10**400)
    assert Compiled.of(one).sequences([(huge, huge), (Fraction(3), Fraction(3))]) == [None, None]
    assert Compiled.of(one).replay(tiny) is None
    assert equal_shares(instance(10**400, a=3), approve("a")).funded == ("a",)


def test_an_older_kernel_is_not_used(monkeypatch):
    monkeypatch.setattr(kernel, "INTERFACE", -1)
    kernel._loaded.cache_clear()
    assert kernel.library() is None
    monkeypatch.undo()
    kernel._loaded.cache_clear()


def test_the_environment_switches_the_kernel_off(monkeypatch):
    monkeypatch.setenv("PB_TALLY_PORTABLE", "1")
    assert kernel.library() is None
    assert Compiled.of(market(instance(10, a=1), approve("a"))) is None


def test_a_market_without_projects_or_supporters_is_empty():
    empty = Profile.of([Ballot()], BallotKind.APPROVAL)
    assert Compiled.of(market(instance(10), empty)).sequences([(Fraction(1), Fraction(2))]) == [()]
    one = market(instance(10, a=1), empty)
    assert Compiled.of(one).sequences([(Fraction(1), Fraction(2))]) == [()]
