"""A workshop from its lobby to its result, and what it refuses on the way."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb import db
from pb.audit import service as log
from pb.audit.models import Entry
from pb.errors import Invalid, NotFound, Refused
from pb.notices.jobs import Tools
from pb.notices.models import Note
from pb.purpose.workshops import arranging, moving, pairing, queries, service, stages, writing
from pb.purpose.workshops.models import (
    Kind,
    Mark,
    Stage,
    Workshop,
    WorkshopIdea,
    WorkshopIdeaAuthor,
)
from pb.purpose.workshops.stages import GRACE, TooLate
from pb.rounds.models import Side
from tests import make
from tests.conftest import NOW
from tests.purpose import opera
from tests.purpose.opera import LATER


def count(session, model, *where) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model).where(*where))
    session.commit()
    return found


def test_a_workshop_goes_from_the_lobby_to_ideas_with_everybody_credited(session):
    workshop = opera.workshop(session, 5)
    opera.advance(session, workshop, Stage.RANK, ideas=2)
    first, second = queries.pairs(session, workshop)
    idea = next(one for one in queries.ideas(session, workshop) if one.pair_id == second.id)
    writing.mark(session, workshop, first, idea.id, LATER)
    opera.advance(session, workshop, Stage.ARRANGE)
    quay = arranging.name_cluster(session, workshop, "The quay", LATER)
    arranging.move(session, workshop, idea.id, quay.id, LATER)
    opera.advance(session, workshop, Stage.FINISHED)

    best = queries.harvest(session, workshop)[0]
    assert (best.text, best.cluster, best.marks) == (idea.text, "The quay", 1)
    assert {name for _, name in best.authors} == {one.name for one in second.people}
    assert len(queries.harvest(session, workshop)) == 4


def test_the_log_fixes_the_seed_before_anybody_comes_and_shows_it_after_the_draw(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.PAIR)
    lines = session.scalars(
        sa.select(Entry).where(Entry.chain == workshop.round_id).order_by(Entry.seq)
    ).all()
    bodies = {line.kind: line.body for line in lines}

    assert bodies["workshop.create"]["seed_digest"] == pairing.lot(bodies["workshop.pair"]["seed"])
    assert workshop.seed not in str(bodies["workshop.create"])
    assert log.verify(workshop.round_id, lines).intact
    drawn = pairing.draw(workshop.seed, [pairing.Person(n) for n in range(1, 5)])
    found = queries.pairs(session, workshop)
    assert [tuple(one.number for one in pair.people) for pair in found] == drawn


def test_pairs_come_from_different_parts_of_town(session):
    workshop = opera.workshop(session, 8, areas=True)
    opera.advance(session, workshop, Stage.PAIR)

    for pair in queries.pairs(session, workshop):
        assert len({person.area_id for person in pair.people}) == 2


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nobody_is_forgotten_or_left_alone_with_others_there_whoever_comes_and_goes(session, data):
    workshop = opera.workshop(session, data.draw(st.integers(2, 9)))
    opera.advance(session, workshop, Stage.PAIR)
    for leaves in data.draw(st.lists(st.booleans(), max_size=10)):
        there = queries.present(session, workshop)
        if leaves and len(there) > 2:
            service.leave(session, workshop, data.draw(st.sampled_from(there)), LATER)
        elif not leaves:
            service.join(session, workshop, name="Late", at=LATER)

    pairs = queries.pairs(session, workshop)
    session.commit()
    placed = [person.id for pair in pairs for person in pair.present]
    assert sorted(placed) == sorted(one.id for one in queries.present(session, workshop))
    assert sum(len(pair.present) == 1 for pair in pairs) <= 1


def test_somebody_with_an_account_comes_back_as_the_same_person(session):
    workshop = opera.workshop(session, 1)
    ana = make.account(session, "Ana")
    once = service.join(session, workshop, name="Ana", at=NOW, account=ana)
    again = service.join(session, workshop, name="Somebody", at=LATER, account=ana)

    assert once is again
    assert once.name == "Ana"


def test_the_commission_cannot_take_part(session):
    workshop = opera.workshop(session)
    officer = make.account(session, "Olga")
    make.seat(session, workshop.round, officer, Side.COMMISSION)

    with pytest.raises(Refused, match="Nobody sits on both sides"):
        service.join(session, workshop, name="Olga", at=NOW, account=officer)


def test_the_clock_moves_a_workshop_on(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.OWN, at=NOW)
    over = NOW + timedelta(minutes=8)

    assert stages.at(workshop, over - timedelta(seconds=1)) is Stage.OWN
    assert stages.at(workshop, over) is Stage.PAIR
    moving.catch_up(session, workshop, over)
    assert workshop.stage is Stage.PAIR
    assert len(queries.pairs(session, workshop)) == 2


def test_people_in_a_room_lose_no_stage_while_nobody_looks(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.OWN, at=NOW)
    much_later = NOW + timedelta(hours=3)
    moving.catch_up(session, workshop, much_later)

    assert workshop.stage is Stage.PAIR
    assert workshop.stage_ends_at == much_later + timedelta(minutes=12)


def test_more_time_can_be_given_as_long_as_a_clock_runs(session):
    workshop = opera.workshop(session, 4)
    with pytest.raises(Refused, match="No clock is running"):
        moving.extend(session, workshop, 5, NOW)
    opera.advance(session, workshop, Stage.OWN, at=NOW)
    moving.extend(session, workshop, 5, NOW)

    assert workshop.stage_ends_at == NOW + timedelta(minutes=13)


def test_days_pass_for_those_who_are_not_in_a_room_and_they_are_told(app, session, keys):
    workshop = opera.workshop(session, 3, kind=Kind.ASYNCHRONOUS)
    ana = make.account(session, "Ana")
    service.join(session, workshop, name="Ana", at=NOW, account=ana)
    opera.advance(session, workshop, Stage.OWN, at=NOW)
    later = NOW + timedelta(days=2, hours=1)
    moving.tick(Tools(app.extensions["engine"], keys, app.config["DATA_DIR"], "", lambda: later))

    session.refresh(workshop)
    assert workshop.stage is Stage.EXPLAIN
    assert workshop.stage_ends_at == NOW + timedelta(days=3)
    assert count(session, Note, Note.account_id == ana.id) == 3


def test_what_was_being_typed_when_the_time_was_up_still_counts_for_a_moment(session):
    workshop = opera.workshop(session, 2)
    opera.advance(session, workshop, Stage.PAIR)
    person = queries.present(session, workshop)[0]
    writing.keep_note(session, workshop, person, "Just in time", LATER + GRACE)

    with pytest.raises(TooLate, match="The time for your own notes is over"):
        late = LATER + GRACE + timedelta(seconds=1)
        writing.keep_note(session, workshop, person, "Too late", late)


def test_who_presses_twice_moves_on_once(session):
    workshop = opera.workshop(session, 2)
    by = opera.steward(session, workshop)
    moving.move_on(session, workshop, seen=Stage.LOBBY, by=by, at=NOW)

    with pytest.raises(Refused, match="has moved on already"):
        moving.move_on(session, workshop, seen=Stage.LOBBY, by=by, at=NOW)
    assert workshop.stage is Stage.OWN


def test_nobody_else_reads_a_note_or_takes_it_away(session):
    workshop = opera.workshop(session, 2)
    opera.advance(session, workshop, Stage.OWN)
    one, other = queries.present(session, workshop)
    kept = writing.keep_note(session, workshop, one, "Mine", LATER)

    with pytest.raises(NotFound):
        writing.drop_note(session, other, kept.id)
    assert [note.text for note in queries.notes(session, one)] == ["Mine"]
    assert queries.notes(session, other) == []


def test_a_pair_brings_four_ideas_and_no_fifth(session):
    workshop = opera.workshop(session, 2)
    opera.advance(session, workshop, Stage.PAIR)
    [pair] = queries.pairs(session, workshop)
    ideas = [writing.add_idea(session, workshop, pair, f"Idea {n}", LATER) for n in range(4)]

    with pytest.raises(Refused, match="at most 4 ideas"):
        writing.add_idea(session, workshop, pair, "One more", LATER)
    with pytest.raises(Invalid, match="141 characters"):
        writing.change_idea(session, workshop, pair, ideas[0].id, "x" * 141, LATER)


def test_an_idea_that_is_taken_away_leaves_its_place_to_another(session):
    workshop = opera.workshop(session, 2)
    opera.advance(session, workshop, Stage.PAIR)
    [pair] = queries.pairs(session, workshop)
    idea = writing.add_idea(session, workshop, pair, "First", LATER)
    writing.drop_idea(session, workshop, pair, idea.id, LATER)

    assert writing.add_idea(session, workshop, pair, "Second", LATER).slot == 1
    assert count(session, WorkshopIdeaAuthor) == 2


def test_ideas_are_explained_one_after_the_other_and_twice_pressed_is_once(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.EXPLAIN, ideas=1)
    one, other = queries.in_order(session, workshop)
    assert workshop.shown_id == one.id
    moving.show_next(session, workshop, seen=one.id, at=LATER)
    moving.show_next(session, workshop, seen=one.id, at=LATER)

    assert workshop.shown_id == other.id
    with pytest.raises(Refused, match="last idea"):
        moving.show_next(session, workshop, seen=other.id, at=LATER)


def test_an_idea_is_explained_in_writing_or_aloud(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.EXPLAIN, ideas=1)
    one, other = queries.in_order(session, workshop)
    writing.explain(session, workshop, one, by="Ana", text="Lamps, that is all.", at=LATER)
    writing.explain(session, workshop, other, by="Bo", at=LATER)

    assert (one.explanation, one.explained_aloud) == ("Lamps, that is all.", False)
    assert (other.explanation, other.explained_aloud) == ("", True)


def test_counts_are_hidden_until_every_pair_is_done(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.RANK, ideas=4)
    one, other = queries.pairs(session, workshop)
    idea = queries.ideas(session, workshop)[0]
    writing.mark(session, workshop, one, idea.id, LATER)
    writing.finish_marking(session, workshop, one, LATER)
    assert queries.marks(session, workshop) is None

    writing.finish_marking(session, workshop, other, LATER)
    assert queries.marks(session, workshop)[idea.id] == 1
    with pytest.raises(Refused, match="is done with marking"):
        writing.mark(session, workshop, other, idea.id, LATER)


def test_a_pair_marks_a_quarter_and_one_of_its_own(session):
    workshop = opera.workshop(session, 6)
    opera.advance(session, workshop, Stage.RANK, ideas=4)
    assert workshop.marks_each == 3
    pair = queries.pairs(session, workshop)[0]
    found = queries.ideas(session, workshop)
    own = [one.id for one in found if one.pair_id == pair.id]
    others = [one.id for one in found if one.pair_id != pair.id]
    writing.mark(session, workshop, pair, own[0], LATER)

    with pytest.raises(Refused, match="At most one mark goes to an idea of your own"):
        writing.mark(session, workshop, pair, own[1], LATER)
    writing.mark(session, workshop, pair, others[0], LATER)
    writing.mark(session, workshop, pair, others[1], LATER)
    with pytest.raises(Refused, match="All of your marks are given"):
        writing.mark(session, workshop, pair, others[2], LATER)
    writing.unmark(session, workshop, pair, others[0], LATER)
    writing.mark(session, workshop, pair, others[2], LATER)
    assert queries.marks_of(session, pair) == {own[0], others[1], others[2]}


def test_whoever_joined_from_another_pair_cannot_mark_two_of_their_own(session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.EXPLAIN, ideas=4)
    one, other = queries.pairs(session, workshop)
    service.leave(session, workshop, one.people[0], LATER)
    opera.advance(session, workshop, Stage.RANK)
    trio = queries.pair(session, workshop, other.id)
    assert len(trio.present) == 3
    first = {idea.pair_id: idea.id for idea in queries.ideas(session, workshop)}
    writing.mark(session, workshop, trio, first[one.id], LATER)

    with pytest.raises(Refused, match="of your own"):
        writing.mark(session, workshop, trio, first[other.id], LATER)


@pytest.mark.parametrize("own", [True, False])
def test_the_database_refuses_more_marks_than_there_are(session, own):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.RANK, ideas=4)
    pair = queries.pairs(session, workshop)[0]
    found = [one for one in queries.ideas(session, workshop) if (one.pair_id == pair.id) is own]
    key = {"workshop_id": workshop.id, "pair_id": pair.id, "marks_each": 2, "own": own, "at": NOW}

    def add(slot):
        idea = found[slot]
        session.add(Mark(slot=slot, idea_id=idea.id, idea_pair_id=idea.pair_id, **key))
        session.flush()

    allowed = 1 if own else 2
    for slot in range(1, allowed + 1):
        add(slot)
    with pytest.raises(IntegrityError):
        add(allowed + 1)
    session.rollback()


def at_once(app, workshop_id, pair_id, act):
    """Eight people press at the same moment; a refusal is an answer, an error is not."""
    start, wrong = threading.Barrier(8), []

    def press(n):
        start.wait()
        with Session(app.extensions["engine"]) as own:
            try:
                workshop = own.get_one(Workshop, workshop_id)
                act(own, workshop, queries.pair(own, workshop, pair_id), n)
                own.commit()
            except Refused:
                own.rollback()
            except Exception as error:
                wrong.append(error)

    running = [threading.Thread(target=press, args=(n,)) for n in range(8)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert wrong == []


def test_a_pair_never_has_a_fifth_idea_under_parallel_posts(app, session):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.PAIR)
    pair_id = queries.pairs(session, workshop)[0].id
    session.commit()

    at_once(
        app,
        workshop.id,
        pair_id,
        lambda own, there, pair, n: writing.add_idea(own, there, pair, f"Idea {n}", LATER),
    )
    assert count(session, WorkshopIdea, WorkshopIdea.pair_id == pair_id) == 4


@pytest.mark.parametrize(("of_own", "allowed"), [(True, 1), (False, 2)])
def test_marks_never_exceed_their_limit_under_parallel_posts(app, session, of_own, allowed):
    workshop = opera.workshop(session, 4)
    opera.advance(session, workshop, Stage.RANK, ideas=4)
    pair_id = queries.pairs(session, workshop)[0].id
    found = queries.ideas(session, workshop)
    ids = [one.id for one in found if (one.pair_id == pair_id) is of_own]
    session.commit()

    at_once(
        app,
        workshop.id,
        pair_id,
        lambda own, there, pair, n: writing.mark(own, there, pair, ids[n % 4], LATER),
    )
    assert count(session, Mark, Mark.pair_id == pair_id) == allowed


def test_a_group_taken_apart_leaves_its_ideas(session):
    workshop = opera.workshop(session, 2)
    opera.advance(session, workshop, Stage.ARRANGE, ideas=1)
    quay = arranging.name_cluster(session, workshop, "Quay", LATER)
    assert arranging.name_cluster(session, workshop, " quay ", LATER) is quay
    [idea] = queries.ideas(session, workshop)
    arranging.move(session, workshop, idea.id, quay.id, LATER)
    arranging.drop_cluster(session, workshop, quay.id, LATER)

    assert [one.cluster_id for one in queries.ideas(session, workshop)] == [None]


def test_asking_for_news_is_one_statement(app, session):
    workshop = opera.workshop(session, 2)
    person = queries.present(session, workshop)[0]
    session.commit()
    seen = []
    engine = app.extensions["engine"]
    sa.event.listen(engine, "after_cursor_execute", lambda *what: seen.append(what[2]))
    with Session(db.read_only(engine)) as own:
        news = queries.news(own, workshop.id, person.id)

    assert len([one for one in seen if one.startswith("SELECT")]) == 1
    assert (news.version, news.pair_version) == (workshop.version, None)
