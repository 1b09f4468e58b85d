"""Every entry has a number on the roll of its round, whoever puts it there, and no two the same."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.cli import database
from pb.eligibility import queries, service
from pb.eligibility.models import RollEntry
from pb.rounds.models import Phase, Role, Round
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW


@pytest.fixture
def round(session):
    return make.round_(session, Phase.REVIEW)


def entry(round, n: int, **kw) -> RollEntry:
    return RollEntry(round_id=round.id, person_mac=n.to_bytes(32, "big"), **kw)


def test_entries_are_numbered_by_round(session, round):
    other = make.round_(session, Phase.REVIEW)
    found = [make.entry(session, one).number for one in (round, other, round, other, round)]
    assert found == [1, 1, 2, 2, 3]


def test_entries_that_come_together_are_numbered_one_by_one(session, round):
    other = make.round_(session, Phase.REVIEW)
    made = [entry(one, n) for n, one in enumerate((round, other, round, round))]
    session.add_all(made)
    session.commit()
    assert [one.number for one in made] == [1, 1, 2, 3]
    assert queries.number_of(session, made[2]) == 2
    assert queries.find_by_number(session, round, 3).id == made[3].id


def test_the_database_refuses_a_number_twice_and_zero(session, round):
    make.entry(session, round)
    for number in (1, 0, -1):
        session.add(entry(round, 99, number=number))
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()


def test_entries_that_come_at_the_same_time_get_different_numbers(app, session, round):
    round_id, problems = round.id, []
    session.rollback()

    def add(first: int) -> None:
        try:
            for n in range(first, first + 10):
                with Session(app.extensions["engine"]) as own, own.begin():
                    own.add(RollEntry(round_id=round_id, person_mac=n.to_bytes(32, "big")))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=add, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not problems
    numbers = session.scalars(sa.select(RollEntry.number).order_by(RollEntry.number)).all()
    assert numbers == list(range(1, 41))


def test_entries_from_before_there_were_numbers_are_numbered_as_they_came(session, app, round):
    other = make.round_(session, Phase.REVIEW)
    ids = [make.entry(session, one).id for one in (round, other, round)]
    engine = app.extensions["engine"]
    session.rollback()

    database.downgrade(engine, "0004")
    database.upgrade(engine)

    found = session.execute(sa.text("SELECT id, number, voter_class FROM roll_entry ORDER BY id"))
    assert found.all() == [
        (id, number, "resident") for id, number in zip(ids, (1, 1, 2), strict=True)
    ]


def test_the_same_number_is_somebody_else_in_another_round(session):
    rounds = [make.round_(session) for _ in range(2)]
    entries = [make.entry(session, round) for round in rounds]
    assert [entry.number for entry in entries] == [1, 1]
    found = [queries.find_by_number(session, round, 1).id for round in rounds]
    assert found == [entry.id for entry in entries]


def test_lists_that_are_read_at_once_are_numbered_one_after_the_other(app, session, round, keys):
    round_id, by_id = round.id, make.appointed(session, round, Role.COMMISSIONER).id
    session.rollback()

    def read(n):
        data = b"person\n" + b"".join(b"P%d-%d\n" % (n, line) for line in range(50))
        with Session(app.extensions["engine"]) as own, own.begin():
            here, by = own.get_one(Round, round_id), own.get_one(Account, by_id)
            return service.import_roll(
                own, here, data, "roll.csv", by=by, at=NOW, keys=keys
            ).entries

    assert in_parallel(4, read) == [50] * 4
    numbers = session.scalars(sa.select(RollEntry.number).order_by(RollEntry.number)).all()
    assert numbers == list(range(1, 201))
