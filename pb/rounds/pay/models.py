"""What the commission says about who pays whom."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base

LONGEST = 300


class Pay(Base):
    """Four answers, all of them or none: an empty one would look like “nobody”."""

    __tablename__ = "round_pay"
    __table_args__ = tuple(
        sa.CheckConstraint(f"length({name}) BETWEEN 1 AND {LONGEST}", f"{name}_said")
        for name in ("platform", "facilitators", "stewards", "auditors")
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    platform: Mapped[str]
    facilitators: Mapped[str]
    stewards: Mapped[str]
    auditors: Mapped[str]
