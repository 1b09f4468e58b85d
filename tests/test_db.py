"""The engine keeps the promises that the rest of the code builds on."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb import db
from pb.accounts.models import Account, Attempt
from tests.conftest import NOW


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


def test_writers_that_read_first_lose_no_update(engine):
    """Four threads read, add one and write, 25 times each: the sum is 100."""
    with Session(engine) as session:
        session.add(Attempt(purpose="test", subject="x", window=0, count=0))
        session.commit()

    def add_one():
        with Session(engine) as session:
            row = session.get(Attempt, ("test", "x", 0), with_for_update=True)
            row.count += 1
            session.commit()

    def work():
        for _ in range(25):
            add_one()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Session(engine) as session:
        assert session.get(Attempt, ("test", "x", 0)).count == 100


def test_a_read_only_engine_cannot_write(engine):
    with Session(db.read_only(engine)) as session:
        session.add(Attempt(purpose="test", subject="x", window=0, count=0))
        with pytest.raises((sa.exc.OperationalError, sa.exc.InternalError)):
            session.commit()


def test_a_reader_leaves_no_trace_on_the_connection_of_the_next_writer(engine):
    with Session(db.read_only(engine)) as session:
        session.execute(sa.select(Attempt)).all()
    with Session(engine) as session:
        session.add(Attempt(purpose="test", subject="x", window=0, count=0))
        session.commit()


def test_the_connection_that_was_used_last_is_used_first(engine):
    with engine.connect(), engine.connect():
        pass  # a crowded moment leaves two of them
    used = set()
    for _ in range(4):
        with engine.connect() as connection:
            used.add(id(connection.connection.driver_connection))
    assert len(used) == 1


def test_a_small_statement_returns_its_first_row_and_obeys_the_transaction(engine):
    table = Attempt.__table__
    row = {"purpose": "test", "subject": "x", "window": 0, "count": 7}
    found = sa.select(table.c.count).where(table.c.subject == sa.bindparam("subject"))
    with Session(engine) as session:
        assert db.run(session, found, {"subject": "x"}) is None
        assert db.run(session, sa.insert(table).values(**row), {}) is None
        assert db.run(session, found, {"subject": "x"}) == (7,)
        session.rollback()
        assert db.run(session, found, {"subject": "x"}) is None


def test_a_small_statement_that_is_refused_raises_what_others_raise(engine):
    row = {"purpose": "test", "subject": "secret", "window": 0, "count": 1}
    statement = sa.insert(Attempt.__table__).values(**row)
    with Session(engine) as session:
        db.run(session, statement, {})
        with pytest.raises(sa.exc.IntegrityError):
            db.run(session, statement, {})
        session.rollback()


def test_after_a_lost_connection_the_next_small_statement_gets_another(backend, engine):
    if backend != "postgresql":
        pytest.skip("SQLite has no server that could hang up")
    one = sa.text("SELECT pg_backend_pid()")
    with Session(engine) as session, engine.connect() as other:
        (pid,) = db.run(session, one, {})
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(sa.exc.OperationalError):
            db.run(session, one, {})
        session.rollback()
        assert db.run(session, one, {}) != (pid,)


def test_sqlite_is_durable_and_checks_references(backend, engine):
    if backend != "sqlite":
        pytest.skip("settings of SQLite")
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        values = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas}
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_postgres_has_time_limits(backend, engine):
    if backend != "postgresql":
        pytest.skip("settings of PostgreSQL")
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with engine.connect() as connection:
        values = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert "0" not in values


def test_a_count_may_compute_longer_than_a_request(backend, engine):
    if backend != "postgresql":
        pytest.skip("settings of PostgreSQL")
    show = sa.text("SHOW idle_in_transaction_session_timeout")
    with Session(engine) as session:
        db.may_take_long(session)
        assert session.scalar(show) == "1h"
        session.commit()
        assert session.scalar(show) == "1min"


def test_a_writer_waits_for_its_turn_instead_of_failing(backend, engine):
    """While one SQLite transaction writes, a second one queues and then goes through."""
    if backend != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    began, done = threading.Event(), []

    def second():
        began.set()
        with Session(engine) as session:
            session.add(Attempt(purpose="test", subject="second", window=0, count=0))
            session.commit()
            done.append("second")

    with Session(engine) as session:
        session.add(Attempt(purpose="test", subject="first", window=0, count=0))
        session.flush()
        thread = threading.Thread(target=second)
        thread.start()
        assert began.wait(5)
        thread.join(0.3)
        assert done == []
        session.commit()
    thread.join(5)
    assert done == ["second"]


def test_a_thread_that_would_wait_for_itself_is_told_so(backend, engine):
    if backend != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    with Session(engine) as first, Session(engine) as second:
        first.execute(sa.select(Attempt))
        with pytest.raises(RuntimeError, match="already writes"):
            second.execute(sa.select(Attempt))
        first.commit()
        second.rollback()
        second.execute(sa.select(Attempt))


def test_a_time_without_a_zone_is_refused(session):
    session.add(
        Account(email="a@b.c", name="A", session_key="k", created_at=NOW.replace(tzinfo=None))
    )
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        session.flush()


def test_canonical_json_has_one_spelling():
    assert db.canonical({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}'.encode()
