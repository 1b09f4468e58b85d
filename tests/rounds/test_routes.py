"""The routes of a round: chosen in set-up, frozen with the ballot, public with their strength."""

import pytest
import sqlalchemy as sa

from pb.audit import queries as audit
from pb.errors import Invalid, Refused
from pb.proposals import definition
from pb.rounds import service
from pb.rounds.models import Phase, Role
from pb.rounds.routes import ABOUT, Route, Strength, offered, option, set_routes
from tests import make
from tests.conftest import NOW


@pytest.fixture
def round(session):
    return make.round_(session, Phase.IDEAS)


@pytest.fixture
def choose(session, round):
    commissioner = make.appointed(session, round, Role.COMMISSIONER)

    def choose(chosen, round=round):
        set_routes(session, round, chosen, by=commissioner, at=NOW)
        session.commit()

    return choose


def test_every_route_says_how_strong_it_is_and_why():
    assert set(ABOUT) == set(Route)
    assert all(about.why.endswith(".") for about in ABOUT.values())
    assert ABOUT[Route.SELF_DECLARATION].strength is Strength.WEAK


def test_a_round_begins_with_codes_in_letters(round):
    assert [about.route for about in offered(round)] == [Route.LETTER_CODE]


def test_the_chosen_routes_and_no_others_are_offered(session, round, choose):
    choose({Route.DESK: {"where": " Town Hall, 9 to 17 "}, Route.EMAIL_LINK: {}})

    assert [about.route for about in offered(round)] == [Route.EMAIL_LINK, Route.DESK]
    assert option(round, Route.DESK, "where") == "Town Hall, 9 to 17"
    newest = list(audit.entries(session, round.id))[-1]
    assert newest.kind == "round.routes"
    assert set(newest.body["changed"]["routes"]["new"]) == {"email-link", "desk"}


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "at least one way"),
        ({Route.DESK: {"where": " "}}, "where the desk is"),
        ({Route.DESK: {"where": "x" * 301}}, "at most 300"),
        ({Route.SELF_DECLARATION: {"least_age": 0, "per_net": 5}}, "between 1 and 120"),
        ({Route.SELF_DECLARATION: {"least_age": None, "per_net": 0}}, "Between 1 and 10,000"),
        ({Route.SELF_DECLARATION: {"least_age": None}}, "Between 1 and 10,000"),
    ],
)
def test_routes_that_make_no_sense_are_refused(round, choose, chosen, sentence):
    with pytest.raises(Invalid, match=sentence):
        choose(chosen)
    assert list(round.routes) == ["letter-code"]


def test_routes_are_part_of_what_is_frozen(session, round, choose):
    before = definition.digest(session, round)
    choose({Route.LETTER_CODE: {}, Route.SELF_DECLARATION: {"least_age": 16, "per_net": 20}})

    assert definition.definition(session, round)["routes"]["self-declaration"]["least_age"] == 16
    assert definition.digest(session, round) != before


def test_a_frozen_round_keeps_its_routes(session, choose):
    frozen = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})
    with pytest.raises(Refused, match="frozen"):
        choose({Route.EMAIL_LINK: {}}, frozen)
    session.rollback()
    with pytest.raises(sa.exc.DatabaseError, match="frozen"):
        session.execute(sa.text("UPDATE round SET routes = '{}'"))


def test_a_round_that_was_frozen_before_there_were_routes_keeps_its_digest(session, round):
    round.routes = {}
    assert "routes" not in definition.definition(session, round)


def test_a_copy_of_a_round_offers_the_same_routes(session, round, choose):
    choose({Route.EMAIL_LINK: {}})
    olga = make.officer(session)
    copy = service.copy(session, round, name="Next", slug="next", by=olga, at=NOW)
    assert copy.routes == {"email-link": {}}
