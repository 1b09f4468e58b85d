"""Visits that end by themselves, kiosks, drafts and receipts."""

import re
from datetime import timedelta

import pytest

from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from pb.web import guard, kiosk
from tests import make
from tests.community.test_ballots import (  # noqa: F401 (fixtures)
    code,
    marks,
    path,
    picks,
    round,
    shown_receipt,
    ticked,
)

IDLE = timedelta(seconds=guard.IDLE)
HERE = {"Origin": "http://localhost"}


@pytest.fixture
def printed(code):  # noqa: F811
    return code()


@pytest.fixture
def voter(pages, path, printed):  # noqa: F811
    pages.post(f"{path}/vote", {"code": printed})
    return pages


# A visit that ended


@pytest.mark.parametrize("page", ["ballot", "check", "send", "compare"])
def test_who_comes_back_late_loses_nothing(session, voter, path, clock, printed, page):  # noqa: F811
    clock.now += IDLE + timedelta(seconds=1)
    asked = voter.post(f"{path}/vote/{page}", picks("park", "lamp"), status=403, headers=HERE)
    assert "Your visit ended while you were choosing" in asked.text
    assert marks(session) == []
    kept = re.findall(r'type="hidden" name="project" value="(\d+)"', asked.text)
    assert set(kept) == {"1", "4"}
    again = voter.post(f"{path}/vote", {"code": printed, "project": kept}, status=200).text
    assert ticked(again) == {"1", "4"}
    assert "what you had chosen is still here" in again
    voter.post(f"{path}/vote/send", {"project": kept})
    assert marks(session) == [1]


def test_a_mistyped_code_keeps_the_choices_too(voter, path):  # noqa: F811
    page = voter.post(f"{path}/vote", {"code": "ABC", **picks("park")}, status=422).text
    assert 'type="hidden" name="project" value="1"' in page


def test_a_cookie_that_is_gone_loses_nothing_either(pages, path, round):  # noqa: F811
    answer = pages.client.post(f"{path}/vote/send", data=picks("park"), headers=HERE)
    assert answer.status_code == 403
    assert 'name="project" value="1"' in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.elsewhere.example"},
        {"Referer": "https://elsewhere.example/http://localhost/"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_another_site_cannot_bring_choices_along(pages, path, round, headers):  # noqa: F811
    answer = pages.client.post(f"{path}/vote/check", data=picks("park"), headers=headers)
    assert answer.status_code == 303
    assert answer.location == f"{path}/vote"


def test_a_visit_goes_on_as_long_as_something_is_done(voter, path, clock):  # noqa: F811
    for _ in range(5):
        clock.now += IDLE - timedelta(seconds=1)
        voter.get(f"{path}/vote/ballot")
    clock.now += IDLE + timedelta(seconds=1)
    assert voter.get(f"{path}/vote/ballot", 303).location == f"{path}/vote"


def test_after_the_close_a_late_ballot_is_told_so(voter, path, clock, round):  # noqa: F811
    clock.now = calendar.span(round, Phase.VOTING).closes_at + IDLE
    sent = voter.post(f"{path}/vote/send", picks("park"), status=303, headers=HERE)
    voter.get(sent.location, 409)


# Drafts


def draft(text) -> str | None:
    found = re.search(r'data-draft="([^"]+)"', text)
    return found and found[1]


def test_every_voter_has_a_draft_of_their_own(browse, path, code, round):  # noqa: F811
    names = []
    for _ in range(2):
        pages = browse()
        pages.post(f"{path}/vote", {"code": code()})
        name = draft(pages.get(f"{path}/vote/ballot").text)
        assert name.startswith(f"{round.slug}:")
        assert name == draft(pages.post(f"{path}/vote/check", picks("park"), status=200).text)
        names.append(name)
    assert len(set(names)) == 2


def test_a_shared_computer_keeps_no_draft(pages, path, printed):  # noqa: F811
    pages.post(f"{path}/vote", {"code": printed, "shared": "y"})
    assert draft(pages.get(f"{path}/vote/ballot").text) is None


# Kiosks


@pytest.fixture
def booth(session, round, browse, path):  # noqa: F811
    """A computer that a clerk has made a kiosk."""
    pages = browse(make.appointed(session, round, Role.CLERK))
    pages.post(f"/commission{path}/kiosk", {"minutes": "7"})
    return pages


def test_no_script_reads_the_cookie_of_a_kiosk(session, round, browse, path):  # noqa: F811
    clerk = browse(make.appointed(session, round, Role.CLERK))
    made = clerk.post(f"/commission{path}/kiosk", {"minutes": "7"})
    [cookie] = [one for one in made.headers.getlist("Set-Cookie") if kiosk.COOKIE in one]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_kiosk_signs_the_clerk_out_and_asks_for_a_code(booth, path):  # noqa: F811
    assert booth.get(f"/commission{path}/kiosk", 303).location.startswith("/account/sign-in")
    page = booth.get(f"{path}/vote").text
    assert "Vote here." in page
    assert "Sign in" not in page and "Who does what" not in page
    assert "Other people use this computer" not in page
    assert f'content="420; url={path}/kiosk?after=nothing"' in page


def test_a_kiosk_forgets_somebody_who_went_away(booth, path, printed, session):  # noqa: F811
    booth.post(f"{path}/vote", {"code": printed})
    page = booth.get(f"{path}/vote/ballot")
    assert page.headers["Cache-Control"] == "no-store"
    assert draft(page.text) is None
    assert "I need more time" in page.text
    booth.get(f"{path}/kiosk?after=nothing", 303)
    assert "Nobody did anything here for a while" in booth.get(f"{path}/vote").text
    booth.get(f"{path}/vote/ballot", 303)
    late = booth.post(f"{path}/vote/send", picks("park"), status=303, headers=HERE)
    assert late.location == f"{path}/vote"
    assert marks(session) == []


def test_a_kiosk_starts_over_after_the_receipt(booth, path, printed):  # noqa: F811
    booth.post(f"{path}/vote", {"code": printed})
    booth.post(f"{path}/vote/send", picks("park"))
    receipt = booth.get(f"{path}/vote/receipt").text
    assert "This computer has forgotten you" in receipt
    assert f'content="{kiosk.AFTER_RECEIPT}; url={path}/kiosk' in receipt
    assert booth.get(f"{path}/vote/receipt", 303).location == f"{path}/vote"
    assert "Nobody did anything" not in booth.get(f"{path}/vote").text


def test_who_leaves_a_kiosk_leaves_it_ready_for_the_next(booth, path, printed):  # noqa: F811
    booth.post(f"{path}/vote", {"code": printed})
    assert booth.post(f"{path}/vote/leave").location == f"{path}/vote"
    assert "This browser has forgotten your code" in booth.get(f"{path}/vote").text
    booth.get(f"{path}/vote/ballot", 303)


def test_a_kiosk_keeps_no_code_in_the_address(booth, path, printed):  # noqa: F811
    asked = booth.get(f"{path}/vote?code={printed}", 303)
    assert asked.location == f"{path}/vote"
    assert f'value="{printed}"' in booth.get(f"{path}/vote").text
    assert printed not in booth.get(f"{path}/vote").text


def test_a_clerk_ends_a_kiosk(booth, session, round, path):  # noqa: F811
    booth.sign_in(make.appointed(session, round, Role.CLERK))
    assert "This computer is a kiosk" in booth.get(f"/commission{path}/kiosk").text
    booth.post(f"/commission{path}/kiosk/end")
    assert "Vote here." not in booth.get(f"{path}/vote").text


@pytest.mark.parametrize("minutes", ["", "1", "61", "ten"])
def test_a_kiosk_waits_for_a_sensible_time(session, browse, round, path, minutes):  # noqa: F811
    clerk = browse(make.appointed(session, round, Role.CLERK))
    page = clerk.post(f"/commission{path}/kiosk", {"minutes": minutes}, status=422).text
    assert f'value="{minutes}"' in page


@pytest.mark.parametrize("cookie", ["", "x", "x|", "|5", "x|0", "x|9999999999", "x|-5", "x|٥"])
def test_a_made_up_cookie_makes_no_kiosk(pages, path, round, cookie):  # noqa: F811
    pages.client.set_cookie(kiosk.COOKIE, cookie)
    assert "Vote here." not in pages.get(f"{path}/vote").text


def test_elsewhere_the_start_of_a_kiosk_forgets_nobody(voter, path):  # noqa: F811
    voter.get(f"{path}/kiosk", 303)
    voter.get(f"{path}/vote/ballot")


# Receipts


def test_the_receipt_can_be_taken_along(voter, path):  # noqa: F811
    voter.post(f"{path}/vote/send", picks("park"))
    page = voter.get(f"{path}/vote/receipt").text
    assert 'aria-label="QR code of your receipt"' in page
    assert "<svg" in page and "style=" not in page
    assert f'href="{path}/result-day.ics"' in page
    assert shown_receipt(page)


def test_the_day_of_the_result_goes_into_a_calendar(pages, round, path):  # noqa: F811
    round.name = "Budget; of, all"
    answer = pages.get(f"{path}/result-day.ics")
    assert answer.mimetype == "text/calendar"
    lines = answer.text.split("\r\n")
    day = calendar.span(round, Phase.RESULTS).opens_at.astimezone(round.zone)
    assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in lines
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
