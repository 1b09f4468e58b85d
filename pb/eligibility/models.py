"""The roll of a round: who may vote. Names and addresses, where there are any, stay apart."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from pb.db import Base, enum_type, key32, pk
from pb.rounds.models import Area, Side, seat_key

NUMBERS = 0x5242  # the space of locks under which an entry gets its number
CODES = 0x5044  # the space of locks under which codes are given out together
DAYS_KEPT = 14


class VoterClass(StrEnum):
    """Why somebody may vote: what ties them to the town."""

    RESIDENT = "resident"
    WORKER = "worker"
    STUDENT = "student"
    OTHER = "other"


class RollRules(Base):
    """Who may be on the roll of a round, and for how long it knows names; without a row, defaults.

    The default: all classes, any age, personal details erased two weeks after the vote.
    """

    __tablename__ = "roll_rules"
    __table_args__ = (
        sa.CheckConstraint("minimum_age BETWEEN 1 AND 99", "minimum_age_sensible"),
        sa.CheckConstraint("erase_after_days BETWEEN 0 AND 365", "erased_within_a_year"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    classes: Mapped[list[str]] = mapped_column(default=lambda: [*VoterClass])
    minimum_age: Mapped[int | None]
    age_on: Mapped[date | None]  # None: the day on which voting opens
    erase_after_days: Mapped[int] = mapped_column(default=DAYS_KEPT)  # after voting closes


class RollUpload(Base):
    """A file that waits to be read into the roll; it goes once it is read, or after a day."""

    __tablename__ = "roll_upload"
    __table_args__ = (sa.UniqueConstraint("stored_as"),)

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    stored_as: Mapped[str]  # the name of the file among the uploads; nobody can guess it
    filename: Mapped[str]
    digest: Mapped[str]  # SHA-256 of the file
    size: Mapped[int] = mapped_column(sa.BigInteger)  # bytes
    uploaded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    uploaded_at: Mapped[datetime]
    choices: Mapped[dict[str, Any] | None]  # pb.eligibility.columns.Choices as JSON
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))  # that reads it
    mistakes: Mapped[int | None]  # how many it had when it was read last


class RollImport(Base):
    """A list of entitled people that was read into the roll, as a whole or not at all."""

    __tablename__ = "roll_import"
    __table_args__ = (sa.UniqueConstraint("job_id"),)

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    filename: Mapped[str]
    digest: Mapped[str]  # SHA-256 of the file
    entries: Mapped[int]
    imported_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    imported_at: Mapped[datetime]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))  # which is never done twice
    undone_at: Mapped[datetime | None]


def _next_number(context: Any) -> int:
    """The number after the highest of the round, while nobody else can take it."""
    connection, round_id = context.connection, context.get_current_parameters()["round_id"]
    if connection.dialect.name == "postgresql":
        taking = sa.text("SELECT pg_advisory_xact_lock(:space, :round_id)")
        connection.execute(taking, {"space": NUMBERS, "round_id": round_id})
    # Rows of one statement are numbered before any of them is stored.
    given = context.__dict__.setdefault("roll_numbers", {})
    given[round_id] = max(given.get(round_id, 0), highest_number(connection, round_id)) + 1
    return given[round_id]


def highest_number(database: Connection | Session, round_id: int) -> int:
    """The highest number on the roll of a round so far; those that were taken back count too.

    A letter with such a number may be about, so nobody else gets it.
    """
    of_round, listed = RollEntry.round_id == round_id, RollImport.round_id == round_id
    taken_back = select(func.count()).where(listed, RollImport.undone_at.is_not(None))
    highest = select(func.max(RollEntry.number)).where(of_round)
    found, undone = database.execute(
        select(highest.scalar_subquery(), taken_back.scalar_subquery())
    ).one()
    if not undone:
        return found or 0
    # Every list got the numbers that followed, and so did everybody who came without one.
    on_lists = database.scalar(select(func.sum(RollImport.entries)).where(listed))
    alone = database.scalar(select(func.count()).where(of_round, RollEntry.import_id.is_(None)))
    return max(found or 0, on_lists + alone)


class Form(StrEnum):
    """What is made of codes that are given out together."""

    PDF = "pdf"  # letters, in files of some hundred
    CSV = "csv"  # a list for a printing house
    PAGE = "page"  # shown once, on a page to print


class CodeBatch(Base):
    """Codes that were given out together; the codes themselves are kept nowhere.

    Their file waits outside the database, encrypted with `file_key`. Without the key, which is
    erased when the file is collected, nobody can read it.
    """

    __tablename__ = "code_batch"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("codes > 0", "holds_codes"),
        sa.CheckConstraint(
            "file_key IS NULL OR (collected_at IS NULL AND revoked_at IS NULL)", "read_once"
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"), index=True)
    form: Mapped[Form] = mapped_column(enum_type(Form))
    whom: Mapped[str]  # in words, for the officers
    codes: Mapped[int]
    language: Mapped[str]  # of letters to people whose language is not known
    sender: Mapped[str]
    desk: Mapped[str]
    issued_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))  # or a command
    issued_at: Mapped[datetime]
    file_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    ready_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]  # none of its codes works since then


class RollEntry(Base):
    """One right to vote. It holds keyed hashes only: no name, no number of a register, no code."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "person_mac"),
        sa.UniqueConstraint("round_id", "code_mac"),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("round_id", "number"),
        sa.CheckConstraint("number > 0", "number_positive"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(
            ["round_id", "code_batch_id"], ["code_batch.round_id", "code_batch.id"]
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    number: Mapped[int] = mapped_column(default=_next_number)  # on the roll, from 1
    area_id: Mapped[int | None]  # None: votes city-wide only
    voter_class: Mapped[VoterClass] = mapped_column(
        enum_type(VoterClass), default=VoterClass.RESIDENT
    )
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roll_import.id"), index=True)
    person_mac: Mapped[key32]
    code_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    code_issued_at: Mapped[datetime | None]
    codes_issued: Mapped[int] = mapped_column(default=0)  # and taken back; 0: never had a code
    code_batch_id: Mapped[int | None]  # None: a single code, from the desk

    code_route: Mapped[str | None]  # pb.rounds.routes.Route by which the code came; None: a letter
    self_declared: Mapped[bool] = mapped_column(default=False)  # nobody checked it

    area: Mapped[Area | None] = relationship()


class Voter(NamedTuple):
    """What casting a ballot asks of a roll entry."""

    id: int
    round_id: int
    area_id: int | None
    codes_issued: int


class RollPerson(Base):
    """What is known of the person of an entry, for letters, mail and the desk, until it is erased.

    `sealed` is encrypted; the two keyed hashes find a person by birth date or e-mail. All three
    are worthless without a key that lies outside the database and is destroyed when they go.
    """

    __tablename__ = "roll_person"
    __table_args__ = (
        sa.PrimaryKeyConstraint("round_id", "number"),
        sa.ForeignKeyConstraint(
            ["round_id", "number"],
            ["roll_entry.round_id", "roll_entry.number"],
            ondelete="CASCADE",
        ),
        *(
            sa.Index(
                f"ix_roll_person_{column}",
                "round_id",
                column,
                sqlite_where=sa.text(f"{column} IS NOT NULL"),
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
            )
            for column in ("birth_mac", "email_mac")
        ),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int]
    number: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    birth_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    email_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))


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
