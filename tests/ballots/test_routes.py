"""How many voters came by which route, without pointing at anybody."""

import pytest

from pb.ballots import service, turnout
from pb.ballots.models import Channel
from pb.ballots.oversight import oversight
from pb.eligibility import batches, queries
from pb.eligibility import service as eligibility
from pb.rounds.models import Phase, Role
from pb.rounds.routes import Route
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW


@pytest.fixture
def round(session):
    return make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})


@pytest.fixture
def vote(session, round, keys):
    def vote(route, number=1, entry=None, channel=Channel.WEB):
        for _ in range(number):
            lists = {make.area(round).id: Ballot(("park",))}
            who = entry or make.entry(session, round)
            common = {"channel": channel, "now": NOW, "keys": keys, "route": route}
            service.cast(session, round, who, lists, **common)
        session.commit()

    return vote


def shown(session, round) -> dict[str, int | None]:
    return {one.name: one.shown for one in turnout.by_route(session, round)}


def test_large_numbers_are_shown_by_route(session, round, vote):
    vote(Route.LETTER_CODE, 21)
    vote(Route.EMAIL_LINK, 20)
    assert shown(session, round) == {"A code in a letter": 21, "A link by e-mail": 20}


def test_a_small_number_is_hidden_and_cannot_be_found_by_subtraction(session, round, vote):
    vote(Route.LETTER_CODE, 30)
    vote(Route.DESK, 21)
    vote(Route.EMAIL_LINK, 3)
    found = shown(session, round)
    assert found["A code in a letter"] == 30
    assert found["A link by e-mail"] is found["At the town’s desk"] is None


def test_small_numbers_that_hide_each_other_hide_nothing_else(session, round, vote):
    vote(Route.LETTER_CODE, 30)
    vote(Route.DESK, 11)
    vote(Route.EMAIL_LINK, 9)
    found = shown(session, round)
    assert found["A code in a letter"] == 30
    assert found["A link by e-mail"] is found["At the town’s desk"] is None


def test_a_route_that_nobody_took_is_listed_and_not_told_from_a_small_one(session, round):
    assert shown(session, round) == {"A code in a letter": None}


def test_paper_and_ballots_of_old_are_counted_apart(session, round, vote):
    vote(Route.LETTER_CODE, 20)
    vote(None, 20, channel=Channel.PAPER)
    vote(None, 20)
    assert shown(session, round) == {"A code in a letter": 20, "On paper": 20, "Not noted": 20}


def test_whoever_votes_again_counts_once_by_the_later_route(session, round, vote):
    entry = make.entry(session, round)
    vote(Route.LETTER_CODE, 20)
    vote(Route.LETTER_CODE, entry=entry)
    vote(Route.EMAIL_LINK, entry=entry)
    vote(Route.EMAIL_LINK, 19)
    assert shown(session, round) == {"A code in a letter": 20, "A link by e-mail": 20}


def test_a_code_that_was_only_taken_back_is_not_a_replaced_one(session, round, vote, keys):
    clerk = make.appointed(session, round, Role.CLERK)
    lost, new = make.entry(session, round), make.entry(session, round)
    common = {"by": clerk, "at": NOW, "keys": keys}
    for entry in (lost, new):
        eligibility.issue_codes(session, round, entries=[entry], **common)
    for batch in queries.batches(session, round):
        batches.revoke(session, batch, reason="Lost", by=clerk.id, at=NOW)
    eligibility.issue_codes(session, round, entries=[new], **common)
    session.commit()
    vote(Route.EMAIL_LINK, entry=lost)
    assert oversight(session, round).replaced == 0
    vote(Route.LETTER_CODE, entry=new)
    assert oversight(session, round).replaced == 1
