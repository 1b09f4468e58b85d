"""A full, read-only or lost database: no ballot seems counted that is not, no choice is lost."""

import contextlib
import os
import re
import resource

import pytest
import sqlalchemy as sa

from pb.ballots.models import LiveBallot, TurnoutMark
from pb.rounds.models import Phase
from tests import make
from tests.ballots.box import count

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
def round(session):
    projects = {f"project-{n}": ("town", 1_000_00) for n in range(6)}
    return make.round_(session, Phase.VOTING, projects=projects)


@pytest.fixture
def voter(session, round, pages):
    """A browser whose voter has entered a code."""
    entry = make.entry(session, round)
    with pages.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): entry.id}
    return pages


@pytest.fixture
def send(app, round, voter):
    app.testing = False  # errors become pages, as they do for voters
    path = f"/rounds/{round.slug}/vote/send"

    def send(fields=None, status=503):
        chosen = {"project": ["2", "5"], "submission": "form 1"}
        return voter.post(path, fields or chosen, status)

    return send


@contextlib.contextmanager
def full_disk():
    """No file of this process can grow beyond two pages: the log of SQLite is longer already."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def read_only_server(app):
    """PostgreSQL refuses to write, as a standby does."""
    _tell(app, "ALTER DATABASE {} SET default_transaction_read_only = on")
    try:
        yield
    finally:
        _tell(app, "ALTER DATABASE {} RESET default_transaction_read_only")


def _tell(app, statement: str) -> None:
    engine = app.extensions["engine"]
    name = engine.url.database
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(statement.format(name))
    engine.dispose()


def test_what_cannot_be_stored_is_not_counted_and_can_be_sent_again(
    app, session, round, voter, send, backend
):
    session.rollback()
    with full_disk() if backend == "sqlite" else read_only_server(app):
        shown = send()
    assert "Your ballot was NOT counted" in shown.text
    assert shown.headers["Retry-After"]
    assert count(session, TurnoutMark) == count(session, LiveBallot) == 0
    session.rollback()

    kept = [field for field in FIELD.findall(shown.text) if field[0] != "csrf_token"]
    assert kept == [("project", "2"), ("project", "5"), ("submission", "form 1")]
    send({"project": ["2", "5"], "submission": "form 1"}, status=303)
    assert count(session, TurnoutMark) == count(session, LiveBallot) == 1


def test_a_database_that_is_gone_is_said_plainly_to_everybody(
    app, session, round, voter, send, browse, backend
):
    steward = browse(make.account(session))
    session.close()
    with lost(app, backend):
        assert "Your ballot was NOT counted" in send().text
        for pages in (voter, steward):
            shown = pages.get("/", 503)
            assert "Not now" in shown.text
            assert shown.headers["Retry-After"]


@contextlib.contextmanager
def lost(app, backend: str):
    """The database has another name for a while."""
    engine = app.extensions["engine"]
    engine.dispose()
    name = engine.url.database
    if backend == "sqlite":
        os.rename(name, f"{name}.gone")
        yield
        return
    elsewhere = sa.create_engine(
        engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with elsewhere.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} RENAME TO {name}_gone")
        yield
        connection.exec_driver_sql(f"ALTER DATABASE {name}_gone RENAME TO {name}")


def test_where_the_answer_to_the_commit_is_lost_nobody_claims_to_know(
    app, session, round, voter, send, backend
):
    """The connection breaks between the last statement and the answer to COMMIT."""
    if backend == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    engine = app.extensions["engine"]

    def cut(connection):
        if connection.get_execution_options().get("read_only"):
            return  # only the end of what was read before
        pid = connection.connection.driver_connection.info.backend_pid
        session.scalar(sa.select(sa.func.pg_terminate_backend(pid)))

    sa.event.listen(engine, "commit", cut)
    shown = send()
    sa.event.remove(engine, "commit", cut)
    assert "We cannot say whether your ballot was counted" in shown.text
    send(status=303)
    session.rollback()
    assert count(session, TurnoutMark) == count(session, LiveBallot) == 1


def test_an_error_never_quotes_what_was_to_be_stored(app, session, round):
    """Errors end up in logs; a ballot must not."""
    with pytest.raises(sa.exc.IntegrityError) as refusal, app.extensions["engine"].begin() as own:
        ballot = {"round_id": round.id, "slot": b"s" * 32, "content": b"three secret projects"}
        own.execute(sa.insert(LiveBallot), {**ballot, "commitment": None})
    assert "commitment" in str(refusal.value)
    assert "three secret projects" not in str(refusal.value)
