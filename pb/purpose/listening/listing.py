"""The answers to a question as a reader sees them: unheard ones first, differing ones in full."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb.accounts.models import Account
from pb.purpose.listening.models import (
    Answer,
    Dissent,
    Fit,
    Heard,
    HeardAnswer,
    Question,
    Support,
)
from pb.purpose.listening.queries import PARTS, hidden, supports
from pb.purpose.moderation.queries import Hiding

PAGE = 30  # answers on one page
HEARD_IN = (Fit.CONFIRMED, Fit.CORRECTED)


@dataclass(frozen=True)
class Shown:
    """An answer as one reader sees it."""

    answer: Answer
    mine: bool
    supported: bool  # by this reader
    supports: int | None  # None while the question is open
    hiding: Hiding | None
    heard: tuple[HeardAnswer, ...]  # summaries that this reader may see


@dataclass(frozen=True)
class Listing:
    """One page of the answers to a question."""

    items: Sequence[Shown]
    total: int
    page: int
    pages: int


def listing(
    session: Session,
    question: Question,
    *,
    reader: Account | None,
    steward: bool,
    seed: str,
    now: datetime,
    page: int = 1,
    size: int = PAGE,
) -> Listing:
    """One page of the answers, unheard ones first; see `unheard_first`."""
    answers = session.scalars(
        select(Answer).where(Answer.question_id == question.id, Answer.withdrawn_at.is_(None))
    ).all()
    ordered = unheard_first(session, question, answers, seed=seed, now=now)
    pages = max(1, ceil(len(ordered) / size))
    page = min(max(1, page), pages)
    chosen = [one.id for one in ordered[(page - 1) * size : page * size]]
    shown = show(session, question, chosen, reader=reader, steward=steward, now=now)
    return Listing(shown, len(ordered), page, pages)


def unheard_first(
    session: Session, question: Question, answers: Sequence[Answer], *, seed: str, now: datetime
) -> list[Answer]:
    """Answers in which nobody has said yet what they heard come first.

    Among these, the answers of people who were heard less often in this round, then of those who
    have answered less; once the question has closed, those that fewer people agree with. A lot
    drawn from the seed settles the rest. While it is open, how many agree plays no part: the
    order would tell it. Answers under another name count for that name alone, so that the order
    does not tell whose they are.
    """
    everything = session.scalars(
        select(Answer).where(Answer.round_id == question.round_id, Answer.withdrawn_at.is_(None))
    ).all()
    heard = set(
        session.scalars(
            select(HeardAnswer.answer_id).where(
                HeardAnswer.round_id == question.round_id, HeardAnswer.fit.in_(HEARD_IN)
            )
        )
    )
    spoken = Counter(one.voice for one in everything)
    listened = Counter(one.voice for one in everything if one.id in heard)
    agree = supports(session, question, now) or {}

    def place(one: Answer) -> tuple[Any, ...]:
        lot = hashlib.sha256(f"{seed}:{one.id}".encode()).digest()
        heard_before = listened[one.voice]
        return (one.id in heard, heard_before, spoken[one.voice], agree.get(one.id, 0), lot)

    return sorted(answers, key=place)


def show(
    session: Session,
    question: Question,
    ids: Sequence[int],
    *,
    reader: Account | None,
    steward: bool,
    now: datetime,
) -> list[Shown]:
    """These answers in this order, as one reader sees them."""
    found = session.scalars(select(Answer).where(Answer.id.in_(ids)).options(*PARTS)).all()
    counts = supports(session, question, now)
    hidings = hidden(session, question.round, ids)
    links = _links(session, ids)
    mine = _supported(session, ids, reader)
    shown = {}
    for one in found:
        own = reader is not None and one.account_id == reader.id
        shown[one.id] = Shown(
            one,
            own,
            one.id in mine,
            None if counts is None else counts.get(one.id, 0),
            hidings.get(one.id),
            tuple(
                link
                for link in links.get(one.id, ())
                if own or steward or (link.heard.public and link.fit is not Fit.WAITING)
            ),
        )
    return [shown[id] for id in ids if id in shown]


def _links(session: Session, ids: Sequence[int]) -> dict[int, list[HeardAnswer]]:
    found: dict[int, list[HeardAnswer]] = {}
    for link in session.scalars(
        select(HeardAnswer)
        .where(HeardAnswer.answer_id.in_(ids))
        .options(
            joinedload(HeardAnswer.heard).joinedload(Heard.by),
            joinedload(HeardAnswer.heard).selectinload(Heard.answers),
        )
        .order_by(HeardAnswer.heard_id)
    ):
        found.setdefault(link.answer_id, []).append(link)
    return found


def _supported(session: Session, ids: Sequence[int], reader: Account | None) -> set[int]:
    if reader is None:
        return set()
    return set(
        session.scalars(
            select(Support.answer_id).where(
                Support.account_id == reader.id, Support.answer_id.in_(ids)
            )
        )
    )


def dissents(
    session: Session, question: Question, *, reader: Account | None, steward: bool, now: datetime
) -> list[Shown]:
    """Every answer that its author says differs from what most say, oldest first: all of them."""
    ids = session.scalars(
        select(Answer.id)
        .where(
            Answer.question_id == question.id,
            Answer.dissent == Dissent.YES,
            Answer.withdrawn_at.is_(None),
        )
        .order_by(Answer.id)
    ).all()
    return show(session, question, ids, reader=reader, steward=steward, now=now)
