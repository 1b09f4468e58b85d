"""Drafts hold what each voter chose last; nobody goes back to a ballot that was left."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from pb.eligibility import service
from pb.rounds import queries
from pb.rounds.models import Role
from tests import make
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.test_choosing import enter, made  # noqa: F401 (a fixture)

TICKED = ".app-tick:checked"


def tick(page, name):
    page.get_by_role("checkbox", name=re.compile(f"^{name}")).check()


def kept(page) -> list:
    return page.evaluate("() => Object.keys(localStorage)")


def compare(page, *names):
    for name in names:
        page.get_by_role("checkbox", name=re.compile(f"^Compare {name}")).check()
    page.get_by_role("button", name="Compare the marked projects").click()
    page.wait_for_url("**/compare")


def send(page):
    page.get_by_role("button", name="Check my ballot").first.click()
    page.wait_for_url("**/check*")
    page.get_by_role("button", name="Send my ballot").click()
    page.wait_for_url("**/receipt")


def test_what_is_unticked_while_comparing_stays_unticked(visit, made):  # noqa: F811
    path, code = made("ticks")
    page = visit(390)
    enter(page, path, code)
    tick(page, "Trees")
    compare(page, "Trees", "Ramp")
    page.get_by_role("checkbox", name=re.compile("Choose Trees")).uncheck()
    page.get_by_role("button", name="Back to my ballot").click()
    page.wait_for_url("**/vote/ballot*")
    assert page.locator(TICKED).count() == 0 and kept(page) == []


def test_what_is_ticked_while_comparing_outlives_the_phone(visit, made):  # noqa: F811
    path, code = made("ticks")
    page = visit(390)
    enter(page, path, code)
    compare(page, "Trees", "Ramp")
    page.get_by_role("checkbox", name=re.compile("Choose Trees")).check()
    page.goto(f"{path}/vote/ballot")
    assert page.locator(TICKED).count() == 1


def test_what_is_taken_off_a_ranking_stays_off(visit, made):  # noqa: F811
    path, code = made("ranking")
    page = visit(390)
    enter(page, path, code)
    page.get_by_label("Place of Trees").fill("1")
    page.get_by_role("button", name=re.compile("^Update my order")).click()
    page.get_by_role("button", name=re.compile("^Remove")).first.click()
    page.wait_for_load_state()
    assert page.get_by_label("Place of Trees").input_value() == ""


def test_sending_ones_ballot_leaves_the_draft_of_another(visit, made, town):  # noqa: F811
    path, ana = made("ticks")
    with Session(town.app.extensions["engine"], expire_on_commit=False) as session:
        round = queries.find(session, path.rsplit("/", 1)[1])
        entry, clerk = make.entry(session, round), make.appointed(session, round, Role.CLERK)
        [ben] = service.issue_codes(
            session, round, by=clerk, at=datetime.now(UTC),
            keys=town.app.extensions["keys"], entries=[entry],
        )  # fmt: skip
        session.commit()
    page = visit(390)
    enter(page, path, ana)
    tick(page, "Trees")
    enter(page, path, ben.printed)
    assert page.locator(TICKED).count() == 0
    tick(page, "Pool")
    assert len(kept(page)) == 2
    send(page)
    assert len(kept(page)) == 1
    enter(page, path, ana)
    assert page.get_by_role("checkbox", name=re.compile("^Trees")).is_checked()


@pytest.fixture
def remembering(chromium):
    """`remembering(…)`: a page of a browser that keeps pages for going back, as people's do."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM,
        args=[*ARGUMENTS, "--enable-features=BackForwardCache"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser.new_page
    browser.close()


@pytest.mark.parametrize("sent", [False, True])
def test_who_left_is_not_met_by_going_back(remembering, made, town, sent):  # noqa: F811
    path, code = made("ticks")
    page = remembering(base_url=town.address)
    enter(page, path, code)
    tick(page, "Trees")
    if sent:
        send(page)
    page.get_by_role("button", name="Leave" if sent else "Leave without sending").first.click()
    page.wait_for_url(f"**{path}")
    page.evaluate(f"() => history.go({-3 if sent else -1})")
    page.wait_for_url(f"**{path}/vote")
    assert page.get_by_label("Voting code").input_value() == ""
