"""One row of the log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base


class Entry(Base):
    """Something that happened, chained by its hash to what happened before.

    Rows are never changed or deleted; triggers hold that. There is no entry per ballot: it would
    tell the time of a vote.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.PrimaryKeyConstraint("chain", "seq"),
        sa.CheckConstraint("seq > 0", "seq_positive"),
    )

    chain: Mapped[int]  # the round's id; 0 for what concerns the whole town
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    side: Mapped[str | None]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    prev: Mapped[str]
    hash: Mapped[str]
