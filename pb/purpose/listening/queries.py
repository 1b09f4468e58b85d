"""Looking up questions and answers; how many agree can be read only after the close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.purpose.listening.models import (
    Answer,
    Dissent,
    Heard,
    HeardAnswer,
    OwnName,
    Question,
    Suggestion,
    Support,
)
from pb.purpose.moderation import queries as moderation
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import Hiding
from pb.rounds.models import Appointment, Area, Round, Seat

PARTS = (joinedload(Answer.area), joinedload(Answer.account), joinedload(Answer.steward))


def questions(session: Session, round: Round, now: datetime) -> Sequence[Question]:
    """The questions of a round: open ones first, those that close soonest before the others."""
    found = session.scalars(
        select(Question)
        .where(Question.round_id == round.id)
        .options(joinedload(Question.area))
        .order_by(Question.closes_at, Question.id)
    ).all()
    opened = [one for one in found if one.open_at(now)]
    return [*opened, *(one for one in reversed(found) if not one.open_at(now))]


def find(session: Session, round: Round, number: int) -> Question | None:
    """The question of this round with this number."""
    return session.scalars(
        select(Question)
        .where(Question.round_id == round.id, Question.id == number)
        .options(joinedload(Question.area), joinedload(Question.round))
    ).first()


def suggestions(session: Session, round: Round) -> Sequence[Suggestion]:
    """Questions that the commission suggested and no steward has answered yet, oldest first."""
    return session.scalars(
        select(Suggestion)
        .where(Suggestion.round_id == round.id, Suggestion.answered_at.is_(None))
        .options(joinedload(Suggestion.area))
        .order_by(Suggestion.id)
    ).all()


def find_suggestion(session: Session, round: Round, number: int) -> Suggestion | None:
    """The suggestion of this round with this number, while it waits."""
    return next((one for one in suggestions(session, round) if one.id == number), None)


def answered(session: Session, question: Question) -> bool:
    """Whether anybody has answered it, also if they took that back."""
    found = select(Answer.id).where(Answer.question_id == question.id).limit(1)
    return session.scalar(found) is not None


def answer_counts(session: Session, round: Round) -> dict[int, int]:
    """How many answers each question of a round has."""
    counted = select(Answer.question_id, func.count()).where(
        Answer.round_id == round.id, Answer.withdrawn_at.is_(None)
    )
    return dict(session.execute(counted.group_by(Answer.question_id)).all())


def find_answer(session: Session, round: Round, number: int) -> Answer | None:
    """The answer of this round with this number."""
    return session.scalars(
        select(Answer)
        .where(Answer.round_id == round.id, Answer.id == number)
        .options(*PARTS, joinedload(Answer.question).joinedload(Question.round))
    ).first()


def hidden(session: Session, round: Round, ids: Iterable[int]) -> dict[int, Hiding]:
    """Which of these answers a steward has hidden."""
    return moderation.hidden(session, round, Subject.ANSWER, ids)


def supports(session: Session, question: Question, now: datetime) -> dict[int, int] | None:
    """How many agree with each answer; None while the question is open, whoever asks."""
    if now < question.closes_at:
        return None
    counted = (
        select(Support.answer_id, func.count())
        .join(Answer, Answer.id == Support.answer_id)
        .where(Answer.question_id == question.id, Answer.withdrawn_at.is_(None))
    )
    return dict(session.execute(counted.group_by(Support.answer_id)).all())


def heard(session: Session, question: Question) -> list[Heard]:
    """The summaries in which an author finds themselves, oldest first."""
    found = session.scalars(_whole().where(Heard.question_id == question.id).order_by(Heard.id))
    return [one for one in found if one.public]


def find_heard(session: Session, round: Round, number: int) -> Heard | None:
    """The summary of this round with this number, with its answers."""
    return session.scalars(_whole().where(Heard.round_id == round.id, Heard.id == number)).first()


def _whole() -> Any:
    answers = selectinload(Heard.answers).joinedload(HeardAnswer.answer)
    return select(Heard).options(
        joinedload(Heard.by),
        joinedload(Heard.question).joinedload(Question.round),
        answers.joinedload(Answer.account),
        answers.joinedload(Answer.area),
    )


def own_name(session: Session, round: Round, account: Account) -> str | None:
    """The other name of a person in this round, if they have chosen one."""
    found = session.get(OwnName, (round.id, account.id), populate_existing=True)
    return found and found.name


def known_names(session: Session, round: Round, account: Account) -> set[str]:
    """Names, in small letters, that everybody can read in this round already: other people's."""
    others = select(OwnName.key).where(
        OwnName.round_id == round.id, OwnName.account_id != account.id
    )
    serving = select(Account.name).join(Seat, Seat.account_id == Account.id)
    serving = serving.join(
        Appointment,
        (Appointment.round_id == Seat.round_id) & (Appointment.account_id == Seat.account_id),
    ).where(Seat.round_id == round.id, Account.id != account.id)
    named = (
        select(Account.name)
        .join(Answer, Answer.account_id == Account.id)
        .where(Answer.round_id == round.id, Answer.signature == "name", Account.id != account.id)
    )
    names = [*session.scalars(serving), *session.scalars(named)]
    return {*session.scalars(others), *(name.casefold() for name in names)}


def summary(session: Session, question: Question, now: datetime) -> dict[str, int]:
    """How many answers, supports and differing answers a closed question has; else nothing."""
    counts = supports(session, question, now)
    if counts is None:
        return {}
    answers = session.scalars(
        select(Answer.dissent).where(
            Answer.question_id == question.id, Answer.withdrawn_at.is_(None)
        )
    ).all()
    return {
        "answers": len(answers),
        "supports": sum(counts.values()),
        "dissents": sum(one is Dissent.YES for one in answers),
    }


@dataclass(frozen=True)
class AreaVoices:
    """How many voices of an area were heard; `area` is None where people did not say."""

    area: Area | None
    voices: int  # different people, and workshops
    answers: int


def voices_by_area(
    session: Session, round: Round, question: Question | None = None
) -> list[AreaVoices]:
    """How many people of each area have answered: all areas in their order, then “not said”.

    For meters of who is heard and who is silent: an area with `voices == 0` has not answered.
    The area is the one that people gave with an answer, not one from the list of voters. A person
    counts once in an area however often they answer and under whatever name; somebody not online
    counts once by the name that the steward wrote down, and each time where there is none. What
    was taken back or hidden does not count. With `question`, only the answers to that one. It
    tells numbers, never who; it can be shown while questions are open.
    """
    query = select(Answer).where(Answer.round_id == round.id, Answer.withdrawn_at.is_(None))
    if question is not None:
        query = query.where(Answer.question_id == question.id)
    gone = set(moderation.hidden_ids(session, round, Subject.ANSWER))
    voices: dict[int | None, list[Any]] = {area.id: [] for area in round.areas} | {None: []}
    for one in session.scalars(query):
        if one.id not in gone:
            whose = one.account_id or (one.origin, one.name.casefold() or one.id)
            voices[one.area_id].append(whose)
    return [
        AreaVoices(area, len(set(found)), len(found))
        for area, found in zip([*round.areas, None], voices.values(), strict=True)
    ]
