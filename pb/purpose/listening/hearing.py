"""A steward says what they heard, the author whether it fits; and answers that differ."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused, Unfit
from pb.purpose.documents.steps import require_steward
from pb.purpose.listening import notes
from pb.purpose.listening.answering import record, require_visible
from pb.purpose.listening.models import (
    HEARD,
    Answer,
    Dissent,
    Fit,
    Heard,
    HeardAnswer,
    Origin,
    Question,
)
from pb.purpose.moderation import service as moderation
from pb.rounds.models import Side
from pb.texts import clean

TOGETHER = 12  # answers that one summary can be about


def hear(
    session: Session,
    question: Question,
    answers: Sequence[Answer],
    *,
    by: Account,
    text: str,
    at: datetime,
) -> Heard:
    """Say what one heard in one answer, or in several that say the same; their authors are asked.

    Raises Unfit for words, Refused for one's own answer, for answers that differ together with
    others, and while another summary waits for the same author.
    """
    round = question.round
    require_steward(session, round.id, by, at)
    text = clean(text)
    if not text or len(text) > HEARD:
        sentence = f"Use at most {HEARD} characters." if text else "Write what you heard."
        raise Unfit({"text": sentence})
    if not 1 <= len(answers) <= TOGETHER:
        raise Invalid(f"Choose from one to {TOGETHER} answers.")
    for answer in answers:
        session.refresh(answer, with_for_update={"of": Answer})
        _hearable(session, question, answer, by, alone=len(answers) == 1)
    heard = Heard(question=question, round_id=round.id, by_id=by.id, text=text, at=at)
    session.add(heard)
    session.flush()
    for answer in answers:
        heard.answers.append(HeardAnswer(round_id=round.id, question_id=question.id, answer=answer))
    session.flush()
    session.refresh(heard)
    for answer in answers:
        notes.tell_heard(session, round, heard, answer, at)
    _log(session, heard, "answer.hear", at, by.id, answers=[one.id for one in answers])
    return heard


def _hearable(
    session: Session, question: Question, answer: Answer, by: Account, *, alone: bool
) -> None:
    if answer.question_id != question.id:
        raise Invalid("These answers are not all to this question.")
    if answer.account_id == by.id:
        raise Refused("One of these is your own answer. Another steward says what they heard.")
    if answer.dissent is Dissent.YES and not alone:
        raise Refused(
            "One of these answers differs from the others, so it goes into no summary with them. "
            "Say what you heard in it by itself."
        )
    require_visible(session, question.round, answer)
    if waiting(session, answer):
        raise Refused("A summary of one of these answers waits for its author already.")


def waiting(session: Session, answer: Answer) -> bool:
    """Whether its author is asked about a summary now."""
    asked = select(HeardAnswer.heard_id).where(
        HeardAnswer.answer_id == answer.id, HeardAnswer.fit == Fit.WAITING
    )
    return session.scalar(asked.limit(1)) is not None


def say(
    session: Session, link: HeardAnswer, fit: Fit, *, by: Account, words: str = "", at: datetime
) -> None:
    """The author confirms a summary, corrects it in words of their own, or declines it; once.

    For somebody who is not online a steward passes it on, but not the one who wrote the summary.
    """
    answer, round = link.answer, link.heard.question.round
    passed_on = answer.origin is not Origin.ONLINE
    if not may_say(link, by):
        raise Refused(
            "Another steward asks the person, and passes on what they say."
            if passed_on
            else "Only who gave the answer can say whether this is what they meant."
        )
    if passed_on:
        require_steward(session, round.id, by, at)
    else:
        moderation.require_not_paused(session, round, by, at)
    words = clean(words) if fit is Fit.CORRECTED else ""
    if fit is Fit.WAITING:
        raise Invalid("Choose one of the three.")
    if fit is Fit.CORRECTED and not words:
        raise Unfit({"words": "Write what you meant."})
    if len(words) > HEARD:
        raise Unfit({"words": f"Use at most {HEARD} characters. Now it is {len(words)}."})
    session.refresh(link, with_for_update={"of": HeardAnswer})
    if link.fit is not Fit.WAITING:
        raise Refused("This was answered already.")
    require_visible(session, round, answer)
    link.fit, link.words, link.said_at = fit, words, at
    if passed_on:
        link.passed_on_by, link.passed_on_side = by.id, Side.COMMUNITY
    session.flush()
    notes.tell_fit(session, round, link, at)
    actor = by.id if passed_on else None
    _log(session, link.heard, f"heard.{fit}", at, actor, answer=answer.id)


def may_say(link: HeardAnswer, account: Account) -> bool:
    """Whether this person answers for the author; of somebody not online, any other steward."""
    if link.answer.origin is Origin.ONLINE:
        return link.answer.account_id == account.id
    return link.heard.by_id != account.id


def ask_whether_it_differs(session: Session, answer: Answer, *, by: Account, at: datetime) -> None:
    """A steward asks the author whether their answer stands against what most say."""
    round = answer.question.round
    require_steward(session, round.id, by, at)
    session.refresh(answer, with_for_update={"of": Answer})
    if answer.origin is not Origin.ONLINE:
        raise Refused(
            "Its author is not online. Whether it differs is said when it is written down."
        )
    if answer.dissent is not Dissent.NO:
        raise Refused("Its author has been asked already, or has said it themselves.")
    require_visible(session, round, answer)
    answer.dissent = Dissent.ASKED
    session.flush()
    notes.ask_about_dissent(session, round, answer, at)
    record(session, answer, "answer.ask-dissent", at, by.id)


def differ(session: Session, answer: Answer, yes: bool, *, by: Account, at: datetime) -> None:
    """The author says whether their answer stands against what most say.

    Then it is listed by itself, in full and under its signature, and goes into no summary with
    others.
    """
    if answer.account_id != by.id:
        raise Refused("Only who gave an answer can say that it differs.")
    session.refresh(answer, with_for_update={"of": Answer})
    require_visible(session, answer.question.round, answer)
    answer.dissent = Dissent.YES if yes else Dissent.DECLINED
    session.flush()
    record(session, answer, "answer.differ" if yes else "answer.not-differ", at, None)


def _log(
    session: Session, heard: Heard, kind: str, at: datetime, actor: int | None, **more: object
) -> None:
    audit.record(
        session,
        chain=heard.round_id,
        kind=kind,
        at=at,
        actor=actor,
        side=Side.COMMUNITY,
        body={"question": heard.question_id, "heard": heard.id, **more},
    )
