"""Opening and setting up a round: every verb, every bad input, and what the log tells of it."""

from datetime import UTC, datetime, timedelta

import pytest

from pb.audit import queries as log
from pb.audit.service import verify
from pb.errors import Invalid, Refused
from pb.rounds import calendar, people, queries, service
from pb.rounds.models import Phase, Role, Side
from pb.rounds.service import LARGEST, AreaRow
from pb.tally.ballots import BallotKind, Limits
from pb.tally.rules import load_rules
from tests import make
from tests.conftest import NOW

RULES = load_rules()
OPENS = {
    Phase.IDEAS: datetime(2026, 6, 1, 9),
    Phase.REVIEW: datetime(2026, 7, 1, 9),
    Phase.VOTING: datetime(2026, 9, 1, 9),
    Phase.COUNTING: datetime(2026, 9, 20, 18),
    Phase.RESULTS: datetime(2026, 9, 25, 12),
}
ENDS = datetime(2026, 12, 1)


@pytest.fixture
def olga(session):
    return make.officer(session)


@pytest.fixture
def town(session, olga):
    return create(session, olga)


def create(session, by, **changed):
    given = {
        "name": "Our town 2027",
        "slug": "our-town-2027",
        "currency": "EUR",
        "time_zone": "Europe/Amsterdam",
    }
    return service.create(session, **{**given, **changed}, by=by, at=NOW)


def set_areas(session, town, olga, *rows):
    service.set_areas(session, town, rows, by=olga, at=NOW)
    return {area.slug: area for area in town.areas}


def schedule(session, town, olga, opens=OPENS, ends=ENDS, zone="Europe/Amsterdam", at=NOW):
    service.schedule(session, town, opens, ends, time_zone=zone, by=olga, at=at)


def kinds(session, round):
    return [entry.kind for entry in log.entries(session, round.id)]


def newest(session, round):
    return log.entries(session, round.id)[-1]


def complete(session, town, olga):
    """Do every task of the set-up."""
    service.describe(
        session, town, name="Our town", purpose="Why", who_may_vote="You", by=olga, at=NOW
    )
    set_areas(session, town, olga, AreaRow("Town", 100_00, city_wide=True))
    schedule(session, town, olga)
    service.set_limits(session, town, Limits(max_length=3), by=olga, at=NOW)
    service.set_rule(session, town, "greedy", {}, ["lower-cost"], rules=RULES, by=olga, at=NOW)
    people.appoint(session, town, make.account(session), Role.STEWARD, by=olga, at=NOW)
    people.appoint(session, town, make.account(session), Role.REVIEWER, by=olga, at=NOW)


# Opening


def test_who_opens_a_round_is_its_first_commissioner(session, olga):
    town = create(session, olga)

    assert people.roles_at(session, town, olga, NOW) == {Role.COMMISSIONER}
    assert people.find_seat(session, town, olga).side is Side.COMMISSION
    assert kinds(session, town) == ["round.create", "appointment.start"]
    assert town.published_at is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "  "}, "Enter a name"),
        ({"name": "x" * 101}, "at most 100"),
        ({"slug": ""}, "small letters"),
        ({"slug": "Our Town"}, "small letters"),
        ({"slug": "-town"}, "small letters"),
        ({"slug": "ünser"}, "small letters"),
        ({"slug": "new"}, "small letters"),
        ({"slug": "a" * 61}, "small letters"),
        ({"currency": "EURO"}, "no currency “EURO”"),
        ({"currency": "eur"}, "no currency “eur”"),
        ({"currency": "QQQ"}, "no currency “QQQ”"),
        ({"time_zone": "Mars/Base"}, "no time zone “Mars/Base”"),
        ({"time_zone": ""}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"time_zone": "amsterdam"}, "Did you mean Europe/Amsterdam?"),
    ],
)
def test_a_round_is_not_opened_with_impossible_names(session, olga, changed, sentence):
    with pytest.raises(Invalid, match=sentence):
        create(session, olga, **changed)


def test_an_address_is_used_once(session, olga, town):
    with pytest.raises(Refused, match="already a round with the address “our-town-2027”"):
        create(session, olga, name="Another")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Our Town 2027!", "our-town-2027"), ("  Żółć & Straße ", "zoc-strae"), ("市", "")],
)
def test_a_name_suggests_an_address(name, slug):
    assert service.slug_for(name) == slug


# Texts


def test_the_log_tells_a_new_name_but_only_fingerprints_of_long_texts(session, olga, town):
    service.describe(
        session, town, name=" Our  park ", purpose="Trees", who_may_vote="", by=olga, at=NOW
    )

    changed = newest(session, town).body["changed"]
    assert changed["name"] == {"old": "Our town 2027", "new": "Our park"}
    assert changed["purpose"]["new"].startswith("sha256:")
    assert "who_may_vote" not in changed
    assert "Trees" not in str(changed)


def test_saving_without_a_change_leaves_no_trace(session, olga, town):
    before = kinds(session, town)
    service.describe(session, town, name=town.name, purpose="", who_may_vote="", by=olga, at=NOW)
    assert kinds(session, town) == before


def test_endless_texts_are_refused(session, olga, town):
    with pytest.raises(Invalid, match="20,000 characters"):
        service.describe(
            session, town, name="x", purpose="x" * 20_001, who_may_vote="", by=olga, at=NOW
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


# Ballot and rule


def test_limits_are_kept_and_logged(session, olga, town):
    limits = Limits(BallotKind.APPROVAL, max_length=5, max_sum_cost=900_00)
    service.set_limits(session, town, limits, by=olga, at=NOW)

    assert town.ballot_limits == limits
    assert newest(session, town).body["changed"]["limits"]["old"] is None


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_length=0),
        Limits(max_length=-1),
        Limits(max_length=1001),
        Limits(max_sum_cost=0),
        Limits(max_sum_cost=-5),
        Limits(max_sum_cost=LARGEST + 1),
    ],
)
def test_impossible_limits_are_refused(session, olga, town, limits):
    with pytest.raises(Invalid):
        service.set_limits(session, town, limits, by=olga, at=NOW)
    assert town.limits is None


def test_a_rule_is_kept_as_its_own_parser_reads_it(session, olga, town):
    given = {"completion": "add1", "utility": "cardinality"}
    service.set_rule(
        session, town, "equal-shares", given, ["lot:lottery"], rules=RULES, by=olga, at=NOW
    )

    rule = RULES["equal-shares"]
    assert rule.parse_params(town.rule_params) == rule.parse_params(given)
    assert town.ties == ["lot:lottery"]
    assert newest(session, town).body["changed"]["rule"] == {"old": None, "new": "equal-shares"}


@pytest.mark.parametrize(
    ("rule", "params", "ties", "sentence"),
    [
        ("dice", {}, ["lower-cost"], "Choose one of the counting rules"),
        ("greedy", {"colour": "red"}, ["lower-cost"], "no parameter colour"),
        ("greedy", {"order": "best"}, ["lower-cost"], "Parameter order is one of"),
        ("greedy", {"threshold": "-1"}, ["lower-cost"], "must not be below zero"),
        ("greedy", {"threshold": "1.5"}, ["lower-cost"], "a whole number"),
        ("greedy", {"threshold": "many"}, ["lower-cost"], "a whole number"),
        ("greedy", {}, ["taller"], "not by 'taller'"),
        ("greedy", {}, ["lot:"], "lot:SEED"),
        ("greedy", {}, [], "Say what decides"),
    ],
)
def test_impossible_rules_are_refused(session, olga, town, rule, params, ties, sentence):
    with pytest.raises(Invalid, match=sentence):
        service.set_rule(session, town, rule, params, ties, rules=RULES, by=olga, at=NOW)
    assert town.rule_id is None


# Freezing


@pytest.mark.parametrize("verb", ["describe", "areas", "dates", "limits", "rule", "confirmation"])
def test_nothing_of_the_set_up_changes_once_the_ballot_is_frozen(session, olga, verb):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    before = kinds(session, town)
    calls = {
        "describe": lambda **k: service.describe(
            session, town, name="x", purpose="", who_may_vote="", **k
        ),
        "areas": lambda **k: service.set_areas(session, town, [AreaRow("A", 1)], **k),
        "dates": lambda **k: service.schedule(session, town, OPENS, ENDS, time_zone="UTC", **k),
        "limits": lambda **k: service.set_limits(session, town, Limits(max_length=1), **k),
        "rule": lambda **k: service.set_rule(
            session, town, "greedy", {}, ["lower-cost"], rules=RULES, **k
        ),
        "confirmation": lambda **k: service.set_confirmation(session, town, False, **k),
    }

    with pytest.raises(Refused, match="is frozen. Its set-up cannot change any more") as refusal:
        calls[verb](by=olga, at=NOW)

    assert refusal.value.status == 409
    assert kinds(session, town) == before


def test_a_change_between_publishing_and_freezing_is_logged_with_both_values(session, olga):
    town = make.round_(session, Phase.IDEAS)
    set_areas(session, town, olga, AreaRow("Town", 200_000_00, city_wide=True, slug="town"))

    told = newest(session, town)
    assert told.kind == "round.areas"
    assert told.actor_id == olga.id
    assert told.body["changed"]["areas"]["old"][0]["budget"] == 100_000_00
    assert told.body["changed"]["areas"]["new"][0]["budget"] == 200_000_00


# Who confirms


def test_who_confirms_is_settled_before_the_round_is_published(session, olga, town):
    service.set_confirmation(session, town, False, by=olga, at=NOW)
    assert not town.stewards_confirm
    assert newest(session, town).kind == "round.confirmation"

    town.published_at = NOW
    with pytest.raises(Refused, match="settled before the round is published"):
        service.set_confirmation(session, town, True, by=olga, at=NOW)


# What is missing


def test_an_empty_round_lacks_every_task(session, town):
    assert [task.key for task in service.missing(session, town, NOW)] == [
        "basics",
        "money",
        "dates",
        "ballot",
        "rule",
        "team",
    ]


def test_a_complete_round_lacks_nothing(session, olga, town):
    complete(session, town, olga)

    assert service.missing(session, town, NOW) == []
    assert service.missing(session, town) == []
    assert verify(town.id, log.entries(session, town.id)).intact


def test_dates_that_have_passed_are_missing_again(session, olga, town):
    complete(session, town, olga)
    september = datetime(2026, 9, 2, tzinfo=UTC)

    assert [str(task) for task in service.missing(session, town, september)] == [
        "Voting would open in the past. Choose later dates."
    ]


def test_a_team_without_stewards_needs_a_second_commissioner(session, olga, town):
    complete(session, town, olga)
    service.set_confirmation(session, town, False, by=olga, at=NOW)

    (task,) = service.missing(session, town, NOW)
    assert "second commissioner" in str(task)

    people.appoint(session, town, make.account(session), Role.COMMISSIONER, by=olga, at=NOW)
    assert service.missing(session, town, NOW) == []


def test_a_team_whose_steward_has_left_is_not_complete(session, olga, town):
    complete(session, town, olga)
    steward = people.holders(session, town, NOW)[Role.STEWARD][0]
    people.end(session, steward, by=olga, at=NOW)

    assert "Appoint a steward" in str(service.missing(session, town, NOW + timedelta(1))[0])


# Copying


def test_a_copy_takes_the_set_up_and_leaves_people_and_proposals_behind(session, olga, town):
    complete(session, town, olga)
    make.proposal(session, town, make.account(session))
    make.entry(session, town)
    other = make.officer(session)

    copy = service.copy(session, town, name="Next", slug="next", by=other, at=NOW)
    session.commit()

    for field in ("purpose", "who_may_vote", "currency", "time_zone", "limits", "rule_id"):
        assert getattr(copy, field) == getattr(town, field)
    assert (copy.rule_params, copy.ties) == (town.rule_params, town.ties)
    assert [(a.slug, a.budget, a.city_wide) for a in copy.areas] == [("town", 100_00, True)]
    assert copy.areas[0].id != town.areas[0].id
    assert people.roles_at(session, copy, other, NOW) == {Role.COMMISSIONER}
    assert people.roles_at(session, copy, olga, NOW) == frozenset()
    assert copy.published_at is None and copy.frozen_at is None
    assert [task.key for task in service.missing(session, copy, NOW)] == ["team"]
    assert log.entries(session, copy.id)[0].body["copied_from"] == town.slug


def test_a_copy_moves_the_dates_to_the_same_weekdays_of_next_year(session, olga, town):
    schedule(session, town, olga)
    copy = service.copy(session, town, name="Next", slug="next", by=olga, at=NOW)

    local = [span.opens_at.astimezone(copy.zone) for span in calendar.spans(copy)]
    assert local[0].replace(tzinfo=None) == datetime(2027, 5, 31, 9)  # a Monday, as before
    assert [at.hour for at in local] == [9, 9, 9, 18, 12]
    assert [at.weekday() for at in local] == [at.weekday() for at in OPENS.values()]


def test_a_copy_leaves_out_dates_that_would_fall_into_a_missing_hour(session, olga, town):
    sunday = datetime(2029, 4, 1, 2, 30)  # its match in 2030 is the day on which the clocks jump
    later = {phase: at.replace(year=2029) for phase, at in OPENS.items()}
    schedule(session, town, olga, {**later, Phase.PURPOSE: sunday}, ENDS.replace(year=2029))

    copy = service.copy(
        session, town, name="Next", slug="next", by=olga, at=datetime(2029, 6, 1, tzinfo=UTC)
    )

    assert copy.dates == []
    assert "dates" in [task.key for task in service.missing(session, copy)]


def test_a_copy_of_an_empty_round_is_an_empty_round(session, olga, town):
    copy = service.copy(session, town, name="Next", slug="next", by=olga, at=NOW)
    assert (copy.areas, copy.dates, copy.limits, copy.rule_id) == ([], [], None, None)


def test_a_copy_needs_an_address_of_its_own(session, olga, town):
    with pytest.raises(Refused, match="already a round"):
        service.copy(session, town, name="Next", slug=town.slug, by=olga, at=NOW)


def test_people_may_copy_public_rounds_and_their_own(session, olga, town):
    public = make.round_(session, Phase.IDEAS)
    hidden = make.round_(session, Phase.SETUP)
    found = queries.starting_points(session, olga)

    assert set(found) == {town, public}
    assert hidden not in found
