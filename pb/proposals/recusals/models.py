"""A person with a role who takes no part in what is decided about one proposal."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type
from pb.proposals.models import Proposal
from pb.rounds.models import Seat, Side, seat_key


class Recusal(Base):
    """Public and for good: the database refuses a decision, or its release, by this person."""

    __tablename__ = "recusal"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "proposal_id"], ["proposal.round_id", "proposal.id"]),
        seat_key("account_id", "side"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )

    proposal_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))
    reason: Mapped[str]  # public
    at: Mapped[datetime]

    proposal: Mapped[Proposal] = relationship()
    seat: Mapped[Seat] = relationship(overlaps="proposal")
