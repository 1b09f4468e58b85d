"""The key of the ballot box at the commission door, and the count with its sheets."""

import re

import pytest
from sqlalchemy import select

from pb.ballots import ceremony, shares
from pb.ballots.models import WaitingSheet
from pb.results import acts, queries
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role
from tests import make
from tests.conftest import NOW
from tests.results.elections import RULES, town

PROJECTS = {"park": ("town", 5_000_00)}
SHEETS = make.SHEETS
WORDS = re.compile(r"<li>([a-z]+)</li>")


@pytest.fixture
def round(session):
    made = make.round_(session, Phase.BALLOT, projects=PROJECTS)
    made.encrypted = True
    session.commit()
    return made


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/key"


@pytest.fixture
def commissioner(session, browse, round):
    return browse(make.appointed(session, round, Role.COMMISSIONER))


def sheets_on(page) -> list[str]:
    sections = page.text.split("<section")[1:]
    return [" ".join(WORDS.findall(section)) for section in sections]


def test_the_sheets_are_shown_once_and_open_a_test_envelope(session, round, path, commissioner):
    page = commissioner.post(f"{path}/sheets", status=200)
    found = sheets_on(page)
    assert [len(words.split()) for words in found] == [33, 33, 33]
    assert page.headers["Cache-Control"].startswith("no-store")
    for who in ("the commissioner", "the steward", "the auditor"):
        assert f"for {who}" in page.text
    again = commissioner.get(path).text
    assert not any(words.split()[5] + "</li>" in again for words in found)
    commissioner.post(f"{path}/test", {"first": found[1], "second": found[2]})
    session.refresh(round)
    assert round.box_key_tested_at == NOW
    session.rollback()
    assert "Opened a test envelope on" in commissioner.get(path).text


def test_a_misspelt_sheet_is_told_and_stays_on_the_page(path, commissioner):
    found = sheets_on(commissioner.post(f"{path}/sheets", status=200))
    wrong = found[0].replace(found[0].split()[8], "acadmic", 1)
    page = commissioner.post(f"{path}/test", {"first": wrong, "second": found[1]}, status=422).text
    assert "“acadmic”, is not on the list of words. Did you mean “academic”?" in page
    assert wrong in page and found[1] in page


def test_a_commissioner_may_choose_open_envelopes_and_everybody_is_told(
    session, round, path, commissioner, pages
):
    public = f"/rounds/{round.slug}"
    assert "Ballots lie in closed envelopes until the count" in pages.get(public).text
    commissioner.post(f"{path}/envelopes", {"encrypted": "no"})
    assert "Ballots of this round lie in open envelopes" in pages.get(public).text
    session.refresh(round)
    assert (round.encrypted, round.box_key) == (False, None)
    session.rollback()
    commissioner.post(f"{path}/envelopes", {"encrypted": "perhaps"}, status=422)


def test_the_console_leads_to_the_key_before_the_freeze(session, round, commissioner):
    make.entry(session, round)
    overview = f"/commission/rounds/{round.slug}"
    assert "Make the key of the ballot box" in commissioner.get(overview).text
    ceremony.make_key(session, round, by=make.officer(session), at=NOW)
    session.commit()
    assert "The key was not tested yet" in commissioner.get(overview).text


def test_only_commissioners_see_the_buttons(session, round, path, browse):
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    assert "show the sheets" not in auditor.get(path).text
    auditor.post(f"{path}/sheets", status=403)


# The count


@pytest.fixture
def closed(session, keys):
    return town(session, keys, encrypted=True)


@pytest.fixture
def counting(closed):
    act = closed.ask(ActKind.COUNT)
    closed.session.commit()
    return act


def test_each_holder_types_their_own_sheet(session, browse, closed, counting):
    auditor = browse(make.appointed(session, closed.round, Role.AUDITOR))
    key, act = f"/commission/rounds/{closed.round.slug}/key", f"/rounds/{closed.round.slug}/acts"
    auditor.post(f"{key}/waiting", {"words": "one two"}, status=422)
    auditor.post(f"{key}/waiting", {"words": SHEETS[2]})
    assert "A key sheet waits" in auditor.get(key).text
    steward = browse(closed.hand)
    page = steward.get(f"{act}/{counting.id}/opening").text
    assert "Sheet 3 was handed in and waits" in page and "The other key sheet" in page
    steward.post(f"{act}/{counting.id}/confirmation", {"first": SHEETS[1]})
    session.expire_all()
    assert queries.latest(session, closed.round).voters == 4
    session.rollback()
    steward.get(f"{act}/{counting.id}/opening", 404)


def test_wrong_sheets_are_told_and_stay_on_the_page(session, browse, closed, counting):
    steward = browse(closed.hand)
    path = f"/rounds/{closed.round.slug}/acts/{counting.id}/confirmation"
    other = shares.split(b"another private key of 32 bytes!")
    for sent, sentence in (
        ({"first": SHEETS[0], "second": SHEETS[0]}, "This is sheet 1 twice"),
        ({"first": other[0], "second": other[1]}, "another key than that of this ballot box"),
        ({"first": SHEETS[0]}, "Type the words of this key sheet"),
        ({}, "Type the words of this key sheet"),
    ):
        page = steward.post(path, sent, status=422).text
        assert sentence in page
        assert all(words in page for words in sent.values())
    session.expire_all()
    assert queries.latest(session, closed.round) is None
    session.rollback()
    steward.post(path, {"first": SHEETS[0], "second": SHEETS[1]})
    session.expire_all()
    assert queries.latest(session, closed.round) is not None


def test_another_commissioner_opens_the_box_of_a_round_without_stewards(session, keys, browse):
    found = town(session, keys, encrypted=True, stewards_confirm=False)
    act = found.ask(ActKind.COUNT)
    session.commit()
    second = browse(found.hand)
    path = f"/commission/rounds/{found.round.slug}/acts"
    assert "Type the key sheets and count" in second.get(path).text
    second.get(f"{path}/{act.id}/opening")
    second.post(f"{path}/{act.id}/confirmation", {"first": SHEETS[0], "second": SHEETS[2]})
    session.expire_all()
    assert queries.latest(session, found.round).voters == 4


def test_a_sheet_can_be_taken_back(session, browse, closed, counting):
    commissioner = browse(closed.commissioner)
    key = f"/commission/rounds/{closed.round.slug}/key"
    commissioner.post(f"{key}/waiting", {"words": SHEETS[0]})
    commissioner.post(f"{key}/waiting/end")
    assert session.scalars(select(WaitingSheet)).all() == []


# Looking at the turnout


def test_the_turnout_page_tells_who_came_and_asks_for_a_void(session, browse, closed):
    commissioner, steward = browse(closed.commissioner), browse(closed.hand)
    path, public = f"/commission/rounds/{closed.round.slug}/turnout", f"/rounds/{closed.round.slug}"
    page = commissioner.get(path).text
    assert "4" in page and "On the website" in page and "Nothing stands out" in page
    commissioner.post(path, {"number": "x", "reason": "A code was stolen."}, status=422)
    nobody = commissioner.post(path, {"number": "99", "reason": "A code was stolen."}, status=422)
    assert "Say whose vote it is" in nobody.text and "A code was stolen." in nobody.text
    commissioner.post(path, {"number": "2", "reason": "A code was stolen."})
    acts_page = steward.get(f"{public}/acts").text
    assert "It is number <strong>2</strong> on the list of voters" in acts_page
    assert "on the list of voters" not in browse().get(f"{public}/acts").text
    number = re.search(r"acts/(\d+)/confirmation", acts_page).group(1)
    steward.post(f"{public}/acts/{number}/confirmation")
    assert "1 vote was taken out of the box" in browse().get(f"{public}/acts").text


def test_no_page_tells_a_choice_or_a_count_before_the_seal(app, session, browse, keys):
    """Every page for every person, between the close and the seal: 37 votes for one project and
    none for the others would show as the number 37."""
    from tests.results.elections import cast
    from tests.test_access import requests

    found = town(session, keys, encrypted=True, ballots=())
    at = calendar.span(found.round, Phase.VOTING).opens_at
    for _ in range(37):
        cast(found, ["park"], at=at)
    for _ in range(24):
        cast(found, ["pool"], at=at)
    session.commit()
    people = [browse(), browse(found.commissioner), browse(found.hand)]
    people += [browse(make.appointed(session, found.round, role)) for role in list(Role)]
    seen = 0
    for _, path, method, about in requests(app, found.round):
        if method != "GET" or not about:
            continue
        for person in people:
            text = re.sub(r"<[^>]+>", " ", person.client.get(path, follow_redirects=True).text)
            assert not re.search(r"(?<![\d.:,a-f])(37|24)(?![\d.:,a-f])", text), path
            seen += "61" in text
    assert seen, "the turnout is shown, so a number would be found"
    act = found.ask(ActKind.COUNT)
    session.commit()
    acts.confirm(session, act, by=found.hand, at=NOW, keys=keys, rules=RULES, sheets=SHEETS[:2])
    session.commit()
    count = people[1].get(f"/commission/rounds/{found.round.slug}/count").text
    assert "37" in count, "after the count the same search finds it"
