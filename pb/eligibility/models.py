"""The roll of a round: who may vote, without names."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, key32, pk
from pb.rounds.models import Area, Side, seat_key


class RollImport(Base):
    """A list of entitled people that was read into the roll, as a whole or not at all."""

    __tablename__ = "roll_import"

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    filename: Mapped[str]
    digest: Mapped[str]  # SHA-256 of the file
    entries: Mapped[int]
    imported_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    imported_at: Mapped[datetime]


class RollEntry(Base):
    """One right to vote. It holds keyed hashes only: no name, no number, no code."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "person_mac"),
        sa.UniqueConstraint("round_id", "code_mac"),
        sa.UniqueConstraint("round_id", "id"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    area_id: Mapped[int | None]  # None: votes city-wide only
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roll_import.id"))
    person_mac: Mapped[key32]
    code_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    code_issued_at: Mapped[datetime | None]
    codes_issued: Mapped[int] = mapped_column(default=0)  # more than 1: a code was replaced

    code_route: Mapped[str | None]  # pb.rounds.routes.Route by which the code came; None: a letter
    self_declared: Mapped[bool] = mapped_column(default=False)  # nobody checked it

    area: Mapped[Area | None] = relationship()


class ContactKind(StrEnum):
    """What kind of address the register knows of a person."""

    EMAIL = "email"


class RollContact(Base):
    """The keyed hash of an address of an entry; several people may share one mailbox."""

    __tablename__ = "roll_contact"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "entry_id", "kind"),
        sa.ForeignKeyConstraint(
            ["round_id", "entry_id"],
            ["roll_entry.round_id", "roll_entry.id"],
            ondelete="CASCADE",
        ),
        sa.Index("ix_roll_contact_mac", "round_id", "kind", "mac"),
    )

    round_id: Mapped[int]
    entry_id: Mapped[int]
    kind: Mapped[ContactKind] = mapped_column(enum_type(ContactKind))
    mac: Mapped[key32]


class EntryLink(Base):
    """A link that was mailed and not used yet. It opens one ballot once, and is then deleted.

    No time but its end is kept, and that only until then: it would tell when somebody voted.
    """

    __tablename__ = "entry_link"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "token_mac"),
        sa.ForeignKeyConstraint(
            ["round_id", "entry_id"],
            ["roll_entry.round_id", "roll_entry.id"],
            ondelete="CASCADE",
        ),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int]
    token_mac: Mapped[key32]
    entry_id: Mapped[int]
    expires_at: Mapped[datetime]


class RequestState(StrEnum):
    """Where a request to be put on the roll stands."""

    OPEN = "open"
    PROPOSED = "proposed"  # a clerk has looked at it; a commissioner decides
    ACCEPTED = "accepted"
    REFUSED = "refused"


class RollRequest(Base):
    """Somebody who is not on the roll asks to be; who they are is sealed, and erased in time."""

    __tablename__ = "roll_request"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "reference_mac"),
        sa.UniqueConstraint("round_id", "entry_id"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(["round_id", "entry_id"], ["roll_entry.round_id", "roll_entry.id"]),
        seat_key("proposed_by", "proposed_side"),
        seat_key("decided_by", "decided_side"),
        sa.CheckConstraint("proposed_side = 'commission'", "commission_proposes"),
        sa.CheckConstraint("decided_side = 'commission'", "commission_decides"),
        sa.CheckConstraint("decided_by <> proposed_by", "two_hands"),
        sa.CheckConstraint(
            "(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_side IS NULL)",
            "decided_by_somebody",
        ),
        sa.CheckConstraint(
            "(state = 'open') = (proposed_by IS NULL)"
            " AND (proposed_by IS NULL) = (proposed_side IS NULL)"
            " AND (proposed_by IS NULL) = (accept IS NULL)",
            "proposed_by_somebody",
        ),
        sa.CheckConstraint("(state = 'accepted') = (entry_id IS NOT NULL)", "accepted_is_on_roll"),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", "refused_with_reason"),
        sa.CheckConstraint("(erased_at IS NULL) = (content IS NOT NULL)", "content_until_erased"),
        sa.Index("ix_roll_request_state", "round_id", "state", "due_at"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    area_id: Mapped[int | None]  # None: votes city-wide only
    reference_mac: Mapped[key32]  # of the code with which the person who asks looks it up
    content: Mapped[bytes | None]  # name, contact and reason, encrypted with a key of the round
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    accept: Mapped[bool | None]  # what was proposed
    person_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))  # if in the register
    reason: Mapped[str] = mapped_column(default="")  # for the person who asked
    proposed_by: Mapped[int | None]
    proposed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "proposed_side"))
    decided_by: Mapped[int | None]
    decided_side: Mapped[Side | None] = mapped_column(enum_type(Side, "decided_side"))
    decided_at: Mapped[datetime | None]
    entry_id: Mapped[int | None]
    erased_at: Mapped[datetime | None]

    area: Mapped[Area | None] = relationship(viewonly=True)

    @property
    def decided(self) -> bool:
        return self.decided_at is not None
