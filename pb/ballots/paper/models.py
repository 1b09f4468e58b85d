"""Batches of paper ballots, their sheets, and what people read on them.

What stands on a sheet is never stored. A reading holds keyed fingerprints, which only tell whether
two people typed the same, and is deleted as soon as two of them did. No time is kept of a sheet.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.rounds.models import Area, Round, Side, seat_key


class SheetState(StrEnum):
    """How far a sheet that was handed in has come."""

    WAITING = "waiting"  # one person has typed it
    DIFFERS = "differs"  # several have, and they do not agree, or a mark is doubtful
    COUNTED = "counted"  # two people agree, and the ballot is in the box
    INVALID = "invalid"  # two people agree, or the box refused it; the reason says why


SETTLED = (SheetState.COUNTED, SheetState.INVALID)


class Invalidity(StrEnum):
    """Why a sheet does not count."""

    NOT_ON_ROLL = "not-on-roll"
    ALREADY_VOTED = "already-voted"
    UNSIGNED = "unsigned"
    LATE = "late"
    UNREADABLE = "unreadable"
    SPOILED = "spoiled"
    OVER_LIMIT = "over-limit"


class PaperBatch(Base):
    """Numbered sheets that one place hands out to the voters of one area; every one has to be
    accounted for before the ballots are counted."""

    __tablename__ = "paper_batch"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "number"),
        sa.UniqueConstraint("round_id", "id"),  # target of composite keys
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        seat_key("issued_by", "issued_side"),
        seat_key("closed_by", "closed_side"),
        sa.CheckConstraint("issued > 0", "some_issued"),
        sa.CheckConstraint(
            "returned >= 0 AND spoiled >= 0 AND unused >= 0 AND missing >= 0", "not_negative"
        ),
        sa.CheckConstraint("missing = 0 OR explanation <> ''", "missing_explained"),
        sa.CheckConstraint("issued_side = 'commission'", "commission_issues"),
        sa.CheckConstraint(
            "closed_at IS NULL OR (issued = returned + spoiled + unused + missing"
            " AND returned = counted + invalid)",
            "closed_in_balance",
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_at IS NULL) = (closed_side IS NULL)"
            " AND (closed_at IS NULL) = (counted IS NULL)"
            " AND (closed_at IS NULL) = (invalid IS NULL)",
            "closed_by_somebody",
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    number: Mapped[int]  # in the round, from 1
    place: Mapped[str]
    area_id: Mapped[int | None]  # None: sheets for people who vote city-wide only
    issued: Mapped[int]  # sheets, numbered from 1
    issued_by: Mapped[int]
    issued_side: Mapped[Side] = mapped_column(enum_type(Side, "issued_side"))
    issued_at: Mapped[datetime]

    returned: Mapped[int] = mapped_column(default=0)  # handed in as ballots
    spoiled: Mapped[int] = mapped_column(default=0)  # given back for a new one
    unused: Mapped[int] = mapped_column(default=0)  # never given to anybody
    missing: Mapped[int] = mapped_column(default=0)  # taken away; explained in public
    explanation: Mapped[str] = mapped_column(default="")

    counted: Mapped[int | None]
    invalid: Mapped[int | None]
    closed_by: Mapped[int | None]
    closed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "closed_side"))
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area | None] = relationship(overlaps="round")

    @property
    def open(self) -> bool:
        """Whether sheets can still be typed."""
        return self.closed_at is None


class PaperSheet(Base):
    """A sheet that was handed in and typed: how far it has come, and whose two hands settled it."""

    __tablename__ = "paper_sheet"
    __table_args__ = (
        sa.PrimaryKeyConstraint("batch_id", "number"),
        sa.ForeignKeyConstraint(
            ["round_id", "batch_id"], ["paper_batch.round_id", "paper_batch.id"]
        ),
        seat_key("first_by", "side"),
        seat_key("second_by", "side"),
        sa.CheckConstraint("number > 0", "number_positive"),
        sa.CheckConstraint("side = 'commission'", "commission_types"),
        sa.CheckConstraint("second_by <> first_by", "two_hands"),
        sa.CheckConstraint(
            "(state IN ('counted', 'invalid')) = (first_by IS NOT NULL)"
            " AND (first_by IS NULL) = (second_by IS NULL)",
            "settled_by_two",
        ),
        sa.CheckConstraint("(reason IS NOT NULL) = (state = 'invalid')", "invalid_for_a_reason"),
        sa.CheckConstraint(
            "invalid_lists >= 0 AND (invalid_lists = 0 OR state = 'counted')", "lists_of_counted"
        ),
        {"sqlite_with_rowid": False},
    )

    batch_id: Mapped[int]
    number: Mapped[int]
    round_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMISSION)
    state: Mapped[SheetState] = mapped_column(enum_type(SheetState))
    reason: Mapped[Invalidity | None] = mapped_column(enum_type(Invalidity))
    invalid_lists: Mapped[int] = mapped_column(default=0)  # of a ballot whose other lists count
    first_by: Mapped[int | None]
    second_by: Mapped[int | None]


class PaperReading(Base):
    """What one person typed from a sheet, as keyed fingerprints; deleted when it is settled."""

    __tablename__ = "paper_reading"
    __table_args__ = (
        sa.PrimaryKeyConstraint("batch_id", "number", "clerk_id"),  # one reading for each person
        sa.ForeignKeyConstraint(
            ["batch_id", "number"], ["paper_sheet.batch_id", "paper_sheet.number"]
        ),
        seat_key("clerk_id", "side"),
        sa.CheckConstraint("side = 'commission'", "commission_types"),
        {"sqlite_with_rowid": False},
    )

    batch_id: Mapped[int]
    number: Mapped[int]
    clerk_id: Mapped[int]
    round_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMISSION)
    prints: Mapped[dict[str, Any]]  # part of the sheet (voter, list, reason) → HMAC, hex
    doubtful: Mapped[bool] = mapped_column(default=False)  # two people have to look together

    clerk: Mapped[Account] = relationship(
        primaryjoin="foreign(PaperReading.clerk_id) == Account.id", viewonly=True
    )
