"""Several people and one browser: nobody votes for another, and who has left is gone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.ballots.models import LiveBallot, TurnoutMark
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make
from tests.community.ballot_town import stored, voting

BOX = re.compile(r'<input type="hidden" name="(begun|submission|project)" value="([^"]+)"')
HOME = {"Origin": "http://localhost"}


@pytest.fixture
def round(session):
    routes = {"letter-code": {}, "self-declaration": {"least_age": None, "per_net": 20}}
    return voting(session, routes=routes)


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}"


@pytest.fixture
def people(session, round, keys):
    """The codes of Ana and of Ben."""
    return make.voters(session, round, keys, 2)


def review(pages, path, project) -> dict:
    """What stands on the review page, ready to be sent."""
    page = pages.post(f"{path}/vote/check", {"project": project}, 200).text
    return dict(BOX.findall(page))


def test_a_form_of_another_voter_is_not_sent_in_the_name_of_who_is_here_now(
    session, pages, path, people
):
    ana, ben = people
    pages.post(f"{path}/vote", {"code": ana})
    of_ana = review(pages, path, "1")
    pages.post(f"{path}/vote", {"code": ben})
    pages.post(f"{path}/vote/send", review(pages, path, "2"))
    before = stored(session, select(LiveBallot.commitment))

    answer = pages.post(f"{path}/vote/send", of_ana, 403, headers=HOME).text

    assert "Enter your code again" in answer and 'name="project" value="1"' in answer
    assert stored(session, select(LiveBallot.commitment)) == before
    assert stored(session, select(TurnoutMark.revision)) == [1]
    pages.post(f"{path}/vote", {"code": ana, "project": "1"}, 200)
    pages.post(f"{path}/vote/send", review(pages, path, "1"))
    assert len(stored(session, select(LiveBallot.commitment))) == 2


@pytest.mark.parametrize("page", ["ballot", "check", "compare"])
def test_nor_is_it_shown_to_them_as_their_own(pages, path, people, page):
    ana, ben = people
    pages.post(f"{path}/vote", {"code": ana})
    of_ana = review(pages, path, "1")
    pages.post(f"{path}/vote", {"code": ben})
    answer = pages.post(f"{path}/vote/{page}", of_ana, 403, headers=HOME)
    assert "Enter your voting code" in answer.text


def test_a_kiosk_forgets_who_came_by_a_declaration(session, browse, round, path):
    kiosk = browse(make.appointed(session, round, Role.CLERK))
    kiosk.post(f"/commission/rounds/{round.slug}/kiosk", {"minutes": "10"})
    declared = {"name": "Ana Ruiz", "area": "north", "here": "y"}
    kiosk.post(f"{path}/vote/declaration", declared, 200)
    assert kiosk.get(f"{path}/vote/ballot").headers["Cache-Control"] == "no-store"
    kiosk.post(f"{path}/vote/send", {"project": "1", "submission": "once"})
    assert "This computer has forgotten you" in kiosk.get(f"{path}/vote/receipt").text
    kiosk.get(f"{path}/vote/ballot", 303)


def test_who_leaves_after_their_visit_ended_has_left(session, pages, path, people, clock, round):
    pages.post(f"{path}/vote", {"code": people[0]})
    form = review(pages, path, "1")
    clock.now += timedelta(minutes=40)
    pages.post(f"{path}/vote/leave")
    clock.now = calendar.span(round, Phase.VOTING).closes_at + timedelta(minutes=3)
    assert pages.post(f"{path}/vote/send", form).location.endswith("/vote")
    assert stored(session, select(LiveBallot.commitment)) == []


def test_who_has_left_is_not_in_the_memory_of_the_browser(pages, path, people):
    pages.post(f"{path}/vote", {"code": people[0]})
    assert pages.post(f"{path}/vote/leave").headers["Clear-Site-Data"] == '"cache"'


def test_the_choices_of_a_shared_computer_are_not_offered_to_the_next(pages, path, people, clock):
    ana, ben = people
    pages.post(f"{path}/vote", {"code": ana, "shared": "y"})
    form = review(pages, path, "1")
    clock.now += timedelta(minutes=40)
    assert pages.post(f"{path}/vote/check", form, headers=HOME).location.endswith("/vote")


def test_a_look_without_reading_keeps_the_receipt(pages, path, people):
    """A HEAD request shows nobody the receipt, which a shared computer shows once."""
    pages.post(f"{path}/vote", {"code": people[0], "shared": "y"})
    pages.post(f"{path}/vote/send", review(pages, path, "1"))
    pages.client.head(f"{path}/vote/receipt")
    assert "Your ballot is in the box" in pages.get(f"{path}/vote/receipt").text
    pages.get(f"{path}/vote/receipt", 303)
