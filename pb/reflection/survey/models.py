"""Answers to the survey, and apart from them who has answered; no key leads from one to the other.

As with ballots, neither table has a time, a serial number or a hidden row number.
"""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, enum_type, key32

BEST = 5


class AgeClass(StrEnum):
    """Classes of age, wide enough that a number of people shares each."""

    UNDER_18 = "under-18"
    TO_29 = "18-29"
    TO_44 = "30-44"
    TO_64 = "45-64"
    OVER_64 = "65-and-over"


class Way(StrEnum):
    """By which way somebody took part, as they say themselves."""

    ONLINE = "online"
    PAPER = "paper"
    MEETING = "meeting"
    NOT_AT_ALL = "not-at-all"


class SurveyMark(Base):
    """This person has answered the survey of this round."""

    __tablename__ = "survey_mark"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "account_id"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))


class SurveyAnswer(Base):
    """What somebody answered; None stands for “I’d rather not say”."""

    __tablename__ = "survey_answer"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "key"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        *(
            sa.CheckConstraint(f"{name} BETWEEN 1 AND {BEST}", f"{name}_on_the_scale")
            for name in ("easy", "understood", "heard", "fair", "again")
        ),
        sa.CheckConstraint("NOT may_publish OR length(words) > 0", "words_to_publish"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    key: Mapped[key32]  # drawn by lot, so that the order of rows tells nothing
    easy: Mapped[int | None]
    understood: Mapped[int | None]
    heard: Mapped[int | None]
    fair: Mapped[int | None]
    again: Mapped[int | None]
    area_id: Mapped[int | None]
    age: Mapped[AgeClass | None] = mapped_column(enum_type(AgeClass))
    way: Mapped[Way | None] = mapped_column(enum_type(Way))
    words: Mapped[str] = mapped_column(default="")
    may_publish: Mapped[bool] = mapped_column(default=False)
