"""The street whose ballots lie in closed envelopes: the demo can be played to its result."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from config import Settings
from pb import db
from pb.app import create_app
from pb.cli.ballots import ballots_commands
from pb.cli.demo import demo
from pb.demo import builder, envelopes
from tests.conftest import Clock
from tests.journeys.visitors import PlainVisitor

ROUND = f"/rounds/{envelopes.PLAN.slug}"
CONSOLE = f"/commission{ROUND}"
SHEET = re.compile(r"Key sheet \d\n\n(.+)\n")


@pytest.fixture
def town(tmp_path):
    """The demo town as `pb demo` leaves it, and its clock; it is built on SQLite alone."""
    clock = Clock(datetime.now(UTC))
    url = f"sqlite:///{tmp_path / 'pb.sqlite'}"
    settings = Settings(
        DATABASE_URL=url, DATA_DIR=tmp_path, SECRET_KEY="only for tests", DEMO=True,
        TOWN_NAME="Marlehaven",
    )  # fmt: skip
    app = create_app(settings, clock=clock)
    run(app, demo)
    yield SimpleNamespace(app=app, clock=clock, folder=tmp_path)
    db.session.remove()
    app.extensions["engine"].dispose()


def run(app, command, *words: str) -> str:
    """What a command of `pb` prints."""
    with app.app_context():
        done = CliRunner().invoke(command, words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def sign_in(town, who: str) -> PlainVisitor:
    person = PlainVisitor(town.app)
    person.open("/account/sign-in")
    person.fill("E-mail address", f"{who}@{builder.DOMAIN}")
    person.fill("Password", builder.PASSWORD)
    person.press("Sign in")
    return person


def test_the_key_sheets_of_the_demo_open_its_box_and_the_result_is_published(town):
    sheets = SHEET.findall((town.folder / "demo-keys.txt").read_text())
    assert len(set(sheets)) == 3
    stranger = PlainVisitor(town.app)
    stranger.open(f"{ROUND}/results", 409)
    commissioner, steward = sign_in(town, "commissioner"), sign_in(town, "steward")

    commissioner.open(f"{CONSOLE}/acts")
    commissioner.follow("Hand in my key sheet")
    commissioner.fill("The 33 words of your key sheet", sheets[0])
    commissioner.press("Hand in my key sheet")
    town.clock.now += timedelta(hours=1)
    steward.open(f"{ROUND}/acts")
    steward.follow("Type the key sheets and count")
    steward.fill("The other key sheet", sheets[0])
    steward.press("Open the box and count", 422)
    assert "twice" in steward.text
    steward.fill("The other key sheet", sheets[2])
    steward.press("Open the box and count")
    assert "Confirmed" in steward.text

    commissioner.open(f"{CONSOLE}/acts")
    commissioner.choose("Publish the result")
    commissioner.fill("Reason", "The street was counted.")
    commissioner.press("Ask for this")
    steward.open(f"{ROUND}/acts")
    steward.press("Confirm and carry out")

    stranger.open(f"{ROUND}/results", 409)  # it waits for its day
    town.clock.now += timedelta(days=4)
    stranger.open(f"{ROUND}/results")
    assert f"{envelopes.VOTED} " in stranger.text
    assert all(project.title in stranger.text for project in envelopes.PLAN.projects)

    printed = run(town.app, ballots_commands, "verify", envelopes.PLAN.slug)
    assert "WRONG" not in printed and f"{envelopes.VOTED} " in printed
