"""The commission's page of the count."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import db
from pb.audit import queries as log
from pb.ballots import cleaning, proof
from pb.ballots.models import LiveBallot
from pb.cli.jobs import make_tools, tick_once
from pb.keys import Purpose
from pb.results import queries
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.outcome import Outcome
from tests import make
from tests.conftest import NOW
from tests.results.elections import FUNDED, town, unguarded


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def path(found) -> str:
    return f"/commission/rounds/{found.round.slug}/count"


def test_before_the_count_it_shows_turnout_and_what_will_happen(session, keys, browse):
    found = town(session, keys)
    page = browse(found.commissioner).get(path(found))
    said = text_of(page)
    assert "people voted 4 100.0% of 4 who could" in said
    assert "Ask for the count" in said and "This cannot be undone" in said
    assert not any(f">{code.capitalize()}<" in page.text for code in FUNDED)


def test_after_the_count_the_team_sees_the_result(session, keys, browse):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    auditor = make.appointed(session, found.round, Role.AUDITOR)
    said = text_of(browse(found.commissioner).get(path(found)))
    assert "3 of 5 projects are funded." in said and "Funded 1st, with 3 votes" in said
    assert "Only the team can see this" in said and "Ask to publish the result" in said
    said = text_of(browse(auditor).get(path(found)))
    assert "3 of 5 projects are funded." in said and "Ask to publish" not in said


def test_a_confirmed_count_works_out_what_losers_would_have_needed(session, keys, browse):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    session.commit()
    browse(found.hand).post(f"/rounds/{found.round.slug}/acts/{act.id}/confirmation")
    said = text_of(browse(found.commissioner).get(path(found)))
    assert "with 1 more vote for it alone, or at a cost of €30,000 or less" in said
    assert "needs-of" not in said


def test_a_count_is_confirmed_though_a_reader_delays_the_clean_up(
    app, session, keys, browse, monkeypatch, caplog
):
    monkeypatch.setattr(cleaning, "WAIT", 0.2)
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    session.commit()
    steward = browse(found.hand)
    with Session(db.read_only(app.extensions["engine"])) as reader:
        reader.scalars(select(LiveBallot)).all()
        page = steward.post(f"/rounds/{found.round.slug}/acts/{act.id}/confirmation")
    said = text_of(steward.get(page.location))
    assert (
        "Confirmed: open the ballot box and count." in said
        and "it goes on behind the pages" in said
    )
    assert "clean-up after the seal" in caplog.text
    session.refresh(found.round)
    assert found.round.sealed_at == NOW
    assert queries.latest(session, found.round).outcomes[0].outcome["funded"] == FUNDED
    session.commit()
    assert keys.is_destroyed(found.round.id, Purpose.BALLOTS)
    assert not cleaning.is_done(keys, found.round.id)

    with app.app_context():
        tick_once(make_tools())
    assert cleaning.is_done(keys, found.round.id)
    assert all(one.holds is not False for one in proof.check(session, found.round, keys))


def test_where_nothing_stands_in_the_way_nothing_is_left_to_do(session, keys, browse):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    session.commit()
    steward = browse(found.hand)
    page = steward.post(f"/rounds/{found.round.slug}/acts/{act.id}/confirmation")
    said = text_of(steward.get(page.location))
    assert "Confirmed: open the ballot box and count." in said and "behind the pages" not in said
    assert cleaning.is_done(keys, found.round.id)


def test_the_team_learns_how_to_work_out_what_takes_long(session, keys, browse):
    found = town(session, keys, rule="max-welfare")
    found.do(ActKind.COUNT)
    said = text_of(browse(found.commissioner).get(path(found)))
    assert "has not been worked out yet" in said
    assert f"Run pb needs-of {found.round.slug} on the server." in said


def test_a_waiting_act_is_shown_instead_of_the_button(session, keys, browse):
    found = town(session, keys)
    found.ask(ActKind.COUNT)
    session.commit()
    said = text_of(browse(found.commissioner).get(path(found)))
    assert "waits for a second hand" in said and "Ask for the count" not in said


def test_after_the_publication_it_says_so(session, keys, browse):
    found = town(session, keys)
    found.publish_count()
    said = text_of(browse(found.commissioner).get(path(found)))
    assert "This result was published on" in said and "Ask to publish" not in said


def test_nobody_sees_a_count_while_voting_is_open(session, keys, browse):
    found = town(session, keys, Phase.VOTING)
    browse(found.commissioner).get(path(found), 409)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CLERK, Role.STEWARD])
def test_others_do_not_see_it(session, keys, browse, role):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    browse(make.appointed(session, found.round, role)).get(path(found), 403)


def test_counting_again_says_that_the_digests_agree_and_is_logged(session, keys, browse):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    visitor = browse(found.commissioner)
    visitor.post(f"{path(found)}/again")
    assert "everything comes out the same" in text_of(visitor.get(path(found)))
    session.expire_all()
    last = log.entries(session, found.round.id)[-1]
    assert (last.kind, last.body["agrees"]) == ("result.recount", True)


def test_counting_again_says_that_something_differs(session, keys, browse):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    result = queries.latest(session, found.round)
    stored = result.outcomes[0]
    outcome = dict(stored.outcome, spent=1)
    del outcome["outcome_digest"]
    changed = Outcome.from_json(outcome)
    unguarded(session)
    stored.outcome, stored.outcome_digest = changed.to_json(), changed.outcome_digest
    session.commit()
    visitor = browse(found.commissioner)
    visitor.post(f"{path(found)}/again")
    assert "the outcome differs" in text_of(visitor.get(path(found)))


def test_there_is_nothing_to_count_again_before_the_count(session, keys, browse):
    found = town(session, keys)
    browse(found.commissioner).post(f"{path(found)}/again", status=404)
