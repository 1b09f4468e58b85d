"""Base class, column types, engine and session of the database.

SQLite: every write transaction is `BEGIN IMMEDIATE` behind a file lock that queues writers fairly;
a deferred BEGIN would lose updates or starve a process. PostgreSQL: time limits on every
connection. On both, a transaction of a read-only engine cannot write.
"""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker

# Names for every constraint, so that migrations can change them on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; refuses naive times on the way in, returns aware times."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value)


def enum_type(cls: type[Enum], name: str | None = None) -> sa.Enum:
    """A text column with a CHECK that lists the values of `cls`.

    The constraint is named after the enum: give `name` where one table has the same enum twice.
    """
    return sa.Enum(
        cls,
        name=name or cls.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


pk = Annotated[int, mapped_column(primary_key=True)]
minor = Annotated[int, mapped_column(sa.BigInteger)]  # money in minor units of the currency
key32 = Annotated[bytes, mapped_column(sa.LargeBinary(32))]  # a keyed or plain SHA-256


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UTCDateTime(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
        list[dict[str, Any]]: sa.JSON(),
    }


session: scoped_session[Session] = scoped_session(sessionmaker(expire_on_commit=False))


def canonical(value: Any) -> bytes:
    """JSON with one spelling per value, for hashing: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def make_engine(url: str, *, echo: bool = False) -> sa.Engine:
    """An engine for an SQLite or PostgreSQL address, with the safety settings of this project.

    Errors never quote what was to be stored: they end up in logs, and a ballot must not. The
    connection that was used last is used first: taking turns among those that one crowded moment
    opened costs more than a tenth of all votes, because none of them stays warm.
    """
    address = sa.make_url(url.replace("postgres://", "postgresql://", 1))
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(address, echo=echo, hide_parameters=True, pool_use_lifo=True)
        _prepare_sqlite(engine)
        return engine
    address = address.set(drivername="postgresql+psycopg")
    limits = (
        "-c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
    )
    engine = sa.create_engine(
        address,
        echo=echo,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={"options": f"{limits} -c timezone=UTC", "connect_timeout": 5},
    )
    event.listen(engine, "begin", _begin_postgres)
    return engine


def read_only(engine: sa.Engine) -> sa.Engine:
    """The same engine and pool, whose transactions cannot write."""
    return engine.execution_options(read_only=True)


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT that can say ON CONFLICT: one statement, where a look before would race."""
    # The table and not the class: what the ORM does around an INSERT costs more than the INSERT.
    return INSERTS[session.get_bind().dialect.name](model.__table__)


INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def run(session: Session, statement: Any, values: dict[str, Any]) -> Any:
    """Run a statement about tables, not classes, in the transaction of the session; its first row.

    What the ORM, the compiler and the result do around a small statement costs more than the
    statement; so keep the statement, which is put into words once and given to the driver. The row
    comes as the driver tells it: ask for numbers, text and bytes only.
    """
    session.flush()
    connection = session.connection()
    words, dialect = _words(statement, connection.dialect), connection.dialect
    given = words.filled(values)
    cursor = connection.connection.driver_connection.cursor()
    # Whoever listens for statements hears of this one too: tests count what a page asks.
    heard = connection.engine.dispatch.before_cursor_execute
    heard(connection, cursor, words.text, given, None, False)
    try:
        cursor.execute(words.text, given)
        return cursor.fetchone() if words.answers else None
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, connection.connection, cursor):
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            words.text, None, error, dialect.loaded_dbapi.Error, dialect=dialect
        ) from error
    finally:
        cursor.close()


@dataclass(frozen=True)
class _Words:
    """A statement as the driver of a database takes it."""

    text: str
    fixed: dict[str, Any]  # values that stand in the statement itself
    translated: dict[str, Callable[[Any], Any]]  # how the driver wants the values of some types
    order: Sequence[str] | None  # where the driver takes values by place and not by name
    answers: bool  # whether there are rows

    def filled(self, values: dict[str, Any]) -> Any:
        """The values in the shape that the driver takes."""
        given = self.fixed | values
        for name, translate in self.translated.items():
            given[name] = translate(given[name])
        return given if self.order is None else tuple([given[name] for name in self.order])


@lru_cache(maxsize=64)
def _words(statement: Any, dialect: sa.Dialect) -> _Words:
    compiled = statement.compile(dialect=dialect)
    fixed, translated = {}, {}
    for bind, name in compiled.bind_names.items():
        translate = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if not bind.required:
            fixed[name] = translate(bind.value) if translate else bind.value
        elif translate:
            translated[name] = translate
    answers = not compiled.isinsert or bool(compiled.effective_returning)
    return _Words(compiled.string, fixed, translated, compiled.positiontup, answers)


def bulk_insert(
    session: Session, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert many rows the fastest way each database has: COPY on PostgreSQL."""
    connection = session.connection()
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        statement = f"COPY {table.name} ({names}) FROM STDIN"
        try:
            with cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except connection.dialect.loaded_dbapi.IntegrityError as error:
            raise sa.exc.IntegrityError(statement, None, error) from error
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 (our own names)
        [tuple(row) for row in rows],
    )


def roomy(session: Session) -> None:
    """Give this transaction more memory for many rows: 64 MB on SQLite, for its connection."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA cache_size=-65536")


def note(session: Session, name: str, value: Any = True) -> None:
    """Note something that holds until the transaction ends, which must have begun."""
    session.info[name] = session.get_transaction(), value


def noted(session: Session, name: str) -> Any:
    """What was noted under this name in the transaction of now; None if nothing was."""
    transaction, value = session.info.get(name, (None, None))
    return value if transaction is session.get_transaction() else None


LOCK = sa.text("SELECT pg_advisory_xact_lock(:space, :key)")
LOCK_SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(:space, :key)")


def lock(session: Session, space: int, key: int, *, shared: bool = False) -> None:
    """Hold an advisory lock until the transaction ends.

    A no-op on SQLite, where a write transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        run(session, LOCK_SHARED if shared else LOCK, {"space": space, "key": key})


def may_take_long(session: Session) -> None:
    """Let this transaction compute for up to an hour between two statements, as a count does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '1h'"))


def _begin_postgres(connection: sa.Connection) -> None:
    """Let the driver's own BEGIN say it, which goes along with the first statement."""
    driver = connection.connection.driver_connection
    # None, not False: a standby, or a database that shall not be written to, has the last word.
    mode = connection.get_execution_options().get("read_only") or None
    if driver.read_only is not mode:
        driver.read_only = mode


WRITES = "writes"  # noted of a transaction that began to write on its way


def write_from_here(session: Session) -> None:
    """Let a reading transaction of SQLite write; what it has read may be old by then.

    For the rest of this transaction only. It costs less than ending it and beginning another.
    """
    connection = session.connection()
    if noted(session, WRITES):
        return
    driver = connection.connection.driver_connection
    try:
        driver.execute("COMMIT").close()
        _wait_in_queue(connection.info, connection.engine.url.database)
        driver.execute("PRAGMA query_only=OFF").close()
        driver.execute("BEGIN IMMEDIATE").close()
    except sqlite3.Error as error:
        raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, error) from error
    note(session, WRITES)


def _prepare_sqlite(engine: sa.Engine) -> None:
    path = engine.url.database

    @event.listens_for(engine, "connect")
    def configure(dbapi_connection: Any, record: Any) -> None:
        # The driver's own BEGIN is deferred and comes too late: we send ours.
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            dbapi_connection.execute(f"PRAGMA {pragma}")
        dbapi_connection.execute("PRAGMA busy_timeout=10000")
        dbapi_connection.execute("PRAGMA secure_delete=ON")
        if path and path != ":memory:":
            record.info["queue"] = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reads = bool(connection.get_execution_options().get("read_only"))
        if not reads:
            _wait_in_queue(connection.info, path)
        driver = connection.connection.driver_connection  # every request passes here
        driver.execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}").close()
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    # Not on "commit": that event comes before the COMMIT itself.
    @event.listens_for(engine, "checkin")
    def release(dbapi_connection: Any, record: Any) -> None:
        if "queue" in record.info:
            WRITING.discard(record.info.pop("writer", None))
            fcntl.flock(record.info["queue"], fcntl.LOCK_UN)

    @event.listens_for(engine, "close")
    def close(dbapi_connection: Any, record: Any) -> None:
        if "queue" in record.info:
            WRITING.discard(record.info.pop("writer", None))
            os.close(record.info.pop("queue"))


# Which thread writes to which file: a thread that queues behind itself would wait for ever.
WRITING: set[tuple[str, int] | None] = set()


def _wait_in_queue(info: dict[str, Any], path: str) -> None:
    """Wait until no other connection writes; RuntimeError where this thread already does."""
    writer = (path, threading.get_ident())
    if "queue" not in info or "writer" in info:
        return
    if writer in WRITING:
        raise RuntimeError("This thread already writes to the database through another connection.")
    fcntl.flock(info["queue"], fcntl.LOCK_EX)
    WRITING.add(writer)
    info["writer"] = writer
