"""From a line to a lesson with two hands, and what later rounds make of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError

from pb.audit import queries as log
from pb.errors import Invalid, NotFound, Refused
from pb.notices import news
from pb.reflection import lessons, queries, service
from pb.reflection.models import Lesson, LessonState, Topic
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW


class Case:
    """A round that looks back, a line of Ana, both hands, and the round that comes after it."""

    def __init__(self, session):
        self.session = session
        self.round = make.round_(session, Phase.REFLECTION)
        self.ana = make.account(session, "Ana")
        self.steward = make.appointed(session, self.round, Role.STEWARD, "Sam")
        self.cora = make.appointed(session, self.round, Role.COMMISSIONER, "Cora")
        self.line = service.write(
            session, self.round, Phase.IDEAS, Topic.CHANGE, by=self.ana, text="Too short.", at=NOW
        )
        self.next = make.round_(session, Phase.SETUP)
        self.officer = make.appointed(session, self.next, Role.COMMISSIONER, "Olga")

    def propose(self, **kw):
        given = {"text": "Give ideas six weeks.", "due": Phase.IDEAS, "by": self.ana, "at": NOW}
        return lessons.propose(self.session, self.line, **{**given, **kw})

    def adopted(self):
        lesson = self.propose()
        for hand in (self.steward, self.cora):
            lessons.adopt(self.session, lesson, by=hand, at=NOW)
        return lesson

    def answer(self, lesson, taken_up=True, text="Ideas are open for six weeks.", **kw):
        given = {"by": self.officer, "at": NOW, **kw}
        return lessons.answer(
            self.session, self.next, lesson, taken_up=taken_up, text=text, **given
        )


@pytest.fixture
def case(session):
    return Case(session)


@pytest.mark.parametrize("commissioner_first", [True, False])
def test_a_lesson_is_adopted_by_one_hand_of_each_side(case, commissioner_first):
    lesson = case.propose()
    hands = [case.steward, case.cora]
    if commissioner_first:
        hands.reverse()

    lessons.adopt(case.session, lesson, by=hands[0], at=NOW)
    assert lesson.state is LessonState.PROPOSED and lesson.adopted_at is None
    with pytest.raises(Refused, match="already"):
        lessons.adopt(case.session, lesson, by=hands[0], at=NOW)
    lessons.adopt(case.session, lesson, by=hands[1], at=NOW + timedelta(hours=1))

    assert lesson.state is LessonState.OPEN
    assert lesson.adopted_at == NOW + timedelta(hours=1)


def test_who_wrote_the_line_hears_that_it_became_a_lesson(case):
    case.adopted()

    [note] = news.notes_of(case.session, case.ana)
    assert note.subject == "What you wrote became a lesson"
    assert case.round.name in note.text


def test_nobody_else_adopts(case):
    lesson = case.propose()
    for role in (Role.REVIEWER, Role.CLERK, Role.AUDITOR, Role.CONNECTOR):
        other = make.appointed(case.session, case.round, role)
        with pytest.raises(Refused, match="Only a steward or a commissioner"):
            lessons.adopt(case.session, lesson, by=other, at=NOW)
    with pytest.raises(Refused):
        lessons.adopt(case.session, lesson, by=case.ana, at=NOW)


def test_a_line_becomes_one_lesson_only(case):
    case.propose()
    with pytest.raises(Refused, match="already"):
        case.propose(by=case.cora)
    with pytest.raises(Refused, match="so it stays"):
        case.session.expire(case.line)
        service.take_back(case.session, case.line, by=case.ana, at=NOW)


def test_nobody_has_more_than_three_proposals_that_wait(case):
    for n in range(3):
        line = service.write(
            case.session, case.round, Phase.REVIEW, Topic.KEPT, by=case.ana, text=f"{n}", at=NOW
        )
        lessons.propose(case.session, line, text="Keep it.", due=Phase.IDEAS, by=case.ana, at=NOW)

    with pytest.raises(Refused, match="wait for both sides"):
        case.propose()
    case.propose(by=case.cora)


@pytest.mark.parametrize("bad", [{"text": ""}, {"text": "x" * 281}, {"due": Phase.ARCHIVED}])
def test_a_lesson_that_does_not_fit_is_refused(case, bad):
    with pytest.raises(Invalid):
        case.propose(**bad)


def test_the_database_adopts_nothing_with_one_hand_or_two_of_one_side(case):
    lesson = case.propose()
    lessons.adopt(case.session, lesson, by=case.steward, at=NOW)
    case.session.commit()
    other = make.appointed(case.session, case.round, Role.STEWARD, "Tess")
    for values in (
        {"state": LessonState.OPEN},
        {
            "commissioner_id": other.id,
            "commissioner_side": "community",
            "commissioner_at": NOW,
        },
    ):
        with pytest.raises(IntegrityError), case.session.begin_nested():
            case.session.execute(sa.update(Lesson).where(Lesson.id == lesson.id).values(**values))


def test_what_was_adopted_stays_as_it_is(case):
    lesson = case.adopted()
    case.session.commit()
    for change in ("UPDATE lesson SET text = 'Other'", "DELETE FROM lesson"):
        with pytest.raises(DatabaseError, match="stays as it is"):
            case.session.execute(sa.text(change))
        case.session.rollback()
    assert case.session.get(Lesson, lesson.id).text == "Give ideas six weeks."


def test_somebody_takes_it_on_and_may_hand_it_back(case):
    lesson = case.propose()
    with pytest.raises(Refused, match="Only an adopted lesson"):
        lessons.take_on(case.session, lesson, by=case.ana, at=NOW)
    for hand in (case.steward, case.cora):
        lessons.adopt(case.session, lesson, by=hand, at=NOW)

    lessons.give_to_role(case.session, lesson, Role.REVIEWER, by=case.cora, at=NOW)
    assert lesson.owner_words == "the reviewers"
    lessons.take_on(case.session, lesson, by=case.ana, at=NOW)
    case.session.expire(lesson)
    assert lesson.owner_words == "Ana" and lesson.owner_role is None
    with pytest.raises(Refused, match="already"):
        lessons.take_on(case.session, lesson, by=case.cora, at=NOW)
    with pytest.raises(Refused, match="You do not"):
        lessons.hand_back(case.session, lesson, by=case.cora, at=NOW)
    lessons.hand_back(case.session, lesson, by=case.ana, at=NOW)
    assert lesson.owner_id is None


def test_only_the_owner_or_one_of_the_two_hands_closes_it(case):
    lesson = case.adopted()
    with pytest.raises(Refused, match="Only a steward or a commissioner"):
        lessons.close(case.session, lesson, LessonState.DONE, "Done.", by=case.ana, at=NOW)
    lessons.take_on(case.session, lesson, by=case.ana, at=NOW)
    with pytest.raises(Invalid, match="Write what was done"):
        lessons.close(case.session, lesson, LessonState.DONE, " ", by=case.ana, at=NOW)

    lessons.close(case.session, lesson, LessonState.DONE, "It is done.", by=case.ana, at=NOW)

    assert (lesson.state, lesson.closed_by) == (LessonState.DONE, case.ana.id)
    with pytest.raises(Refused, match="closed already"):
        lessons.close(case.session, lesson, LessonState.DROPPED, "No.", by=case.cora, at=NOW)


def test_a_proposal_is_turned_down_with_a_reason_and_never_done(case):
    lesson = case.propose()
    with pytest.raises(Refused, match="Only an adopted lesson"):
        lessons.close(case.session, lesson, LessonState.DONE, "Done.", by=case.cora, at=NOW)
    lessons.close(case.session, lesson, LessonState.DROPPED, "Too dear.", by=case.steward, at=NOW)

    assert lesson.outcome == "Too dear."
    assert queries.suggestions(case.session, case.next) == []


def test_adopted_lessons_are_suggestions_for_every_later_round(case):
    proposed = case.propose()
    assert queries.suggestions(case.session, case.next) == []
    for hand in (case.steward, case.cora):
        lessons.adopt(case.session, proposed, by=hand, at=NOW)

    [one] = queries.suggestions(case.session, case.next)
    assert (one.lesson, one.state) == (proposed, "waiting")
    assert queries.suggestions(case.session, case.round) == [], "not to the round itself"
    third = make.round_(case.session)
    assert len(queries.suggestions(case.session, third)) == 1


def test_an_answer_shows_in_the_earlier_round_once_the_later_one_is_public(case):
    lesson = case.adopted()
    case.answer(lesson)
    case.session.commit()
    case.session.expire_all()

    [one] = queries.suggestions(case.session, case.next)
    assert one.state == "taken-up"
    assert lesson.public_answers == [] and lesson.public_state == "open"
    case.next.published_at = NOW
    case.session.flush()
    case.session.expire_all()
    assert [answer.text for answer in lesson.public_answers] == ["Ideas are open for six weeks."]
    assert lesson.public_state == "carried"


def test_an_answer_can_be_changed_and_each_is_in_the_log(case):
    lesson = case.adopted()
    case.answer(lesson)
    case.answer(lesson, False, "There is no time this year.")
    case.session.expire_all()

    [one] = queries.suggestions(case.session, case.next)
    assert (one.state, one.answer.text) == ("not-this-time", "There is no time this year.")
    kinds = [e.body["taken_up"] for e in log.entries(case.session, case.next.id)]
    assert kinds == [True, False]


def test_only_adopted_lessons_of_earlier_rounds_are_answered(case):
    with pytest.raises(NotFound):
        case.answer(case.propose())
    lesson = case.session.scalars(sa.select(Lesson)).one()
    for hand in (case.steward, case.cora):
        lessons.adopt(case.session, lesson, by=hand, at=NOW)
    with pytest.raises(Refused, match="Only a commissioner"):
        case.answer(lesson, by=case.cora)
    with pytest.raises(Invalid, match="Write what changed"):
        case.answer(lesson, text=" ")
    with pytest.raises(NotFound):
        lessons.answer(
            case.session, case.round, lesson, taken_up=True, text="x", by=case.cora, at=NOW
        )
