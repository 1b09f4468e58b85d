"""Two clerks type paper ballots without a mouse, quickly and without seeing each other."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.ballots.models import Channel, TurnoutMark
from pb.ballots.paper import service
from pb.rounds.models import Phase, Role
from tests import make
from tests.browser.conftest import violations
from tests.pages import Pages

AREAS = {"north": 50_000_00, "town": 100_000_00}
PROJECTS = {"lamp": ("north", 2_000_00), "bench": ("north", 1_000_00), "park": ("town", 9_000_00)}
SHEETS = 6


@pytest.fixture
def paper(town):
    """A round of its own in the demo town: (path of the batch, its two clerks, its id)."""
    now = town.app.extensions["clock"]()
    with Session(town.app.extensions["engine"], expire_on_commit=False) as session:
        round = make.round_(session, Phase.VOTING, areas=AREAS, projects=PROJECTS, now=now)
        clerks = [make.appointed(session, round, Role.CLERK) for _ in range(2)]
        for _ in range(SHEETS):
            make.entry(session, round, "north")
        service.issue(
            session, round, place="Hall", area=make.area(round, "north"), sheets=SHEETS,
            by=clerks[0], at=now,
        )  # fmt: skip
        session.commit()
    return f"/commission/rounds/{round.slug}/paper/batches/1", clerks, round.id


def enter(town, page, account) -> None:
    """Sign in as this person."""
    pages = Pages(town.app)
    pages.sign_in(account)
    page.context.add_cookies(
        [
            {"name": cookie.key, "value": cookie.value, "url": town.address}
            for cookie in pages.client._cookies.values()
        ]
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_two_clerks_type_a_batch_by_keyboard_alone(town, visit, paper, scripts):
    path, clerks, round_id = paper
    for clerk, told in zip(clerks, ("waits for a second person.", "counts."), strict=True):
        page = visit(1280, scripts=scripts)
        enter(town, page, clerk)
        page.goto(f"{path}/type")
        for number in range(1, SHEETS + 1):
            page.locator("input[name=sheet]:focus").wait_for()  # again after every sheet
            for text in (str(number), str(number), "1 2"):
                page.keyboard.type(text)
                page.keyboard.press("Tab")
            page.keyboard.type("3")
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert f"Sheet {number} {told}" in page.inner_text("main")
        assert not scripts or violations(page) == []  # axe is a script itself
    with Session(town.app.extensions["engine"]) as session:
        query = select(TurnoutMark.channel).where(TurnoutMark.round_id == round_id)
        assert list(session.scalars(query)) == [Channel.PAPER] * SHEETS


def test_a_mistake_keeps_what_was_typed_and_is_found_by_keyboard(town, visit, paper):
    path, clerks, _ = paper
    page = visit(390)
    enter(town, page, clerks[0])
    page.goto(f"{path}/type")
    page.locator("input[name=sheet]:focus").wait_for()
    for text in ("1", "1", "1 9"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert (
        "There is no project 9 on the list of North."
        in page.locator("[data-error-summary]:focus").inner_text()
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("input[name=list-north]:focus").input_value() == "1 9"
    assert violations(page) == []
