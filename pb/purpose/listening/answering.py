"""Answering a question, for oneself or for somebody who is not online; agreeing with an answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import lock, upsert
from pb.errors import Invalid, PhaseClosed, Refused, Unfit
from pb.purpose.contingents import service as contingents
from pb.purpose.contingents.models import Kind as Post
from pb.purpose.documents.steps import require_steward
from pb.purpose.listening import queries
from pb.purpose.listening.asking import OPEN
from pb.purpose.listening.models import (
    ANSWER,
    NAME,
    Answer,
    Dissent,
    Origin,
    OwnName,
    Question,
    Signature,
    Support,
)
from pb.purpose.moderation import service as moderation
from pb.rounds import calendar, people
from pb.rounds.models import Area, Round, Side
from pb.texts import clean, one_line

SHORTEST = 3  # characters
LONGEST_GIVEN_NAME = 80  # of a person or a workshop
NAMES = 0x4C4E  # the space of locks under which a round's other names are given out


def answer(
    session: Session,
    question: Question,
    author: Account,
    *,
    text: str,
    area: Area | None,
    signature: Signature,
    pseudonym: str = "",
    dissent: bool = False,
    at: datetime,
) -> Answer:
    """Answer a question under one's name, under another one, or without any.

    The other name is the same in all answers of a person in a round, and nobody else's.
    Raises Unfit for words and names, Spent where the person's answers of the day are used up.
    """
    round = question.round
    require_open(question, at)
    fields = _fitting(round, text, area)
    people.take_seat(session, round, author, Side.COMMUNITY)
    moderation.require_may_post(session, round, author, at)
    name = ""
    if signature is Signature.PSEUDONYM:
        name = take_name(session, round, author, pseudonym)
    contingents.spend(session, round, author, Post.ANSWER, question.id, at)
    made = Answer(
        round_id=round.id,
        question=question,
        account=author,
        side=Side.COMMUNITY,
        origin=Origin.ONLINE,
        signature=signature,
        name=name,
        dissent=Dissent.YES if dissent else Dissent.NO,
        at=at,
        **fields,
    )
    session.add(made)
    session.flush()
    actor = author.id if signature is Signature.NAME else None
    record(session, made, "answer.give", at, actor)
    return made


def enter(
    session: Session,
    question: Question,
    *,
    by: Account,
    origin: Origin,
    name: str,
    text: str,
    area: Area | None,
    dissent: bool = False,
    at: datetime,
) -> Answer:
    """A steward writes down what a person or a workshop said that is not online.

    It says so beside the answer, with the name they gave. Raises Unfit for words and names.
    """
    round = question.round
    require_open(question, at)
    require_steward(session, round.id, by, at)
    if origin is Origin.ONLINE:
        raise Invalid("Say whether a person or a workshop said it.")
    name, faults = one_line(name), {}
    if len(name) > LONGEST_GIVEN_NAME:
        faults["name"] = f"Use at most {LONGEST_GIVEN_NAME} characters."
    fields = _fitting(round, text, area, faults)
    made = Answer(
        round_id=round.id,
        question=question,
        origin=origin,
        signature=Signature.NAME if name else Signature.NONE,
        name=name,
        entered_by=by.id,
        entered_side=Side.COMMUNITY,
        dissent=Dissent.YES if dissent else Dissent.NO,
        at=at,
        **fields,
    )
    session.add(made)
    session.flush()
    record(session, made, "answer.enter", at, by.id)
    return made


def support(session: Session, answer: Answer, wanted: bool, *, by: Account, at: datetime) -> None:
    """Agree with somebody else's answer, or no longer; saying it twice changes nothing.

    The log does not tell: how many agree is hidden until the question closes.
    """
    round = answer.question.round
    require_open(answer.question, at)
    if answer.account_id == by.id:
        raise Refused("This is your own answer: that you agree with it is clear.")
    people.take_seat(session, round, by, Side.COMMUNITY)
    moderation.require_not_paused(session, round, by, at)
    require_visible(session, round, answer)
    if not wanted:
        mine = (Support.answer_id == answer.id, Support.account_id == by.id)
        session.execute(delete(Support).where(*mine))
        return
    row = {
        "round_id": round.id,
        "answer_id": answer.id,
        "account_id": by.id,
        "side": Side.COMMUNITY,
        "at": at,
    }
    session.execute(upsert(session, Support).values(row).on_conflict_do_nothing())


def take_back(session: Session, answer: Answer, *, by: Account, at: datetime) -> None:
    """The author no longer says it: its words are shown no more, and it counts nowhere."""
    if answer.account_id != by.id:
        raise Refused("Only who gave an answer can take it back.")
    session.refresh(answer, with_for_update={"of": Answer})
    if answer.withdrawn_at is not None:
        raise Refused("You have taken this answer back already.")
    answer.withdrawn_at = at
    session.flush()
    record(session, answer, "answer.take-back", at, None)


def take_name(session: Session, round: Round, account: Account, wanted: str) -> str:
    """The other name of a person in a round: the one they have, or else this one from now on.

    Raises Unfit for a name that does not fit, or that belongs to somebody else.
    """
    if mine := queries.own_name(session, round, account):
        return mine
    name = one_line(wanted)
    if not name:
        raise Unfit({"pseudonym": "Write the name that you want to use."})
    if len(name) > NAME:
        raise Unfit({"pseudonym": f"Use at most {NAME} characters for the name."})
    lock(session, NAMES, round.id)
    key = name.casefold()
    if key in queries.known_names(session, round, account):
        raise Unfit({"pseudonym": "Somebody in this round is called so. Choose another name."})
    row = {
        "round_id": round.id,
        "account_id": account.id,
        "side": Side.COMMUNITY,
        "name": name,
        "key": key,
    }
    session.execute(upsert(session, OwnName).values(row).on_conflict_do_nothing())
    return session.scalars(
        select(OwnName.name).where(OwnName.round_id == round.id, OwnName.account_id == account.id)
    ).one()


def require_open(question: Question, at: datetime) -> None:
    """Raise PhaseClosed unless the question can be answered now."""
    calendar.require(question.round, at, *OPEN)
    if at >= question.closes_at:
        day = question.closes_at.astimezone(question.round.zone)
        raise PhaseClosed(f"This question closed on {day.day} {day:%B at %H:%M}.")
    if not question.open_at(at):
        raise PhaseClosed("This question is not open yet.")


def require_visible(session: Session, round: Round, answer: Answer) -> None:
    """Refuse what cannot be done with an answer that is hidden or was taken back."""
    if answer.withdrawn_at is not None:
        raise Refused("This answer was taken back by its author.")
    if queries.hidden(session, round, [answer.id]):
        raise Refused("A steward has hidden this answer. While it is hidden, it stays as it is.")


def faults(text: str) -> dict[str, str]:
    """What is wrong with the words of an answer, by field."""
    if not text:
        return {"text": "Write your answer."}
    if len(text) < SHORTEST:
        return {"text": "Say a little more."}
    if len(text) > ANSWER:
        return {"text": f"Use at most {ANSWER} characters. Now it is {len(text)}."}
    return {}


def _fitting(
    round: Round, text: str, area: Area | None, more: dict[str, str] | None = None
) -> dict[str, Any]:
    text = clean(text)
    found = {**faults(text), **(more or {})}
    if area is not None and area.round_id != round.id:
        found["area"] = "Choose a part of town."
    if found:
        raise Unfit(found)
    return {"text": text, "area_id": area.id if area else None}


def record(session: Session, answer: Answer, kind: str, at: datetime, actor: int | None) -> None:
    """Leave a trace in the public log; who answers under another name or none is not in it."""
    audit.record(
        session,
        chain=answer.round_id,
        kind=kind,
        at=at,
        actor=actor,
        side=Side.COMMUNITY,
        body={"question": answer.question_id, "answer": answer.id},
    )
