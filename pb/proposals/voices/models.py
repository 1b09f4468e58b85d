"""Invitations to parts of the town that have hardly been heard."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, pk
from pb.rounds.models import Area, Round, Side, seat_key

LONGEST = 600


class AreaInvitation(Base):
    """What a steward wrote to the people of one area; one for each area and calendar week.

    The week is a column so that the database itself refuses the second one.
    """

    __tablename__ = "area_invitation"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        seat_key("by_id", "by_side"),
        sa.UniqueConstraint("round_id", "area_id", "week"),
        sa.CheckConstraint("by_side = 'community'", "community_invites"),
        sa.CheckConstraint(f"length(text) BETWEEN 1 AND {LONGEST}", "text_length"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    area_id: Mapped[int]
    week: Mapped[date]  # its Monday, where the round is
    text: Mapped[str]  # public
    by_id: Mapped[int]
    by_side: Mapped[Side] = mapped_column(enum_type(Side, "by_side"), default=Side.COMMUNITY)
    at: Mapped[datetime]

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area] = relationship(overlaps="round")

    @property
    def next_on(self) -> date:
        """From which day the same area can be invited again."""
        return self.week + timedelta(days=7)
