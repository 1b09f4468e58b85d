"""An open question, what people answer, who agrees, what a steward heard, and where they differ."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Account
from pb.db import Base, enum_type, pk
from pb.rounds.models import Area, Round, Side, seat_key

QUESTION, WHY, ANSWER, HEARD, REASON, NAME = 200, 400, 800, 600, 300, 40  # characters at most


class Signature(StrEnum):
    """How the author of an answer is shown."""

    NAME = "name"
    PSEUDONYM = "pseudonym"
    NONE = "none"


class Origin(StrEnum):
    """How an answer came here."""

    ONLINE = "online"  # its author wrote it here
    PERSON = "person"  # a steward wrote it down for somebody who is not online
    WORKSHOP = "workshop"  # a steward wrote it down for the people of a workshop


class Dissent(StrEnum):
    """Whether an answer stands against what most say."""

    NO = "no"
    ASKED = "asked"  # a steward thinks so; the author has not answered yet
    YES = "yes"
    DECLINED = "declined"  # a steward thought so, the author does not


class Fit(StrEnum):
    """What an author says about a summary of their answer."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"  # with words of their own beside it
    DECLINED = "declined"


class Question(Base):
    """One open question to everybody, from a day to a day; it changes no more once answered."""

    __tablename__ = "listening_question"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        seat_key("asked_by", "asked_side"),
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("asked_side = 'community'", "community_asks"),
        sa.CheckConstraint(f"length(text) BETWEEN 1 AND {QUESTION}", "text_length"),
        sa.CheckConstraint(f"length(why) <= {WHY}", "why_length"),
        sa.CheckConstraint("opened_at < closes_at", "opens_before_it_closes"),
        sa.CheckConstraint("settled_at >= closes_at", "settled_after_the_close"),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int | None]  # empty: for everybody
    text: Mapped[str]
    why: Mapped[str] = mapped_column(default="")  # what becomes of the answers
    asked_by: Mapped[int]
    asked_side: Mapped[Side] = mapped_column(enum_type(Side, "asked_side"), default=Side.COMMUNITY)
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]  # when its close was told

    round: Mapped[Round] = relationship(overlaps="area")
    area: Mapped[Area | None] = relationship(overlaps="round")

    def open_at(self, now: datetime) -> bool:
        """Whether people can answer it."""
        return self.opened_at <= now < self.closes_at


class Suggestion(Base):
    """A question that the commission would like to ask; a steward asks it, or says why not."""

    __tablename__ = "listening_suggestion"
    __table_args__ = (
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(
            ["round_id", "question_id"], ["listening_question.round_id", "listening_question.id"]
        ),
        seat_key("by_id", "by_side"),
        sa.CheckConstraint("by_side = 'commission'", "commission_suggests"),
        sa.CheckConstraint(f"length(text) BETWEEN 1 AND {QUESTION}", "text_length"),
        sa.CheckConstraint(f"length(why) <= {WHY}", "why_length"),
        sa.CheckConstraint(
            "(answered_at IS NOT NULL) = (question_id IS NOT NULL OR length(reason) > 0)",
            "asked_or_a_reason",
        ),
    )

    id: Mapped[pk]
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    area_id: Mapped[int | None]
    text: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int]
    by_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMISSION)
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    question_id: Mapped[int | None]  # that came of it
    reason: Mapped[str] = mapped_column(default="")  # why it was not asked

    area: Mapped[Area | None] = relationship(viewonly=True)


class OwnName(Base):
    """The other name under which somebody answers in a round; nobody else can take it."""

    __tablename__ = "listening_name"
    __table_args__ = (
        seat_key("account_id", "side"),
        sa.UniqueConstraint("round_id", "key"),
        sa.CheckConstraint("side = 'community'", "community_answers"),
        sa.CheckConstraint(f"length(name) BETWEEN 1 AND {NAME}", "name_length"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    name: Mapped[str]
    key: Mapped[str]  # in small letters, so that “Heron” and “heron” are one name


class Answer(Base):
    """What somebody says to a question; its words never change."""

    __tablename__ = "listening_answer"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "question_id"], ["listening_question.round_id", "listening_question.id"]
        ),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        seat_key("account_id", "side"),
        seat_key("entered_by", "entered_side"),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("question_id", "id"),
        sa.CheckConstraint("side = 'community'", "community_answers"),
        sa.CheckConstraint("entered_side = 'community'", "community_enters"),
        sa.CheckConstraint("(account_id IS NULL) = (side IS NULL)", "account_with_its_side"),
        sa.CheckConstraint("(entered_by IS NULL) = (entered_side IS NULL)", "steward_with_a_side"),
        sa.CheckConstraint(
            "(account_id IS NOT NULL) = (origin = 'online')"
            " AND (entered_by IS NULL) = (origin = 'online')",
            "own_or_for_others",
        ),
        sa.CheckConstraint("signature <> 'pseudonym' OR length(name) > 0", "pseudonym_given"),
        sa.CheckConstraint("signature <> 'none' OR name = ''", "unsigned_has_no_name"),
        sa.CheckConstraint("origin = 'online' OR dissent IN ('no', 'yes')", "nobody_to_ask"),
        sa.CheckConstraint(f"length(text) BETWEEN 1 AND {ANSWER}", "text_length"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    question_id: Mapped[int]
    area_id: Mapped[int | None]  # where its author lives, if they said so
    text: Mapped[str]
    origin: Mapped[Origin] = mapped_column(enum_type(Origin), default=Origin.ONLINE)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    side: Mapped[Side | None] = mapped_column(enum_type(Side))
    signature: Mapped[Signature] = mapped_column(enum_type(Signature))
    name: Mapped[str] = mapped_column(default="")  # other name; or of somebody who is not online
    entered_by: Mapped[int | None]  # the steward who wrote it down
    entered_side: Mapped[Side | None] = mapped_column(enum_type(Side, "entered_side"))
    dissent: Mapped[Dissent] = mapped_column(enum_type(Dissent), default=Dissent.NO)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    question: Mapped[Question] = relationship(overlaps="account,area")
    area: Mapped[Area | None] = relationship(overlaps="question")
    account: Mapped[Account | None] = relationship(overlaps="question")
    steward: Mapped[Account | None] = relationship(
        primaryjoin="foreign(Answer.entered_by) == Account.id", viewonly=True
    )

    @property
    def signed(self) -> str:
        """Who says it, as everybody may read it; never the account behind another name."""
        if self.signature is Signature.NONE:
            return "people of a workshop" if self.origin is Origin.WORKSHOP else "a resident"
        if self.signature is Signature.NAME and self.account is not None:
            return self.account.name
        return self.name

    @property
    def voice(self) -> tuple[str, str | int]:
        """Whose voice it is, so far as readers may connect answers with each other."""
        if self.origin is not Origin.ONLINE:
            return (self.origin, self.name.casefold() or self.id)
        return (
            self.signature,
            self.account_id if self.signature is not Signature.NONE else self.id,
        )


class Support(Base):
    """Somebody else agrees with an answer; how many do is hidden until the question closes."""

    __tablename__ = "listening_support"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "answer_id"], ["listening_answer.round_id", "listening_answer.id"]
        ),
        seat_key("account_id", "side"),
        sa.PrimaryKeyConstraint("answer_id", "account_id"),
        sa.CheckConstraint("side = 'community'", "community_supports"),
    )

    round_id: Mapped[int]
    answer_id: Mapped[int]
    account_id: Mapped[int]
    side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    at: Mapped[datetime]


class Heard(Base):
    """What a steward heard in one answer or several, in the steward's words."""

    __tablename__ = "listening_heard"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "question_id"], ["listening_question.round_id", "listening_question.id"]
        ),
        seat_key("by_id", "by_side"),
        sa.UniqueConstraint("question_id", "id"),
        sa.CheckConstraint("by_side = 'community'", "community_hears"),
        sa.CheckConstraint(f"length(text) BETWEEN 1 AND {HEARD}", "text_length"),
    )

    id: Mapped[pk]
    round_id: Mapped[int]
    question_id: Mapped[int]
    text: Mapped[str]
    by_id: Mapped[int]
    by_side: Mapped[Side] = mapped_column(enum_type(Side), default=Side.COMMUNITY)
    at: Mapped[datetime]

    question: Mapped[Question] = relationship()
    by: Mapped[Account] = relationship(
        primaryjoin="foreign(Heard.by_id) == Account.id", viewonly=True
    )
    answers: Mapped[list["HeardAnswer"]] = relationship(
        order_by="HeardAnswer.answer_id", back_populates="heard", overlaps="answer"
    )

    @property
    def public(self) -> bool:
        """Whether an author finds themselves in it: until then only they and stewards read it."""
        return any(one.fit in (Fit.CONFIRMED, Fit.CORRECTED) for one in self.answers)


class HeardAnswer(Base):
    """An answer that a summary is about, and what its author says to that; said once."""

    __tablename__ = "listening_heard_answer"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["question_id", "heard_id"], ["listening_heard.question_id", "listening_heard.id"]
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "answer_id"], ["listening_answer.question_id", "listening_answer.id"]
        ),
        seat_key("passed_on_by", "passed_on_side"),
        sa.PrimaryKeyConstraint("heard_id", "answer_id"),
        sa.CheckConstraint("(fit = 'waiting') = (said_at IS NULL)", "said_once"),
        sa.CheckConstraint("(fit = 'corrected') = (length(words) > 0)", "corrected_in_words"),
        sa.CheckConstraint(f"length(words) <= {HEARD}", "words_length"),
        sa.CheckConstraint("passed_on_side = 'community'", "community_passes_on"),
        sa.CheckConstraint(
            "(passed_on_by IS NULL) = (passed_on_side IS NULL)", "steward_with_a_side"
        ),
        # One summary at a time asks the author of an answer.
        sa.Index(
            "uq_listening_heard_answer_one_waiting",
            "answer_id",
            unique=True,
            sqlite_where=sa.text("fit = 'waiting'"),
            postgresql_where=sa.text("fit = 'waiting'"),
        ),
    )

    round_id: Mapped[int]
    question_id: Mapped[int]
    heard_id: Mapped[int]
    answer_id: Mapped[int] = mapped_column(index=True)
    fit: Mapped[Fit] = mapped_column(enum_type(Fit), default=Fit.WAITING)
    words: Mapped[str] = mapped_column(default="")  # of the author, where they correct it
    said_at: Mapped[datetime | None]
    passed_on_by: Mapped[int | None]  # a steward, for an author who is not online
    passed_on_side: Mapped[Side | None] = mapped_column(enum_type(Side, "passed_on_side"))

    heard: Mapped[Heard] = relationship(back_populates="answers", overlaps="answer")
    answer: Mapped[Answer] = relationship(overlaps="answers,heard")
