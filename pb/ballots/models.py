"""Who voted and what was voted: separate tables with no key between them.

No table of marks or ballots has a time, a serial number or a hidden row number (SQLite's rowid),
because the order of rows would link the two.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, enum_type, key32
from pb.rounds.models import Side, seat_key


class Channel(StrEnum):
    """How a ballot reached the box."""

    WEB = "web"
    PAPER = "paper"
    IMPORT = "import"


class TurnoutMark(Base):
    """This entry of the roll has voted. One per entry, whatever the channel."""

    __tablename__ = "turnout_mark"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "entry_id"),
        sa.ForeignKeyConstraint(["round_id", "entry_id"], ["roll_entry.round_id", "roll_entry.id"]),
        sa.CheckConstraint("revision > 0", "revision_positive"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int]
    entry_id: Mapped[int]
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    route: Mapped[str | None]  # pb.rounds.routes.Route by which they came to this ballot
    revision: Mapped[int]  # how often the ballot was sent


class LiveBallot(Base):
    """A ballot that can still be changed, found again only through its keyed slot."""

    __tablename__ = "live_ballot"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "slot"),
        sa.UniqueConstraint("commitment"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    slot: Mapped[key32]  # HMAC of the roll entry under a key that is destroyed at sealing
    commitment: Mapped[key32]
    content: Mapped[bytes]  # canonical JSON of the choices with a random nonce, in an envelope


class SealedChoice(Base):
    """One area's list of one ballot after the close, in canonical order.

    Lists of different areas are separate rows, so that a whole ballot cannot be put together.
    """

    __tablename__ = "sealed_choice"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "area_id", "n"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int]
    area_id: Mapped[int]
    n: Mapped[int]
    choices: Mapped[dict[str, Any]]  # pb.tally.ballots.Ballot as JSON, with project codes


class SealedCommitment(Base):
    """The commitment of a counted ballot: the voter finds their receipt in this list."""

    __tablename__ = "sealed_commitment"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "commitment"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    commitment: Mapped[key32]


class WaitingSheet(Base):
    """One key sheet that waits for the second, hidden under a key outside the database.

    One for each round: two would be the private key.
    """

    __tablename__ = "waiting_sheet"
    __table_args__ = (seat_key("handed_by", "handed_side"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    number: Mapped[int]  # which of the three sheets
    words: Mapped[bytes]  # encrypted
    handed_by: Mapped[int]
    handed_side: Mapped[Side] = mapped_column(enum_type(Side))
    handed_at: Mapped[datetime]


class CommitmentList(Base):
    """The commitments that were in the box at a moment, sorted, to be published an hour later."""

    __tablename__ = "commitment_list"
    __table_args__ = (sa.PrimaryKeyConstraint("round_id", "at"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    at: Mapped[datetime]
    commitments: Mapped[bytes]  # 32 bytes each, without anything between
