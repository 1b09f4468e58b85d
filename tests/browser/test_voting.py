"""Voting as people do it: by keyboard, on a phone, with scripts and without."""

import re

import pytest

from pb.eligibility import crockford
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
    boxes = page.get_by_role("checkbox")
    chosen = boxes.count()
    for n in range(chosen):
        boxes.nth(n).check()
    page.get_by_role("button", name="Check my ballot").click()

    assert "Choose at most 4 projects" in page.inner_text("body")
    if scripts:
        assert violations(page) == []
    assert page.get_by_role("button", name="Send my ballot").count() == 0
    page.get_by_role("button", name=re.compile("Change this list.*Whole town")).click()
    assert page.locator("input[type=checkbox]:checked").count() == chosen


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
