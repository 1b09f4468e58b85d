"""A count of the sealed ballots, and its publication."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, pk
from pb.rounds.models import Act, Area


class Result(Base):
    """One count of a round: an outcome for every area, under one digest."""

    __tablename__ = "result"
    __table_args__ = (sa.UniqueConstraint("round_id", "number"), sa.UniqueConstraint("act_id"))

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    number: Mapped[int]
    act_id: Mapped[int] = mapped_column(sa.ForeignKey("act.id"))
    digest: Mapped[str]
    sealed_digest: Mapped[str]  # of the ballots that were counted
    voters: Mapped[int]  # turnout marks
    entitled: Mapped[int]  # entries of the roll
    counted_at: Mapped[datetime]

    act: Mapped[Act] = relationship()
    outcomes: Mapped[list["AreaOutcome"]] = relationship(order_by="AreaOutcome.position")


class AreaOutcome(Base):
    """The outcome of one area: rule, digests and every step of the count."""

    __tablename__ = "area_outcome"
    __table_args__ = (sa.PrimaryKeyConstraint("result_id", "area_id"),)

    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    position: Mapped[int]
    ballots: Mapped[int]  # lists with at least one choice in this area
    reached: Mapped[int]  # of them, lists with at least one funded choice
    input_digest: Mapped[str]
    outcome_digest: Mapped[str]
    outcome: Mapped[dict[str, Any]]  # pb.tally.outcome.Outcome as JSON
    scores: Mapped[dict[str, Any]]  # votes per project code, shown after publication
    points: Mapped[dict[str, Any]]  # the same for points; empty where ballots carry none
    # What the losers would have needed, filled in once by pb.results.needs; None until then. It
    # follows from the rest and the ballots, so it is no part of the outcome or of any digest.
    needs: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))

    area: Mapped[Area] = relationship()


class Publication(Base):
    """A result made official by a counter-signed act; an amendment is a new row."""

    __tablename__ = "publication"
    __table_args__ = (sa.UniqueConstraint("act_id"),)

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"))
    act_id: Mapped[int] = mapped_column(sa.ForeignKey("act.id"))
    note: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime]

    result: Mapped[Result] = relationship()
