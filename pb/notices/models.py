"""Jobs that wait for a worker, and messages that wait for the post."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, enum_type, pk


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """A piece of work that takes longer than a page may take.

    `payload` holds what was asked for, `outcome` what came of it; neither holds personal data,
    codes or choices. `told` is the sentence that its page shows.
    """

    __tablename__ = "job"
    __table_args__ = (
        sa.CheckConstraint("done >= 0", "done_counts_up"),
        sa.CheckConstraint("(ended_at IS NULL) = (state IN ('waiting', 'running'))", "ends_once"),
        sa.Index("ix_job_state", "state", "id"),
    )

    id: Mapped[pk]
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(enum_type(JobState), default=JobState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    told: Mapped[str] = mapped_column(default="")
    problems: Mapped[list[str]] = mapped_column(default=list)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))  # or a command
    asked_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # the last sign of life of its worker
    ended_at: Mapped[datetime | None]

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.ended_at is not None


class Message(Base):
    """A mail in the outbox; to whom and what is erased once it is sent or given up."""

    __tablename__ = "message"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.CheckConstraint("sent_at IS NULL OR recipient IS NULL", "forgets_whom"),
        sa.Index("ix_message_due_at", "due_at"),
    )

    id: Mapped[pk]
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    key: Mapped[str]  # what makes it the same message: nobody gets it twice
    recipient: Mapped[str | None]
    subject: Mapped[str]
    text: Mapped[str | None]
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # None: sent, or given up
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]


class Note(Base):
    """What somebody with an account is told: on their page of notes, and by mail if they like."""

    __tablename__ = "note"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "key"),
        sa.CheckConstraint("path LIKE '/%'", "leads_to_a_page_here"),
        sa.Index("ix_note_account_id_at", "account_id", "at"),
        sa.Index(
            "ix_note_to_mail",
            "id",
            sqlite_where=sa.text("mailed_at IS NULL"),
            postgresql_where=sa.text("mailed_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    key: Mapped[str]  # what makes it the same note
    subject: Mapped[str]
    text: Mapped[str]
    path: Mapped[str]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]  # or passed over, for who wants no mail
