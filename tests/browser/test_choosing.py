"""Looking around on the ballot: filters, comparing, drafts, kiosks, with scripts and without."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from pb.eligibility import service
from pb.results import acts
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.ballots import BallotKind, Limits
from tests import make
from tests.browser.conftest import violations

NAMES = ["trees", "ramp", "stage", "pool", "bench", "lamps", "garden", "swing", "bikes", "cafe"]
KINDS = {
    "ticks": Limits(max_length=3),
    "points": Limits(BallotKind.CUMULATIVE, max_points=8, max_sum_points=10),
    "ranking": Limits(BallotKind.ORDINAL, max_length=3),
    "scores": Limits(BallotKind.SCORING, max_points=5),
}


@pytest.fixture
def made(town):
    """`made(kind)`: a round with ten projects, its address and a voting code."""

    def make_round(kind: str = "ticks", withdrawn: int | None = None):
        keys, now = town.app.extensions["keys"], datetime.now(UTC)
        projects = {name: ("town", (n + 1) * 500_00) for n, name in enumerate(NAMES)}
        with Session(town.app.extensions["engine"], expire_on_commit=False) as session:
            areas = {"town": 10_000_00}
            round = make.round_(
                session,
                Phase.VOTING,
                areas=areas,
                projects=projects,
                limits=KINDS[kind],
                now=now,
            )
            entry = make.entry(session, round)
            clerk = make.appointed(session, round, Role.CLERK)
            [code] = service.issue_codes(
                session, round, by=clerk, at=now, keys=keys, entries=[entry]
            )
            session.commit()
            if withdrawn:
                withdraw(session, town, round, withdrawn, now)
        return f"/rounds/{round.slug}", code.printed

    return make_round


def withdraw(session, town, round, number, now):
    olga = make.appointed(session, round, Role.COMMISSIONER)
    sam = make.appointed(session, round, Role.STEWARD)
    kind, tools = ActKind.WITHDRAW_PROJECT, town.app.extensions
    reason = "It stands in the way of the fire brigade."
    act = acts.ask(session, round, kind, by=olga, reason=reason, at=now, project=number)
    acts.confirm(session, act, by=sam, at=now, keys=tools["keys"], rules=tools["rules"])
    session.commit()


def enter(page, path, code):
    page.goto(f"{path}/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/vote/ballot")


def choose(page, kind: str) -> None:
    """Write something against the trees."""
    if kind == "ticks":
        page.get_by_role("checkbox", name=re.compile("^Trees")).check()
    elif kind == "points":
        page.get_by_label("Points for Trees").fill("7")
    elif kind == "scores":
        page.get_by_role("group", name="Score for Trees").get_by_label("4").check(force=True)
    else:
        page.get_by_label("Place of Trees").fill("1")


def chosen(page, kind: str) -> bool:
    if kind == "ticks":
        return page.locator("#project-1").is_checked()
    if kind == "scores":
        return page.locator("#points-1-4").is_checked()
    name = "points-1" if kind == "points" else "rank-1"
    return page.locator(f"#{name}").input_value() == ("7" if kind == "points" else "1")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_looking_around_loses_nothing_on_any_kind_of_ballot(visit, made, kind, scripts):
    page, seen = visit(390, scripts), []
    enter(page, *made(kind))
    choose(page, kind)
    page.locator("summary", has_text="Find projects").click()
    page.get_by_label("Word").fill("stage")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "1 project fits" in page.inner_text("main")
    assert page.locator(".app-cards .app-card").count() == 1
    seen += violations(page) if scripts else []
    page.get_by_role("button", name="Show all again").click()
    assert chosen(page, kind)

    page.get_by_label("Compare Trees").check()
    page.get_by_label("Compare Pool").check()
    page.get_by_role("button", name="Compare the marked projects").click()
    assert "Compare 2 projects" in page.inner_text("h1")
    assert "Why pool helps." in page.inner_text("table")
    seen += violations(page) if scripts else []
    wide = page.evaluate("document.documentElement.scrollWidth") if scripts else 0
    page.get_by_role("button", name="Back to my ballot").click()
    assert chosen(page, kind)
    page.get_by_role("button", name="Check my ballot").last.click()
    page.get_by_role("button", name="Send my ballot").click()

    assert "Your ballot is in the box" in page.inner_text("h1")
    seen += violations(page) if scripts else []
    assert wide <= 390
    assert seen == []


def test_the_bar_counts_what_a_filter_hides(visit, made):
    page = visit(390)
    enter(page, *made())
    choose(page, "ticks")
    page.locator("summary", has_text="Find projects").click()
    page.get_by_label("Word").fill("stage")
    page.get_by_label("Word").press("Enter")
    page.wait_for_url("**/vote/ballot*")
    assert "1 of 3" in page.locator(".app-ballot-bar").inner_text()
    page.locator(".app-tick").check()
    assert "2 of 3" in page.locator(".app-ballot-bar").inner_text()


# Drafts


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_chosen_outlives_the_phone(visit, made, kind):
    page = visit(390)
    path, code = made(kind)
    enter(page, path, code)
    assert "We put back" not in page.inner_text("main")
    choose(page, kind)
    page.context.clear_cookies()  # the battery is empty; next day the code is asked for again
    page.goto("about:blank")
    enter(page, path, code)
    assert "We put back what you chose here before" in page.inner_text("main")
    assert chosen(page, kind)
    assert violations(page) == []
    page.get_by_role("button", name="Start with an empty ballot").click()
    assert not chosen(page, kind)
    page.goto(f"{path}/vote/ballot")
    assert "We put back" not in page.inner_text("main")


def kept(page) -> int:
    return page.evaluate("Object.keys(localStorage).length")


def test_a_draft_is_gone_once_the_ballot_is_sent_or_left(visit, made):
    page = visit(390)
    path, code = made()
    enter(page, path, code)
    choose(page, "ticks")
    assert kept(page) == 1
    page.get_by_role("button", name="Leave without sending").click()
    page.wait_for_url(re.compile(r"/rounds/[^/]+$"))
    assert kept(page) == 0
    enter(page, path, code)
    choose(page, "ticks")
    page.get_by_role("button", name="Check my ballot").last.click()
    assert kept(page) == 1
    page.get_by_role("button", name="Send my ballot").click()
    page.wait_for_url("**/receipt")
    assert kept(page) == 0


def test_another_voter_in_the_same_browser_gets_no_draft(visit, made):
    page = visit(390)
    path, code = made()
    enter(page, path, code)
    choose(page, "ticks")
    page.context.clear_cookies()
    other, second = made()
    enter(page, other, second)
    assert "We put back" not in page.inner_text("main")


def test_a_shared_computer_keeps_nothing(visit, made):
    page = visit(390)
    path, code = made()
    page.goto(f"{path}/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_label("Other people use this computer").check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/vote/ballot")
    choose(page, "ticks")
    assert kept(page) == 0


def test_what_was_kept_before_the_computer_was_said_to_be_shared_goes_too(visit, made):
    page = visit(390)
    path, code = made()
    enter(page, path, code)
    choose(page, "ticks")
    assert kept(page) == 1
    page.goto(f"{path}/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_label("Other people use this computer").check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/vote/ballot")
    choose(page, "ticks")
    page.get_by_role("button", name="Check my ballot").first.click()
    page.get_by_role("button", name="Send my ballot").click()
    page.wait_for_url("**/receipt")
    assert kept(page) == 0


# Withdrawn, kiosk, receipt


@pytest.mark.parametrize("scripts", [True, False])
def test_a_withdrawn_project_is_seen_and_cannot_be_ticked(visit, made, scripts):
    page = visit(390, scripts)
    enter(page, *made(withdrawn=2))
    assert "“Ramp” was withdrawn" in page.inner_text("main")
    assert page.locator("#project-2").count() == 0
    assert page.locator("#project-1").count() == 1
    if scripts:
        assert violations(page) == []
    page.get_by_role("link", name=re.compile("Read why.*Ramp")).click()
    assert "the way of the fire brigade" in page.inner_text("main")


def test_a_kiosk_asks_before_it_starts_over_and_then_forgets(visit, made, town):
    page = visit(1280)
    path, code = made()
    slug = path.removeprefix("/rounds/")
    page.context.add_cookies([{"name": "pb_kiosk", "value": f"{slug}|2", "url": town.address}])
    page.clock.install()
    enter(page, path, code)
    choose(page, "ticks")
    assert kept(page) == 0
    assert violations(page) == []
    page.clock.run_for(70_000)
    assert "Are you still here?" in page.inner_text("body")
    assert violations(page) == []
    page.get_by_role("button", name="Yes, I need more time").click()
    page.clock.run_for(50_000)
    assert page.locator("#project-1").is_checked()
    page.clock.run_for(80_000)
    page.wait_for_url(f"**{path}/vote")
    assert "Nobody did anything here for a while" in page.inner_text("main")
    page.goto(f"{path}/vote/ballot")
    page.wait_for_url(f"**{path}/vote")


def test_the_receipt_of_a_qr_code_is_filled_in_for_looking_it_up(visit, town):
    page = visit(390)
    page.goto("/rounds/together-1/receipts#ABCD-EFGH-JKMN-PQRS-T")
    assert page.locator("#receipt").input_value() == "ABCD-EFGH-JKMN-PQRS-T"
