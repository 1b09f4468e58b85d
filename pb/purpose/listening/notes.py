"""What listening tells people in their notes."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.notices import news
from pb.purpose.listening.models import (
    Answer,
    Fit,
    Heard,
    HeardAnswer,
    Question,
    Suggestion,
)
from pb.rounds.models import Round

SAID = {
    Fit.CONFIRMED: "Yes, that is what was meant.",
    Fit.CORRECTED: "Not quite: there are words of their own beside it now.",
    Fit.DECLINED: "No, they do not find themselves in it.",
}


def path(round: Round, question_id: int) -> str:
    """The page of a question."""
    return f"/rounds/{round.slug}/listening/{question_id}"


def tell_suggested(
    session: Session, round: Round, suggestion: Suggestion, question: Question | None, at: datetime
) -> None:
    """Tell who suggested a question what the stewards made of it."""
    asked = f"The stewards ask: “{question.text}”" if question else ""
    news.tell(
        session,
        suggestion.by_id,
        round_id=round.id,
        key=f"question-suggestion:{suggestion.id}",
        subject="Your question is asked" if question else "Your question is not asked",
        text=asked or f"“{suggestion.text}” A steward says why not: {suggestion.reason}",
        path=path(round, question.id) if question else f"/rounds/{round.slug}/listening",
        at=at,
    )


def tell_closed(session: Session, question: Question, at: datetime) -> None:
    """Tell everybody who answered that the question has closed."""
    round = question.round
    answered = select(Answer.account_id).where(
        Answer.question_id == question.id,
        Answer.account_id.is_not(None),
        Answer.withdrawn_at.is_(None),
    )
    news.tell_all(
        session,
        answered,
        round_id=round.id,
        key=f"question:{question.id}:closed",
        subject="A question that you answered has closed",
        text=f"“{question.text}” How many agree with which answer shows now, and every answer "
        "that differs stands there in full.",
        path=path(round, question.id),
        at=at,
    )


def tell_heard(session: Session, round: Round, heard: Heard, answer: Answer, at: datetime) -> None:
    """Ask the author of an answer whether a steward heard them rightly."""
    if answer.account_id is None:
        return
    news.tell(
        session,
        answer.account_id,
        round_id=round.id,
        key=f"heard:{heard.id}:{answer.id}",
        subject="A steward heard you: is this what you meant?",
        text=f"{heard.by.name} writes what they heard in your answer: “{heard.text}” "
        "You can confirm it, correct it, or say that it is not what you meant.",
        path=f"/rounds/{round.slug}/listening/heard/{heard.id}",
        at=at,
    )


def tell_fit(session: Session, round: Round, link: HeardAnswer, at: datetime) -> None:
    """Tell the steward what the author says about the summary; never who an author is."""
    news.tell(
        session,
        link.heard.by_id,
        round_id=round.id,
        key=f"heard-fit:{link.heard_id}:{link.answer_id}",
        subject="An answer to what you heard",
        text=f"“{link.heard.text}” {link.answer.signed} says: {SAID[link.fit]}",
        path=f"/rounds/{round.slug}/listening/heard/{link.heard_id}",
        at=at,
    )


def ask_about_dissent(session: Session, round: Round, answer: Answer, at: datetime) -> None:
    """Ask the author whether their answer is to be listed as one that differs."""
    news.tell(
        session,
        answer.account_id,
        round_id=round.id,
        key=f"dissent:{answer.id}",
        subject="Do you see it differently?",
        text="A steward thinks that your answer differs from what most people say. If you agree, "
        "it is listed by itself and in full, and goes into no summary of the others.",
        path=f"{path(round, answer.question_id)}#answer-{answer.id}",
        at=at,
    )
