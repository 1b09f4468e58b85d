"""A round, its areas, dates, people and counter-signed acts."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, minor, pk
from pb.tally.ballots import AreaLimits, Limits


class Phase(StrEnum):
    """The stages of a round, in their order."""

    SETUP = "setup"
    PURPOSE = "purpose"
    IDEAS = "ideas"
    REVIEW = "review"
    BALLOT = "ballot"
    VOTING = "voting"
    COUNTING = "counting"
    RESULTS = "results"
    DELIVERY = "delivery"
    REFLECTION = "reflection"
    ARCHIVED = "archived"


class Side(StrEnum):
    """The two sides of a round; an account takes part on one of them."""

    COMMUNITY = "community"
    COMMISSION = "commission"


class Role(StrEnum):
    """What a person is appointed to do in a round."""

    COMMISSIONER = "commissioner"  # sets up the round, asks for counter-signed acts, delivers
    REVIEWER = "reviewer"  # checks proposals: feasible, and at what cost
    CLERK = "clerk"  # runs the desk: hands out and replaces codes
    AUDITOR = "auditor"  # reads everything but personal data, changes nothing
    STEWARD = "steward"  # a resident who confirms the acts that decide money
    CONNECTOR = "connector"  # a resident who brings in people who are not online


SIDE_OF = {
    Role.COMMISSIONER: Side.COMMISSION,
    Role.REVIEWER: Side.COMMISSION,
    Role.CLERK: Side.COMMISSION,
    Role.AUDITOR: Side.COMMISSION,
    Role.STEWARD: Side.COMMUNITY,
    Role.CONNECTOR: Side.COMMUNITY,
}


class ActKind(StrEnum):
    """The steps that need one hand from each side."""

    PUBLISH_ROUND = "publish-round"
    FREEZE_BALLOT = "freeze-ballot"
    EXTEND_VOTING = "extend-voting"
    VOID_VOTE = "void-vote"
    WITHDRAW_PROJECT = "withdraw-project"
    COUNT = "count"
    PUBLISH_RESULT = "publish-result"


class Round(Base):
    """One edition of the budget, from set-up to archive.

    The clock decides its phase (see `pb.rounds.calendar`); the `_at` columns are facts left behind
    by counter-signed acts, never a status that somebody flips.
    """

    __tablename__ = "round"
    __table_args__ = (
        sa.CheckConstraint("length(slug) > 0", "slug_present"),
        sa.CheckConstraint(
            "(frozen_at IS NULL) = (config_digest IS NULL)", "frozen_with_its_digest"
        ),
    )

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")  # Markdown
    who_may_vote: Mapped[str] = mapped_column(default="")  # Markdown
    currency: Mapped[str] = mapped_column(sa.String(3))  # ISO 4217
    time_zone: Mapped[str]  # IANA name
    limits: Mapped[dict[str, Any] | None]  # pb.tally.ballots.Limits as JSON, and AreaLimits
    within_budget: Mapped[bool] = mapped_column(
        default=False
    )  # no list dearer than its area's money
    rule_id: Mapped[str | None]
    rule_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ties: Mapped[list[str]] = mapped_column(default=list)
    stewards_confirm: Mapped[bool] = mapped_column(default=True)  # else another commissioner does
    encrypted: Mapped[bool] = mapped_column(default=False)  # ballots lie in closed envelopes
    box_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))  # closes them (X25519)
    box_key_tested_at: Mapped[datetime | None]  # two of its three sheets opened a test envelope
    # pb.rounds.routes: route → its options; empty for an imported election, which has no voters
    routes: Mapped[dict[str, Any]] = mapped_column(default=lambda: {"letter-code": {}})
    created_at: Mapped[datetime]

    published_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    config_digest: Mapped[str | None]
    sealed_at: Mapped[datetime | None]
    results_at: Mapped[datetime | None]
    # The database counts changes of the round, its dates and withdrawn projects; see pb.rounds.kept
    revision: Mapped[int] = mapped_column(server_default=sa.text("1"), deferred=True)

    areas: Mapped[list["Area"]] = relationship(
        back_populates="round", order_by="Area.position", cascade="all, delete-orphan"
    )
    dates: Mapped[list["PhaseDates"]] = relationship(
        order_by="PhaseDates.opens_at", cascade="all, delete-orphan"
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the round shows its dates."""
        return ZoneInfo(self.time_zone)

    @property
    def budget(self) -> int:
        """Money of all areas together, in minor units."""
        return sum(area.budget for area in self.areas)

    @property
    def ballot_limits(self) -> Limits | None:
        """How many projects, and for how much, one area's list of a ballot may hold."""
        return Limits.from_json(self.limits) if self.limits else None

    @property
    def area_limits(self) -> AreaLimits:
        """Which areas' lists a voter may fill in, and how many."""
        return AreaLimits.from_json(self.limits or {})

    def limits_in(self, area: "Area") -> Limits | None:
        """The limits of one area's list: those of the round or its own, and the area's money."""
        if self.ballot_limits is None:
            return None
        limits = self.area_limits.of(area.slug, self.ballot_limits)
        return limits.within(area.budget) if self.within_budget else limits


class Area(Base):
    """A part of the town with a budget of its own, or the whole town (city-wide)."""

    __tablename__ = "area"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "slug"),
        sa.UniqueConstraint("round_id", "id"),  # target of composite keys
        sa.CheckConstraint("budget >= 0", "budget_not_negative"),
        sa.Index(
            "uq_area_one_city_wide",
            "round_id",
            unique=True,
            sqlite_where=sa.text("city_wide"),
            postgresql_where=sa.text("city_wide"),
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    slug: Mapped[str]
    name: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    budget: Mapped[minor]
    city_wide: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship(back_populates="areas")


class PhaseDates(Base):
    """When a phase of a round opens and closes; a phase without a row is switched off."""

    __tablename__ = "phase_dates"
    __table_args__ = (sa.CheckConstraint("opens_at < closes_at", "opens_before_it_closes"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    phase: Mapped[Phase] = mapped_column(enum_type(Phase), primary_key=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class Seat(Base):
    """The one side on which an account takes part in a round.

    Rows that belong to a side point here with (round, account, side) and CHECK the side, so that
    the database refuses a commissioner's proposal and a resident's decision.
    """

    __tablename__ = "seat"
    __table_args__ = (sa.UniqueConstraint("round_id", "account_id", "side"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_type(Side))

    account: Mapped[Account] = relationship()


def seat_key(column: str, side: str) -> sa.ForeignKeyConstraint:
    """A composite foreign key from (round_id, `column`, `side`) to the seat."""
    return sa.ForeignKeyConstraint(
        ["round_id", column, side], ["seat.round_id", "seat.account_id", "seat.side"]
    )


class Appointment(Base):
    """A role held by a person in a round, from a day to a day; the list is public."""

    __tablename__ = "appointment"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.CheckConstraint("ends_at IS NULL OR starts_at < ends_at", "starts_before_it_ends"),
        sa.CheckConstraint(
            "(role IN ('steward', 'connector')) = (side = 'community')", "role_fits_side"
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    account_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    deputy: Mapped[bool] = mapped_column(default=False)
    deputy_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appointment.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    seat: Mapped[Seat] = relationship(overlaps="account")
    holder: Mapped["Appointment | None"] = relationship(remote_side="Appointment.id")
    absences: Mapped[list["Absence"]] = relationship(order_by="Absence.starts_at")

    @property
    def account(self) -> Account:
        return self.seat.account

    def runs(self, at: datetime) -> bool:
        """Whether a moment lies in this term."""
        return self.starts_at <= at and not self.over(at)

    def over(self, at: datetime) -> bool:
        """Whether this term has ended by then."""
        return self.ends_at is not None and self.ends_at <= at

    def absent(self, at: datetime) -> bool:
        """Whether this person said that they are away then."""
        return any(one.starts_at <= at < one.ends_at for one in self.absences)

    def serves(self, at: datetime) -> bool:
        """Whether this person holds the role then; a deputy only while the holder does not."""
        if not self.runs(at) or self.absent(at):
            return False
        return self.holder is None or not self.holder.serves(at)


class Absence(Base):
    """From when to when somebody who holds a role is away; a deputy serves in between."""

    __tablename__ = "absence"
    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", "starts_before_it_ends"),)

    id: Mapped[pk]
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Act(Base):
    """A step that decides money: one commissioner asks, another hand confirms.

    `payload_digest` fixes what was asked for; it is computed again when the act is confirmed.
    """

    __tablename__ = "act"
    __table_args__ = (
        seat_key("asked_by", "asked_side"),
        seat_key("confirmed_by", "confirmed_side"),
        sa.CheckConstraint("asked_side = 'commission'", "commission_asks"),
        sa.CheckConstraint("confirmed_by <> asked_by", "two_hands"),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)"
            " AND (confirmed_by IS NULL) = (confirmed_side IS NULL)",
            "confirmed_by_somebody",
        ),
        sa.CheckConstraint("confirmed_at IS NULL OR withdrawn_at IS NULL", "one_ending"),
        sa.Index(
            "uq_act_one_open",
            "round_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("confirmed_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("confirmed_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    kind: Mapped[ActKind] = mapped_column(enum_type(ActKind))
    payload: Mapped[dict[str, Any]]
    payload_digest: Mapped[str]
    reason: Mapped[str]  # public
    asked_by: Mapped[int]
    asked_side: Mapped[Side] = mapped_column(enum_type(Side, "asked_side"))
    asked_at: Mapped[datetime]
    confirmed_by: Mapped[int | None]
    confirmed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "confirmed_side"))
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    asker: Mapped[Account] = relationship(
        primaryjoin="foreign(Act.asked_by) == Account.id", viewonly=True
    )
    confirmer: Mapped[Account | None] = relationship(
        primaryjoin="foreign(Act.confirmed_by) == Account.id", viewonly=True
    )

    @property
    def open(self) -> bool:
        """Whether the act still waits for a second hand."""
        return self.confirmed_at is None and self.withdrawn_at is None
