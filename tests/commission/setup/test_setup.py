"""Setting up a round by hand: from nothing to the asked act, and who may do it when."""

from datetime import datetime

import pytest

from pb.audit import queries as log
from pb.rounds import calendar, queries
from pb.rounds.models import Phase, Role
from tests import make
from tests.commission.setup.typed import AREAS, DATES, NEW, fresh, setup, statuses
from tests.conftest import NOW


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
    assert statuses(desk.get(base)) == [*["Done"] * 6, "To do"]
    browse(steward).post("/rounds/our-town-2027/people/invitations/1/answer", {"answer": "yes"})
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
