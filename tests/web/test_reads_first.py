"""Forms that only ask questions keep nobody waiting, and wait for nobody who writes."""

import pytest
import sqlalchemy as sa
from flask import request

from pb import db
from pb.accounts.models import Attempt
from pb.rounds.models import Phase, Round
from pb.web.guard import public, reads_first, start_writing
from tests import make

ROW = {"purpose": "x", "subject": "y", "window": 1, "count": 1}


@pytest.mark.parametrize("form", ["vote/ballot", "vote/check", "receipts"])
def test_a_question_is_answered_while_somebody_else_writes(session, pages, form):
    round = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_000_00)})
    entry = make.entry(session, round)
    with pages.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): entry.id}
    path = f"/rounds/{round.slug}/{form}"
    session.execute(sa.update(Round).where(Round.id == round.id).values(name="Being renamed"))
    pages.post(path, {"project": "1", "receipt": "AAAA"}, 200)


@pytest.mark.own_app
@pytest.mark.parametrize("says", [True, False])
def test_a_form_that_reads_first_writes_only_after_it_has_said_so(app, session, backend, says):
    if backend == "postgresql" and not says:
        pytest.skip("many may write at a time there, and such a form is like any other")

    @public
    @reads_first
    def writes():
        database = start_writing() if says else db.session()
        database.execute(sa.insert(Attempt).values(ROW))
        database.commit()
        return "written"

    app.add_url_rule("/writes", "writes", writes, methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False
    assert app.test_client().post("/writes").status_code == (200 if says else 503)
    assert session.scalar(sa.select(sa.func.count()).select_from(Attempt)) == says


@pytest.mark.own_app
def test_saying_so_twice_stores_nothing_before_its_time(app, session):
    @public
    @reads_first
    def changes_its_mind():
        start_writing().execute(sa.insert(Attempt).values(ROW))
        start_writing().rollback()
        start_writing().execute(sa.insert(Attempt).values(ROW | {"subject": "z"}))
        start_writing().commit()
        return "written"

    app.add_url_rule("/writes", "writes", changes_its_mind, methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    assert app.test_client().post("/writes").status_code == 200
    assert session.scalars(sa.select(Attempt.subject)).all() == ["z"]


@pytest.mark.own_app
@pytest.mark.parametrize("changes", [True, False])
def test_a_form_that_reads_first_cannot_lose_a_change_of_its_round(app, session, changes):
    """Its round is kept from an earlier request and stands in no session that would store it."""

    @public
    @reads_first
    def renames(round):
        if changes and request.form.get("name"):
            round.name = request.form["name"]
        return "renamed"

    app.add_url_rule("/rounds/<round:round>/name", "name", renames, methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False
    round, browser = make.round_(session, Phase.VOTING), app.test_client()
    for _ in range(2):
        browser.post(f"/rounds/{round.slug}/name")
    answer = browser.post(f"/rounds/{round.slug}/name", data={"name": "Another"})
    assert answer.status_code == (500 if changes else 200)
    assert browser.post(f"/rounds/{round.slug}/name").status_code == 200
