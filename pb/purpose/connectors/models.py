"""What connectors offer, who asks them, and how many people they brought in.

How many came by a connector's link and took part is a number without names. That somebody was
counted at all is a row of its own, under a mark that only a key outside the database can compute;
no key leads from one to the other.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, key32, pk
from pb.rounds.models import Area, Round, Seat, Side, seat_key


class Connector(Base):
    """“I can introduce people in …”: what a resident offers, until they take it back."""

    __tablename__ = "connector"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.CheckConstraint("side = 'community'", "a_resident"),
        sa.UniqueConstraint("round_id", "account_id"),
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("length(text) > 0", "says_something"),
        sa.CheckConstraint("brought >= 0", "counts_up"),
        sa.CheckConstraint("(brought = 0) = (first_on IS NULL)", "first_is_one"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    account_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))
    text: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)  # of the link that they hand out
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]
    brought: Mapped[int] = mapped_column(default=0)  # people who came by the link and took part
    first_on: Mapped[date | None]  # the day, and not the minute, of the first of them
    thanked_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    seat: Mapped[Seat] = relationship(overlaps="round")
    areas: Mapped[list[Area]] = relationship(
        secondary="connector_area",
        order_by=Area.position,
        primaryjoin="Connector.id == ConnectorArea.connector_id",
        secondaryjoin="Area.id == ConnectorArea.area_id",
        viewonly=True,
    )

    @property
    def account(self) -> Account:
        return self.seat.account


class ConnectorArea(Base):
    """A part of town in which a connector knows people."""

    __tablename__ = "connector_area"
    __table_args__ = (
        sa.PrimaryKeyConstraint("connector_id", "area_id"),
        sa.ForeignKeyConstraint(
            ["round_id", "connector_id"], ["connector.round_id", "connector.id"]
        ),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
    )

    round_id: Mapped[int]
    connector_id: Mapped[int]
    area_id: Mapped[int]


class Introduction(Base):
    """Somebody asks a connector to introduce them; only the two of them read it."""

    __tablename__ = "introduction"
    __table_args__ = (
        sa.CheckConstraint("length(text) > 0", "says_something"),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", "answered_with_words"),
    )

    id: Mapped[pk]
    connector_id: Mapped[int] = mapped_column(sa.ForeignKey("connector.id"), index=True)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    connector: Mapped[Connector] = relationship()
    asker: Mapped[Account] = relationship()


class BroughtIn(Base):
    """Somebody was counted for a connector of this round: not who, and not for whom."""

    __tablename__ = "brought_in"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "mark"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    mark: Mapped[key32]
