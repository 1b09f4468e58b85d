"""Backups: one file with the database and the secret of the sessions, and how to trust it.

The keys of rounds stay out: together with a database they could link open ballots to the roll.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from pb import __version__, db
from pb.audit import queries, service
from pb.cli.counting import BadInput
from pb.cli.database import check, upgrade

MANIFEST, DATABASE, SECRET = "manifest.json", "database", "secret.key"


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the database and the secret key into FILE, which must not exist yet."""
    if file.exists():
        raise BadInput(f"{file} exists already; a backup never overwrites another")
    engine = current_app.extensions["engine"]
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DATABASE
        _dump(engine, dump)
        with _restored(engine, dump) as copy:
            manifest = {"version": __version__, "made_at": datetime.now(UTC).isoformat()}
            manifest |= {"sha256": _sha256(dump), **_state(copy)}
        _write(file, dump, manifest)
    click.echo(f"{file}: {_summary(manifest)}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Only prove that FILE can be restored; change nothing."
)
def restore(file: Path, verify: bool) -> None:
    """Bring back the database and the secret key from FILE, into an installation without data."""
    engine = current_app.extensions["engine"]
    with tempfile.TemporaryDirectory() as folder:
        dump, secret, manifest = _read(file, Path(folder))
        with _restored(engine, dump) as copy:
            _require_same(copy, manifest)
        if not verify:
            _bring_back(engine, dump)
            _keep_secret(secret)
    done = "can be restored" if verify else "restored"
    click.echo(f"{file}: {done}: {_summary(manifest)}")


def _state(engine: sa.Engine) -> dict[str, Any]:
    """What tells one state of the database from another: rows per table, heads of all chains."""
    tables = sorted(db.Base.metadata.tables)
    found = set(sa.inspect(engine).get_table_names())
    with Session(db.read_only(engine)) as session:
        count = {
            name: session.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in tables
            if name in found
        }
        heads = {str(chain): queries.head(session, chain) for chain in queries.chains(session)}
        revision = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return {"kind": engine.dialect.name, "revision": revision, "rows": count, "heads": heads}


def _require_same(copy: sa.Engine, manifest: dict[str, Any]) -> None:
    """Raise BadInput unless the restored copy is what was saved, with an intact log."""
    for name, value in _state(copy).items():
        if manifest.get(name) != value:
            raise BadInput(f"the backup is damaged: its {name} differ from its list of contents")
    with Session(db.read_only(copy)) as session:
        for chain in queries.chains(session):
            verdict = service.verify(chain, queries.entries(session, chain))
            if not verdict.intact:
                raise BadInput(f"the log in the backup is broken: {verdict.problem}")
    upgrade(copy)
    check(copy)


def _summary(manifest: dict[str, Any]) -> str:
    rows = sum(manifest["rows"].values())
    return f"{rows:,} rows, {len(manifest['heads'])} intact logs, tables of {manifest['revision']}"


def _write(file: Path, dump: Path, manifest: dict[str, Any]) -> None:
    secret = current_app.config["DATA_DIR"] / SECRET
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with (
            open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target,
            tarfile.open(fileobj=target, mode="w:gz") as archive,
        ):
            text = json.dumps(manifest, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(text)
            archive.addfile(head, io.BytesIO(text))
            archive.add(dump, DATABASE)
            if secret.exists():
                archive.add(secret, SECRET)
        os.link(draft, file)  # unlike a rename, never over another backup
    finally:
        draft.unlink(missing_ok=True)


def _read(file: Path, folder: Path) -> tuple[Path, bytes | None, dict[str, Any]]:
    """The dump, the secret and the list of contents; raises BadInput for anything else."""
    try:
        with tarfile.open(file) as archive:
            manifest = json.loads(archive.extractfile(MANIFEST).read())
            with open(folder / DATABASE, "wb") as target:
                shutil.copyfileobj(archive.extractfile(DATABASE), target)
            has_secret = SECRET in archive.getnames()
            secret = archive.extractfile(SECRET).read() if has_secret else None
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError) as error:
        raise BadInput(f"{file} is no backup made by pb backup, or is damaged") from error
    if manifest.get("sha256") != _sha256(folder / DATABASE):
        raise BadInput(f"{file} is damaged: the database in it is not the one that was saved")
    return folder / DATABASE, secret, manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep_secret(secret: bytes | None) -> None:
    path = current_app.config["DATA_DIR"] / SECRET
    if secret is not None:
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secret)


# What differs between the databases


def _dump(engine: sa.Engine, dump: Path) -> None:
    """One consistent copy, while others go on working."""
    if engine.dialect.name == "postgresql":
        _postgres("pg_dump", "--format=custom", f"--file={dump}", _address(engine.url))
        return
    if not Path(engine.url.database).exists():
        raise BadInput("there is no database to back up")
    with (
        contextlib.closing(sqlite3.connect(engine.url.database)) as source,
        contextlib.closing(sqlite3.connect(dump)) as target,
    ):
        source.backup(target)


@contextlib.contextmanager
def _restored(engine: sa.Engine, dump: Path) -> Iterator[sa.Engine]:
    """A copy of the dump to look at, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        if engine.dialect.name == "sqlite":
            path = Path(folder) / "copy.sqlite"
            shutil.copy(dump, path)
            with _disposing(db.make_engine(f"sqlite:///{path}")) as copy:
                yield copy
            return
        name = f"pb_copy_{uuid.uuid4().hex[:12]}"
        _execute(engine, f"CREATE DATABASE {name}")
        try:
            url = engine.url.set(database=name)
            _postgres("pg_restore", "--no-owner", f"--dbname={_address(url)}", str(dump))
            with _disposing(db.make_engine(_plain(url))) as copy:
                yield copy
        finally:
            _execute(engine, f"DROP DATABASE {name} WITH (FORCE)")


def _bring_back(engine: sa.Engine, dump: Path) -> None:
    """Put the dump where the engine looks; refused where there are tables already."""
    if sa.inspect(engine).get_table_names():
        raise BadInput("this installation has a database already; restore into an empty one")
    engine.dispose()
    if engine.dialect.name == "postgresql":
        _postgres("pg_restore", "--no-owner", f"--dbname={_address(engine.url)}", str(dump))
        return
    path = Path(engine.url.database)
    for left in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        left.unlink(missing_ok=True)
    shutil.copy(dump, path)


@contextlib.contextmanager
def _disposing(engine: sa.Engine) -> Iterator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _execute(engine: sa.Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


def _plain(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _address(url: sa.URL) -> str:
    """The address as PostgreSQL's own programs take it, without the password."""
    return url.set(drivername="postgresql", password=None).render_as_string()


def _postgres(*words: str) -> None:
    """Run a program of PostgreSQL; raises BadInput with its complaint."""
    password = current_app.extensions["engine"].url.password
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    try:
        subprocess.run(  # noqa: S603 (the words are ours, no shell reads them)
            words, check=True, capture_output=True, text=True, env=environment
        )
    except FileNotFoundError as error:
        raise BadInput(
            f"{words[0]} is missing: install the client programs of PostgreSQL"
        ) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["it failed"]
        raise BadInput(f"{words[0]}: {lines[0]}") from error
