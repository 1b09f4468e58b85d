"""The areas and the dates of a round: what fits, what is refused, what the log tells."""

from datetime import UTC, datetime, timedelta

import pytest

from pb.errors import Invalid, Refused
from pb.rounds import calendar
from pb.rounds.models import Phase
from pb.rounds.service import LARGEST, AreaRow
from tests import make
from tests.conftest import NOW
from tests.rounds.setting_up import (
    ENDS,
    OPENS,
    newest,
    schedule,
    set_areas,
)

# Areas


def test_areas_are_added_changed_and_removed_by_one_list(session, olga, town):
    set_areas(session, town, olga, AreaRow("Town", 100_00, city_wide=True), AreaRow("Old Mill", 0))
    areas = set_areas(
        session,
        town,
        olga,
        AreaRow("The Old Mill", 50_00, slug="old-mill"),
        AreaRow("Harbour", 20_00, city_wide=True, about="By the water"),
    )

    assert [(a.slug, a.name, a.budget, a.city_wide) for a in town.areas] == [
        ("old-mill", "The Old Mill", 50_00, False),
        ("harbour", "Harbour", 20_00, True),
    ]
    assert areas["harbour"].about == "By the water"
    assert town.budget == 70_00
    told = newest(session, town).body["changed"]["areas"]
    assert [row["name"] for row in told["old"]] == ["Town", "Old Mill"]
    assert [row["budget"] for row in told["new"]] == [50_00, 20_00]


def test_areas_of_similar_names_have_addresses_of_their_own(session, olga, town):
    areas = set_areas(session, town, olga, AreaRow("Süd", 1), AreaRow("Sud", 2), AreaRow("市", 3))
    assert set(areas) == {"sud", "sud-2", "area"}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([AreaRow("A", -1)], "cannot be below zero"),
        ([AreaRow("A", LARGEST + 1)], "too large"),
        ([AreaRow(" ", 1)], "Enter a name for every area"),
        ([AreaRow("x" * 81, 1)], "at most 80"),
        ([AreaRow("Mill", 1), AreaRow(" mill ", 2)], "Two areas are called “Mill”"),
        ([AreaRow("A", 1, True), AreaRow("B", 1, True)], "Only one area can be the whole town"),
        ([AreaRow("A", 1, slug="gone")], "no area “gone” any more"),
        ([AreaRow(f"A{n}", 1) for n in range(501)], "at most 500 areas"),
    ],
)
def test_impossible_areas_are_refused(session, olga, town, rows, sentence):
    with pytest.raises(Invalid, match=sentence):
        set_areas(session, town, olga, *rows)
    assert town.areas == []


def test_the_largest_budget_fits_into_the_database(session, olga, town):
    set_areas(session, town, olga, AreaRow("A", LARGEST), AreaRow("B", LARGEST))
    session.commit()
    assert town.budget == 2 * LARGEST


@pytest.mark.parametrize("use", ["proposal", "project", "voter"])
def test_an_area_in_use_is_not_removed(session, olga, use):
    town = make.round_(session, areas={"mill": 1_00, "town": 1_00})
    if use == "proposal":
        make.proposal(session, town, make.account(session))
    elif use == "project":
        make.project(session, town, "bench", "mill")
    else:
        make.entry(session, town, "mill")

    with pytest.raises(Refused, match="“Mill” cannot be removed: proposals, projects or voters"):
        set_areas(session, town, olga, AreaRow("Town", 1_00, slug="town"))

    assert {area.slug for area in town.areas} == {"mill", "town"}


def test_two_areas_can_swap_being_the_whole_town(session, olga, town):
    set_areas(session, town, olga, AreaRow("A", 1, city_wide=True), AreaRow("B", 1))
    set_areas(
        session, town, olga, AreaRow("A", 1, slug="a"), AreaRow("B", 1, city_wide=True, slug="b")
    )
    assert [area.city_wide for area in town.areas] == [False, True]


# Dates


def test_dates_are_typed_on_the_wall_and_kept_in_utc(session, olga, town):
    schedule(session, town, olga)

    assert town.dates[0].opens_at == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert town.dates[-1].closes_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert [row.phase for row in town.dates] == list(OPENS)
    assert all(a.closes_at == b.opens_at for a, b in zip(town.dates, town.dates[1:], strict=False))


def test_a_new_plan_replaces_the_old_one(session, olga, town):
    schedule(session, town, olga)
    later = {phase: at + timedelta(days=7) for phase, at in OPENS.items() if phase != Phase.REVIEW}
    schedule(session, town, olga, {**later, Phase.PURPOSE: datetime(2026, 5, 20)})
    session.commit()

    assert calendar.span(town, Phase.REVIEW) is None
    assert calendar.span(town, Phase.IDEAS).opens_at == datetime(2026, 6, 8, 7, tzinfo=UTC)
    assert calendar.spans(town)[0].phase is Phase.PURPOSE
    told = newest(session, town).body["changed"]["dates"]
    assert "review" in told["old"] and "review" not in told["new"]


@pytest.mark.parametrize(
    ("opens", "ends", "zone", "sentence"),
    [
        ({**OPENS, Phase.IDEAS: datetime(2026, 8, 1)}, ENDS, None, "“Proposals” must open before"),
        (OPENS, datetime(2026, 9, 1), None, "“Results” must open before"),
        ({**OPENS, Phase.VOTING: datetime(1, 1, 1)}, ENDS, None, "year between 2000 and 2100"),
        (OPENS, datetime(9999, 12, 31), None, "The end: enter a year between"),
        ({**OPENS, Phase.SETUP: datetime(2026, 5, 1)}, ENDS, None, "“Preparation” has no date"),
        (OPENS, ENDS, "Europe/Nowhere", "no time zone “Europe/Nowhere”"),
        (
            {**OPENS, Phase.IDEAS: datetime(2026, 3, 29, 2, 30)},
            ENDS,
            None,
            "“Proposals”: There is no 02:30 on 29 March 2026",
        ),
        (OPENS, datetime(2026, 10, 25, 2, 30), None, "The end: 02:30 on 25 October 2026 comes twi"),
    ],
)
def test_impossible_dates_are_refused(session, olga, town, opens, ends, zone, sentence):
    with pytest.raises(Invalid) as refusal:
        schedule(session, town, olga, opens, ends, zone or "Europe/Amsterdam")

    assert any(sentence in problem for problem in refusal.value.problems)
    assert town.dates == []


@pytest.mark.parametrize("phase", calendar.ALWAYS)
def test_dates_name_the_phase_that_is_missing(session, olga, town, phase):
    opens = {one: at for one, at in OPENS.items() if one is not phase}
    with pytest.raises(Invalid) as refusal:
        schedule(session, town, olga, opens)
    assert f"“{calendar.LABELS[phase]}” needs a date." in refusal.value.problems


def test_once_public_what_has_begun_keeps_its_date(session, olga, town):
    schedule(session, town, olga)
    town.published_at = NOW
    june = datetime(2026, 6, 10, tzinfo=UTC)

    with pytest.raises(Invalid, match="“Proposals” has opened already"):
        schedule(session, town, olga, {**OPENS, Phase.IDEAS: datetime(2026, 6, 20)}, at=june)
    with pytest.raises(Invalid, match="“Proposals” has opened already"):
        schedule(session, town, olga, {p: OPENS[p] for p in calendar.ALWAYS}, at=june)
    with pytest.raises(Invalid, match="“Review” cannot open in the past"):
        schedule(session, town, olga, {**OPENS, Phase.REVIEW: datetime(2026, 6, 5)}, at=june)
    with pytest.raises(Invalid, match="time zone cannot change"):
        schedule(session, town, olga, zone="Europe/Lisbon", at=june)

    schedule(session, town, olga, {**OPENS, Phase.REVIEW: datetime(2026, 7, 15)}, at=june)
    assert calendar.span(town, Phase.REVIEW).opens_at == datetime(2026, 7, 14, 22, tzinfo=UTC)
