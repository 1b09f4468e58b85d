"""Self-declaration: one declaration is one entry, weak and marked as such."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.eligibility import codes, declaring, entries, queries
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.routes import Route
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW


def voting(session, least_age=None, routes=None):
    option = {"least_age": least_age, "per_net": 20}
    return make.round_(
        session,
        Phase.VOTING,
        areas={"north": 5_00, "town": 5_00},
        projects={"park": ("town", 1_00)},
        routes=routes or {"self-declaration": option},
    )


@pytest.fixture
def declare(session, keys):
    def declare(round, name="Ana Núñez", born=None, area="north", at=NOW, session=session):
        found = make.area(round, area) if area else None
        made = declaring.declare(session, round, name=name, born=born, area=found, at=at, keys=keys)
        session.commit()
        return made

    return declare


def size(session) -> int:
    return session.scalar(select(func.count()).select_from(RollEntry))


def test_a_declaration_becomes_an_entry_with_a_code_to_come_back_with(session, keys, declare):
    round = voting(session)

    issued = declare(round)

    entry = queries.find_by_code(session, round, codes.parse(issued.printed), keys)
    assert entry.self_declared and entry.area.slug == "north"
    assert entries.route_of_code(entry) is Route.SELF_DECLARATION
    assert declaring.declared(session, round) == 1


@pytest.mark.parametrize("name", ["ana NUNEZ", "Núñez, Ana", "Ana  Núñez"])
def test_the_same_person_cannot_declare_twice(session, declare, name):
    round = voting(session)
    declare(round)
    with pytest.raises(Refused, match="declared this already"):
        declare(round, name)
    session.rollback()
    assert size(session) == 1


@pytest.mark.parametrize(
    ("name", "area"), [("Ana Núñez", None), ("A\u200bna Núñez", "north"), ("Ana\u2060 Núñez", None)]
)
def test_the_same_person_cannot_declare_for_another_area_or_with_invisible_signs(
    session, declare, name, area
):
    round, born = voting(session, least_age=16), date(1980, 3, 31)
    declare(round, born=born, area="north")
    with pytest.raises(Refused, match="declared this already"):
        declare(round, name, born=born, area=area)


def test_another_day_of_birth_is_another_person(session, declare):
    round = voting(session, least_age=16)
    declare(round, born=date(1980, 3, 31))
    declare(round, born=date(2005, 3, 31))
    assert size(session) == 2


def test_somebody_of_the_same_name_in_another_area_is_another_person(session, declare):
    round = voting(session)
    declare(round, area="north")
    declare(round, area=None)
    assert size(session) == 2


def test_how_old_somebody_is_counts_on_the_day_when_voting_opens(session, declare):
    round = voting(session, least_age=16)
    opening = calendar.span(round, Phase.VOTING).opens_at.astimezone(round.zone).date()
    declare(round, "Just Old Enough", opening.replace(year=opening.year - 16))
    with pytest.raises(Refused, match="16 or older"):
        too_late = opening.replace(year=opening.year - 16) + timedelta(days=1)
        declare(round, "A Day Too Young", too_late)


@pytest.mark.parametrize("born", [None, date(1899, 12, 31), NOW.date() + timedelta(days=1)])
def test_a_day_of_birth_that_cannot_be_is_refused(session, declare, born):
    round = voting(session, least_age=16)
    with pytest.raises(Invalid, match="day of birth"):
        declare(round, born=born)


@pytest.mark.parametrize("name", ["", "…", "X"])
def test_a_name_is_needed(session, declare, name):
    round = voting(session)
    with pytest.raises(Invalid, match="family name"):
        declare(round, name)


def test_only_rounds_that_take_declarations_take_them_and_only_while_voting(session, declare):
    with pytest.raises(Refused, match="takes no declarations"):
        declare(voting(session, routes={"letter-code": {}}))
    session.rollback()
    round = voting(session)
    with pytest.raises(PhaseClosed):
        declare(round, at=calendar.span(round, Phase.VOTING).closes_at)


def test_declarations_at_the_same_moment_are_one_entry(app, session, keys):
    round_id = voting(session).id
    session.rollback()

    def declare(n):
        with Session(app.extensions["engine"]) as own, own.begin():
            there = own.get_one(Round, round_id)
            common = {"born": None, "area": None, "at": NOW, "keys": keys}
            return declaring.declare(own, there, name="Ana Núñez", **common)

    found = in_parallel(8, declare)
    assert sum(isinstance(one, Refused) for one in found) == 7
    assert size(session) == 1
