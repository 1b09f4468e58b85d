"""An idea, the people who said it, and the proposals that it went into."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.proposals.models import Proposal
from pb.rounds.models import Area, Round, Side, seat_key


class Origin(StrEnum):
    """How an idea came here."""

    ONLINE = "online"  # its author wrote it here
    ON_BEHALF = "on-behalf"  # a steward wrote it down for somebody
    WORKSHOP = "workshop"


class Part(StrEnum):
    """What somebody has to do with an idea."""

    WROTE = "wrote"
    JOINED = "joined"  # says the same


class Step(StrEnum):
    """Where an idea is on its way into a proposal."""

    ASKED = "asked"
    IN = "in"
    DECLINED = "declined"


class Idea(Base):
    """One sentence; its words never change. Who no longer means it leaves it."""

    __tablename__ = "idea"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        seat_key("entered_by", "entered_side"),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("workshop_idea_id"),
        sa.CheckConstraint("entered_side = 'community'", "community_enters"),
        sa.CheckConstraint("(entered_by IS NULL) = (origin = 'online')", "entered_for_others"),
        sa.CheckConstraint(
            "(workshop_idea_id IS NOT NULL) = (origin = 'workshop')", "knows_its_workshop"
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 140", "one_sentence"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int | None]
    topic: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    origin: Mapped[Origin] = mapped_column(enum_type(Origin), default=Origin.ONLINE)
    entered_by: Mapped[int | None]  # the steward who wrote it down or carried it over
    entered_side: Mapped[Side | None] = mapped_column(enum_type(Side, "entered_side"))
    workshop_idea_id: Mapped[int | None]  # where it was said
    explanation: Mapped[str] = mapped_column(default="")  # given in the workshop
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # when the last person left it

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area | None] = relationship(overlaps="round")
    authors: Mapped[list["IdeaAuthor"]] = relationship(
        order_by="IdeaAuthor.id", back_populates="idea"
    )
    proposals: Mapped[list["IdeaInProposal"]] = relationship(
        order_by="IdeaInProposal.proposal_id", back_populates="idea"
    )

    def author(self, account: Account) -> "IdeaAuthor | None":
        """What this person has to do with it, also if they have left it."""
        return next((a for a in self.authors if a.account_id == account.id), None)


class IdeaAuthor(Base):
    """Somebody who said an idea: with an account, or by the name they gave in a room."""

    __tablename__ = "idea_author"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "idea_id"], ["idea.round_id", "idea.id"]),
        seat_key("account_id", "side"),
        sa.UniqueConstraint("idea_id", "account_id"),
        sa.CheckConstraint("side = 'community'", "community_has_ideas"),
        sa.CheckConstraint("(account_id IS NULL) = (side IS NULL)", "seat_or_name"),
        sa.CheckConstraint("(account_id IS NULL) = (name IS NOT NULL)", "name_or_account"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    idea_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    side: Mapped[Side | None] = mapped_column(enum_type(Side))
    name: Mapped[str | None]  # of somebody without an account; empty where they gave none
    part: Mapped[Part] = mapped_column(enum_type(Part))
    named: Mapped[bool] = mapped_column(default=True)  # whether everybody may see who it is
    at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    idea: Mapped[Idea] = relationship(back_populates="authors", overlaps="account")
    account: Mapped[Account | None] = relationship(overlaps="idea")

    @property
    def shown(self) -> str | None:
        """The name that everybody may see."""
        if not self.named:
            return None
        return self.account.name if self.account else self.name or None


class IdeaInProposal(Base):
    """An idea that went into a proposal, or that its author would like to have in it."""

    __tablename__ = "idea_in_proposal"
    __table_args__ = (
        sa.PrimaryKeyConstraint("idea_id", "proposal_id"),
        sa.ForeignKeyConstraint(["round_id", "idea_id"], ["idea.round_id", "idea.id"]),
        sa.ForeignKeyConstraint(["round_id", "proposal_id"], ["proposal.round_id", "proposal.id"]),
        seat_key("answered_by", "answered_side"),
        sa.CheckConstraint("answered_side = 'community'", "community_answers"),
        sa.CheckConstraint("step = 'asked' OR at >= asked_at", "asked_before"),
    )

    round_id: Mapped[int]
    idea_id: Mapped[int]
    proposal_id: Mapped[int] = mapped_column(index=True)
    step: Mapped[Step] = mapped_column(enum_type(Step))
    asked_at: Mapped[datetime]
    at: Mapped[datetime]  # of the latest step
    answered_by: Mapped[int | None]  # empty where nobody had to be asked
    answered_side: Mapped[Side | None] = mapped_column(enum_type(Side, "answered_side"))

    idea: Mapped[Idea] = relationship(back_populates="proposals", overlaps="proposal")
    proposal: Mapped[Proposal] = relationship(overlaps="idea,proposals")
