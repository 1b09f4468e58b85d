"""What is done once a sealed box is safely stored: nothing may link a ballot to a voter any more.

It follows the seal at once. Where that fails, because somebody reads the database just then or the
process is killed, the worker does it again every minute, until a file beside the keys says that
all of it was done.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import db
from pb.ballots.models import CommitmentList, LiveBallot, WaitingSheet
from pb.keys import KeyRing, Purpose
from pb.notices.jobs import Tools
from pb.rounds.models import Round

# Seconds. Whoever votes in another round stands in line behind us, and gives up after 5 (10 on
# SQLite). So we do not wait long for those who read, but come again.
WAIT = 2
# What an old copy of a row here could tell, once the box is sealed.
REWRITTEN = (
    LiveBallot.__tablename__,
    WaitingSheet.__tablename__,
    CommitmentList.__tablename__,
)


def after_seal(engine: sa.Engine, keys: KeyRing, *round_ids: int) -> None:
    """Destroy what could still link a ballot to a voter: the key, and erased rows on the disk.

    Safe to repeat. Other requests wait while the database is rewritten. Raises SQLAlchemyError or
    OSError where it could not be finished: the keys come first, and `tick` does the rest.
    """
    for number in round_ids:
        keys.forget_cleaned(number)
        keys.destroy(number, Purpose.BALLOTS)
        keys.destroy(number, Purpose.SHEET)
    if engine.dialect.name == "postgresql":
        _rewrite_postgres(engine)
    else:
        _rewrite_sqlite(engine)
    for number in round_ids:
        keys.note_cleaned(number)


def tick(tools: Tools) -> None:
    """Finish what a seal has left undone, for all rounds at once."""
    sealed = select(Round.id).where(Round.sealed_at.is_not(None)).order_by(Round.id)
    with Session(db.read_only(tools.engine)) as session:
        found = session.scalars(sealed).all()
    if undone := [number for number in found if not is_done(tools.keys, number)]:
        after_seal(tools.engine, tools.keys, *undone)


def is_done(keys: KeyRing, round_id: int) -> bool:
    """Whether nothing is left to be done after the seal of this round."""
    return keys.is_cleaned(round_id) and keys.is_destroyed(round_id, Purpose.BALLOTS)


def _rewrite_postgres(engine: sa.Engine) -> None:
    # Each in a transaction of its own: none is locked while we wait for the next.
    for table in REWRITTEN:
        with engine.begin() as connection:
            _rewrite(connection, table)
    # These hold no choice, and their triggers would refuse rows that are put back.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("paper_sheet", "paper_reading"):
            connection.exec_driver_sql(f"VACUUM FULL {table}")


def _rewrite(connection: sa.Connection, table: str) -> None:
    """Give a table of PostgreSQL new files that hold nothing but its present rows.

    VACUUM FULL would keep erased rows for as long as any old transaction might look at them.
    """
    for statement in (
        f"SET LOCAL lock_timeout = {int(WAIT * 1000)}",
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS TABLE {table}",
        f"TRUNCATE {table}",
        f"INSERT INTO {table} SELECT * FROM kept ORDER BY 1, 2",  # noqa: S608 (our own names)
        "DROP TABLE kept",
    ):
        connection.exec_driver_sql(statement)


def _rewrite_sqlite(engine: sa.Engine) -> None:
    with _past_the_events(engine) as connection:
        # First as well: while somebody reads, every VACUUM would add a whole database to the log.
        _empty_log(connection)
        connection.execute("VACUUM")
        _empty_log(connection)


@contextmanager
def _past_the_events(engine: sa.Engine) -> Iterator[sqlite3.Connection]:
    """A connection without a transaction of ours, which would stand in the way of a VACUUM."""
    borrowed = engine.raw_connection()
    connection = borrowed.driver_connection
    try:
        connection.execute("PRAGMA query_only=OFF")
        yield connection
    except sqlite3.Error as error:
        raise sa.exc.OperationalError("cleaning up after a seal", None, error) from error
    finally:
        connection.execute("PRAGMA busy_timeout=10000")
        borrowed.close()


def _empty_log(connection: sqlite3.Connection) -> None:
    """Bring the write-ahead log into the database and cut it to nothing."""
    connection.execute(f"PRAGMA busy_timeout={int(WAIT * 1000)}")  # writers wait meanwhile
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute("PRAGMA busy_timeout=10000")
    if busy:
        raise sqlite3.OperationalError("somebody still reads what the write-ahead log holds")
