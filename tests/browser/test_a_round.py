"""The whole road of a round in Chromium: on a desk, and on a phone without scripts."""

import threading

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from config import Settings
from pb import db
from pb.accounts import service
from pb.app import create_app
from pb.cli.database import upgrade
from tests.conftest import NOW, Clock
from tests.journeys.story import PASSWORD, Story
from tests.journeys.visitors import WindowVisitor


@pytest.fixture
def riverside(tmp_path):
    """An empty town on a server of its own: (address, clock, application)."""
    clock = Clock(NOW)
    settings = Settings(
        DATABASE_URL=f"sqlite:///{tmp_path / 'pb.sqlite'}",
        DATA_DIR=tmp_path,
        SECRET_KEY="only for tests",
        TOWN_NAME="Riverside",
    )
    app = create_app(settings, clock=clock)
    upgrade(app.extensions["engine"])
    with Session(app.extensions["engine"]) as session:
        service.register(
            session,
            email="olga@example.org",
            name="Olga",
            password=PASSWORD,
            at=NOW,
            may_open_rounds=True,
        )
        session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}", clock, app
    server.shutdown()
    db.session.remove()
    app.extensions["engine"].dispose()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_from_an_empty_database_to_a_published_result(chromium, riverside, width, scripts):
    address, clock, app = riverside
    contexts = []

    def visitor() -> WindowVisitor:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 844},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return WindowVisitor(context.new_page())

    story = Story(visitor, clock, "olga@example.org", app)
    story.the_commissioner_sets_up_the_round()
    story.it_is_published_by_two_hands()
    story.residents_propose()
    story.the_commission_reviews()
    story.residents_vote(story.the_roll_and_the_freeze())
    story.it_is_counted_and_published()
    story.a_stranger_reads_why()
    for context in contexts:
        context.close()
