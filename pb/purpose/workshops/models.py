"""A workshop on one open question, the people in it, and what they find.

What people write for themselves stands in a table of its own, and nothing else points to it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, pk
from pb.rounds.models import Area, Round, Side, seat_key

IDEAS_EACH = 4  # that a pair may bring
LENGTHS = {"question": 200, "name": 60, "note": 500, "idea": 140, "explanation": 400, "cluster": 60}


class Stage(StrEnum):
    """The stages of a workshop, in their order."""

    LOBBY = "lobby"
    OWN = "own"
    PAIR = "pair"
    EXPLAIN = "explain"
    RANK = "rank"
    ARRANGE = "arrange"
    FINISHED = "finished"


class Kind(StrEnum):
    """Together in a room, or each when they have time."""

    LIVE = "live"
    ASYNCHRONOUS = "asynchronous"


class Workshop(Base):
    """One open question, and how far the people in the workshop are with it.

    `version` grows with everything that anybody may see, `beat` with what concerns everybody in
    the room: pages compare the numbers instead of asking for the whole.
    """

    __tablename__ = "workshop"
    __table_args__ = (
        seat_key("led_by", "led_side"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("id", "marks_each"),  # target of the key that limits the marks
        sa.CheckConstraint("led_side = 'community'", "community_leads"),
        sa.CheckConstraint("length(question) BETWEEN 1 AND 200", "question_length"),
        sa.CheckConstraint("(stage = 'lobby') = (started_at IS NULL)", "started_after_the_lobby"),
        sa.CheckConstraint("(stage = 'finished') = (finished_at IS NOT NULL)", "finished_once"),
        sa.CheckConstraint(
            "(marks_each IS NOT NULL) = (stage IN ('rank', 'arrange', 'finished'))",
            "marks_from_the_ranking_on",
        ),
        sa.CheckConstraint("marks_each > 0", "marks_positive"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int | None]
    question: Mapped[str]
    kind: Mapped[Kind] = mapped_column(enum_type(Kind, "workshop_kind"))
    code: Mapped[str] = mapped_column(unique=True)  # that people type to come in
    seed: Mapped[str]  # of pairs and orders; public once the pairs are drawn
    lengths: Mapped[dict[str, Any]]  # stage → seconds
    everyone_arranges: Mapped[bool] = mapped_column(default=False)
    led_by: Mapped[int]
    led_side: Mapped[Side] = mapped_column(enum_type(Side, "led_side"), default=Side.COMMUNITY)
    stage: Mapped[Stage] = mapped_column(enum_type(Stage), default=Stage.LOBBY)
    stage_began_at: Mapped[datetime]
    stage_ends_at: Mapped[datetime | None]  # the lobby and the end have none
    shown_id: Mapped[int | None]  # the idea that is explained now
    marks_each: Mapped[int | None]  # a quarter of all ideas, fixed when the ranking begins
    version: Mapped[int] = mapped_column(default=1)
    beat: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    carried_at: Mapped[datetime | None]  # over into the ideas of the round

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area | None] = relationship(overlaps="round")

    @property
    def live(self) -> bool:
        """Whether people are together in a room."""
        return self.kind is Kind.LIVE


class Pair(Base):
    """Two people, or three where the number is odd, who look for ideas together."""

    __tablename__ = "workshop_pair"
    __table_args__ = (
        sa.UniqueConstraint("workshop_id", "number"),
        sa.UniqueConstraint("workshop_id", "id"),
        sa.CheckConstraint("number > 0", "number_positive"),
    )

    id: Mapped[pk]
    workshop_id: Mapped[int] = mapped_column(sa.ForeignKey("workshop.id"))
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)  # grows with what its people see
    done_at: Mapped[datetime | None]  # with marking

    people: Mapped[list["Participant"]] = relationship(
        order_by="Participant.number", back_populates="pair", viewonly=True
    )

    @property
    def present(self) -> list["Participant"]:
        """Who of the pair has not left."""
        return [person for person in self.people if person.left_at is None]


class Participant(Base):
    """Somebody in a workshop, under the name that they gave; with or without an account."""

    __tablename__ = "workshop_participant"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.ForeignKeyConstraint(["round_id", "workshop_id"], ["workshop.round_id", "workshop.id"]),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"], ["workshop_pair.workshop_id", "workshop_pair.id"]
        ),
        sa.UniqueConstraint("workshop_id", "number"),
        sa.UniqueConstraint("workshop_id", "account_id"),
        sa.UniqueConstraint("workshop_id", "id"),
        sa.CheckConstraint("side = 'community'", "community_takes_part"),
        sa.CheckConstraint("(account_id IS NULL) = (side IS NULL)", "account_with_its_side"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", "name_length"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    workshop_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]  # in the order of coming
    name: Mapped[str]
    account_id: Mapped[int | None]
    side: Mapped[Side | None] = mapped_column(enum_type(Side))
    area_id: Mapped[int | None]
    pair_id: Mapped[int | None] = mapped_column(index=True)
    on_paper: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    pair: Mapped[Pair | None] = relationship(back_populates="people", viewonly=True)
    area: Mapped[Area | None] = relationship(viewonly=True)


class OwnNote(Base):
    """What somebody wrote for themselves; nobody else ever reads it."""

    __tablename__ = "workshop_note"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["workshop_id", "participant_id"],
            ["workshop_participant.workshop_id", "workshop_participant.id"],
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 500", "text_length"),
    )

    id: Mapped[pk]
    workshop_id: Mapped[int]
    participant_id: Mapped[int] = mapped_column(index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class Cluster(Base):
    """A heap of ideas that belong together, under a name."""

    __tablename__ = "workshop_cluster"
    __table_args__ = (
        sa.UniqueConstraint("workshop_id", "name"),
        sa.UniqueConstraint("workshop_id", "id"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", "name_length"),
    )

    id: Mapped[pk]
    workshop_id: Mapped[int] = mapped_column(sa.ForeignKey("workshop.id"))
    name: Mapped[str]


class WorkshopIdea(Base):
    """One idea of a pair; the slot is why there are never more than four."""

    __tablename__ = "workshop_idea"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"], ["workshop_pair.workshop_id", "workshop_pair.id"]
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "cluster_id"], ["workshop_cluster.workshop_id", "workshop_cluster.id"]
        ),
        sa.UniqueConstraint("pair_id", "slot"),
        sa.UniqueConstraint("workshop_id", "id", "pair_id"),
        sa.CheckConstraint("slot BETWEEN 1 AND 4", "four_each"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 140", "text_length"),
        sa.CheckConstraint("length(explanation) <= 400", "explanation_length"),
    )

    id: Mapped[pk]
    workshop_id: Mapped[int] = mapped_column(index=True)
    pair_id: Mapped[int]
    slot: Mapped[int]
    text: Mapped[str]
    explanation: Mapped[str] = mapped_column(default="")
    explained_aloud: Mapped[bool] = mapped_column(default=False)
    explained_by: Mapped[str] = mapped_column(default="")  # name, as the others know it
    cluster_id: Mapped[int | None]
    at: Mapped[datetime]

    pair: Mapped[Pair] = relationship(overlaps="cluster")
    cluster: Mapped[Cluster | None] = relationship(overlaps="pair")
    authors: Mapped[list[Participant]] = relationship(
        secondary="workshop_idea_author", order_by=Participant.number, viewonly=True
    )

    @property
    def explained(self) -> bool:
        """Whether the others have heard or read what is meant."""
        return bool(self.explanation) or self.explained_aloud


class WorkshopIdeaAuthor(Base):
    """Who was in the pair when it had the idea: the credit stays, also when pairs change."""

    __tablename__ = "workshop_idea_author"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("workshop_idea.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("workshop_participant.id"), primary_key=True, index=True
    )


class Mark(Base):
    """One of the few marks of a pair, on one idea.

    The slots end at the limit of the workshop, and one mark at most is on an idea of the pair's
    own: the database refuses more, however many requests come at once.
    """

    __tablename__ = "workshop_mark"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["workshop_id", "marks_each"], ["workshop.id", "workshop.marks_each"]
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"], ["workshop_pair.workshop_id", "workshop_pair.id"]
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "idea_id", "idea_pair_id"],
            ["workshop_idea.workshop_id", "workshop_idea.id", "workshop_idea.pair_id"],
        ),
        sa.UniqueConstraint("pair_id", "idea_id"),
        sa.CheckConstraint("slot BETWEEN 1 AND marks_each", "within_the_limit"),
        sa.CheckConstraint("own OR pair_id <> idea_pair_id", "own_is_own"),
        sa.Index(
            "uq_workshop_mark_one_own",
            "pair_id",
            unique=True,
            sqlite_where=sa.text("own"),
            postgresql_where=sa.text("own"),
        ),
    )

    pair_id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(index=True)
    marks_each: Mapped[int]
    idea_id: Mapped[int]
    idea_pair_id: Mapped[int]
    own: Mapped[bool]
    at: Mapped[datetime]
