"""Every limit on every kind of ballot: refused under and over it, accepted at it."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally.ballots import (
    SENTENCES,
    AreaLimits,
    Ballot,
    BallotKind,
    Limits,
    Violation,
    ViolationCode,
    validate,
    validate_areas,
)

COSTS = {"park": 60, "pool": 50, "path": 10, "pond": 30}
CATEGORIES = {
    "park": ("green",),
    "pool": ("sport",),
    "path": ("green",),
    "pond": ("green", "sport"),
}
KINDS = list(BallotKind)


def ballot(kind, chosen, points=2) -> Ballot:
    """A ballot of any kind that names these projects, each with the same points."""
    chosen = tuple(chosen)
    return Ballot(chosen, (points,) * len(chosen) if kind.has_points else ())


def codes(ballot, limits):
    found = validate(ballot, limits, COSTS, CATEGORIES)
    return {violation.code for violation in found}


@dataclass(frozen=True)
class Measure:
    """A limit, what it measures on a list, and the faults below and above it."""

    least: str | None
    most: str | None
    of: object
    low: ViolationCode
    high: ViolationCode


def green(chosen):
    return [project for project in chosen if "green" in CATEGORIES[project]]


MEASURES = {
    "length": Measure(
        "min_length", "max_length", len, ViolationCode.TOO_FEW, ViolationCode.TOO_MANY
    ),
    "cost": Measure(
        "min_sum_cost",
        "max_sum_cost",
        lambda chosen: sum(COSTS[project] for project in chosen),
        ViolationCode.TOO_CHEAP,
        ViolationCode.TOO_DEAR,
    ),
    "points": Measure(
        "min_sum_points",
        "max_sum_points",
        lambda chosen: 2 * len(chosen),
        ViolationCode.SUM_POINTS_TOO_LOW,
        ViolationCode.SUM_POINTS_TOO_HIGH,
    ),
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("kind", KINDS)
@given(chosen=st.sets(st.sampled_from(sorted(COSTS)), min_size=1), off=st.integers(-3, 3))
def test_every_limit_of_a_list_holds_for_every_kind(kind, name, chosen, off):
    measure = MEASURES[name]
    if name == "points" and not kind.has_points:
        return
    found, limit = measure.of(chosen), measure.of(chosen) + off
    filled = ballot(kind, sorted(chosen))
    one = kind is BallotKind.CHOOSE_1
    high = codes(filled, Limits(kind, **{measure.most: limit}))
    if not (one and name == "length"):
        assert (measure.high in high) == (found > limit)
        assert (measure.low in codes(filled, Limits(kind, **{measure.least: limit}))) == (
            found < limit
        )
    assert (ViolationCode.TOO_MANY in high) >= (one and len(chosen) > 1)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.has_points])
@given(points=st.integers(-5, 9), limit=st.integers(0, 6))
def test_points_of_one_project_are_held_to_both_ends(kind, points, limit):
    filled = ballot(kind, ["park"], points)
    assert (ViolationCode.POINTS_TOO_HIGH in codes(filled, Limits(kind, max_points=limit))) == (
        points > limit
    )
    assert (ViolationCode.POINTS_TOO_LOW in codes(filled, Limits(kind, min_points=limit))) == (
        points < limit
    )


@pytest.mark.parametrize("kind", KINDS)
@given(chosen=st.sets(st.sampled_from(sorted(COSTS))), limit=st.integers(0, 4))
def test_categories_are_counted_one_by_one(kind, chosen, limit):
    filled = ballot(kind, sorted(chosen))
    groups = {name: [p for p in COSTS if name in CATEGORIES[p]] for name in ("green", "sport")}
    inside = {name: chosen & set(projects) for name, projects in groups.items()}
    most = Limits(kind, max_length_per_category=limit)
    assert {v.group for v in _of(filled, most, ViolationCode.TOO_MANY_IN_CATEGORY)} == {
        name for name, found in inside.items() if len(found) > limit
    }
    least = Limits(kind, min_length_per_category=limit)
    assert {v.group for v in _of(filled, least, ViolationCode.TOO_FEW_IN_CATEGORY)} == {
        name for name, found in inside.items() if len(found) < min(limit, len(groups[name]))
    }


@given(chosen=st.sets(st.sampled_from(sorted(COSTS))), limit=st.integers(0, 150))
def test_the_money_of_a_category_is_held_to_both_ends(chosen, limit):
    spent = sum(COSTS[project] for project in green(chosen))
    filled = Ballot(tuple(sorted(chosen)))
    dear = _of(filled, Limits(max_sum_cost_per_category=limit), ViolationCode.TOO_DEAR_IN_CATEGORY)
    cheap = _of(
        filled, Limits(min_sum_cost_per_category=limit), ViolationCode.TOO_CHEAP_IN_CATEGORY
    )
    assert ("green" in {v.group for v in dear}) == (spent > limit)
    assert ("green" in {v.group for v in cheap}) == (spent < limit)


def _of(ballot, limits, code) -> list[Violation]:
    return [v for v in validate(ballot, limits, COSTS, CATEGORIES) if v.code is code]


def test_projects_without_a_category_are_in_none():
    limits = Limits(max_length_per_category=0)
    assert validate(Ballot(("park", "pool")), limits, COSTS) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_a_set(kind):
    """A project named twice is a fault, and neither fills up the length nor costs twice."""
    twice = ballot(kind, ["path", "path"])
    limits = Limits(kind, min_length=2, max_sum_cost=10, max_length_per_category=1)
    found = codes(twice, limits)
    assert ViolationCode.DUPLICATE_PROJECT in found
    assert ViolationCode.TOO_DEAR not in found
    assert ViolationCode.TOO_MANY_IN_CATEGORY not in found
    assert ViolationCode.TOO_FEW in found


@given(st.permutations(sorted(COSTS)))
def test_the_order_of_a_list_changes_nothing(order):
    limits = Limits(max_length=2, max_sum_cost=100, max_length_per_category=1)
    assert set(validate(Ballot(tuple(order)), limits, COSTS, CATEGORIES)) == set(
        validate(Ballot(tuple(sorted(COSTS))), limits, COSTS, CATEGORIES)
    )


def test_what_was_withdrawn_is_told_apart_from_what_never_was():
    found = validate(Ballot(("zoo", "park")), Limits(), {"pool": 50}, {}, {"park"})
    assert [(v.code, v.project) for v in found] == [
        (ViolationCode.UNKNOWN_PROJECT, "zoo"),
        (ViolationCode.WITHDRAWN_PROJECT, "park"),
    ]


def test_a_short_list_asks_for_no_more_than_it_has():
    assert Limits(min_length=3).fitting([5, 5]) == Limits(min_length=2)
    assert Limits(min_length=3).fitting([5] * 5) == Limits(min_length=3)
    assert Limits().fitting([]) == Limits()
    assert Limits(min_sum_cost=25).fitting([20, 10]) == Limits(min_sum_cost=25)
    assert Limits(min_sum_cost=25).fitting([10]) == Limits(min_sum_cost=10)
    assert Limits(max_length=1, min_sum_cost=25).fitting([20, 10]).min_sum_cost == 20
    points = Limits(BallotKind.CUMULATIVE, max_points=5, min_sum_points=8)
    assert points.fitting([1, 1]) == points
    assert points.fitting([1]).min_sum_points == 5
    assert Limits(BallotKind.CUMULATIVE, min_sum_points=8).fitting([1]).min_sum_points == 8


# All lists together

AREAS = ["east", "north", "south", "west"]


def area_codes(filled, limits, own="north"):
    return {v.code for v in validate_areas(filled, limits, own=own, town={"town"})}


@given(filled=st.sets(st.sampled_from([*AREAS, "town"])))
def test_only_the_own_area_and_the_whole_town_unless_more_is_allowed(filled):
    found = validate_areas(filled, AreaLimits(), own="north", town={"town"})
    assert {v.group for v in found} == filled - {"north", "town"}
    assert {v.code for v in found} <= {ViolationCode.AREA_NOT_YOURS}


@given(filled=st.sets(st.sampled_from([*AREAS, "town"])), limit=st.integers(1, 4))
def test_so_many_other_areas_besides_the_own(filled, limit):
    others = len(filled - {"north", "town"})
    found = area_codes(filled, AreaLimits(max_other_areas=limit))
    assert found == ({ViolationCode.TOO_MANY_OTHER_AREAS} if others > limit else set())


@given(filled=st.sets(st.sampled_from([*AREAS, "town"])), limit=st.integers(0, 4))
def test_so_many_areas_in_all_whichever_they_are(filled, limit):
    areas = len(filled - {"town"})
    found = area_codes(filled, AreaLimits(max_areas=limit, max_other_areas=None))
    assert found == ({ViolationCode.TOO_MANY_AREAS} if areas > limit else set())


def test_one_area_may_have_a_list_of_its_own_length():
    limits, areas = (
        Limits(max_length=15, min_length=2),
        AreaLimits(lengths={"town": {"max_length": 10}}),
    )
    assert areas.of("town", limits) == replace(limits, max_length=10)
    assert areas.of("north", limits) == limits


# Data and words


@given(
    st.builds(
        Limits,
        st.sampled_from(KINDS),
        *[st.none() | st.integers(0, 99)] * 12,
    ),
    st.builds(
        AreaLimits,
        st.none() | st.integers(0, 9),
        st.none() | st.integers(0, 9),
        st.dictionaries(
            st.sampled_from(AREAS), st.fixed_dictionaries({"max_length": st.integers(1, 9)})
        ),
    ),
)
def test_limits_survive_the_way_through_json_together(limits, areas):
    stored = limits.to_json() | areas.to_json()
    assert Limits.from_json(stored) == limits
    assert AreaLimits.from_json(stored) == areas


def test_usual_limits_are_stored_as_they_always_were():
    """Digests of ballots that were frozen before there were limits for areas stay good."""
    assert Limits(max_length=3).to_json() | AreaLimits().to_json() == {
        "kind": "approval",
        "max_length": 3,
    }


@pytest.mark.parametrize("code", list(ViolationCode))
def test_every_fault_has_a_sentence(code):
    said = Violation(code, 3, 1, "park", "green").describe(names={"park": "“Park”"})
    assert code in SENTENCES
    assert said.endswith(".")
    assert "{" not in said and "None" not in said


def test_areas_are_called_by_their_names():
    (found,) = validate_areas({"south"}, AreaLimits(), own="north", town=())
    assert found.describe(names={"south": "The South"}) == (
        "You cannot vote on the list of “The South”: it is not your area."
    )
    (found,) = validate_areas(
        {"south", "east"}, AreaLimits(max_other_areas=1), own="north", town=()
    )
    assert found.sentence == (
        "Besides your own area, fill in the list of at most 1 area; 2 are filled in."
    )
