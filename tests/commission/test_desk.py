"""The desk: find somebody, hand out a code, note help."""

import re

import pytest
from sqlalchemy import select

from pb.audit.models import Entry
from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.eligibility import batches, codes, queries
from pb.eligibility import service as eligibility
from pb.rounds.models import Phase, Role
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW

AREAS = {"north": 50_000_00, "town": 100_000_00}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.VOTING, areas=AREAS, projects={"park": ("town", 1_000_00)})


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/desk"


@pytest.fixture
def account(session, round):
    return make.appointed(session, round, Role.CLERK)


@pytest.fixture
def clerk(account, browse):
    return browse(account)


@pytest.fixture
def voter(session, round):
    return make.entry(session, round, "north")


def vote(session, round, entry, keys, channel):
    lists = {make.area(round).id: Ballot(("park",))}
    box.cast(session, round, entry, lists, channel=channel, now=NOW, keys=keys)
    session.commit()


def code_on(page) -> str:
    [printed] = re.findall(r'<code class="app-code"[^>]*>([^<]+)<', page)
    return codes.parse(printed)


def test_somebody_without_a_letter_gets_a_code_on_a_slip(session, clerk, path, round, voter, keys):
    clerk.get(path)
    found = clerk.post(f"{path}/find", {"number": "1"}, status=200).text
    assert "Voter number 1" in found and "none yet" in found
    assert "Write <strong" in found
    page = clerk.post(f"{path}/code", {"number": "1", "codes": "0", "identity": "y"}, status=200)
    assert page.headers["Cache-Control"] == "no-store"
    assert queries.find_by_code(session, round, code_on(page.text), keys).id == voter.id


def test_a_lost_code_stops_working_and_the_reason_is_public(
    session, clerk, account, path, round, voter, keys
):
    [old] = eligibility.issue_codes(session, round, by=account, at=NOW, keys=keys)
    session.commit()
    sent = {"number": "1", "codes": "1", "identity": "y", "reason": "never-came"}
    new = code_on(clerk.post(f"{path}/code", sent, status=200).text)
    session.expire_all()
    assert queries.find_by_code(session, round, old.code, keys) is None
    assert queries.find_by_code(session, round, new, keys).codes_issued == 2
    [body] = session.scalars(select(Entry.body).where(Entry.kind == "codes.replace"))
    assert body == {"reason": "The letter never came"}


def test_a_slip_that_is_loaded_again_replaces_nothing(session, clerk, path, round, voter, keys):
    for codes_so_far in ("0", "1"):
        sent = {"number": "1", "codes": codes_so_far, "identity": "y"}
        code = code_on(clerk.post(f"{path}/code", sent, status=200).text)
        again = clerk.post(f"{path}/code", sent, status=409).text
        assert "since you looked" in again
        assert f'name="codes" value="{int(codes_so_far) + 1}"' in again, "on purpose it goes on"
        assert queries.find_by_code(session, round, code, keys).id == voter.id
        session.rollback()
    clerk.post(f"{path}/code", {"number": "1", "identity": "y"}, status=409)


def test_a_code_after_one_that_was_taken_back_says_so_in_the_log(
    session, clerk, account, path, round, voter, keys
):
    eligibility.issue_codes(session, round, by=account, at=NOW, keys=keys)
    [batch] = queries.batches(session, round)
    batches.revoke(session, batch, reason="Lost", by=account.id, at=NOW)
    session.commit()
    page = clerk.post(f"{path}/find", {"number": "1"}, status=200).text
    assert "none yet" in page and 'name="codes" value="2"' in page
    clerk.post(f"{path}/code", {"number": "1", "codes": "2", "identity": "y"}, status=200)
    [body] = session.scalars(select(Entry.body).where(Entry.kind == "codes.replace"))
    assert body == {"reason": "The code before was taken back"}


def test_a_first_code_is_in_the_log_without_a_batch(session, clerk, path, round, voter):
    clerk.post(f"{path}/code", {"number": "1", "codes": "0", "identity": "y"}, status=200)
    [body] = session.scalars(select(Entry.body).where(Entry.kind == "codes.issue"))
    assert body == {"codes": 1}
    assert not queries.batches(session, round)


def test_without_a_look_at_who_it_is_there_is_no_code(session, clerk, path, voter):
    page = clerk.post(f"{path}/code", {"number": "1"}, status=422).text
    assert "Check who this is before you hand out a code." in page
    session.rollback()
    session.refresh(voter)
    assert voter.code_mac is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"number": "9"}, "Nobody on the list of voters has this number"),
        ({"person": "Z9"}, "Nobody on the list of voters has this number"),
        ({}, "Enter one of the two numbers"),
        ({"number": "one"}, "in figures"),
    ],
)
def test_a_number_that_is_nobodys_is_kept_on_the_page(clerk, path, voter, sent, sentence):
    page = clerk.post(f"{path}/find", sent, status=422).text
    assert sentence in page
    assert all(f'value="{value}"' in page for value in sent.values())


@pytest.mark.parametrize("number", ["", "0", "99", "x", "²"])
def test_a_code_for_a_made_up_number_is_not_found(clerk, path, voter, number):
    clerk.post(f"{path}/code", {"number": number, "identity": "y"}, status=404)


def test_the_desk_sees_that_somebody_has_voted_not_what(session, clerk, path, round, voter, keys):
    vote(session, round, voter, keys, Channel.WEB)
    page = clerk.post(f"{path}/find", {"number": "1"}, status=200).text
    assert "yes, on the web" in page and "a sheet of paper would not count" in page
    assert "Park" not in page


def test_somebody_who_voted_on_paper_gets_no_code(session, clerk, path, round, voter, keys):
    vote(session, round, voter, keys, Channel.PAPER)
    page = clerk.post(f"{path}/find", {"number": "1"}, status=200).text
    assert "yes, on paper" in page and "Make a code" not in page
    clerk.post(f"{path}/code", {"number": "1", "identity": "y"}, status=409)
    session.rollback()
    session.refresh(voter)
    assert voter.code_mac is None


def test_help_is_counted_without_a_name(session, clerk, path, round, voter):
    clerk.post(f"{path}/help", {}, status=422)
    clerk.post(f"{path}/help", {"helper": "desk"})
    clerk.post(f"{path}/help", {"helper": "companion"})
    bodies = list(session.scalars(select(Entry.body).where(Entry.kind == "desk.help")))
    assert bodies == [{"helper": "desk"}, {"helper": "companion"}]
    assert "So far: 2." in clerk.get(path).text


def test_nobody_is_helped_before_voting_opens(session, browse):
    round = make.round_(session, Phase.BALLOT)
    clerk = browse(make.appointed(session, round, Role.CLERK))
    path = f"/commission/rounds/{round.slug}/desk"
    assert "needs help" not in clerk.get(path).text
    clerk.post(f"{path}/help", {"helper": "desk"}, status=409)
