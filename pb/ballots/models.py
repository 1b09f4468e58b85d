"""Who voted and what was voted: separate tables with no key between them.

None of these tables has a time, a serial number or a hidden row number (SQLite's rowid), because
the order of rows would link the two.
"""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, enum_type, key32


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
    content: Mapped[bytes]  # canonical JSON of the choices with a random nonce


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
