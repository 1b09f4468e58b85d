"""Every test that needs a database gets one of its own, with real commits and real triggers.

It is a copy of a database that the migrations made once: a file on SQLite, a template on
PostgreSQL. `--db sqlite` or `--db postgresql` runs only half; the default is both.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from config import Settings
from pb import db
from pb.app import connect, create_app
from pb.cli.database import upgrade
from tests import servers
from tests.pages import Pages

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

# Tests assert no times: a busy machine must not fail them.
hypothesis.settings.register_profile(
    "pb", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("pb")


def pytest_addoption(parser):
    parser.addoption("--db", choices=["sqlite", "postgresql", "both"], default="both")


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        backends = ["sqlite", "postgresql"] if chosen == "both" else [chosen]
        metafunc.parametrize("backend", backends, scope="session")


@pytest.fixture(scope="session")
def template(backend, tmp_path_factory) -> Iterator[servers.Template]:
    """A migrated, empty database to copy."""
    made = servers.template(backend, tmp_path_factory.mktemp(backend))
    engine = db.make_engine(made.url)
    upgrade(engine)
    engine.dispose()
    yield made
    servers.drop(made)


@pytest.fixture
def database_url(template, tmp_path) -> Iterator[str]:
    """The address of this test's own database."""
    with template.copy(tmp_path) as url:
        yield url


class Clock:
    """The time of the application under test; a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="session")
def assembled(tmp_path_factory) -> Flask:
    """The application of most tests: its routes and templates are prepared once."""
    folder = tmp_path_factory.mktemp("assembled")
    return create_app(Settings(f"sqlite:///{folder / 'never.sqlite'}", folder, "not used"))


@pytest.fixture
def app(request, database_url, tmp_path, clock) -> Iterator[Flask]:
    """The application on this test's database; `own_app` marks a test that changes its routes."""
    settings = Settings(
        DATABASE_URL=database_url,
        DATA_DIR=tmp_path,
        SECRET_KEY="only for tests",
        TOWN_NAME="Testford",
    )
    if request.node.get_closest_marker("own_app"):
        app = create_app(settings, clock=clock)
    else:
        app = request.getfixturevalue("assembled")
    config, extensions = dict(app.config), dict(app.extensions)
    connect(app, settings, clock)
    app.testing = True
    yield app
    db.session.remove()
    app.extensions["engine"].dispose()
    app.config.clear()
    app.config.update(config)
    app.extensions.clear()
    app.extensions.update(extensions)


@pytest.fixture
def session(app) -> Iterator[Session]:
    """A session beside the requests; commit to let them see what it did."""
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        yield session


@pytest.fixture
def keys(app):
    return app.extensions["keys"]


@pytest.fixture
def pages(app) -> Pages:
    """A browser without JavaScript that checks what every page promises."""
    return Pages(app)


@pytest.fixture
def browse(app):
    """More browsers: `browse()` is a new visitor, `browse(account)` is signed in."""

    def start(account=None) -> Pages:
        pages = Pages(app)
        if account is not None:
            pages.sign_in(account)
        return pages

    return start


@pytest.fixture
def statements(app):
    """`with statements() as seen`: the statements that the database is sent meanwhile."""
    engine = app.extensions["engine"]

    @contextmanager
    def statements():
        seen: list[str] = []

        def note(connection, cursor, statement, *rest):
            seen.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        yield seen
        sa.event.remove(engine, "before_cursor_execute", note)

    return statements


@pytest.fixture
def asked(statements):
    """`asked(pages, path)`: the status, and how often a second visit asks the database."""

    def asked(pages, path) -> tuple[int, int]:
        pages.client.get(path)
        with statements() as seen:
            status = pages.client.get(path).status_code
        return status, len(seen)

    return asked


@pytest.fixture(scope="session")
def pabulib() -> Path:
    """The folder of real elections; the test is skipped where there is none."""
    folder = Path(os.environ.get("PABULIB_DIR", "../shared/pabulib"))
    if not folder.is_dir():
        pytest.skip("PABULIB_DIR names no folder of Pabulib files")
    return folder
