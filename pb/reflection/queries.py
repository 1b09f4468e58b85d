"""Looking up what was written about a round, and the lessons that reach the next one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.reflection.models import Lesson, LessonAnswer, LessonState, Line, LineSupport, Topic
from pb.reflection.windows import Window
from pb.rounds.models import Phase, Round, Side

PARTS = (
    joinedload(Lesson.line).joinedload(Line.author),
    joinedload(Lesson.round),
    joinedload(Lesson.steward),
    joinedload(Lesson.commissioner),
    joinedload(Lesson.owner),
    selectinload(Lesson.answers).joinedload(LessonAnswer.round),
)


@dataclass(frozen=True)
class Shown:
    """A line as one reader sees it."""

    line: Line
    mine: bool
    supported: bool  # by this reader
    supports: int | None  # None while the retrospective is open


def board(
    session: Session, round: Round, window: Window, reader: Account | None
) -> dict[Topic, list[Shown]]:
    """The lines about a phase by topic; the two sides take turns, so that neither drowns the other.

    Within a side the order is drawn by lot while it is open, afterwards by how many agree.
    """
    lines = session.scalars(
        select(Line)
        .where(Line.round_id == round.id, Line.phase == window.phase)
        .options(joinedload(Line.author), joinedload(Line.lesson))
    ).all()
    counts = _supports(session, lines) if not window.open else {}
    mine = _supported(session, lines, reader)
    shown = [
        Shown(
            line,
            reader is not None and line.author_id == reader.id,
            line.id in mine,
            None if window.open else counts.get(line.id, 0),
        )
        for line in lines
    ]
    return {topic: in_turn(round, window.phase, topic, shown) for topic in Topic}


def in_turn(round: Round, phase: Phase, topic: Topic, shown: Sequence[Shown]) -> list[Shown]:
    """The lines of a topic, one of each side in turn; a lot says which side begins."""

    def lot(what: object) -> bytes:
        return hashlib.sha256(f"{round.slug}:{phase}:{topic}:{what}".encode()).digest()

    ordered = sorted(shown, key=lambda one: (-(one.supports or 0), lot(one.line.id)))
    sides = [
        [one for one in ordered if one.line.topic is topic and one.line.side is side]
        for side in sorted(Side, key=lot)
    ]
    return [one for pair in zip_longest(*sides) for one in pair if one is not None]


def _supports(session: Session, lines: Sequence[Line]) -> dict[int, int]:
    return dict(
        session.execute(
            select(LineSupport.line_id, func.count())
            .where(LineSupport.line_id.in_([line.id for line in lines]))
            .group_by(LineSupport.line_id)
        ).all()
    )


def _supported(session: Session, lines: Sequence[Line], reader: Account | None) -> set[int]:
    if reader is None:
        return set()
    return set(
        session.scalars(
            select(LineSupport.line_id).where(
                LineSupport.account_id == reader.id,
                LineSupport.line_id.in_([line.id for line in lines]),
            )
        )
    )


def line_counts(session: Session, round: Round) -> dict[Phase, int]:
    """How many lines there are about each phase."""
    return dict(
        session.execute(
            select(Line.phase, func.count()).where(Line.round_id == round.id).group_by(Line.phase)
        ).all()
    )


def find_line(session: Session, round: Round, number: int) -> Line | None:
    """The line with this number, if it is one of this round."""
    return session.scalars(
        select(Line)
        .where(Line.round_id == round.id, Line.id == number)
        .options(joinedload(Line.author), joinedload(Line.lesson))
    ).first()


def lessons(session: Session, round: Round) -> Sequence[Lesson]:
    """The lessons of a round, adopted ones first, oldest first."""
    found = session.scalars(
        select(Lesson).where(Lesson.round_id == round.id).options(*PARTS).order_by(Lesson.id)
    ).all()
    return sorted(found, key=lambda lesson: not lesson.adopted)


def find_lesson(session: Session, round: Round, number: int) -> Lesson | None:
    """The lesson with this number, if it was learned in this round."""
    found = _lesson(session, number)
    return found if found is not None and found.round_id == round.id else None


def find_suggestion(session: Session, round: Round, number: int) -> Lesson | None:
    """The adopted lesson with this number, if it comes from a public round before this one."""
    found = _lesson(session, number)
    if found is None or not found.adopted or found.round_id >= round.id:
        return None
    return found if found.round.published_at is not None else None


def _lesson(session: Session, number: int) -> Lesson | None:
    return session.scalars(select(Lesson).where(Lesson.id == number).options(*PARTS)).first()


@dataclass(frozen=True)
class Suggestion:
    """A lesson of an earlier round, and what this round makes of it so far."""

    lesson: Lesson
    answer: LessonAnswer | None

    @property
    def state(self) -> str:
        """Waiting, taken up or not this time."""
        if self.answer is None:
            return "waiting"
        return "taken-up" if self.answer.taken_up else "not-this-time"


def suggestions(session: Session, round: Round) -> list[Suggestion]:
    """Open lessons of all earlier rounds and whatever was answered; unanswered ones first."""
    found = session.scalars(
        select(Lesson)
        .join(Round, Round.id == Lesson.round_id)
        .where(
            Lesson.round_id < round.id,
            Lesson.state.in_([LessonState.OPEN, LessonState.DONE, LessonState.DROPPED]),
            Lesson.steward_id.is_not(None),
            Lesson.commissioner_id.is_not(None),
            Round.published_at.is_not(None),
        )
        .options(*PARTS)
        .order_by(Lesson.round_id.desc(), Lesson.id)
    )
    made = [
        Suggestion(lesson, next((a for a in lesson.answers if a.round_id == round.id), None))
        for lesson in found
    ]
    kept = [one for one in made if one.answer or one.lesson.state is LessonState.OPEN]
    return sorted(kept, key=lambda one: one.answer is not None)


def waiting(session: Session, round: Round) -> int:
    """How many lessons of earlier rounds this one has not answered yet."""
    return sum(one.answer is None for one in suggestions(session, round))
