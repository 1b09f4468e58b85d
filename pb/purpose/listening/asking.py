"""A steward asks an open question; the commission may suggest one; the clock closes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Refused, Unfit
from pb.notices.jobs import Tools
from pb.purpose.documents.steps import require_steward
from pb.purpose.listening import checker, notes, queries
from pb.purpose.listening.models import QUESTION, REASON, WHY, Question, Suggestion
from pb.rounds import calendar, people
from pb.rounds.models import Area, Phase, Round, Side
from pb.texts import clean, one_line

OPEN = (Phase.PURPOSE, Phase.IDEAS)  # the phases in which people ask and answer
AT_ONCE = 5  # suggestions of the commission that wait, so that it does not ask through stewards


def ask(
    session: Session,
    round: Round,
    *,
    by: Account,
    text: str,
    why: str,
    area: Area | None,
    closes_at: datetime,
    at: datetime,
    suggestion: Suggestion | None = None,
) -> Question:
    """Ask everybody, or the people of one area, an open question from now until it closes.

    Raises Unfit with a sentence for each field: a question that is not open is turned away.
    """
    calendar.require(round, at, *OPEN)
    require_steward(session, round.id, by, at)
    fields = _fitting(round, text, why, area) | {"closes_at": _close(round, closes_at, at)}
    question = Question(round=round, asked_by=by.id, opened_at=at, **fields)
    session.add(question)
    session.flush()
    if suggestion is not None:
        _hold(session, suggestion)
        suggestion.question_id, suggestion.answered_at = question.id, at
        session.flush()
        notes.tell_suggested(session, round, suggestion, question, at)
    _record(session, question, "question.ask", at, by)
    return question


def revise(
    session: Session,
    question: Question,
    *,
    by: Account,
    text: str,
    why: str,
    area: Area | None,
    closes_at: datetime,
    at: datetime,
) -> None:
    """Change a question that nobody has answered yet; raises Unfit as `ask` does."""
    round = question.round
    calendar.require(round, at, *OPEN)
    require_steward(session, round.id, by, at)
    session.refresh(question, with_for_update={"of": Question})
    if queries.answered(session, question):
        raise Refused("Somebody has answered this question, so it stays as it is.")
    if not question.open_at(at):
        raise Refused("This question has closed.")
    fields = _fitting(round, text, why, area) | {"closes_at": _close(round, closes_at, at)}
    for name, value in fields.items():
        setattr(question, name, value)
    session.flush()
    _record(session, question, "question.change", at, by)


def suggest(
    session: Session,
    round: Round,
    *,
    by: Account,
    text: str,
    why: str,
    area: Area | None,
    at: datetime,
) -> Suggestion:
    """The commission suggests a question to the stewards; raises Unfit as `ask` does."""
    calendar.require(round, at, *OPEN)
    people.take_seat(session, round, by, Side.COMMISSION)
    fields = _fitting(round, text, why, area)
    session.refresh(round, with_for_update={"of": Round})  # two windows come one after the other
    if len(queries.suggestions(session, round)) >= AT_ONCE:
        raise Refused(f"{AT_ONCE} suggestions wait for the stewards. Please wait for an answer.")
    suggestion = Suggestion(round_id=round.id, by_id=by.id, at=at, **fields)
    session.add(suggestion)
    session.flush()
    body = {"suggestion": suggestion.id}
    _log(session, round.id, "question.suggest", at, by, Side.COMMISSION, body)
    return suggestion


def turn_down(
    session: Session,
    round: Round,
    suggestion: Suggestion,
    *,
    by: Account,
    reason: str,
    at: datetime,
) -> None:
    """A steward does not ask what the commission suggested, and says why."""
    require_steward(session, round.id, by, at)
    reason = one_line(reason)
    if not reason:
        raise Unfit({"reason": "Say why, in a sentence."})
    if len(reason) > REASON:
        raise Unfit({"reason": f"Use at most {REASON} characters."})
    _hold(session, suggestion)
    suggestion.reason, suggestion.answered_at = reason, at
    session.flush()
    notes.tell_suggested(session, round, suggestion, None, at)
    body = {"suggestion": suggestion.id}
    _log(session, round.id, "question.turn-down", at, by, Side.COMMUNITY, body)


def settle(session: Session, question: Question, *, at: datetime) -> None:
    """Note in the log that a question has closed, and tell who answered; once.

    It closes by its date, without anybody's hand: this only says so.
    """
    session.refresh(question, with_for_update={"of": Question})
    if question.settled_at is not None or at < question.closes_at:
        return
    question.settled_at = at
    session.flush()
    body = {"question": question.id, **queries.summary(session, question, at)}
    _log(session, question.round_id, "question.close", at, None, None, body)
    notes.tell_closed(session, question, at)


def tick(tools: Tools) -> None:
    """Tell which questions have closed since the last time."""
    now = tools.clock()
    with Session(tools.engine) as session, session.begin():
        closed = select(Question).where(Question.settled_at.is_(None), Question.closes_at <= now)
        for question in session.scalars(closed.order_by(Question.id)).all():
            settle(session, question, at=now)


def last_close(round: Round) -> datetime | None:
    """The latest moment at which a question of this round can close."""
    spans = [span for phase in OPEN if (span := calendar.span(round, phase))]
    return spans[-1].closes_at if spans else None


def path(round: Round, question: Question) -> str:
    """The page of a question."""
    return notes.path(round, question.id)


def _fitting(round: Round, text: str, why: str, area: Area | None) -> dict[str, Any]:
    """The fields of a question, cleaned; raises Unfit."""
    text, why, faults = one_line(text), clean(why), {}
    if not text:
        faults["text"] = "Write the question."
    elif len(text) > QUESTION:
        faults["text"] = f"Use at most {QUESTION} characters. Now it is {len(text)}."
    elif not (found := checker.check(text)).open:
        faults["text"] = " ".join(found.sentences)
    if len(why) > WHY:
        faults["why"] = f"Use at most {WHY} characters. Now it is {len(why)}."
    if area is not None and area.round_id != round.id:
        faults["area"] = "Choose a part of town."
    if faults:
        raise Unfit(faults)
    return {"text": text, "why": why, "area_id": area.id if area else None}


def _close(round: Round, closes_at: datetime, at: datetime) -> datetime:
    last = last_close(round)
    if closes_at <= at:
        raise Unfit({"closes": "Choose a day that is still to come."})
    if last is not None and closes_at > last:
        day = last.astimezone(round.zone)
        end = f"{day.day} {day:%B %Y, %H:%M}"
        raise Unfit({"closes": f"Answers are collected until {end}. Choose a day before."})
    return closes_at


def _hold(session: Session, suggestion: Suggestion) -> None:
    session.refresh(suggestion, with_for_update={"of": Suggestion})
    if suggestion.answered_at is not None:
        raise Refused("Another steward has answered this suggestion already.")


def _record(session: Session, question: Question, kind: str, at: datetime, by: Account) -> None:
    body = {"question": question.id, "closes": question.closes_at.isoformat()}
    _log(session, question.round_id, kind, at, by, Side.COMMUNITY, body)


def _log(
    session: Session,
    chain: int,
    kind: str,
    at: datetime,
    by: Account | None,
    side: Side | None,
    body: dict[str, Any],
) -> None:
    actor = by.id if by else None
    audit.record(session, chain=chain, kind=kind, at=at, actor=actor, side=side, body=body)
