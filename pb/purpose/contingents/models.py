"""How much one person may post, and how much they have."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, enum_type
from pb.rounds.models import Side, seat_key

MOST_A_DAY = 20
MOST_OTHERS = 20
MOST_HOURS = 168  # a week


class Kind(StrEnum):
    """What is counted, each kind for itself."""

    ANSWER = "answer"
    COMMENT = "comment"
    IDEA = "idea"


class ContingentRules(Base):
    """What a round has chosen; a round without a row has the defaults."""

    __tablename__ = "contingent_rules"
    __table_args__ = (
        sa.CheckConstraint(f"per_day BETWEEN 1 AND {MOST_A_DAY}", "a_few_a_day"),
        sa.CheckConstraint(f"others BETWEEN 1 AND {MOST_OTHERS}", "a_few_others"),
        sa.CheckConstraint(f"hours BETWEEN 1 AND {MOST_HOURS}", "a_few_hours"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    per_day: Mapped[int] = mapped_column(default=3)  # posts of one person on one topic
    one_turn: Mapped[bool] = mapped_column(default=False)
    # With turns: a person's next one comes after so many others, or after so many hours.
    others: Mapped[int] = mapped_column(default=3)
    hours: Mapped[int] = mapped_column(default=24)


class PostCount(Base):
    """What one person has posted on a topic: how often on their latest day, and when last."""

    __tablename__ = "post_count"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.CheckConstraint("side = 'community'", "community_posts"),
        sa.CheckConstraint("posts > 0", "posts_positive"),
        sa.Index("ix_post_count_turns", "round_id", "kind", "topic_id", "at"),
    )

    round_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(enum_type(Kind, "postkind"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side] = mapped_column(enum_type(Side))
    day: Mapped[date]  # in the round's time zone
    posts: Mapped[int]  # on that day
    at: Mapped[datetime]
