"""Lines of a retrospective, the lessons drawn from them, and what later rounds answer."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.rounds.models import Phase, Role, Round, Side, seat_key

DAYS_OPEN = 14  # after the end of a phase
SURVEY_DAYS = 60  # after the publication of the result
LINES_EACH = 3  # of a person, for each phase and column


class Topic(StrEnum):
    """The three questions of a retrospective."""

    KEPT = "kept"
    CHANGE = "change"
    LEARNED = "learned"


class Signature(StrEnum):
    """How the author of a line is shown; the side always is."""

    NAME = "name"
    PSEUDONYM = "pseudonym"
    NONE = "none"


class LessonState(StrEnum):
    """Where a lesson stands; a later round that takes it up is told by its `LessonAnswer`."""

    PROPOSED = "proposed"
    OPEN = "open"  # adopted by one hand of each side
    DONE = "done"
    DROPPED = "dropped"


class ReflectionRules(Base):
    """How long a round looks back; without a row, the defaults."""

    __tablename__ = "reflection_rules"
    __table_args__ = (
        sa.CheckConstraint("days BETWEEN 1 AND 90", "days_sensible"),
        sa.CheckConstraint("survey_days BETWEEN 7 AND 365", "survey_days_sensible"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    days: Mapped[int] = mapped_column(default=DAYS_OPEN)
    survey_days: Mapped[int] = mapped_column(default=SURVEY_DAYS)


class Line(Base):
    """One sentence about a phase that is over: kept, to be changed, or learned."""

    __tablename__ = "reflection_line"
    __table_args__ = (
        seat_key("author_id", "side"),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("round_id", "author_id", "phase", "topic", "slot"),
        sa.CheckConstraint(f"slot BETWEEN 1 AND {LINES_EACH}", "few_each"),
        sa.CheckConstraint("length(text) > 0", "text_given"),
        sa.CheckConstraint(
            "(signature = 'pseudonym') = (length(pseudonym) > 0)", "pseudonym_where_chosen"
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    phase: Mapped[Phase] = mapped_column(enum_type(Phase))
    topic: Mapped[Topic] = mapped_column(enum_type(Topic))
    slot: Mapped[int]  # which of the author's lines: the database counts them
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    side: Mapped[Side] = mapped_column(enum_type(Side))
    signature: Mapped[Signature] = mapped_column(enum_type(Signature))
    pseudonym: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    at: Mapped[datetime]

    author: Mapped[Account] = relationship()
    lesson: Mapped["Lesson | None"] = relationship(back_populates="line", viewonly=True)

    @property
    def signed(self) -> str:
        """Who says it, as everybody may read it."""
        whom = "a resident" if self.side is Side.COMMUNITY else "somebody from the commission"
        if self.signature is Signature.NONE:
            return whom
        if self.signature is Signature.PSEUDONYM:
            return f"“{self.pseudonym}”, {whom} under a name of their own choice"
        return f"{self.author.name}, {whom}"


class LineSupport(Base):
    """Somebody else who says: me too. How many do is hidden while the retrospective is open."""

    __tablename__ = "reflection_support"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.ForeignKeyConstraint(
            ["round_id", "line_id"], ["reflection_line.round_id", "reflection_line.id"]
        ),
        sa.PrimaryKeyConstraint("line_id", "account_id"),
    )

    round_id: Mapped[int]
    line_id: Mapped[int]
    account_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))


class Lesson(Base):
    """What a round wants to do better, adopted by a steward and a commissioner."""

    __tablename__ = "lesson"
    __table_args__ = (
        seat_key("proposed_by", "proposed_side"),
        seat_key("steward_id", "steward_side"),
        seat_key("commissioner_id", "commissioner_side"),
        seat_key("owner_id", "owner_side"),
        seat_key("closed_by", "closed_side"),
        sa.ForeignKeyConstraint(
            ["round_id", "line_id"], ["reflection_line.round_id", "reflection_line.id"]
        ),
        sa.UniqueConstraint("line_id"),
        sa.CheckConstraint("length(text) > 0", "text_given"),
        sa.CheckConstraint("steward_side = 'community'", "one_hand_of_the_community"),
        sa.CheckConstraint("commissioner_side = 'commission'", "one_hand_of_the_commission"),
        sa.CheckConstraint(
            "(steward_id IS NULL) = (steward_side IS NULL)"
            " AND (steward_id IS NULL) = (steward_at IS NULL)"
            " AND (commissioner_id IS NULL) = (commissioner_side IS NULL)"
            " AND (commissioner_id IS NULL) = (commissioner_at IS NULL)",
            "hands_are_whole",
        ),
        sa.CheckConstraint(
            "state NOT IN ('open', 'done')"
            " OR (steward_id IS NOT NULL AND commissioner_id IS NOT NULL)",
            "adopted_with_two_hands",
        ),
        sa.CheckConstraint("(owner_id IS NULL) = (owner_side IS NULL)", "owner_has_a_side"),
        sa.CheckConstraint("owner_id IS NULL OR owner_role IS NULL", "one_owner"),
        sa.CheckConstraint("(owner_id IS NULL) = (owner_since IS NULL)", "owner_accepted"),
        sa.CheckConstraint(
            "(state IN ('done', 'dropped')) = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_by IS NULL) = (closed_side IS NULL)",
            "closed_by_somebody",
        ),
        sa.CheckConstraint("state <> 'dropped' OR length(outcome) > 0", "dropped_with_reason"),
        sa.Index("ix_lesson_round_id_state", "round_id", "state"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    line_id: Mapped[int]
    phase: Mapped[Phase] = mapped_column(enum_type(Phase))  # in which it was learned
    text: Mapped[str]
    state: Mapped[LessonState] = mapped_column(enum_type(LessonState), default=LessonState.PROPOSED)
    due_phase: Mapped[Phase] = mapped_column(enum_type(Phase, "due_phase"))  # of the next round
    proposed_by: Mapped[int]
    proposed_side: Mapped[Side] = mapped_column(enum_type(Side, "proposed_side"))
    proposed_at: Mapped[datetime]
    steward_id: Mapped[int | None]
    steward_side: Mapped[Side | None] = mapped_column(enum_type(Side, "steward_side"))
    steward_at: Mapped[datetime | None]
    commissioner_id: Mapped[int | None]
    commissioner_side: Mapped[Side | None] = mapped_column(enum_type(Side, "commissioner_side"))
    commissioner_at: Mapped[datetime | None]
    owner_id: Mapped[int | None]
    owner_side: Mapped[Side | None] = mapped_column(enum_type(Side, "owner_side"))
    owner_since: Mapped[datetime | None]  # they took it on themselves: that is the acceptance
    owner_role: Mapped[Role | None] = mapped_column(enum_type(Role, "owner_role"))
    outcome: Mapped[str] = mapped_column(default="")  # what was done, or why it was dropped
    closed_by: Mapped[int | None]
    closed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "closed_side"))
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(viewonly=True)
    line: Mapped[Line] = relationship(back_populates="lesson", viewonly=True)
    steward: Mapped[Account | None] = relationship(
        primaryjoin="foreign(Lesson.steward_id) == Account.id", viewonly=True
    )
    commissioner: Mapped[Account | None] = relationship(
        primaryjoin="foreign(Lesson.commissioner_id) == Account.id", viewonly=True
    )
    owner: Mapped[Account | None] = relationship(
        primaryjoin="foreign(Lesson.owner_id) == Account.id", viewonly=True
    )
    answers: Mapped[list["LessonAnswer"]] = relationship(
        back_populates="lesson", order_by="LessonAnswer.at", viewonly=True
    )

    @property
    def adopted(self) -> bool:
        """Whether one hand of each side is under it."""
        return self.steward_id is not None and self.commissioner_id is not None

    @property
    def adopted_at(self) -> datetime | None:
        """When the second hand came."""
        return max(self.steward_at, self.commissioner_at) if self.adopted else None

    @property
    def owner_words(self) -> str:
        """Who looks after it, in words; empty where nobody does yet."""
        if self.owner is not None:
            return self.owner.name
        return f"the {self.owner_role}s" if self.owner_role else ""

    @property
    def public_answers(self) -> list["LessonAnswer"]:
        """What later rounds answered, as far as those rounds are public."""
        return [answer for answer in self.answers if answer.round.published_at is not None]

    @property
    def public_state(self) -> str:
        """The state as everybody may know it; carried once a public round has taken it up."""
        taken_up = any(answer.taken_up for answer in self.public_answers)
        carried = self.state is LessonState.OPEN and taken_up
        return "carried" if carried else self.state.value


class LessonAnswer(Base):
    """What the commission of a later round makes of a lesson: taken up, or not this time."""

    __tablename__ = "lesson_answer"
    __table_args__ = (
        seat_key("answered_by", "answered_side"),
        sa.PrimaryKeyConstraint("lesson_id", "round_id"),
        sa.CheckConstraint("answered_side = 'commission'", "commission_answers"),
        sa.CheckConstraint("length(text) > 0", "text_given"),
    )

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)  # that answers
    taken_up: Mapped[bool]
    text: Mapped[str]  # public: what changed, or why not this time
    answered_by: Mapped[int]
    answered_side: Mapped[Side] = mapped_column(enum_type(Side))
    at: Mapped[datetime]

    round: Mapped[Round] = relationship(viewonly=True)
    lesson: Mapped[Lesson] = relationship(back_populates="answers", viewonly=True)
