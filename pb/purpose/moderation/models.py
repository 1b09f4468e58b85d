"""Reports of posts, what a steward did about them, and what became of it.

A measure is never changed or deleted: an appeal or a lift is a row of its own. Triggers hold that.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, pk
from pb.rounds.models import Round, Side, seat_key


class Subject(StrEnum):
    """What somebody can report: the kinds of things that people write for a round."""

    ANSWER = "answer"
    COMMENT = "comment"
    IDEA = "idea"
    WORKSHOP_IDEA = "workshop-idea"
    REFLECTION = "reflection"
    PROPOSAL = "proposal"


class Kind(StrEnum):
    """What a steward can do: to the post, and to the person in three steps."""

    HIDE = "hide"
    WARN = "warn"
    LIMIT = "limit"  # one post a day
    PAUSE = "pause"  # no posts


class Verdict(StrEnum):
    """How an appeal ends."""

    UPHELD = "upheld"
    RESTORED = "restored"


LONGEST = 14  # days that a limit or a pause may last


@dataclass(frozen=True)
class Clause:
    """A rule that a report or a measure cites, in the words it had for the author."""

    key: str  # "charter:17", or "ground:2" of the built-in ground rules
    number: str
    heading: str
    text: str
    version: int | None = None  # of the charter; None for a ground rule


@dataclass(frozen=True)
class Post:
    """Something that a person wrote, as the door that shows it knows it."""

    subject: Subject
    id: int
    author_id: int | None  # None where the author has no account
    written_at: datetime
    text: str
    path: str  # the page on which it stands


class Cites:
    """Columns of a row that cites a clause; a copy, so that no later version changes it."""

    clause_key: Mapped[str]
    clause_number: Mapped[str]
    clause_heading: Mapped[str]
    clause_text: Mapped[str]
    clause_version: Mapped[int | None]

    @property
    def clause(self) -> Clause:
        """The cited rule."""
        return Clause(
            self.clause_key,
            self.clause_number,
            self.clause_heading,
            self.clause_text,
            self.clause_version,
        )


class Report(Cites, Base):
    """Somebody finds that a post breaks a rule; a steward who did not report it answers."""

    __tablename__ = "post_report"
    __table_args__ = (
        seat_key("reporter_id", "reporter_side"),
        seat_key("answered_by", "answered_side"),
        # The target of the measures' key.
        sa.UniqueConstraint("round_id", "id", "reporter_id", name="uq_post_report_reporter"),
        sa.UniqueConstraint("id", "author_id"),
        sa.UniqueConstraint(
            "round_id", "subject", "subject_id", "reporter_id", name="uq_post_report_once"
        ),
        sa.CheckConstraint("reporter_id <> author_id", "of_another_person"),
        sa.CheckConstraint("answered_side = 'community'", "community_answers"),
        sa.CheckConstraint("answered_by <> reporter_id", "answered_by_another_person"),
        sa.CheckConstraint("answered_by <> author_id", "not_by_the_author"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)"
            " AND (answered_by IS NULL) = (answered_side IS NULL)",
            "answered_by_somebody",
        ),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    subject: Mapped[Subject] = mapped_column(enum_type(Subject))
    subject_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    reporter_id: Mapped[int]
    reporter_side: Mapped[Side] = mapped_column(enum_type(Side, "reporter_side"))
    reason: Mapped[str]
    excerpt: Mapped[str]  # what the post said when it was reported; stewards see it
    written_at: Mapped[datetime]  # when the post was written
    path: Mapped[str]  # where it stood
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_by: Mapped[int | None]
    answered_side: Mapped[Side | None] = mapped_column(enum_type(Side, "answered_side"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")  # to the one who reported

    round: Mapped[Round] = relationship()
    measures: Mapped[list["Measure"]] = relationship(
        primaryjoin="foreign(Measure.report_id) == Report.id", order_by="Measure.id", viewonly=True
    )

    @property
    def open(self) -> bool:
        """Whether it still waits for a steward."""
        return self.answered_at is None


class Measure(Cites, Base):
    """What a steward did about a reported post, or about the person who wrote it."""

    __tablename__ = "measure"
    __table_args__ = (
        seat_key("by_id", "by_side"),
        sa.ForeignKeyConstraint(
            ["round_id", "report_id", "reporter_id"],
            ["post_report.round_id", "post_report.id", "post_report.reporter_id"],
            name="fk_measure_report",
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "person_id"],
            ["post_report.id", "post_report.author_id"],
            name="fk_measure_person",
        ),
        # The target of the appeals' key.
        sa.UniqueConstraint("round_id", "id", "by_id", "person_id", name="uq_measure_people"),
        sa.UniqueConstraint("report_id", "kind"),
        sa.CheckConstraint("by_side = 'community'", "community_moderates"),
        sa.CheckConstraint("by_id <> reporter_id", "not_by_the_reporter"),
        sa.CheckConstraint("by_id <> person_id", "not_by_the_author"),
        sa.CheckConstraint("kind = 'hide' OR person_id IS NOT NULL", "steps_concern_a_person"),
        sa.CheckConstraint("(kind IN ('limit', 'pause')) = (days IS NOT NULL)", "ends"),
        sa.CheckConstraint(f"days BETWEEN 1 AND {LONGEST}", "not_for_long"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
        sa.Index("ix_measure_person", "round_id", "person_id", "at"),
        sa.Index("ix_measure_subject", "round_id", "subject", "subject_id"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    report_id: Mapped[int]
    reporter_id: Mapped[int]
    kind: Mapped[Kind] = mapped_column(enum_type(Kind, "measurekind"))
    subject: Mapped[Subject] = mapped_column(enum_type(Subject))
    subject_id: Mapped[int]
    person_id: Mapped[int | None]
    by_id: Mapped[int]
    by_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    reason: Mapped[str]  # for the author
    days: Mapped[int | None]
    at: Mapped[datetime]

    report: Mapped[Report] = relationship(
        primaryjoin="foreign(Measure.report_id) == Report.id",
        viewonly=True,
    )
    appeal: Mapped["Appeal | None"] = relationship(
        primaryjoin="foreign(Appeal.measure_id) == Measure.id", viewonly=True, uselist=False
    )
    lift: Mapped["Lift | None"] = relationship(
        primaryjoin="foreign(Lift.measure_id) == Measure.id", viewonly=True, uselist=False
    )

    @property
    def ends_at(self) -> datetime | None:
        """When a limit or a pause is over by itself."""
        return self.at + timedelta(days=self.days) if self.days else None

    @property
    def stands(self) -> bool:
        """Whether it was neither lifted nor overturned."""
        restored = self.appeal is not None and self.appeal.verdict is Verdict.RESTORED
        return self.lift is None and not restored


class Appeal(Base):
    """The author's one appeal; somebody who did not take the measure decides."""

    __tablename__ = "measure_appeal"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "measure_id", "measured_by", "person_id"],
            ["measure.round_id", "measure.id", "measure.by_id", "measure.person_id"],
            name="fk_measure_appeal_measure",
        ),
        seat_key("decided_by", "decided_side"),
        sa.CheckConstraint("decided_by <> measured_by", "decided_by_another_person"),
        sa.CheckConstraint("decided_by <> person_id", "not_by_the_author"),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_side IS NULL)"
            " AND (decided_by IS NULL) = (verdict IS NULL)",
            "decided_by_somebody",
        ),
        sa.CheckConstraint("verdict IS NULL OR length(reason) > 0", "decided_with_a_reason"),
        sa.CheckConstraint("length(text) > 0", "text_given"),
    )

    measure_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    measured_by: Mapped[int]
    person_id: Mapped[int]
    text: Mapped[str]
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_by: Mapped[int | None]
    decided_side: Mapped[Side | None] = mapped_column(enum_type(Side, "decided_side"))
    decided_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict, "appealverdict"))
    reason: Mapped[str] = mapped_column(default="")

    measure: Mapped[Measure] = relationship(
        primaryjoin="foreign(Appeal.measure_id) == Measure.id", viewonly=True
    )


class Lift(Base):
    """A steward takes a measure back, without an appeal."""

    __tablename__ = "measure_lift"
    __table_args__ = (
        seat_key("by_id", "by_side"),
        sa.CheckConstraint("by_side = 'community'", "community_lifts"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )

    measure_id: Mapped[int] = mapped_column(
        sa.ForeignKey("measure.id"), primary_key=True, autoincrement=False
    )
    round_id: Mapped[int]
    by_id: Mapped[int]
    by_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    reason: Mapped[str]
    at: Mapped[datetime]


class LimitedPost(Base):
    """The one post of a day by somebody whose posts are limited."""

    __tablename__ = "limited_post"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)  # in the round's time zone
