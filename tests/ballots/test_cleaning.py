"""What could not be cleared away right after a seal is cleared away later, until it is done."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import db
from pb.ballots import cleaning, proof, service, voids
from pb.ballots.models import CommitmentList, LiveBallot
from pb.cli.jobs import TICKS, tick_once
from pb.errors import Refused
from pb.keys import Purpose
from pb.notices.jobs import Tools
from pb.rounds.models import Phase
from pb.tally.ballots import Ballot
from tests import make
from tests.ballots.box import count, seal
from tests.conftest import NOW

UNDONE = "what the seal erased was cleared from the disk"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(cleaning, "WAIT", 0.2)


@pytest.fixture
def tools(app, clock, tmp_path):
    return Tools(app.extensions["engine"], app.extensions["keys"], tmp_path, "", clock)


@pytest.fixture
def voted(session, round, cast):
    entries = [make.entry(session, round) for _ in range(30)]
    for entry in entries:
        cast(round, entry, town=["park"])
    return entries


@pytest.fixture
def sealed(session, round, voted, keys, shut):
    """Sealed and stored, and then the process was killed."""
    seal(session, round, keys, shut)
    return round


@contextmanager
def reading(engine, model=LiveBallot):
    """Somebody reads, and takes their time, as a backup does."""
    with Session(db.read_only(engine)) as reader:
        reader.scalars(select(model)).all()
        yield


def wrong(session, round, keys) -> list[str]:
    found = proof.check(session, round, keys)
    session.rollback()
    return [one.sentence for one in found if one.holds is False]


def size_of_the_open_box(session) -> int:
    size = session.scalar(sa.text("SELECT pg_relation_size('live_ballot')"))
    session.rollback()
    return size


def test_the_clock_cleans_up_what_a_killed_process_left(session, backend, sealed, tools, keys):
    assert cleaning.tick in TICKS
    assert keys.exists(sealed.id, Purpose.BALLOTS)
    assert UNDONE in wrong(session, sealed, keys)
    assert backend == "sqlite" or size_of_the_open_box(session) > 0
    tick_once(tools)
    assert keys.is_destroyed(sealed.id, Purpose.BALLOTS)
    assert wrong(session, sealed, keys) == []
    assert backend == "sqlite" or size_of_the_open_box(session) == 0


@pytest.mark.parametrize("model", [LiveBallot, CommitmentList])
def test_a_reader_delays_the_clean_up_and_the_key_is_gone_at_once(
    app, session, sealed, tools, keys, model
):
    engine = app.extensions["engine"]
    with reading(engine, model):
        for attempt in (service.after_seal, lambda *_: cleaning.tick(tools)):
            with pytest.raises(sa.exc.OperationalError):
                attempt(engine, keys, sealed.id)
            assert keys.is_destroyed(sealed.id, Purpose.BALLOTS)
            assert not cleaning.is_done(keys, sealed.id)
    assert UNDONE in wrong(session, sealed, keys)
    cleaning.tick(tools)
    assert wrong(session, sealed, keys) == []


def test_others_can_write_while_a_reader_stands_in_the_way(app, session, sealed, tools):
    with reading(app.extensions["engine"]):
        with pytest.raises(sa.exc.OperationalError):
            cleaning.tick(tools)
        make.entry(session, sealed)
        session.commit()


def test_on_sqlite_the_log_does_not_grow_while_a_reader_stands_in_the_way(
    app, backend, session, sealed, tools, tmp_path
):
    if backend == "postgresql":
        pytest.skip("its log is the server's")
    log = tmp_path / "test.sqlite-wal"
    with reading(app.extensions["engine"]):
        size = log.stat().st_size
        for _ in range(3):
            with pytest.raises(sa.exc.OperationalError, match="somebody still reads"):
                cleaning.tick(tools)
        assert log.stat().st_size == size
    cleaning.tick(tools)
    assert log.stat().st_size == 0


def test_a_box_that_is_clean_is_left_alone(session, sealed, tools, statements, monkeypatch):
    cleaning.tick(tools)
    monkeypatch.setattr(cleaning, "after_seal", lambda *_: pytest.fail("cleaned up again"))
    with statements() as seen:
        cleaning.tick(tools)
    assert len([one for one in seen if one.startswith("SELECT")]) == 1


def test_an_open_box_is_left_alone(session, round, voted, tools, keys):
    cleaning.tick(tools)
    assert keys.exists(round.id, Purpose.BALLOTS)
    assert count(session, LiveBallot) == len(voted)


def test_several_rounds_are_cleaned_up_by_one_rewrite(session, sealed, tools, keys, statements):
    other = make.round_(session, Phase.COUNTING, projects={"a": ("town", 1)})
    service.import_sealed(session, other, {make.area(other): [Ballot(("a",))]})
    seal(session, other, keys, NOW)
    with statements() as seen:
        cleaning.tick(tools)
    assert sum(one.startswith("TRUNCATE live_ballot") for one in seen) <= 1
    assert cleaning.is_done(keys, sealed.id) and cleaning.is_done(keys, other.id)


def test_a_key_that_was_put_back_is_destroyed_again(session, sealed, tools, keys):
    cleaning.tick(tools)
    (keys.directory / f"round-{sealed.id}.ballots.destroyed").unlink()
    keys.key(sealed.id, Purpose.BALLOTS)
    cleaning.tick(tools)
    assert keys.is_destroyed(sealed.id, Purpose.BALLOTS)


# An older copy of the box, brought back after the seal


def test_an_older_copy_of_a_sealed_box_stays_shut_and_says_why(session, round, voted, keys, shut):
    keys.destroy(round.id, Purpose.BALLOTS)
    with pytest.raises(Refused, match="an older copy of it. It stays shut"):
        seal(session, round, keys, shut)
    session.rollback()
    with pytest.raises(Refused, match="an older copy"):
        voids.take_out(session, round, voted[0], keys=keys)
    session.rollback()
    [sentence] = wrong(session, round, keys)
    assert "an older copy" in sentence
