"""The documents of a round, their versions and clauses, and what people say and decide on them."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.rounds.models import Side, seat_key


class Kind(StrEnum):
    """The documents that a round can have."""

    PURPOSE = "purpose"
    PRINCIPLES = "principles"
    CHARTER = "charter"
    GLOSSARY = "glossary"


class Choice(StrEnum):
    """What a person says when a version is put to the vote."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Reply(StrEnum):
    """What became of a comment."""

    ANSWERED = "answered"
    TAKEN_UP = "taken-up"
    NOT_TAKEN_UP = "not-taken-up"


class Version(Base):
    """One version of a document: a draft, then put to the vote, then in force or turned down.

    The clock closes the vote, and the votes decide; `settled_at` only notes that it was told.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        seat_key("drafted_by", "drafted_side"),
        sa.ForeignKeyConstraint(
            ["round_id", "based_on_id"], ["document_version.round_id", "document_version.id"]
        ),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("round_id", "kind", "number"),
        sa.CheckConstraint("drafted_side = 'community'", "community_drafts"),
        sa.CheckConstraint(
            "(vote_opens_at IS NULL) = (vote_closes_at IS NULL)"
            " AND (vote_opens_at IS NULL) = (votes_needed IS NULL)",
            "vote_with_its_terms",
        ),
        sa.CheckConstraint("vote_opens_at < vote_closes_at", "vote_opens_before_it_closes"),
        sa.CheckConstraint("votes_needed > 0", "votes_needed_positive"),
        sa.CheckConstraint("vote_opens_at IS NULL OR withdrawn_at IS NULL", "vote_stands"),
        sa.CheckConstraint("settled_at >= vote_closes_at", "settled_after_the_vote"),
        sa.Index(
            "uq_document_version_one_open",
            "round_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    kind: Mapped[Kind] = mapped_column(enum_type(Kind, "documentkind"))
    number: Mapped[int]  # within the document, from 1
    based_on_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")  # what is new, and why; public
    revision: Mapped[int] = mapped_column(default=1)  # one more with every change of the draft
    drafted_by: Mapped[int]
    drafted_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    drafted_at: Mapped[datetime]
    vote_opens_at: Mapped[datetime | None]
    vote_closes_at: Mapped[datetime | None]
    votes_needed: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    clauses: Mapped[list["Clause"]] = relationship(
        order_by="(Clause.number, Clause.id)",
        primaryjoin="and_(Version.id == Clause.version_id, ~Clause.removed)",
        viewonly=True,
    )
    all_clauses: Mapped[list["Clause"]] = relationship(
        order_by="(Clause.number, Clause.id)",
        cascade="all, delete-orphan",
        back_populates="version",
    )

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.vote_opens_at is None and self.withdrawn_at is None

    def voting_at(self, now: datetime) -> bool:
        """Whether people can vote on it."""
        opened = self.vote_opens_at is not None and self.vote_opens_at <= now
        return opened and now < self.vote_closes_at

    def voted_at(self, now: datetime) -> bool:
        """Whether the vote is over, and its counts may show."""
        return self.vote_closes_at is not None and self.vote_closes_at <= now


class Clause(Base):
    """One clause of a version; in a glossary the heading is the term.

    It can be cited for ever: once the vote has opened, the database refuses every change.
    """

    __tablename__ = "document_clause"
    __table_args__ = (sa.CheckConstraint("length(text) > 0", "text_present"),)

    id: Mapped[pk]
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"), index=True)
    number: Mapped[int]
    heading: Mapped[str]
    text: Mapped[str]
    removed: Mapped[bool] = mapped_column(default=False)  # from the draft; its comments stay

    version: Mapped[Version] = relationship(back_populates="all_clauses")


class ClauseComment(Base):
    """What somebody of either side says about a clause of a draft, and what became of it."""

    __tablename__ = "document_comment"
    __table_args__ = (
        seat_key("author_id", "author_side"),
        seat_key("replied_by", "replied_side"),
        sa.CheckConstraint("length(text) > 0", "text_present"),
        sa.CheckConstraint("replied_side = 'community'", "community_replies"),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL) AND (reply IS NULL) = (replied_by IS NULL)"
            " AND (reply IS NULL) = (replied_side IS NULL)",
            "replied_by_somebody",
        ),
        sa.CheckConstraint("reply IS NULL OR reply = 'taken-up' OR length(answer) > 0", "reasoned"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    clause_id: Mapped[int] = mapped_column(sa.ForeignKey("document_clause.id"), index=True)
    author_id: Mapped[int]
    author_side: Mapped[Side] = mapped_column(enum_type(Side, "author_side"))
    text: Mapped[str]
    at: Mapped[datetime]
    reply: Mapped[Reply | None] = mapped_column(enum_type(Reply))
    answer: Mapped[str] = mapped_column(default="")
    replied_by: Mapped[int | None]
    replied_side: Mapped[Side | None] = mapped_column(enum_type(Side, "replied_side"))
    replied_at: Mapped[datetime | None]

    clause: Mapped[Clause] = relationship()
    author: Mapped[Account] = relationship(
        primaryjoin="foreign(ClauseComment.author_id) == Account.id", viewonly=True
    )


class DocumentVote(Base):
    """One person's vote on a version; it may change until the vote closes, and is never shown."""

    __tablename__ = "document_vote"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.ForeignKeyConstraint(
            ["round_id", "version_id"], ["document_version.round_id", "document_version.id"]
        ),
        sa.CheckConstraint("side = 'community'", "community_votes"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    choice: Mapped[Choice] = mapped_column(enum_type(Choice))
    at: Mapped[datetime]


class CharterAcceptance(Base):
    """Somebody of either side has accepted a version of the charter, and is bound by it."""

    __tablename__ = "charter_acceptance"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.ForeignKeyConstraint(
            ["round_id", "version_id"], ["document_version.round_id", "document_version.id"]
        ),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side))
    at: Mapped[datetime]

    version: Mapped[Version] = relationship(viewonly=True)


class DocumentTerms(Base):
    """How the votes on documents of a round are held, where the round chose something else."""

    __tablename__ = "document_terms"
    __table_args__ = (
        sa.CheckConstraint("days BETWEEN 1 AND 60", "days_in_reason"),
        sa.CheckConstraint("votes_needed > 0", "votes_needed_positive"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    days: Mapped[int] = mapped_column(default=7)
    votes_needed: Mapped[int] = mapped_column(default=5)

    @property
    def length(self) -> timedelta:
        """How long a vote is open."""
        return timedelta(days=self.days)
