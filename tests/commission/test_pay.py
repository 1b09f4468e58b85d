"""The commission says who pays whom, all of it or nothing; everybody reads it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.rounds.models import Phase, Role
from pb.rounds.pay.models import Pay
from tests import make

ANSWERS = {
    "platform": "The town, from its budget for elections; the county runs the server.",
    "facilitators": "The library pays two of them by the hour.",
    "stewards": "Nobody is paid. Bus tickets are given back by the town.",
    "auditors": "The court of auditors.",
}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE)


@pytest.fixture
def cora(session, browse, round):
    return browse(make.appointed(session, round, Role.COMMISSIONER))


def path(round):
    return f"/commission/rounds/{round.slug}/setup/who-pays-whom"


def test_the_oversight_page_tells_that_nothing_was_said_and_then_what(browse, round, cora):
    oversight = f"/rounds/{round.slug}/oversight"
    assert "The commission has not said who pays" in browse().get(oversight).text
    assert path(round) in cora.get(f"/commission/rounds/{round.slug}/setup").text

    cora.post(path(round), ANSWERS)

    page = browse().get(oversight).text
    assert all(answer in page for answer in ANSWERS.values())
    assert "has not said" not in page
    assert ANSWERS["auditors"] in cora.get(path(round)).text
    assert "It was said who pays whom" in browse().get(f"/rounds/{round.slug}/log").text


def test_a_missing_or_long_answer_comes_back_with_a_reason_and_the_rest(session, round, cora):
    page = cora.post(path(round), ANSWERS | {"stewards": "", "auditors": "x" * 301}, 422).text

    assert "If nobody is paid, write that." in page and "at most 300" in page
    assert ANSWERS["facilitators"] in page and "x" * 301 in page
    assert session.scalars(sa.select(Pay)).all() == []


def test_the_database_takes_no_empty_answer(session, round):
    session.add(Pay(round_id=round.id, **ANSWERS | {"platform": ""}))
    with pytest.raises(IntegrityError):
        session.flush()
