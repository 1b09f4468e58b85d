"""A ballot that is on the screen when voting closes."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.ballots import checkpoints
from pb.ballots.models import TurnoutMark
from pb.eligibility import service
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

PICK, OTHER = {"project": ["1"]}, {"project": ["2"]}


@pytest.fixture
def round(session):
    projects = {"park": ("town", 5_000_00), "pool": ("town", 6_000_00)}
    return make.round_(session, Phase.VOTING, projects=projects, encrypted=True)


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}"


@pytest.fixture
def closes(round):
    return calendar.span(round, Phase.VOTING).closes_at


@pytest.fixture
def enter(session, round, browse, keys, path, closes, clock):
    """A voter who has entered a code ten minutes before the close."""
    clerk = make.appointed(session, round, Role.CLERK)

    def enter(at=closes - timedelta(minutes=10)):
        entry = make.entry(session, round)
        [issued] = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys, entries=[entry])
        session.commit()
        voter = browse()
        clock.now = at
        voter.post(f"{path}/vote", {"code": issued.printed})
        return voter

    return enter


def stamp(page) -> str:
    return re.search(r'name="begun" value="([^"]+)"', page.text)[1]


def voted(session) -> list[int]:
    found = list(session.scalars(select(TurnoutMark.revision)))
    session.rollback()
    return found


def test_who_began_in_time_may_check_and_send_a_little_later(session, enter, path, closes, clock):
    voter = enter()
    clock.now = closes - timedelta(milliseconds=1)
    begun = {"begun": stamp(voter.get(f"{path}/vote/ballot"))}
    clock.now = closes + timedelta(minutes=5)
    review = voter.post(f"{path}/vote/check", {**PICK, **begun}, status=200)
    assert "You began in time" in review.text and stamp(review) == begun["begun"]
    voter.post(f"{path}/vote/send", {**PICK, **begun})
    assert voted(session) == [1]
    clock.now = closes + calendar.GRACE
    late = voter.post(f"{path}/vote/send", {**OTHER, **begun}, status=409)
    assert "came too late and was not counted" in late.text
    assert voted(session) == [1]


def test_who_begins_after_the_close_is_too_late(session, enter, path, closes, clock):
    voter = enter()
    clock.now = closes
    voter.get(f"{path}/vote/ballot", 409)
    for step in ("ballot", "check", "send"):
        page = voter.post(f"{path}/vote/{step}", PICK, status=409)
        assert "Voting closed on" in page.text
    assert voted(session) == []


def test_the_moment_of_beginning_can_be_neither_made_up_nor_borrowed(
    session, enter, path, closes, clock
):
    voter, other = enter(), enter()
    theirs = stamp(other.get(f"{path}/vote/ballot"))
    payload, signature = theirs.rsplit(".", 1)
    clock.now = closes + timedelta(minutes=1)
    for begun in (
        "",
        "x",
        "." * 9,
        theirs,
        f"{payload}.{signature[::-1]}",
        f"{payload}x.{signature}",
    ):
        voter.post(f"{path}/vote/send", {**PICK, "begun": begun}, status=409)
    assert voted(session) == []
    other.post(f"{path}/vote/send", {**PICK, "begun": theirs})
    assert voted(session) == [1]


def test_who_chose_for_long_when_voting_closed_is_let_finish(session, enter, path, closes, clock):
    """No code can be entered any more, so the visit does not end for want of a click."""
    voter = enter(closes - timedelta(minutes=40))
    begun = {"begun": stamp(voter.get(f"{path}/vote/ballot"))}
    clock.now = closes + timedelta(minutes=14)
    voter.post(f"{path}/vote/send", {**PICK, **begun})
    assert voted(session) == [1]


def test_a_stamp_that_is_carried_on_does_not_grow_younger(enter, path, clock):
    voter = enter(NOW)
    first = stamp(voter.get(f"{path}/vote/ballot"))
    clock.now += timedelta(minutes=20)
    assert stamp(voter.post(f"{path}/vote/ballot", {"begun": first}, status=200)) == first
    assert stamp(voter.post(f"{path}/vote/check", {**PICK, "begun": first}, status=200)) == first


def test_the_list_of_receipts_of_an_hour_ago_can_be_read_while_voting_is_open(
    session, round, enter, browse, path, clock
):
    for _ in range(checkpoints.FEWEST_NEW):
        voter = enter(NOW)
        voter.post(f"{path}/vote/send", PICK)
    receipt = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{1,4}){4}", voter.get(f"{path}/vote/receipt").text)
    checkpoints.take(session, round, at=NOW)
    session.commit()
    browse().get(f"{path}/receipts.txt", 404)
    clock.now = NOW + checkpoints.LAG
    assert "Open the list of" in browse().get(f"{path}/receipts").text
    listed = browse().get(f"{path}/receipts.txt").text
    assert receipt[0] in listed and len(listed.splitlines()) == checkpoints.FEWEST_NEW
