"""A ballot is on its way into the box when the box is sealed: what keeps it from being lost.

With the lock the seal waits, and counts the ballot. Each control takes the lock away: on PostgreSQL
the voter then holds a receipt for a ballot that is in no count; on SQLite two more walls have to
fall before that happens.
"""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import db
from pb.ballots import queries, service
from pb.ballots.models import Channel, LiveBallot, SealedCommitment, TurnoutMark
from pb.eligibility.models import RollEntry
from pb.rounds import kept
from pb.rounds.models import Round
from pb.tally.ballots import Ballot
from tests import make
from tests.ballots.box import count, seal

SEALED = "The ballot box is sealed"  # what the database says of its own


@pytest.fixture
def race(app, session, round, keys, closes, shut, monkeypatch):
    """`race(engine)`: the voter's session on that engine has read that the box is open when the
    seal comes, and goes on as soon as the seal is done or waits; returns the voter's receipt and
    whether the seal had to wait."""
    entry = make.entry(session, round)
    round_id, slug, before = round.id, round.slug, closes - timedelta(milliseconds=1)
    session.commit()

    def seal_elsewhere():
        with Session(app.extensions["engine"]) as own:
            seal(own, own.get(Round, round_id), keys, shut)

    sealing, waited, put = threading.Thread(target=seal_elsewhere), [], service._mark_and_put

    def put_late(*args):
        sealing.start()
        sealing.join(0.7 if patient else 30)
        waited.append(sealing.is_alive())
        return put(*args)

    patient = True

    def race(engine, *, locked=False, early=False):
        nonlocal patient
        patient = locked
        monkeypatch.setattr(service, "_mark_and_put", put_late)
        try:
            with Session(engine, expire_on_commit=False) as voter:
                if early:
                    service.hold_open(voter, slug, entry.id)
                here = voter.get(Round, round_id)
                lists = {make.area(here).id: Ballot(("park",))}
                receipt = service.cast(
                    voter, here, voter.get(RollEntry, entry.id), lists,
                    channel=Channel.WEB, now=before, keys=keys,
                )  # fmt: skip
                voter.commit()
        finally:
            sealing.join()
            session.expire_all()
        return receipt, waited[0]

    return race


@pytest.fixture
def careless(database_url, backend):
    """`careless(begin)`: an engine on the same SQLite file that begins like this, if at all, and
    queues with nobody."""
    if backend != "sqlite":
        pytest.skip("PostgreSQL has a lock of its own")
    made = []

    def careless(begin: str | None) -> sa.Engine:
        engine = sa.create_engine(database_url)
        made.append(engine)

        @sa.event.listens_for(engine, "connect")
        def configure(connection, record):
            connection.isolation_level = None

        @sa.event.listens_for(engine, "begin")
        def start(connection):
            if begin:
                connection.exec_driver_sql(begin)

        return engine

    yield careless
    for engine in made:
        engine.dispose()


@pytest.mark.parametrize("early", [False, True])
def test_with_the_lock_the_seal_waits_and_counts_the_ballot(app, session, round, race, early):
    """Taken when the ballot is cast, or before the round is looked up."""
    receipt, waited = race(app.extensions["engine"], locked=True, early=early)
    assert waited
    assert queries.find_receipt(session, round, receipt.code)
    assert count(session, SealedCommitment) == count(session, TurnoutMark) == 1


def test_a_voter_who_waited_for_the_lock_sees_what_was_done_meanwhile(app, session, round, backend):
    """A question that looked before it waited would tell of a round that is over."""
    if backend != "postgresql":
        pytest.skip("SQLite reads again when it writes")
    entry, slug, found = make.entry(session, round), round.slug, []
    session.commit()
    before = kept.revision(session, round)
    session.commit()

    def hold():
        with Session(app.extensions["engine"]) as voter:
            service.hold_open(voter, slug, entry.id)
            found.append(db.noted(voter, kept.SEEN)[slug])

    waiting = threading.Thread(target=hold)
    db.lock(session, service.SPACE, round.id)
    round.name += ", changed"
    session.flush()
    waiting.start()
    waiting.join(0.7)
    assert waiting.is_alive()
    session.commit()
    waiting.join()
    assert found == [before + 1]


def test_without_the_lock_postgresql_loses_the_ballot(
    app, session, round, keys, closes, shut, backend, monkeypatch
):
    """The voter has marked and put, but not committed; the seal sees neither."""
    if backend != "postgresql":
        pytest.skip("SQLite has a queue of writers instead")
    monkeypatch.setattr("pb.db.lock", lambda *args, **kwargs: None)
    entry, before = make.entry(session, round), closes - timedelta(milliseconds=1)
    with Session(app.extensions["engine"], expire_on_commit=False) as voter:
        here = voter.get(Round, round.id)
        lists = {make.area(here).id: Ballot(("park",))}
        receipt = service.cast(
            voter, here, voter.get(RollEntry, entry.id), lists,
            channel=Channel.WEB, now=before, keys=keys,
        )  # fmt: skip
        seal(session, round, keys, shut)
        voter.commit()
    session.expire_all()
    assert not queries.find_receipt(session, round, receipt.code)
    assert (count(session, SealedCommitment), count(session, TurnoutMark)) == (0, 1)


def test_without_the_queue_sqlite_turns_the_ballot_away(session, round, race, careless):
    """A plain BEGIN reads a state that is over: SQLite lets nobody write on top of that."""
    with pytest.raises(sa.exc.OperationalError, match="database is locked"):
        race(careless("BEGIN"))
    assert round.sealed_at and count(session, TurnoutMark) == count(session, LiveBallot) == 0


def test_without_a_transaction_a_trigger_turns_the_ballot_away(session, round, race, careless):
    """Every statement alone: what was read may be over, but the last word has the database."""
    with pytest.raises(sa.exc.IntegrityError, match=SEALED):
        race(careless(None))
    assert round.sealed_at and count(session, LiveBallot) == 0


def test_without_queue_transaction_and_trigger_sqlite_loses_the_ballot_too(
    session, round, race, careless
):
    triggers = sa.text(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'live_ballot'"
    )
    for name in session.scalars(triggers).all():
        session.execute(sa.text(f"DROP TRIGGER {name}"))
    session.commit()
    receipt, waited = race(careless(None))
    assert not waited
    assert not queries.find_receipt(session, round, receipt.code)
    assert session.scalars(select(LiveBallot)).one() and count(session, SealedCommitment) == 0
