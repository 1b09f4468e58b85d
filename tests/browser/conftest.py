"""A real server and a real browser, looking at the demo town.

These tests skip, with a word, where there is no Chromium.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from config import Settings
from pb import db
from pb.app import create_app
from pb.cli.database import upgrade
from pb.demo import builder, seed
from pb.eligibility import columns, importing, uploads
from pb.eligibility.columns import Need

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Town(NamedTuple):
    """The demo town on a server of its own."""

    address: str
    demo: builder.Demo
    app: Flask


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Iterator[Town]:
    """The demo town, built once."""
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(
        DATABASE_URL=f"sqlite:///{folder / 'pb.sqlite'}",
        DATA_DIR=folder,
        SECRET_KEY="only for tests",
        TOWN_NAME="Marlehaven",
        DEMO=True,
    )
    app = create_app(settings)
    upgrade(app.extensions["engine"])
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        made = seed.build(
            session,
            now=datetime.now(UTC),
            keys=app.extensions["keys"],
            rules=app.extensions["rules"],
        )
        lists_of_voters(session, app, made)
        session.commit()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Town(f"http://127.0.0.1:{server.port}", made, app)
    server.shutdown()
    db.session.remove()
    app.extensions["engine"].dispose()


def lists_of_voters(session: Session, app: Flask, made: builder.Demo) -> None:
    """In the round that is not voting yet: one list on the roll, and one that waits."""
    round, at = made.rounds["verhage-gift"], datetime.now(UTC)
    data = b"person;area;name;street;born;email\nA1;;Ana;Quay 1;1.5.1990;ana@example.org\n"
    guess = columns.guess(["person", "area", "name", "street", "born", "email"])
    choices = replace(guess, needs=frozenset(Need))
    by, keys = made.people["commissioner"], app.extensions["keys"]
    importing.import_roll(
        session, round, data, "quay.csv", by=by, at=at, keys=keys, choices=choices
    )
    folder = app.config["DATA_DIR"]
    uploads.keep(session, round, BytesIO(data), "more.csv", by=by, at=at, data_dir=folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, town):
    """`visit(width, scripts=True)` opens a fresh browser window on the town."""
    contexts = []

    def start(width: int = 1280, scripts: bool = True):
        context = chromium.new_context(
            base_url=town.address,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield start
    for context in contexts:
        context.close()


def violations(page) -> list[str]:
    """What axe finds on a page, in one line each."""
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    return [
        f"{found['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})"
        for found in result["violations"]
        for node in found["nodes"]
    ]
