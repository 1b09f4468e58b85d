import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally.ballots import Ballot, BallotKind, Limits, ViolationCode, validate

COSTS = {"park": 60, "pool": 50, "path": 10}
NAMES = tuple(COSTS)


def codes(ballot, limits, costs=COSTS):
    return [violation.code for violation in validate(ballot, limits, costs)]


def test_a_ballot_within_its_limits_counts():
    limits = Limits(min_length=1, max_length=2, min_sum_cost=10, max_sum_cost=110)
    assert validate(Ballot(("park", "pool")), limits, COSTS) == []


def test_without_limits_even_an_empty_ballot_counts():
    assert validate(Ballot(), Limits(), COSTS) == []


@pytest.mark.parametrize(
    ("ballot", "limits", "code"),
    [
        (Ballot(("zoo",)), Limits(), ViolationCode.UNKNOWN_PROJECT),
        (Ballot(("park", "park")), Limits(), ViolationCode.DUPLICATE_PROJECT),
        (Ballot(("park", "pool")), Limits(max_length=1), ViolationCode.TOO_MANY),
        (Ballot(("park", "pool")), Limits(BallotKind.CHOOSE_1), ViolationCode.TOO_MANY),
        (Ballot(), Limits(min_length=1), ViolationCode.TOO_FEW),
        (Ballot(("park", "pool")), Limits(max_sum_cost=109), ViolationCode.TOO_DEAR),
        (Ballot(("path",)), Limits(min_sum_cost=11), ViolationCode.TOO_CHEAP),
        (Ballot(("park",), (1,)), Limits(), ViolationCode.POINTS_UNEXPECTED),
        (Ballot(("park",)), Limits(BallotKind.CUMULATIVE), ViolationCode.POINTS_MISSING),
        (Ballot(("park",), (-1,)), Limits(BallotKind.SCORING), ViolationCode.POINTS_TOO_LOW),
        (
            Ballot(("park",), (6,)),
            Limits(BallotKind.SCORING, max_points=5),
            ViolationCode.POINTS_TOO_HIGH,
        ),
        (
            Ballot(("park", "pool"), (6, 5)),
            Limits(BallotKind.CUMULATIVE, max_sum_points=10),
            ViolationCode.SUM_POINTS_TOO_HIGH,
        ),
        (
            Ballot(("park",), (6,)),
            Limits(BallotKind.CUMULATIVE, min_sum_points=10),
            ViolationCode.SUM_POINTS_TOO_LOW,
        ),
        (
            Ballot(("park",), (1.5,)),
            Limits(BallotKind.CUMULATIVE),
            ViolationCode.POINTS_NOT_WHOLE,
        ),
    ],
)
def test_each_fault_is_named(ballot, limits, code):
    assert codes(ballot, limits) == [code]


def test_a_fault_is_told_in_a_sentence_with_its_numbers():
    (dear,) = validate(Ballot(("park", "pool")), Limits(max_sum_cost=100), COSTS)
    assert (dear.found, dear.limit) == (110, 100)
    assert dear.sentence == "The chosen projects cost 110 together; the most is 100."
    assert "€1.10" in dear.describe(lambda cents: f"€{cents // 100}.{cents % 100:02d}")

    (many,) = validate(Ballot(("park", "pool")), Limits(max_length=1), COSTS)
    assert many.sentence == "Choose at most 1 project; 2 are chosen."


def test_several_faults_are_all_reported():
    limits = Limits(max_length=1, max_sum_cost=50)
    assert codes(Ballot(("park", "pool", "zoo")), limits) == [
        ViolationCode.UNKNOWN_PROJECT,
        ViolationCode.TOO_MANY,
        ViolationCode.TOO_DEAR,
    ]


@given(st.lists(st.sampled_from(NAMES), unique=True), st.integers(0, 4), st.integers(0, 4))
def test_length_is_refused_under_and_over_and_accepted_at_the_limit(chosen, low, high):
    found = codes(Ballot(tuple(chosen)), Limits(min_length=low, max_length=high))
    assert (ViolationCode.TOO_FEW in found) == (len(chosen) < low)
    assert (ViolationCode.TOO_MANY in found) == (len(chosen) > high >= 0 and len(chosen) >= low)


@given(st.lists(st.sampled_from(NAMES), unique=True), st.integers(0, 130))
def test_cost_is_refused_over_and_accepted_at_the_limit(chosen, limit):
    total = sum(COSTS[name] for name in chosen)
    ballot = Ballot(tuple(chosen))
    assert (codes(ballot, Limits(max_sum_cost=limit)) == []) == (total <= limit)
    assert (codes(ballot, Limits(min_sum_cost=limit)) == []) == (total >= limit)


@given(st.lists(st.integers(0, 6), min_size=3, max_size=3), st.integers(0, 6), st.integers(0, 18))
def test_points_are_refused_over_and_accepted_at_the_limit(given_points, most, total):
    ballot = Ballot(NAMES, tuple(given_points))
    limits = Limits(BallotKind.CUMULATIVE, max_points=most, max_sum_points=total)
    fits = max(given_points) <= most and sum(given_points) <= total
    assert (codes(ballot, limits) == []) == fits


@pytest.mark.parametrize(
    "limits", [Limits(), Limits(BallotKind.CUMULATIVE, 1, 3, 0, 500, 1, 5, 2, 10)]
)
def test_limits_and_ballots_survive_json(limits):
    ballot = Ballot(("park",), (3,))
    assert Limits.from_json(limits.to_json()) == limits
    assert Ballot.from_json(ballot.to_json()) == ballot
