"""News of a funded project."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, pk
from pb.proposals.models import Project
from pb.rounds.models import Side, seat_key


class DeliveryState(StrEnum):
    """How far a funded project is."""

    PLANNED = "planned"
    IN_PROGRESS = "in-progress"
    DONE = "done"
    STOPPED = "stopped"


class Milestone(Base):
    """What the commission reports about a funded project; the latest one tells its state."""

    __tablename__ = "milestone"
    __table_args__ = (
        seat_key("reported_by", "reported_side"),
        sa.CheckConstraint("reported_side = 'commission'", "commission_reports"),
        sa.CheckConstraint("spent >= 0", "spent_not_negative"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState))
    text: Mapped[str]
    spent: Mapped[int | None] = mapped_column(sa.BigInteger)  # so far, minor units
    due_at: Mapped[datetime | None]  # promised end; None leaves the earlier promise as it was
    at: Mapped[datetime]
    reported_by: Mapped[int]
    reported_side: Mapped[Side] = mapped_column(enum_type(Side))

    project: Mapped[Project] = relationship()
