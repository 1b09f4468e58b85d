"""The engine in doubles proves only what fractions find, and nearly everything they find."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Instance, Profile, Project
from pb.tally.rules.proven import Sale, exact_run
from pb.tally.rules.shares import Market
from pb.tally.scores import Ranking, votes
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally.elections import (
    TOWN,
    TOWN_VOTES,
    approve,
    archive_files,
    election,
    instance,
    points,
)

pytest.importorskip("numpy", reason="the portable engine takes numpy")

from pb.tally.rules.portable import Portable  # noqa: E402
from pb.tally.rules.portable_runs import Run  # noqa: E402

UTILITIES = ("cost", "cardinality", "score")


def market_of(instance, profile, utility="cost", ranking=Ranking.PLACES) -> Market:
    """The market that the rule makes of an election."""
    ranks = tie_ranks(instance, votes(instance, profile), DEFAULT_TIES)
    return Market(
        instance.projects,
        profile,
        [(p.cost or 1) if utility == "cost" else 1 for p in instance.projects],
        [ranks[p.id] for p in instance.projects],
        tuple(instance.by_id),
        by_points=utility == "score",
        ranking=ranking,
    )


def engine_of(instance, profile, utility="cost") -> Portable:
    return Portable.of(market_of(instance, profile, utility))


def proven(engine, low, high=None):
    """What one span buys, by the names of the projects; None where it is not proven."""
    span = Fraction(low), Fraction(low if high is None else high)
    (found,) = engine.sequences([span])
    return found if found is None else [engine.market.projects[c].id for c in found]


def exactly(market, endowment) -> tuple[int, ...]:
    return tuple(purchase.project for purchase in market.run(endowment).purchases)


@st.composite
def crowds(draw):
    """Elections with many ties, poor voters, free projects, and small, huge or split costs."""
    names = "abcdefg"[: draw(st.integers(1, 7))]
    small = st.integers(0, 12)
    cost = draw(
        st.sampled_from(
            [small, st.integers(1, 10**12), st.fractions(0, 20, max_denominator=6), st.just(6)]
        )
    )
    projects = tuple(Project(name, draw(cost)) for name in names)
    kind = draw(st.sampled_from([BallotKind.APPROVAL, BallotKind.CUMULATIVE, BallotKind.ORDINAL]))
    groups = []
    for _ in range(draw(st.integers(1, 8))):
        chosen = draw(st.lists(st.sampled_from(names), unique=True))
        given = [draw(st.integers(0, 4)) for _ in chosen] if kind.has_points else []
        weight = draw(st.integers(1, 5) | st.integers(1, 10**4))
        groups.append((Ballot(tuple(chosen), tuple(given)), weight))
    return Instance(draw(st.integers(1, 60)), projects), Profile(kind, tuple(groups))


@st.composite
def spans(draw, instance, profile):
    """Spans from nothing to all the money in the world, of width nothing to wide."""
    dearest = max(project.cost for project in instance.projects) or 1
    low = draw(
        st.just(Fraction(0))
        | st.integers(0, 20).map(Fraction)
        | st.fractions(0, 2, max_denominator=50).map(lambda part: part * dearest)
        | st.just(Fraction(1, 10**400))
    )
    width = draw(
        st.just(Fraction(0))
        | st.just(Fraction(1, 10**30))
        | st.fractions(0, 1, max_denominator=1000).map(lambda part: part * dearest / 100)
        | st.integers(0, 30).map(Fraction)
    )
    return low, low + width


class TestWhatIsProven:
    @given(data=st.data(), utility=st.sampled_from(UTILITIES))
    @settings(max_examples=400, deadline=None)
    def test_holds_at_both_ends_of_a_span_and_between(self, data, utility):
        case = data.draw(crowds())
        market = market_of(*case, utility, data.draw(st.sampled_from(Ranking)))
        low, high = data.draw(spans(*case))
        (found,) = Portable.of(market).sequences([(low * market.scale, high * market.scale)])
        if found is not None:
            inner = [data.draw(st.fractions(0, 1)) for _ in range(2)]
            for part in {Fraction(0), Fraction(1, 3), Fraction(1), *inner}:
                assert found == exactly(market, low + part * (high - low))

    @given(data=st.data(), utility=st.sampled_from(UTILITIES))
    @settings(max_examples=300, deadline=None)
    def test_gives_the_exact_run_to_the_last_number(self, data, utility):
        case = data.draw(crowds())
        market = market_of(*case, utility, data.draw(st.sampled_from(Ranking)))
        low, _ = data.draw(spans(*case))
        assert exact_run(market, Portable.of(market), low) == market.run(low)

    @given(data=st.data())
    @settings(max_examples=300, deadline=None)
    def test_bounds_of_a_price_enclose_it_for_any_money(self, data):
        """Against the definition: the t at which sum of weight * min(money, t * points) = cost."""
        amounts = st.floats(0, 1000) | st.sampled_from([0.0, 0.1, 1.0, 1e-9, 3.0])
        voters = data.draw(
            st.lists(
                st.tuples(amounts, st.integers(1, 9), st.integers(1, 10**6)),
                min_size=1,
                max_size=12,
                unique_by=lambda voter: voter[1:],
            )
        )
        cost = data.draw(st.integers(1, 10**5))
        # A second project keeps apart the ballots that would else be the same.
        ballots = tuple(
            (Ballot(("a", "b"), (each, place + 1)), weight)
            for place, (_, each, weight) in enumerate(voters)
        )
        profile = Profile(BallotKind.CUMULATIVE, ballots)
        engine = engine_of(instance(cost, a=cost, b=cost), profile, "score")
        run = Run(engine, 0.0, 1000.0)
        place = {(b.points[1] - 1): g for g, (b, _) in enumerate(profile)}
        for number, (amount, _, _) in enumerate(voters):
            run.high[place[number]] = run.low[place[number]] = amount
        lower, _ = run._payment(0, run.high, run.least[0], 1)
        upper, _ = run._payment(0, run.low, run.least[0], -1)
        price = price_of(cost, voters)
        if price is None:
            assert upper == float("inf")
        else:
            assert lower <= price <= upper


def price_of(cost, voters) -> Fraction | None:
    """The payment per point by trying every number of voters who give all they have."""
    exact = sorted(((Fraction(m), p, w) for m, p, w in voters), key=lambda one: one[0] / one[1])
    for poor in range(len(exact)):
        missing = cost - sum(m * w for m, _, w in exact[:poor])
        payment = missing / Fraction(sum(p * w for _, p, w in exact[poor:]))
        if payment <= exact[poor][0] / exact[poor][1]:
            return payment
    return None


class TestByHand:
    def test_the_town_of_the_documentation(self):
        # Per utility sports and tennis are level, 1 / 6; tennis costs less: 400 / 6 each. The
        # library takes 300 / 4 = 75. Benches would need 150: 33 + 33 + 25 is too little.
        engine = engine_of(TOWN, TOWN_VOTES)
        assert proven(engine, 100) == ["tennis", "library"]

    def test_a_wide_span_is_proven_where_nothing_changes(self):
        # Just 75 is enough for the library; from 3 e = 150 + 2 * 400 / 6 + 75 on, which is from
        # 119.4 on, benches are affordable as well. From 100 on sports is level with tennis.
        engine = engine_of(TOWN, TOWN_VOTES)
        assert proven(engine, 75, 99) == proven(engine, 100, 119) == ["tennis", "library"]
        assert proven(engine, 74, 99) is None
        assert proven(engine, 100, 120) is None

    def test_an_endowment_that_is_just_enough(self):
        engine = engine_of(instance(90, a=30, b=60), approve("3*a", "2*b"))
        assert proven(engine, Fraction(10) - Fraction(1, 10**6)) == []
        assert proven(engine, 10) == ["a"]
        assert proven(engine, 30) == ["a", "b"]

    def test_equal_prices_go_by_the_order_of_ties(self):
        # Both cost 6 / 3 = 2 a head, and a comes first in the list.
        engine = engine_of(instance(30, a=6, b=6), approve("3*a", "3*b"), "cardinality")
        assert proven(engine, Fraction(7, 3)) == ["a", "b"]
        (first, second) = engine.replay(Fraction(7, 3)).sales
        assert (first.tied, second.tied) == ((1,), ())

    def test_free_projects_come_first_even_without_money(self):
        engine = engine_of(instance(30, a=6, b=0, c=0, d=0), approve("a b", "c"))
        assert proven(engine, 0) == ["b", "c"]
        assert proven(engine, 6) == ["b", "c", "a"]

    def test_points_share_the_price_in_proportion(self):
        # 12 / 6 and 4 / 2 are level at 2 a point; b costs less. After it both voters have 6 of
        # their 8. At 2 a point the first owes 8 for a and gives the rest, 6; the other pays
        # (12 - 6) / 2 = 3 a point, all that is left.
        engine = engine_of(
            instance(24, a=12, b=4), points({"a": 4, "b": 1}, {"a": 2, "b": 1}), "score"
        )
        replay = engine.replay(Fraction(8))
        assert replay.sales == (
            Sale(1, full=2, rest=0, broke=0, points=2, owed=(), tied=(0,)),
            Sale(0, full=1, rest=1, broke=0, points=2, owed=(1,), tied=()),
        )
        assert replay.behind == ((0, (0, 0)), (0, (0, 0)))

    def test_what_is_left_is_told_by_what_was_paid(self):
        # b takes 15 / 4 = 3.75 each, then a takes 12 / 2 = 6 of the 6.25 that two have left.
        engine = engine_of(instance(40, a=12, b=15), approve("2*a b", "2*b"), "score")
        assert proven(engine, 10) == ["b", "a"]
        replay = engine.replay(Fraction(10))
        assert [(s.full, s.rest, s.broke, s.points) for s in replay.sales] == [
            (4, 0, 0, 4),
            (2, 0, 0, 2),
        ]
        assert replay.behind == ((2, (2, 2)), (4, (4, 2)))

    def test_nothing_comes_of_nothing(self):
        assert proven(engine_of(instance(1), approve("")), 5) == []
        assert proven(engine_of(instance(1, a=1), approve()), 5) == []

    def test_numbers_beyond_doubles_are_declined(self):
        assert Portable.of(market_of(instance(1, a=2**53), approve("a"))) is None
        engine = engine_of(instance(1, a=1), approve("a"))
        assert proven(engine, 10**400) is None
        assert proven(engine, Fraction(1, 10**400)) == []


@pytest.mark.parametrize("name", archive_files(largest=60_000)[::9] or [None])
@pytest.mark.parametrize("utility", UTILITIES)
def test_single_endowments_of_real_elections_are_all_proven(name, utility):
    if name is None:
        pytest.skip("no Pabulib files; set PABULIB_DIR")
    one = election(name)
    market = market_of(one.instance, one.profile, utility)
    engine = Portable.of(market)
    share = Fraction(one.instance.budget) / one.profile.voters
    for endowment in (share, share * 2):
        start = endowment * market.scale
        assert engine.sequences([(start, start)]) == [exactly(market, endowment)]
        assert exact_run(market, engine, endowment) == market.run(endowment)
