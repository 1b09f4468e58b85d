"""Voting as people do it: by keyboard, on a phone, with scripts and without."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from pb.eligibility import crockford, service
from pb.rounds.models import Phase, Role
from pb.tally.ballots import BallotKind, Limits
from tests import make
from tests.browser.conftest import violations

PRESSES = 120


@pytest.fixture
def code(town) -> str:
    """A voting code that no other test uses up: a ballot can be sent again."""
    return crockford.grouped(town.demo.codes[1])


def focus(page) -> str:
    return page.evaluate(
        "() => [document.activeElement.tagName, document.activeElement.type,"
        " document.activeElement.textContent.trim() || document.activeElement.name].join(' ')"
    )


def tab_until(page, wanted: str) -> None:
    for _ in range(PRESSES):
        page.keyboard.press("Tab")
        if wanted in focus(page):
            return
    raise AssertionError(f"{wanted} is out of reach by keyboard")


def test_somebody_without_a_mouse_can_vote(visit, code):
    page = visit(1280)
    page.goto("/rounds/together-2/vote")
    tab_until(page, "code")
    page.keyboard.type(code)
    tab_until(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/vote/ballot")
    tab_until(page, "checkbox")
    page.keyboard.press("Space")
    tab_until(page, "Check my ballot")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check*")
    tab_until(page, "Send my ballot")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")

    assert "Your ballot is in the box" in page.inner_text("h1")
    assert violations(page) == []


def test_what_has_the_focus_is_never_under_the_bar(visit, code):
    page = visit(390)
    page.goto("/rounds/together-2/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/vote/ballot")
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        hidden += page.evaluate("""() => {
            const here = document.activeElement.getBoundingClientRect();
            const bar = document.querySelector('.app-ballot-bar');
            if (!bar || bar.contains(document.activeElement)) return [];
            const over = bar.getBoundingClientRect();
            const under = here.top >= over.top && here.bottom <= over.bottom;
            return under ? [document.activeElement.outerHTML.slice(0, 200)] : [];
        }""")
    assert not hidden, hidden


def test_the_bar_counts_along_where_scripts_run(visit, code):
    page = visit(390)
    page.goto("/rounds/together-2/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/vote/ballot")
    bar = page.locator(".app-ballot-bar")
    before = bar.inner_text()
    page.get_by_role("checkbox").first.check()

    assert "1 of 4" in bar.inner_text()
    assert bar.inner_text() != before


@pytest.mark.parametrize("scripts", [True, False])
def test_too_many_choices_are_explained_and_kept(visit, code, scripts):
    page = visit(390, scripts)
    page.goto("/rounds/together-2/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_role("button", name="Continue").click()
    boxes = page.locator(".app-tick")
    chosen = boxes.count()
    for n in range(chosen):
        boxes.nth(n).check()
    page.get_by_role("button", name="Check my ballot").click()

    assert "Choose at most 4 projects" in page.inner_text("body")
    if scripts:
        assert violations(page) == []
    assert page.get_by_role("button", name="Send my ballot").count() == 0
    page.get_by_role("button", name=re.compile("Change this list.*Whole town")).click()
    assert page.locator(".app-tick:checked").count() == chosen


def test_from_code_to_receipt_in_five_screens(visit, code):
    page, screens = visit(390, scripts=False), []
    page.on("framenavigated", lambda frame: screens.append(frame.url))
    page.goto("/rounds/together-2/vote")
    page.get_by_label("Voting code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Check my ballot").click()
    page.get_by_role("button", name="Send my ballot").click()

    assert "Your ballot is in the box" in page.inner_text("h1")
    assert len(screens) <= 5, screens


# Every kind of ballot

PROJECTS = {
    "trees": ("north", 2_400_00),
    "ramp-for-the-library": ("town", 6_000_00),
    "stage-in-the-park": ("town", 5_000_00),
    "pool": ("town", 9_000_00),
}
KINDS = {
    "choose-1": Limits(BallotKind.CHOOSE_1),
    "budget": Limits(),
    "points": Limits(BallotKind.CUMULATIVE, max_points=8, max_sum_points=10),
    "ranking": Limits(BallotKind.ORDINAL, max_length=3),
    "scores": Limits(BallotKind.SCORING, max_points=5),
}


@pytest.fixture
def booth(visit, town):
    """`booth(kind, scripts)`: a phone that has entered a code for a ballot of this kind."""

    def start(kind: str, scripts: bool, width: int = 390):
        keys, now = town.app.extensions["keys"], datetime.now(UTC)
        with Session(town.app.extensions["engine"], expire_on_commit=False) as session:
            round = make.round_(
                session,
                Phase.VOTING,
                areas={"north": 5_000_00, "town": 10_000_00},
                projects=PROJECTS,
                limits=KINDS[kind],
                within_budget=kind == "budget",
                now=now,
            )
            entry = make.entry(session, round, "north")
            clerk = make.appointed(session, round, Role.CLERK)
            [code] = service.issue_codes(
                session, round, by=clerk, at=now, keys=keys, entries=[entry]
            )
            session.commit()
        page = visit(width, scripts)
        page.goto(f"/rounds/{round.slug}/vote")
        page.get_by_label("Voting code").fill(code.printed)
        page.get_by_role("button", name="Continue").click()
        return page

    return start


def fill_in(page, kind: str, too_much: bool) -> None:
    """Fill in the list of the whole town, beyond its limits or within them."""
    if kind in ("choose-1", "budget"):
        page.get_by_role("checkbox", name=re.compile("^Ramp")).check()
        page.get_by_role("checkbox", name=re.compile("^Stage")).set_checked(too_much)
    elif kind == "points":
        page.get_by_label("Points for Ramp for the library").fill("8")
        page.get_by_label("Points for Stage in the park").fill("7" if too_much else "2")
    elif kind == "scores":
        page.get_by_role("group", name="Score for Ramp").get_by_label("5").check(force=True)
    else:
        page.get_by_label("Place of Ramp for the library").fill("1")
        page.get_by_label("Place of Stage in the park").fill("1" if too_much else "2")


BEYOND = {
    "choose-1": "Choose at most 1 project; 2 are chosen.",
    "budget": "cost €11,000 together; the most is €10,000.",
    "points": "Give at most 10 points; 15 are given.",
    "ranking": "Place 1 is given 2 times",
}


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_ballot_is_filled_in_on_a_phone(booth, kind, scripts):
    page = booth(kind, scripts)
    seen = [violations(page)] if scripts else []
    if kind in BEYOND:
        fill_in(page, kind, too_much=True)
        page.get_by_role("button", name="Check my ballot").click()
        assert BEYOND[kind] in page.inner_text("body")
        assert page.get_by_role("button", name="Send my ballot").count() == 0
        seen += [violations(page)] if scripts else []
        page.get_by_role("button", name=re.compile("Change this list.*Town")).click()
    fill_in(page, kind, too_much=False)
    page.get_by_role("button", name="Check my ballot").click()
    assert page.get_by_role("button", name="Send my ballot").count() == 1
    seen += [violations(page)] if scripts else []
    wide = page.evaluate("document.documentElement.scrollWidth") if scripts else 0
    page.get_by_role("button", name="Send my ballot").click()

    assert "Your ballot is in the box" in page.inner_text("h1")
    assert wide <= 390
    assert [line for found in seen for line in found] == []


def test_points_are_added_up_while_they_are_typed(booth):
    page = booth("points", True)
    bar = page.locator(".app-ballot-bar")
    assert "0 of 10 points given" in bar.inner_text()
    page.get_by_label("Points for Ramp for the library").fill("8")
    assert "8 of 10 points given" in bar.inner_text()
    page.get_by_label("Points for Pool").fill("7")
    assert "15 of 10 points given" in bar.inner_text()
    assert "More than the limit" in bar.inner_text()
    page.wait_for_timeout(500)
    said = page.locator(".app-ballot-bar [aria-live]").text_content()
    assert said == "Town: Points given: 15 of 10. That is more than the limit."


def test_somebody_ranks_by_buttons_alone(booth):
    page = booth("ranking", False)
    page.get_by_role("button", name="Put first : Pool").click()
    page.get_by_role("button", name="Put next : Stage in the park").click()
    page.get_by_role("button", name="Up : Stage in the park").click()
    page.get_by_role("button", name="Check my ballot").click()

    order = page.locator(".app-ranking__title").all_inner_texts()
    assert [line.split("\n")[0].split(" €")[0] for line in order] == ["Stage in the park", "Pool"]


def test_enter_in_a_field_leads_to_the_review(booth):
    page = booth("ranking", True)
    page.get_by_label("Place of Pool").fill("1")
    page.get_by_label("Place of Pool").press("Enter")
    page.wait_for_url("**/check*")

    assert page.locator(".app-ranking__title").count() == 1
