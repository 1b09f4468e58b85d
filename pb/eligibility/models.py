"""The roll of a round: who may vote, without names."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.db import Base, enum_type, key32, pk
from pb.rounds.models import Area


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
    """One right to vote. It holds keyed hashes only: no name, no number, no code."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "person_mac"),
        sa.UniqueConstraint("round_id", "code_mac"),
        sa.UniqueConstraint("round_id", "id"),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(
            ["round_id", "code_batch_id"], ["code_batch.round_id", "code_batch.id"]
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    area_id: Mapped[int | None]  # None: votes city-wide only
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roll_import.id"))
    person_mac: Mapped[key32]
    code_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    code_issued_at: Mapped[datetime | None]
    codes_issued: Mapped[int] = mapped_column(default=0)  # more than 1: a code was replaced
    code_batch_id: Mapped[int | None]  # None: a single code, from the desk

    area: Mapped[Area | None] = relationship()
