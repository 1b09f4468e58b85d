"""Invitations to serve, hand-overs, declared interests, and what fills in for stewards."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.rounds.models import Act, Appointment, Role, Round, Side, seat_key

MOST = 9  # stewards that a round can ask for


class Fallback(StrEnum):
    """What happens to acts while too few stewards serve; declared before the round is published."""

    WAIT = "wait"
    COMMISSIONER = "commissioner"
    AUDITOR = "auditor"


class Stewardship(Base):
    """How many stewards a round needs, and who confirms while it has fewer."""

    __tablename__ = "stewardship"
    __table_args__ = (sa.CheckConstraint(f"required BETWEEN 1 AND {MOST}", "a_few"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    required: Mapped[int]
    fallback: Mapped[Fallback] = mapped_column(enum_type(Fallback))


class StandIn(Base):
    """An act that was confirmed without a steward, because too few served."""

    __tablename__ = "act_stand_in"

    act_id: Mapped[int] = mapped_column(sa.ForeignKey("act.id"), primary_key=True)
    fallback: Mapped[Fallback] = mapped_column(enum_type(Fallback))
    serving: Mapped[int]
    required: Mapped[int]

    act: Mapped[Act] = relationship()


class Invitation(Base):
    """An appointment on the community's side that waits for the person's own yes."""

    __tablename__ = "invitation"
    __table_args__ = (
        sa.CheckConstraint("role IN ('steward', 'connector')", "community_is_asked"),
        sa.CheckConstraint("invited_side = 'commission'", "commission_invites"),
        seat_key("invited_by", "invited_side"),
        sa.CheckConstraint("(answered_at IS NULL) = (accepted IS NULL)", "answered_once"),
        sa.Index(
            "uq_invitation_one_open",
            "round_id",
            "account_id",
            "role",
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    invited_by: Mapped[int]
    invited_side: Mapped[Side] = mapped_column(enum_type(Side))
    at: Mapped[datetime]
    starts_at: Mapped[datetime | None]  # a later term; else from the yes on
    ends_at: Mapped[datetime]
    deputy_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appointment.id"))
    answered_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]

    round: Mapped[Round] = relationship(overlaps="account")
    account: Mapped[Account] = relationship()
    deputy_for: Mapped[Appointment | None] = relationship()

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answered_at is None


class HandoverLine(Base):
    """A line of the list of what has to be handed on at the end of a term."""

    __tablename__ = "handover_line"
    __table_args__ = (
        sa.UniqueConstraint("appointment_id", "key"),
        sa.CheckConstraint("length(text) > 0", "says_something"),
    )

    id: Mapped[pk]
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"))
    key: Mapped[str | None]  # of a line that every hand-over has
    text: Mapped[str]
    done_at: Mapped[datetime | None]

    receipt: Mapped["HandoverReceipt | None"] = relationship()


class HandoverReceipt(Base):
    """Somebody who comes after has taken over a line of the list."""

    __tablename__ = "handover_receipt"

    line_id: Mapped[int] = mapped_column(sa.ForeignKey("handover_line.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class HandoverNote(Base):
    """What somebody tells those who come after them in the role."""

    __tablename__ = "handover_note"
    __table_args__ = (sa.CheckConstraint("length(text) > 0", "says_something"),)

    id: Mapped[pk]
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class Declaration(Base):
    """What an appointed person says of their interests, for everybody to read; the last counts."""

    __tablename__ = "declaration"
    __table_args__ = (seat_key("account_id", "side"),)

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))
    text: Mapped[str]  # empty: none
    at: Mapped[datetime]
