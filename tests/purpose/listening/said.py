"""Questions and answers as tests need them."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb.purpose.listening.models import (
    Answer,
    Dissent,
    Fit,
    Heard,
    HeardAnswer,
    Origin,
    Question,
    Signature,
    Support,
)
from pb.rounds.models import Role, Round, Seat, Side
from tests import make
from tests.conftest import NOW

OPEN = "What would good look like on the way to school?"


def question(session: Session, round: Round, text: str = OPEN, *, by=None, **kw) -> Question:
    """A question that opened yesterday and closes in two days."""
    steward = by or make.appointed(session, round, Role.STEWARD)
    made = Question(
        round_id=round.id,
        text=text,
        asked_by=steward.id,
        opened_at=kw.pop("opened_at", NOW - timedelta(days=1)),
        closes_at=kw.pop("closes_at", NOW + timedelta(days=2)),
        **kw,
    )
    session.add(made)
    session.commit()
    return made


def answer(
    session: Session,
    question: Question,
    author=None,
    text: str = "Shade, and somebody at the crossing.",
    *,
    at: datetime = NOW,
    **kw,
) -> Answer:
    """An answer of somebody with an account; without an author, of a person who is not online."""
    fields = {"signature": Signature.NAME, "dissent": Dissent.NO, **kw}
    if author is None:
        fields = {"origin": Origin.PERSON, "entered_by": question.asked_by, **fields}
        fields["entered_side"] = Side.COMMUNITY
    else:
        sit(session, question.round, author)
        fields |= {"account_id": author.id, "side": Side.COMMUNITY}
    made = Answer(round_id=question.round_id, question_id=question.id, text=text, at=at, **fields)
    session.add(made)
    session.commit()
    return made


def support(session: Session, answer: Answer, account) -> None:
    """Somebody agrees."""
    sit(session, answer.question.round, account)
    session.add(
        Support(round_id=answer.round_id, answer_id=answer.id, account_id=account.id, at=NOW)
    )
    session.commit()


def heard(session: Session, answer: Answer, by, fit: Fit = Fit.CONFIRMED) -> Heard:
    """A summary of one answer, and what its author says to it."""
    made = Heard(
        round_id=answer.round_id,
        question_id=answer.question_id,
        text=f"I heard: {answer.text}",
        by_id=by.id,
        at=NOW,
    )
    made.answers = [
        HeardAnswer(
            round_id=answer.round_id,
            question_id=answer.question_id,
            answer_id=answer.id,
            fit=fit,
            said_at=None if fit is Fit.WAITING else NOW,
        )
    ]
    session.add(made)
    session.commit()
    return made


def sit(session: Session, round: Round, account) -> None:
    """A seat among the community, unless they have one."""
    if session.get(Seat, (round.id, account.id)) is None:
        make.seat(session, round, account, Side.COMMUNITY)
