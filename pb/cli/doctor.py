"""A look at an installation: what is well, what is doubtful, what is wrong."""

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from pb import db
from pb.audit import queries as audit
from pb.audit import service
from pb.cli.database import config_for
from pb.notices.models import Job, JobState
from pb.tally import kernel

WELL, DOUBTFUL, WRONG = "well", "doubtful", "wrong"
LEAST_DISK = 1 << 30
SHORTEST_SECRET = 32
WAITS_TOO_LONG = timedelta(minutes=10)
Finding = tuple[str, str]


@click.command("doctor")
def doctor() -> None:
    """Check the installation; exit status 1 if something is wrong."""
    broken = False
    for look in LOOKS:
        for how, words in _looked(look):
            broken = broken or how == WRONG
            click.echo(f"{how:<9} {words}")
    sys.exit(1 if broken else 0)


def _looked(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except sa.exc.SQLAlchemyError as error:
        yield WRONG, f"the database does not answer: {str(error).splitlines()[0]}"


def _programs() -> Iterator[Finding]:
    yield WELL, f"Python {sys.version.split()[0]}"
    if kernel.library() is None:
        yield (
            DOUBTFUL,
            "the compiled kernel was not built: counts take longer, results are the same",
        )
    else:
        yield WELL, "the compiled kernel counts"


def _secrets() -> Iterator[Finding]:
    data = current_app.config["DATA_DIR"]
    for path in (data, data / "secret.key", current_app.config["KEY_DIR"]):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield WRONG, f"{path} can be read by others: take away their rights"
    if len(current_app.config["SECRET_KEY"]) < SHORTEST_SECRET:
        yield WRONG, f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters"
    yield WELL, f"secrets are in {data}"


def _database() -> Iterator[Finding]:
    from alembic.script import ScriptDirectory

    engine = current_app.extensions["engine"]
    newest = ScriptDirectory.from_config(config_for(engine)).get_current_head()
    if "alembic_version" not in sa.inspect(engine).get_table_names():
        yield WRONG, "the database has no tables: run pb db upgrade"
        return
    with engine.connect() as connection:
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found != newest:
        yield WRONG, f"the tables are of {found}, the program needs {newest}: run pb db upgrade"
    else:
        yield WELL, f"{engine.dialect.name}, tables of {found}"


def _log() -> Iterator[Finding]:
    with Session(db.read_only(current_app.extensions["engine"])) as session:
        chains = audit.chains(session)
        for chain in chains:
            verdict = service.verify(chain, audit.entries(session, chain))
            if not verdict.intact:
                yield WRONG, f"the log of round {chain} is broken: {verdict.problem}"
                return
    yield WELL, f"{len(chains)} logs are intact"


def _worker() -> Iterator[Finding]:
    late = current_app.extensions["clock"]() - WAITS_TOO_LONG
    with Session(db.read_only(current_app.extensions["engine"])) as session:
        waiting = session.scalar(
            sa.select(sa.func.count()).where(Job.state == JobState.WAITING, Job.asked_at < late)
        )
    if waiting:
        yield DOUBTFUL, f"{waiting} jobs have waited long: is pb jobs run --forever at work?"
    else:
        yield WELL, "no job waits for long"


def _outside() -> Iterator[Finding]:
    base = current_app.config["BASE_URL"]
    if base.startswith("https:") or "//127.0.0.1" in base or "//localhost" in base:
        yield WELL, f"the public address is {base}"
    else:
        yield WRONG, f"PB_BASE_URL is {base}: codes and passwords would travel in the open"
    if not current_app.config["SMTP_URL"]:
        yield DOUBTFUL, "PB_SMTP_URL is not set: mail is only written into a folder"
    if current_app.config["DEMO"]:
        yield DOUBTFUL, "this is a demonstration: everybody knows its passwords"


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path(current_app.config["DATA_DIR"])).free
    words = f"{free // (1 << 20):,} MB of disk are free"
    yield (WELL if free >= LEAST_DISK else WRONG), words


LOOKS = (_programs, _secrets, _outside, _disk, _database, _log, _worker)
