"""A proposal, its versions and decisions; and the project, its frozen line on the ballot."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, minor, pk
from pb.rounds.models import Area, Round, Side, seat_key


class State(StrEnum):
    """Where a proposal is on its way to the ballot."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes-requested"
    DECIDED = "decided"  # embargoed: the verdict shows once another hand releases it
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    ON_BALLOT = "on-ballot"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What a reviewer finds."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    CHANGES = "changes-requested"


class Criterion(StrEnum):
    """The published grounds on which a proposal may be turned away."""

    NOT_OURS = "not-ours"
    TOO_DEAR = "too-dear"
    NOT_LAWFUL = "not-lawful"
    NOT_PUBLIC = "not-public"
    ALREADY_PLANNED = "already-planned"
    NOT_FEASIBLE = "not-feasible"


CRITERIA = {
    Criterion.NOT_OURS: "It is not in the town’s hands",
    Criterion.TOO_DEAR: "It costs more than the budget of its area",
    Criterion.NOT_LAWFUL: "The law does not allow it",
    Criterion.NOT_PUBLIC: "It would not serve the public",
    Criterion.ALREADY_PLANNED: "It is planned or paid for already",
    Criterion.NOT_FEASIBLE: "It cannot be built or done there",
}

TOPICS = (
    "Streets and cycling",
    "Green and water",
    "Play and sport",
    "Meeting places",
    "Care and access",
    "Culture and learning",
    "Something else",
)  # what the form offers; an imported topic may have any other name


class Proposal(Base):
    """A resident's idea for a round, until the commission has decided on it."""

    __tablename__ = "proposal"
    __table_args__ = (
        seat_key("author_id", "author_side"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("author_side = 'community'", "community_proposes"),
        sa.CheckConstraint("estimate > 0", "estimate_positive"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    author_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]  # Markdown
    place: Mapped[str]
    topic: Mapped[str] = mapped_column(default="")
    estimate: Mapped[minor]  # the author's; the official cost is on the decision
    state: Mapped[State] = mapped_column(enum_type(State), default=State.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)  # one more with every step
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area] = relationship(overlaps="round")
    author: Mapped[Account] = relationship(overlaps="round")
    versions: Mapped[list["ProposalVersion"]] = relationship(
        order_by="ProposalVersion.number", cascade="all, delete-orphan"
    )
    decisions: Mapped[list["Decision"]] = relationship(
        order_by="Decision.id", back_populates="proposal"
    )

    @property
    def decision(self) -> "Decision | None":
        """The latest decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def public(self) -> bool:
        """Whether everybody may read it; drafts, also withdrawn ones, are their author's."""
        return self.submitted_at is not None

    @property
    def public_state(self) -> State:
        """The state as everybody may know it: a decision under embargo does not show."""
        return State.SUBMITTED if self.state is State.DECIDED else self.state

    @property
    def public_decisions(self) -> list["Decision"]:
        """The decisions that everybody may read, oldest first."""
        return [decision for decision in self.decisions if decision.public]

    @property
    def official_cost(self) -> int | None:
        """The commission's cost, once it is public."""
        public = self.public_decisions
        return public[-1].cost if public else None


class ProposalVersion(Base):
    """The text of a proposal as it was sent in, or after an edit; the history is public."""

    __tablename__ = "proposal_version"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    place: Mapped[str]
    topic: Mapped[str] = mapped_column(default="")
    estimate: Mapped[minor]
    at: Mapped[datetime]

    area: Mapped[Area] = relationship()


class Decision(Base):
    """A reviewer's verdict with its public reason; shows once another person has released it."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "proposal_id"], ["proposal.round_id", "proposal.id"]),
        seat_key("decided_by", "decided_side"),
        seat_key("released_by", "released_side"),
        sa.CheckConstraint("decided_side = 'commission'", "commission_decides"),
        sa.CheckConstraint("released_side = 'commission'", "commission_releases"),
        sa.CheckConstraint("released_by <> decided_by", "reviewer_is_not_approver"),
        sa.CheckConstraint("(verdict = 'eligible') = (cost IS NOT NULL)", "eligible_has_a_cost"),
        sa.CheckConstraint(
            "(verdict = 'ineligible') = (criterion IS NOT NULL)", "ineligible_cites_a_criterion"
        ),
        sa.CheckConstraint("cost > 0", "cost_positive"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    proposal_id: Mapped[int] = mapped_column(index=True)
    decided_by: Mapped[int]
    decided_side: Mapped[Side] = mapped_column(enum_type(Side, "decided_side"))
    verdict: Mapped[Verdict] = mapped_column(enum_type(Verdict))
    criterion: Mapped[Criterion | None] = mapped_column(enum_type(Criterion))
    reason: Mapped[str]  # public
    cost: Mapped[int | None] = mapped_column(sa.BigInteger)  # official, minor units
    decided_at: Mapped[datetime]
    released_by: Mapped[int | None]
    released_side: Mapped[Side | None] = mapped_column(enum_type(Side, "released_side"))
    released_at: Mapped[datetime | None]

    proposal: Mapped[Proposal] = relationship(back_populates="decisions")

    @property
    def public(self) -> bool:
        """Whether everybody may read it; a request to the author never waits for a release."""
        return self.released_at is not None or self.verdict is Verdict.CHANGES


class Project(Base):
    """A costed line on the ballot; it cannot change once the ballot is frozen."""

    __tablename__ = "project"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(["round_id", "proposal_id"], ["proposal.round_id", "proposal.id"]),
        sa.UniqueConstraint("round_id", "number"),
        sa.UniqueConstraint("round_id", "code"),
        sa.UniqueConstraint("proposal_id"),
        sa.CheckConstraint("cost > 0", "cost_positive"),
        sa.CheckConstraint("number > 0", "number_positive"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int]
    proposal_id: Mapped[int | None]
    number: Mapped[int]  # on the ballot and in addresses, from 1; also the order of the file
    code: Mapped[str]  # name in exports; for imported elections the file's project id
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    assessment: Mapped[str] = mapped_column(default="")  # the commission's public reason
    cost: Mapped[minor]

    round: Mapped[Round] = relationship(overlaps="area,proposal")
    area: Mapped[Area] = relationship(overlaps="round,proposal")
    proposal: Mapped[Proposal | None] = relationship(overlaps="area,round")
    withdrawal: Mapped["ProjectWithdrawal | None"] = relationship(viewonly=True)


class ProjectWithdrawal(Base):
    """A project that was taken out of the vote after the freeze; its line stays on the ballot."""

    __tablename__ = "project_withdrawal"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "number"),
        sa.ForeignKeyConstraint(["round_id", "number"], ["project.round_id", "project.number"]),
        sa.UniqueConstraint("act_id"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )

    round_id: Mapped[int]
    number: Mapped[int]  # of the project, on the ballot
    act_id: Mapped[int] = mapped_column(sa.ForeignKey("act.id"))
    reason: Mapped[str]  # public
    at: Mapped[datetime]
