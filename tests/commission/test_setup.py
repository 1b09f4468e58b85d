"""Setting up a round by hand: from nothing to the asked act, with every bad input on the way."""

import re
from datetime import datetime

import pytest

from pb.audit import queries as log
from pb.errors import Invalid
from pb.rounds import calendar, people, queries, service
from pb.rounds.models import Area, Phase, PhaseDates, Role, Round
from pb.rounds.service import AreaRow
from pb.tally.ballots import AreaLimits, Limits
from tests import make
from tests.conftest import NOW

NEW = {
    "name": "Our town 2027",
    "slug": "",
    "start": "",
    "currency": "eur",
    "time_zone": "Europe/Amsterdam",
}


def moment(text: str) -> list[str]:
    return text.split(" ")


DATES = {
    "time_zone": "Europe/Amsterdam",
    "ideas_on": "y",
    "ideas_opens": moment("1 6 2026 09:00"),
    "review_on": "y",
    "review_opens": moment("1 7 2026 09:00"),
    "voting_opens": moment("1 9 2026 09:00"),
    "counting_opens": moment("20 9 2026 18:00"),
    "results_opens": moment("25 9 2026 12:00"),
    "ends": moment("1 12 2026 00:00"),
}
AREAS = {
    "rows-0-name": "Whole town",
    "rows-0-budget": "100,000",
    "rows-0-city_wide": "y",
    "rows-1-name": "Old Mill",
    "rows-1-budget": "25 000.50",
    "rows-2-name": "",
    "rows-2-budget": "",
}


@pytest.fixture
def olga(session):
    return make.officer(session)


@pytest.fixture
def desk(browse, olga):
    """The browser of an officer."""
    return browse(olga)


@pytest.fixture
def town(session, olga):
    """A round that nobody has set up yet."""
    made = service.create(
        session,
        name="Our town",
        slug="our-town",
        currency="EUR",
        time_zone="Europe/Amsterdam",
        by=olga,
        at=NOW,
    )
    session.commit()
    return made


def setup(task: str = "", slug: str = "our-town") -> str:
    return f"/commission/rounds/{slug}/setup" + (f"/{task}" if task else "")


def fresh(session, slug="our-town"):
    """The round as it is stored now; leaves no transaction open behind it."""
    session.rollback()
    for known in list(session.identity_map.values()):
        if isinstance(known, Round | Area | PhaseDates):
            session.expire(known)
    found = queries.find(session, slug)
    session.commit()
    return found


def holder(session, round, role):
    """The one appointment of a role, without leaving a transaction open."""
    (held,) = people.holders(session, round, NOW)[role]
    session.commit()
    return held


def statuses(page) -> list[str]:
    return re.findall(r'task-list__status"[^>]*>(?:<strong[^>]*>)?(Done|To do)', page.text)


# The whole road


def test_a_round_is_set_up_from_nothing_to_the_request_to_publish_it(session, desk, browse):
    steward, reviewer = make.account(session, "Sam"), make.account(session, "Rita")
    assert "Open your first round" in desk.get("/commission/").text

    made = desk.post("/commission/rounds/new", NEW)
    base = setup(slug="our-town-2027")
    assert made.location == base
    # Codes in letters are chosen to begin with.
    assert statuses(desk.get(base)) == [*["To do"] * 5, "Done", "To do"]

    desk.post(f"{base}/basics", {"name": "Our town 2027", "purpose": "Why", "who_may_vote": "We"})
    desk.post(f"{base}/money", AREAS)
    desk.post(f"{base}/dates", DATES)
    desk.post(f"{base}/ballot", {"kind": "approval", "max_length": "5", "max_sum_cost": ""})
    ties = "lower-cost,more-votes,file-order"
    desk.post(f"{base}/rule", {"rule": "equal-shares", "ties": ties, "lot": ""})
    desk.post(f"{base}/team", {"email": steward.email.upper(), "role": "steward"})
    desk.post(f"{base}/team", {"email": reviewer.email, "role": "reviewer"})
    assert statuses(desk.get(base)) == ["Done"] * 7
    assert "Ask to publish the round" in desk.get("/commission/rounds/our-town-2027").text

    acts = "/commission/rounds/our-town-2027/acts"
    desk.post(acts, {"kind": "publish-round", "reason": "All is ready."})

    assert "Waits for a second hand" in desk.get(acts).text
    assert "Wait for the second hand" in desk.get("/commission/").text
    town = fresh(session, "our-town-2027")
    assert (town.currency, town.budget) == ("EUR", 125_000_50)
    assert calendar.span(town, Phase.IDEAS).opens_at == datetime.fromisoformat(
        "2026-06-01T07:00+00:00"
    )
    assert town.ballot_limits.max_length == 5
    assert town.rule_id == "equal-shares"
    assert town.published_at is None


# Opening


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Enter a name for the round."),
        ({"name": "x" * 101}, "Use at most 100 characters."),
        ({"slug": "Our Town"}, "small letters, figures and hyphens"),
        ({"slug": "new"}, "small letters, figures and hyphens"),
        ({"name": "市"}, "small letters, figures and hyphens"),
        ({"currency": "EURO"}, "There is no currency “EURO”"),
        ({"time_zone": "Amsterdam"}, "Did you mean Europe/Amsterdam?"),
        ({"start": "nowhere"}, "Not a valid choice"),
    ],
)
def test_a_round_is_not_opened_with_bad_input(session, desk, changed, sentence):
    page = desk.post("/commission/rounds/new", {**NEW, **changed}, 422)

    assert sentence in page.text
    assert "Error: " in page.text
    for name, typed in changed.items():
        assert name == "start" or not typed or typed in page.text
    assert queries.starting_points(session, make.account(session)) == []


def test_an_address_that_is_taken_is_refused_and_the_name_is_kept(desk, town):
    page = desk.post("/commission/rounds/new", {**NEW, "slug": "our-town"}, 409)
    assert "already a round with the address" in page.text
    assert "Our town 2027" in page.text


def test_only_officers_open_rounds(session, browse, pages):
    browse(make.account(session)).get("/commission/rounds/new", 403)
    browse(make.account(session)).post("/commission/rounds/new", NEW, 403)
    pages.get("/commission/rounds/new", 303)
    pages.get("/commission/", 303)


def test_somebody_without_a_round_is_told_so(session, browse):
    page = browse(make.account(session)).get("/commission/")
    assert "You have no role in a round" in page.text
    assert "Open a new round" not in page.text


def test_a_round_is_opened_as_a_copy_of_an_earlier_one(session, desk):
    earlier = make.round_(session, Phase.ARCHIVED, areas={"town": 5_00, "mill": 7_00})
    page = desk.get(f"/commission/rounds/new?from={earlier.slug}")
    assert f'selected value="{earlier.slug}"' in page.text

    desk.post(
        "/commission/rounds/new",
        {"name": "Next", "slug": "next", "start": earlier.slug, "currency": "", "time_zone": ""},
    )

    copy = fresh(session, "next")
    assert [(area.slug, area.budget) for area in copy.areas] == [("town", 5_00), ("mill", 7_00)]
    assert copy.dates and copy.dates[0].opens_at > NOW
    assert copy.rule_id == earlier.rule_id
    assert statuses(desk.get(setup(slug="next")))[-1] == "To do"  # the team is not copied


def test_rounds_of_others_that_are_not_public_cannot_be_copied(session, desk):
    hidden = make.round_(session, Phase.SETUP)
    assert hidden.name not in desk.get("/commission/rounds/new").text
    desk.post("/commission/rounds/new", {**NEW, "start": hidden.slug}, 422)


# Money


def test_more_rows_are_added_without_losing_what_was_typed(desk, town):
    assert 'name="rows-4-name"' not in desk.get(setup("money")).text
    typed = {
        "rows-0-name": "Harbour & quay",
        "rows-0-budget": "much",
        "rows-1-name": "Mill",
        "more": "1",
    }

    page = desk.post(setup("money"), typed, 200)

    assert "Harbour &amp; quay" in page.text and 'value="much"' in page.text
    assert 'name="rows-4-name"' in page.text
    assert "There is a problem" not in page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rows-1-budget": "-5"}, "cannot be below zero"),
        ({"rows-1-budget": "lots"}, "Enter an amount in figures"),
        ({"rows-1-budget": "99999999999999999"}, "That amount is too large."),
        ({"rows-1-budget": "1.234"}, "no more than two decimals"),
        ({"rows-1-budget": "NaN"}, "Enter an amount in figures"),
        ({"rows-1-budget": ""}, "Enter the money of this area"),
        ({"rows-1-name": ""}, "Enter a name for this area"),
        ({"rows-1-name": "whole town"}, "Two areas are called"),
        ({"rows-1-city_wide": "y"}, "Only one area can be the whole town."),
        ({"rows-1-slug": "gone"}, "There is no area “gone” any more."),
    ],
)
def test_bad_money_is_refused_and_everything_typed_stays(session, desk, town, changed, sentence):
    page = desk.post(setup("money"), {**AREAS, **changed}, 422)

    assert sentence in page.text
    assert "There is a problem" in page.text
    assert 'value="100,000"' in page.text
    assert fresh(session).areas == []


def test_an_area_is_renamed_and_another_removed(session, desk, town):
    desk.post(setup("money"), AREAS)
    page = desk.get(setup("money"))
    assert 'value="25,000.5' in page.text

    rows = {
        "rows-0-slug": "whole-town",
        "rows-0-name": "Whole town",
        "rows-0-budget": "100,000",
        "rows-0-remove": "y",
        "rows-1-slug": "old-mill",
        "rows-1-name": "New Mill",
        "rows-1-budget": "1",
    }
    desk.post(setup("money"), rows)

    assert [(area.slug, area.name, area.budget) for area in fresh(session).areas] == [
        ("old-mill", "New Mill", 1_00)
    ]


def test_an_area_with_proposals_is_not_removed(session, desk, town):
    desk.post(setup("money"), AREAS)
    make.proposal(session, fresh(session), make.account(session))
    row = {"rows-0-slug": "whole-town", "rows-0-name": "x", "rows-0-remove": "y"}

    page = desk.post(setup("money"), row, 409)

    assert "“Whole town” cannot be removed" in page.text
    assert len(fresh(session).areas) == 2


# Dates


def test_the_usual_dates_are_offered_but_not_saved(session, desk, town):
    assert "Fill in usual dates" in desk.get(setup("dates")).text
    page = desk.get(setup("dates") + "?usual=1")
    assert 'name="voting_opens" type="text" inputmode="numeric" value="2026"' in page.text
    assert fresh(session).dates == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"voting_opens": moment("31 2 2026 09:00")}, "There is no day 31 in February 2026."),
        ({"voting_opens": moment("29 2 2027 09:00")}, "There is no day 29 in February 2027."),
        ({"voting_opens": moment("1 13 2026 09:00")}, "Enter a month from 1 to 12."),
        ({"voting_opens": moment("1 9 2026 25:00")}, "Enter a time from 00:00 to 23:59."),
        ({"voting_opens": moment("one 9 2026 09:00")}, "in figures"),
        ({"voting_opens": moment("1 9 0 09:00")}, "a year with four figures"),
        ({"voting_opens": moment("1 9 20260 09:00")}, "in figures"),
        ({"voting_opens": ["1", "9", "", "09:00"]}, "Enter a day, month, year and time"),
        ({"voting_opens": ["", "", "", ""]}, "Enter when “Voting” opens."),
        ({"voting_opens": moment("1 9 1999 09:00")}, "enter a year between 2000 and 2100"),
        ({"ends": ["", "", "", ""]}, "Enter when the round ends."),
        ({"ends": moment("1 9 2026 09:00")}, "“Results” must open before the next phase does."),
        ({"review_opens": moment("1 5 2026 09:00")}, "“Proposals” must open before the next"),
        ({"ideas_opens": moment("29 3 2026 02:30")}, "There is no 02:30 on 29 March 2026"),
        ({"ends": moment("25 10 2026 02:30")}, "02:30 on 25 October 2026 comes twice"),
        ({"time_zone": "Amsterdam"}, "Did you mean Europe/Amsterdam?"),
        ({"time_zone": ""}, "Enter a time zone"),
    ],
)
def test_impossible_dates_are_refused_and_everything_typed_stays(
    session, desk, town, changed, sentence
):
    page = desk.post(setup("dates"), {**DATES, **changed}, 422)

    assert sentence in page.text
    assert 'value="18:00"' in page.text
    for typed in changed.values():
        for part in typed if isinstance(typed, list) else [typed]:
            assert f'value="{part}"' in page.text
    assert fresh(session).dates == []


def test_a_phase_that_is_switched_off_may_hold_any_date(session, desk, town):
    off = {**DATES, "review_opens": moment("99 99 9999 99:99")}
    del off["review_on"]
    desk.post(setup("dates"), off)
    assert calendar.span(fresh(session), Phase.REVIEW) is None


def test_saved_dates_are_shown_as_they_were_typed(desk, town):
    desk.post(setup("dates"), DATES)
    page = desk.get(setup("dates"))
    assert 'value="18:00"' in page.text
    assert re.search(r'name="review_on"[^>]*checked|checked[^>]*name="review_on"', page.text)
    assert not re.search(r'name="purpose_on"[^>]*checked|checked[^>]*name="purpose_on"', page.text)


# Ballot and rule


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"max_length": "0"}, "Enter a number from 1 to 1,000."),
        ({"max_length": "-3"}, "Enter a number from 1 to 1,000."),
        ({"max_length": "five"}, "Not a valid integer"),
        ({"max_sum_cost": "-1"}, "Enter an amount above zero"),
        ({"max_sum_cost": "0"}, "Enter an amount above zero"),
        ({"kind": "dice"}, "Not a valid choice"),
    ],
)
def test_bad_limits_are_refused(session, desk, town, changed, sentence):
    given = {"kind": "approval", "max_length": "5", "max_sum_cost": ""}
    page = desk.post(setup("ballot"), {**given, **changed}, 422)
    assert sentence in page.text
    assert fresh(session).limits is None


def test_a_ballot_may_have_a_money_limit_and_no_number(session, desk, town):
    desk.post(setup("ballot"), {"kind": "approval", "max_length": "", "max_sum_cost": "1,500"})
    limits = fresh(session).ballot_limits
    assert (limits.max_length, limits.max_sum_cost) == (None, 1_500_00)
    assert 'value="1,500"' in desk.get(setup("ballot")).text


def test_lists_can_be_held_to_the_money_of_their_area(session, desk, town):
    desk.post(setup("ballot"), {"kind": "approval", "max_length": "4", "within_budget": "y"})

    round = fresh(session)
    assert {round.limits_in(area).max_sum_cost for area in round.areas} == {
        area.budget for area in round.areas
    }
    assert "checked" in desk.get(setup("ballot")).text


def test_every_loaded_rule_is_offered_with_its_sentence(app, desk, town):
    page = desk.get(setup("rule"))
    for rule in app.extensions["rules"].values():
        assert rule.title in page.text
        assert rule.summary.split(".")[0] in page.text


def test_a_rule_is_saved_with_its_details_and_a_lot(session, desk, town):
    given = {
        "rule": "greedy",
        "greedy__unaffordable": "stop",
        "greedy__threshold": "10",
        "equal-shares__utility": "cardinality",
        "ties": "lot",
        "lot": "Lottery of 1 June",
    }
    desk.post(setup("rule"), given)

    town = fresh(session)
    assert town.rule_id == "greedy"
    assert (town.rule_params["unaffordable"], town.rule_params["threshold"]) == ("stop", 10)
    assert "utility" not in town.rule_params
    assert town.ties == ["lot:Lottery of 1 June"]
    page = desk.get(setup("rule"))
    assert "Lottery of 1 June" in page.text
    assert '<option selected value="stop">' in page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rule": "dice"}, "Not a valid choice"),
        ({"rule": ""}, "Choose one of the counting rules."),
        ({"greedy__threshold": "-1"}, "must not be below zero"),
        ({"greedy__threshold": "many"}, "a whole number"),
        ({"greedy__order": "best"}, "Not a valid choice"),
        ({"ties": "lot", "lot": " "}, "Enter the words from which the lot is computed."),
        ({"ties": "taller"}, "Not a valid choice"),
    ],
)
def test_bad_rules_are_refused(session, desk, town, changed, sentence):
    given = {"rule": "greedy", "ties": "lower-cost,more-votes,file-order", "lot": ""}
    page = desk.post(setup("rule"), {**given, **changed}, 422)
    assert sentence in page.text.replace("&#39;", "'")
    assert fresh(session).rule_id is None


def test_an_unusual_order_of_ties_is_offered_as_it_is(session, desk, town, olga):
    town.rule_id, town.ties = "greedy", ["file-order"]
    session.commit()
    assert "As it is now: file-order" in desk.get(setup("rule")).text
    desk.post(setup("rule"), {"rule": "greedy", "ties": "file-order", "lot": ""})
    assert fresh(session).ties == ["file-order"]


# Team


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"email": "nobody@example.org"}, 422, "Nobody has an account with this address."),
        ({"email": ""}, 422, "Enter the e-mail address of an account."),
        ({"role": "king"}, 422, "Not a valid choice"),
        ({"ends_on": ["31", "2", "2027"]}, 422, "There is no day 31 in February 2027."),
        ({"ends_on": ["", "2", "2027"]}, 422, "Enter a day, month and year"),
        ({"ends_on": ["1", "1", "2020"]}, 422, "An appointment has to end in the future."),
    ],
)
def test_bad_appointments_are_refused(session, desk, town, changed, status, sentence):
    person = make.account(session)
    page = desk.post(setup("team"), {"email": person.email, "role": "steward", **changed}, status)
    assert sentence in page.text
    assert not people.roles_at(session, fresh(session), person, NOW)


def test_a_commissioner_cannot_become_a_steward_too(desk, town, olga):
    page = desk.post(setup("team"), {"email": olga.email, "role": "steward"}, 409)
    assert "Nobody sits on both sides of one round." in page.text


def test_an_appointment_runs_until_the_end_of_its_last_day(session, desk, town):
    person = make.account(session)
    data = {"email": person.email, "role": "clerk", "ends_on": ["31", "12", "2026"]}
    desk.post(setup("team"), data)

    held = holder(session, fresh(session), Role.CLERK)
    assert held.ends_at == datetime.fromisoformat("2026-12-31T23:00+00:00")


def test_an_appointment_is_ended_and_stays_readable(session, desk, town, clock):
    person = make.account(session, "Clara")
    desk.post(setup("team"), {"email": person.email, "role": "clerk"})
    held = holder(session, fresh(session), Role.CLERK)

    desk.post(setup(f"team/{held.id}/end"))
    clock.now = clock.now.replace(hour=13)

    page = desk.get(setup("team"))
    assert "Who served before" in page.text and "Clara" in page.text
    desk.post(setup(f"team/{held.id}/end"), status=409)


def test_appointments_of_other_rounds_are_not_found(session, desk, town):
    other = make.round_(session, Phase.IDEAS)
    make.appointed(session, other, Role.CLERK)
    held = holder(session, other, Role.CLERK)
    desk.post(setup(f"team/{held.id}/end"), status=404)
    desk.post(setup("team/99999/end"), status=404)


def test_the_last_commissioner_stays(session, desk, town):
    held = holder(session, town, Role.COMMISSIONER)
    page = desk.post(setup(f"team/{held.id}/end"), status=409)
    assert "appoint another one first" in page.text


def test_who_confirms_is_chosen_before_publishing_only(session, desk, town):
    desk.post(setup("confirmation"), {"stewards": "no"})
    assert not fresh(session).stewards_confirm
    desk.post(setup("confirmation"), {"stewards": "perhaps"}, 400)

    town = fresh(session)
    town.published_at = NOW
    session.commit()
    desk.post(setup("confirmation"), {"stewards": "yes"}, 409)
    assert "settled before the round was published" in desk.get(setup("team")).text


# Who, and when


TASKS = ("basics", "money", "dates", "ballot", "rule", "team")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CLERK, Role.AUDITOR])
def test_the_rest_of_the_commission_reads_the_tasks_and_changes_nothing(
    session, browse, town, role
):
    desk = browse(make.appointed(session, town, role))
    page = desk.get(setup())
    assert "setup/basics" not in page.text
    for task in TASKS:
        desk.get(setup(task), 403)
        desk.post(setup(task), {}, 403)


def test_the_console_of_a_hidden_round_does_not_exist_for_others(session, browse, pages, town):
    for visitor in (browse(make.account(session)), browse(make.officer(session)), pages):
        visitor.get("/commission/rounds/our-town", 404)
        for task in ("", *TASKS):
            visitor.get(setup(task), 404)


def test_residents_do_not_enter_the_console_of_a_public_round(session, browse, pages):
    town = make.round_(session, Phase.IDEAS)
    browse(make.appointed(session, town, Role.STEWARD)).get(setup(slug=town.slug), 403)
    pages.get(setup(slug=town.slug), 303)


@pytest.mark.parametrize("task", [task for task in TASKS if task != "team"])
def test_a_frozen_round_says_why_its_set_up_is_closed(session, browse, task):
    town = make.round_(session, Phase.BALLOT, projects={"bench": ("town", 1_00)})
    desk = browse(make.appointed(session, town, Role.COMMISSIONER))
    town.frozen_at, town.config_digest = NOW, "0" * 64
    session.commit()

    for page in (
        desk.get(setup(task, town.slug), 409),
        desk.post(setup(task, town.slug), {}, 409),
    ):
        assert "Its set-up cannot change any more" in page.text
    assert "The ballot was frozen on" in desk.get(setup(slug=town.slug)).text
    desk.get(setup("team", town.slug))


@pytest.mark.parametrize("phase", [Phase.VOTING, Phase.RESULTS])
def test_from_voting_on_the_set_up_is_closed(session, browse, phase):
    town = make.round_(session, phase, projects={"bench": ("town", 1_00)})
    desk = browse(make.appointed(session, town, Role.COMMISSIONER))
    desk.get(setup("basics", town.slug), 409)
    desk.get(setup(slug=town.slug))


def test_a_change_of_a_public_round_is_in_the_public_log(session, browse, pages):
    town = make.round_(session, Phase.IDEAS)
    desk = browse(make.appointed(session, town, Role.COMMISSIONER))
    assert (
        "Every change you save is written in the public log."
        in desk.get(setup(slug=town.slug)).text
    )

    row = {"rows-0-slug": "town", "rows-0-name": "Town", "rows-0-budget": "5"}
    desk.post(setup("money", town.slug), row)

    assert log.entries(session, town.id)[-1].kind == "round.areas"
    session.commit()
    assert "Areas or money were changed" in pages.get(f"/rounds/{town.slug}/log").text


@pytest.mark.parametrize("phase", list(Phase))
def test_the_overview_names_one_next_step_in_every_phase(session, browse, phase):
    town = make.round_(session, phase, projects={"bench": ("town", 1_00)}, published=True)
    desk = browse(make.appointed(session, town, Role.COMMISSIONER))
    page = desk.get(f"/commission/rounds/{town.slug}")
    assert page.text.count('class="app-hero__title"') == 1
    assert town.name in desk.get("/commission/").text


WIDE = {
    "kind": "cumulative",
    "max_length": "5",
    "max_sum_points": "10",
    "min_sum_points": "10",
    "min_points": "2",
    "max_points": "8",
    "reach": "others",
    "other_areas": "1",
    "max_length_in_town": "7",
    "max_length_per_category": "2",
    "max_sum_cost_per_category": "900",
}


@pytest.fixture
def parts(session, browse):
    """A round with areas, and the pages of its commissioner."""
    areas = {"north": 5_000_00, "town": 80_000_00}
    round = make.round_(session, Phase.SETUP, areas=areas)
    desk = browse(make.appointed(session, round, Role.COMMISSIONER))
    return round, desk, f"/commission/rounds/{round.slug}/setup/ballot"


def stored_limits(session, round):
    session.rollback()
    session.expire(round)
    found = round.ballot_limits, round.area_limits
    session.rollback()
    return found


def test_limits_of_points_topics_and_areas_are_set_and_shown_again(session, parts, pages):
    round, desk, path = parts
    desk.post(path, WIDE)
    limits, areas = stored_limits(session, round)
    assert (limits.min_points, limits.min_sum_points, limits.max_length_per_category) == (2, 10, 2)
    assert limits.max_sum_cost_per_category == 900_00
    assert areas.max_other_areas == 1
    assert areas.lengths == {"town": {"max_length": 7}}
    again = desk.get(path).text
    for name, value in (("other_areas", "1"), ("max_length_in_town", "7"), ("min_points", "2")):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', again), name
    public = desk.get(f"/rounds/{round.slug}").text
    assert "you may fill in that of one other area" in public
    assert "A project that you choose gets at least 2." in public
    assert "In the list of Town up to 7." in public


def test_everybody_may_be_let_choose_the_areas(session, parts):
    round, desk, path = parts
    desk.post(path, {"kind": "approval", "reach": "any", "max_areas": "2"})
    areas = stored_limits(session, round)[1]
    assert (areas.max_other_areas, areas.max_areas) == (None, 2)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"other_areas": ""}, "Enter how many other areas"),
        ({"reach": "own"}, "Only where some other areas are allowed"),
        ({"reach": "own", "other_areas": "", "max_areas": "2"}, "only the own area"),
        ({"min_points": "9"}, "more than the most of it"),
        ({"min_sum_points": "11"}, "more than the most of it"),
        ({"min_length_per_category": "3"}, "more than the most of it"),
        ({"max_length_in_town": "0"}, "Enter a number from 1"),
        ({"max_sum_cost_per_category": "0"}, "above zero"),
        ({"kind": "approval", "max_sum_points": "", "max_points": ""}, "has no points"),
    ],
)
def test_limits_that_do_not_go_together_are_explained(session, parts, changed, sentence):
    round, desk, path = parts
    before = stored_limits(session, round)
    assert sentence in desk.post(path, WIDE | changed, status=422).text
    assert stored_limits(session, round) == before


def test_the_limit_of_an_area_goes_when_the_area_goes(session, parts):
    round, _, _ = parts
    limits = Limits(max_length=5)
    areas = AreaLimits(lengths={"north": {"max_length": 3}, "town": {"max_length": 9}})
    by = make.appointed(session, round, Role.COMMISSIONER, "Omar")
    service.set_limits(session, round, limits, areas=areas, by=by, at=NOW)
    row = AreaRow("Town", 80_000_00, city_wide=True, slug="town")
    service.set_areas(session, round, [row], by=by, at=NOW)
    session.commit()
    assert round.area_limits.lengths == {"town": {"max_length": 9}}
    assert round.ballot_limits == limits


def test_a_limit_for_an_area_that_does_not_exist_is_refused(session, parts):
    round, _, _ = parts
    by = make.appointed(session, round, Role.COMMISSIONER, "Omar")
    areas = AreaLimits(lengths={"mars": {"max_length": 3}})
    with pytest.raises(Invalid, match="no area “mars”"):
        service.set_limits(session, round, Limits(), areas=areas, by=by, at=NOW)
