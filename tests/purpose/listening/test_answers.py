"""Questions are asked and answered, and nobody learns too early how many agree."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb.audit import queries as log
from pb.errors import PhaseClosed, Refused, Unfit
from pb.notices.models import Note
from pb.purpose.contingents.service import Spent
from pb.purpose.listening import answering, asking, queries
from pb.purpose.listening.models import Answer, Origin, Question, Signature, Suggestion, Support
from pb.rounds import people
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW
from tests.purpose.listening import said

DAY = timedelta(days=1)


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE, areas={"town": 100_00, "north": 50_00})


@pytest.fixture
def steward(session, round):
    return make.appointed(session, round, Role.STEWARD, "Sam")


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def ben(session):
    return make.account(session, "Ben")


def ask(session, round, steward, text=said.OPEN, **changes):
    fields = {"why": "", "area": None, "closes_at": NOW + 2 * DAY, "at": NOW} | changes
    return asking.ask(session, round, by=steward, text=text, **fields)


def give(session, question, author, text="Shade in summer.", **changes):
    fields = {"area": None, "signature": Signature.NAME, "at": NOW} | changes
    return answering.answer(session, question, author, text=text, **fields)


def kinds(session, round):
    return [entry.kind for entry in log.entries(session, round.id)]


class TestAsking:
    def test_a_steward_asks_an_open_question(self, session, round, steward):
        question = ask(session, round, steward, "  What would good\nlook like here? ")

        assert question.text == "What would good look like here?"
        assert question.open_at(NOW) and not question.open_at(NOW + 2 * DAY)
        assert kinds(session, round) == ["question.ask"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Should we build a skate park?", "yes or no"),
            ("Don't you agree that cars are a nuisance?", "what to answer"),
            ("", "Write the question"),
            (f"What {'x' * 200}?", "at most 200"),
        ],
    )
    def test_a_question_that_is_not_open_is_turned_away(self, session, round, steward, text, words):
        with pytest.raises(Unfit, match=words):
            ask(session, round, steward, text)

    def test_it_closes_while_answers_are_collected(self, session, round, steward):
        with pytest.raises(Unfit, match="still to come"):
            ask(session, round, steward, closes_at=NOW)
        late = asking.last_close(round) + timedelta(minutes=1)
        with pytest.raises(Unfit, match="Answers are collected until"):
            ask(session, round, steward, closes_at=late)

    def test_only_stewards_ask_and_only_in_the_first_phases(self, session, round, ana):
        with pytest.raises(Refused, match="Only a steward"):
            ask(session, round, ana)
        later = make.round_(session, Phase.REVIEW)
        with pytest.raises(PhaseClosed):
            ask(session, later, make.appointed(session, later, Role.STEWARD))

    def test_it_changes_until_somebody_has_answered(self, session, round, steward, ana):
        question = ask(session, round, steward)
        new = {"text": "What helps on the way?", "why": "", "area": None, "at": NOW}
        asking.revise(session, question, by=steward, closes_at=NOW + DAY, **new)
        assert question.text == "What helps on the way?"

        give(session, question, ana)
        with pytest.raises(Refused, match="stays as it is"):
            asking.revise(session, question, by=steward, closes_at=NOW + DAY, **new)
        with pytest.raises(sa.exc.DatabaseError, match="stays as it was answered"):
            session.execute(sa.update(Question).values(text="Something else"))

    def test_the_commission_suggests_and_a_steward_asks_or_says_why_not(
        self, session, round, steward
    ):
        officer = make.appointed(session, round, Role.REVIEWER)
        both = [
            asking.suggest(session, round, by=officer, text=text, why="", area=None, at=NOW)
            for text in (said.OPEN, "How do you get to work?")
        ]
        question = ask(session, round, steward, suggestion=both[0])
        asking.turn_down(session, round, both[1], by=steward, reason="We know that.", at=NOW)

        assert both[0].question_id == question.id
        assert queries.suggestions(session, round) == []
        notes = session.scalars(sa.select(Note.subject).where(Note.account_id == officer.id))
        assert set(notes) == {"Your question is asked", "Your question is not asked"}

    def test_residents_do_not_suggest_for_the_commission(self, session, round, ana):
        with pytest.raises(Refused):
            said.sit(session, round, ana)
            asking.suggest(session, round, by=ana, text=said.OPEN, why="", area=None, at=NOW)
        session.rollback()
        session.add(
            Suggestion(
                round_id=round.id, text=said.OPEN, by_id=ana.id, by_side=Side.COMMUNITY, at=NOW
            )
        )
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()

    def test_it_closes_by_its_date_and_everybody_who_answered_is_told_once(
        self, session, round, steward, ana
    ):
        question = ask(session, round, steward)
        give(session, question, ana)
        asking.settle(session, question, at=NOW + DAY)
        assert question.settled_at is None
        for _ in range(2):
            asking.settle(session, question, at=NOW + 3 * DAY)

        assert kinds(session, round).count("question.close") == 1
        [note] = session.scalars(sa.select(Note).where(Note.account_id == ana.id))
        assert "has closed" in note.subject


class TestAnswering:
    def test_another_name_hides_the_account_from_everybody(self, session, round, ana):
        question = said.question(session, round)
        one = give(session, question, ana, signature=Signature.PSEUDONYM, pseudonym="Heron")
        two = give(session, question, ana, signature=Signature.PSEUDONYM, pseudonym="Other")
        three = give(session, question, ana, signature=Signature.NONE)

        assert [one.signed, two.signed, three.signed] == ["Heron", "Heron", "a resident"]
        actors = [e.actor_id for e in log.entries(session, round.id) if e.kind == "answer.give"]
        assert actors == [None, None, None]

    def test_nobody_takes_the_name_of_somebody_else(self, session, round, steward, ana, ben):
        question = said.question(session, round)
        give(session, question, ana, signature=Signature.PSEUDONYM, pseudonym="Heron")
        for taken in ("heron", "SAM"):
            with pytest.raises(Unfit, match="called so"):
                give(session, question, ben, signature=Signature.PSEUDONYM, pseudonym=taken)
        for wrong in ("", "x" * 41):
            with pytest.raises(Unfit):
                give(session, question, ben, signature=Signature.PSEUDONYM, pseudonym=wrong)

    @pytest.mark.parametrize(
        ("text", "words"), [("", "Write"), ("No", "more"), ("x" * 801, "at most 800")]
    )
    def test_words_that_do_not_fit_come_back(self, session, round, ana, text, words):
        with pytest.raises(Unfit, match=words):
            give(session, said.question(session, round), ana, text)

    def test_a_fourth_answer_of_a_day_waits(self, session, round, ana):
        question = said.question(session, round)
        for _ in range(3):
            give(session, question, ana)
        with pytest.raises(Spent, match="on this question"):
            give(session, question, ana)
        give(session, said.question(session, round), ana)

    def test_answers_come_while_the_question_is_open(self, session, round, ana):
        question = said.question(session, round)
        with pytest.raises(PhaseClosed, match="closed on"):
            give(session, question, ana, at=NOW + 2 * DAY)
        with pytest.raises(sa.exc.DatabaseError, match="not open"):
            said.answer(session, question, ana, at=NOW + 2 * DAY)

    def test_the_commission_neither_answers_nor_agrees(self, session, round, ana):
        question = said.question(session, round)
        answer = give(session, question, ana)
        officer = make.appointed(session, round, Role.COMMISSIONER)
        with pytest.raises(Refused, match="both sides"):
            give(session, question, officer)
        with pytest.raises(Refused, match="both sides"):
            answering.support(session, answer, True, by=officer, at=NOW)
        for side in Side:
            row = {"answer_id": answer.id, "account_id": officer.id, "side": side, "at": NOW}
            with pytest.raises(sa.exc.IntegrityError):
                session.execute(sa.insert(Support).values(round_id=round.id, **row))
            session.rollback()

    def test_a_steward_writes_down_what_was_said_elsewhere(self, session, round, steward):
        question, by = said.question(session, round), {"by": steward, "area": None, "at": NOW}
        person = answering.enter(
            session, question, origin=Origin.PERSON, name="Mrs Okoro", text="A ramp.", **by
        )
        room = answering.enter(
            session, question, origin=Origin.WORKSHOP, name="", text="Later buses.", **by
        )

        assert (person.signed, room.signed) == ("Mrs Okoro", "people of a workshop")
        assert person.steward is steward
        with pytest.raises(Refused, match="Only a steward"):
            answering.enter(
                session, question, origin=Origin.PERSON, name="", text="A ramp.",
                **by | {"by": make.account(session)},
            )  # fmt: skip

    def test_an_answer_stays_as_it_was_given_until_it_is_taken_back(self, session, round, ana, ben):
        answer = give(session, said.question(session, round), ana)
        with pytest.raises(Refused, match="Only who gave"):
            answering.take_back(session, answer, by=ben, at=NOW)
        answering.take_back(session, answer, by=ana, at=NOW)

        assert queries.answer_counts(session, round) == {}
        with pytest.raises(Refused, match="taken back"):
            answering.support(session, answer, True, by=ben, at=NOW)
        with pytest.raises(sa.exc.DatabaseError, match="as it was given"):
            session.execute(sa.update(Answer).values(text="Something else"))


class TestAgreeing:
    def test_how_many_agree_cannot_be_read_before_the_close(self, session, round, ana, ben):
        question = said.question(session, round)
        answer = give(session, question, ana)
        answering.support(session, answer, True, by=ben, at=NOW)

        assert queries.supports(session, question, NOW + 2 * DAY - timedelta(seconds=1)) is None
        assert queries.summary(session, question, NOW) == {}
        assert queries.supports(session, question, NOW + 2 * DAY) == {answer.id: 1}
        assert "answer.support" not in kinds(session, round)

    def test_nobody_agrees_with_themselves(self, session, round, ana):
        answer = give(session, said.question(session, round), ana)
        with pytest.raises(Refused, match="your own"):
            answering.support(session, answer, True, by=ana, at=NOW)
        with pytest.raises(sa.exc.DatabaseError, match="their own answer"):
            said.support(session, answer, ana)

    def test_agreeing_ends_with_the_question(self, session, round, ana, ben):
        question = said.question(session, round)
        answer = give(session, question, ana)
        answering.support(session, answer, True, by=ben, at=NOW)
        asking.settle(session, question, at=NOW + 2 * DAY)
        with pytest.raises(PhaseClosed):
            answering.support(session, answer, False, by=ben, at=NOW + 2 * DAY)
        with pytest.raises(sa.exc.DatabaseError, match="not open"):
            session.execute(sa.delete(Support))

    def test_twenty_windows_at_once_leave_one_support(self, app, session, round, ana, ben):
        question = said.question(session, round)
        answer = said.answer(session, question, ana)
        people.take_seat(session, round, ben, Side.COMMUNITY)
        session.commit()

        def one(_):
            with Session(app.extensions["engine"], expire_on_commit=False) as own:
                found = queries.find_answer(own, round, answer.id)
                answering.support(own, found, True, by=ben, at=NOW)
                own.commit()

        with ThreadPoolExecutor(20) as windows:
            list(windows.map(one, range(20)))
        assert queries.supports(session, question, NOW + 2 * DAY) == {answer.id: 1}


def test_voices_are_counted_by_area_and_each_person_once(session, round, ana, ben):
    question, north = said.question(session, round), make.area(round, "north")
    for _ in range(2):
        said.answer(session, question, ana, area_id=north.id)
    said.answer(session, question, ben)
    for _ in range(2):
        said.answer(session, question, None, name="Mrs Okoro", area_id=north.id)

    found = queries.voices_by_area(session, round)

    assert [(one.area and one.area.slug, one.voices, one.answers) for one in found] == [
        ("town", 0, 0),
        ("north", 2, 4),
        (None, 1, 1),
    ]
    assert queries.voices_by_area(session, round, said.question(session, round))[1].voices == 0
