"""Frozen rounds are kept in memory, and are never older than the database."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb import db
from pb.rounds import kept, queries
from pb.rounds.models import Phase, PhaseDates, Round
from tests import make
from tests.conftest import NOW


@pytest.fixture
def find(app):
    """Look a round up in a session of its own, as each request does; keep the statements."""
    engine = app.extensions["engine"]
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    def find(slug, then=lambda round: None):
        seen.clear()
        with Session(db.read_only(engine), expire_on_commit=False) as session:
            round = queries.find(session, slug)
            then(round)
            _ = [area.name for area in round.areas], [one.opens_at for one in round.dates]
        return round, [one for one in seen if "area" in one]

    sa.event.listen(engine, "before_cursor_execute", note)
    yield find
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_frozen_round_is_loaded_once(session, find):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    first, loading = find(slug)
    again, after = find(slug)

    assert again is first
    assert loading and not after


def test_a_round_that_is_not_frozen_is_loaded_each_time(session, find):
    slug = make.round_(session, Phase.IDEAS).slug
    find(slug)

    assert find(slug)[1]


def test_what_another_process_changed_shows_at_the_next_look(session, find):
    round = make.round_(session, Phase.VOTING)
    find(round.slug)
    find(round.slug)
    dates = session.get_one(PhaseDates, (round.id, Phase.VOTING))
    dates.closes_at += timedelta(hours=3)
    round.sealed_at = dates.closes_at
    session.commit()

    found, _ = find(round.slug)

    assert found.sealed_at == round.sealed_at
    [voting] = [one for one in found.dates if one.phase is Phase.VOTING]
    assert voting.closes_at == dates.closes_at


def test_what_was_changed_and_never_stored_is_not_kept(session, find):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    find(slug, then=lambda round: setattr(round, "name", "Something else"))

    found, loading = find(slug)

    assert found.name != "Something else"
    assert loading


def test_a_round_of_a_form_that_was_refused_can_be_borrowed_for_the_next(app, session, find):
    """Taking back forgets what was read; a borrowed round could not look it up again."""
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    engine = db.read_only(app.extensions["engine"])
    with Session(engine) as refused:
        queries.find(refused, slug)
        refused.rollback()
    with Session(engine) as request:
        assert queries.find(request, slug, borrow=True).name.startswith("Budget")


def test_only_the_last_few_rounds_are_kept(session, find):
    slugs = [make.round_(session, Phase.VOTING).slug for _ in range(kept.MOST + 1)]
    for slug in slugs:
        find(slug)
        find(slug)
    assert not find(slugs[-1])[1]
    assert find(slugs[0])[1]


def test_a_round_is_kept_for_the_database_that_it_is_of(session, find, database_url):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    another = db.make_engine(database_url)
    with Session(db.read_only(another)) as request:
        assert kept.take(request, slug) is None
    another.dispose()


def test_a_session_that_knows_the_round_gets_the_one_it_knows(app, session, find):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    with Session(app.extensions["engine"]) as other:
        known = other.scalars(sa.select(Round).where(Round.slug == slug)).one()
        assert queries.find(other, slug) is known


def test_a_round_in_use_is_not_given_to_a_second_session(app, session, find):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    engine = db.read_only(app.extensions["engine"])
    with Session(engine) as one, Session(engine) as two:
        assert queries.find(one, slug) is not queries.find(two, slug)


def test_a_borrowed_round_cannot_be_changed(app, session, find):
    slug = make.round_(session, Phase.VOTING).slug
    find(slug)
    find(slug)
    with Session(app.extensions["engine"], expire_on_commit=False) as request:
        borrowed = queries.find(request, slug, borrow=True)
        assert borrowed not in request
        borrowed.name = "Something else"
        request.commit()

    assert find(slug)[0].name != "Something else"


def test_a_kept_round_is_the_same_until_somebody_else_changes_it(app, session, find):
    round = make.round_(session, Phase.VOTING)
    find(round.slug)
    find(round.slug)
    with Session(db.read_only(app.extensions["engine"]), expire_on_commit=False) as request:
        here = queries.find(request, round.slug)
        assert kept.is_same(request, here)
        request.commit()
        round.sealed_at = NOW
        session.commit()
        assert not kept.is_same(request, here)


def test_another_copy_of_a_kept_round_is_not_taken_to_be_the_same(session, find):
    """It may be older than the one that is kept."""
    older = make.round_(session, Phase.VOTING)
    find(older.slug)
    find(older.slug)
    assert not kept.is_same(session, older)


def test_a_round_that_is_not_kept_is_never_taken_to_be_the_same(session):
    assert not kept.is_same(session, make.round_(session, Phase.IDEAS))


CHANGES = {
    "the round": "UPDATE round SET name = 'Another name' WHERE id = :round",
    "its dates": "UPDATE phase_dates SET closes_at = closes_at WHERE round_id = :round "
    "AND phase = 'reflection'",
    "a date that goes": "DELETE FROM phase_dates WHERE round_id = :round AND phase = 'reflection'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_by_whomever_is_a_new_revision(session, change):
    round = make.round_(session, Phase.IDEAS)
    session.commit()
    before = kept.revision(session, round)
    session.commit()
    done = session.execute(sa.text(change), {"round": round.id})
    session.commit()
    assert done.rowcount == 1
    assert kept.revision(session, round) > before


def test_a_revision_is_asked_once_in_a_transaction_and_again_after_writing(app, session):
    round = make.round_(session, Phase.VOTING)
    seen: list[str] = []
    sa.event.listen(
        app.extensions["engine"], "before_cursor_execute", lambda *sent: seen.append(sent[2])
    )
    first = kept.revision(session, round)
    assert kept.revision(session, round) == first
    assert len([statement for statement in seen if "revision" in statement]) == 1
    round.name = "Another name"
    session.flush()
    assert kept.revision(session, round) > first
