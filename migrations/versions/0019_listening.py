"""Listening: open questions, answers, who agrees, what was heard.

The database refuses answers and supports outside the dates of a question, a support of one's own
answer, and every change of what was asked (once it is answered), answered or heard.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SIDES = ("community", "commission")
SEAT = ["seat.round_id", "seat.account_id", "seat.side"]
QUESTION = ["listening_question.round_id", "listening_question.id"]
TABLES = (
    "listening_heard_answer", "listening_heard", "listening_support", "listening_answer",
    "listening_name", "listening_suggestion", "listening_question",
)  # fmt: skip
ASKED = ("round_id", "area_id", "text", "why", "asked_by", "opened_at", "closes_at")
ANSWERED = (
    "round_id", "question_id", "area_id", "text", "origin", "account_id", "signature", "name",
    "entered_by", "at",
)  # fmt: skip
HEARD = ("round_id", "question_id", "text", "by_id", "at")


def _triggers(sqlite: bool) -> list[tuple[str, str, str, str, str]]:
    """(name, table, event, condition, sentence)."""
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"

    def changed(columns: tuple[str, ...]) -> str:
        return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in columns)

    answered = "EXISTS (SELECT 1 FROM listening_answer a WHERE a.question_id = OLD.id)"
    open_question = "q.opened_at <= NEW.at AND NEW.at < q.closes_at AND q.settled_at IS NULL"
    closed = (
        "NOT EXISTS (SELECT 1 FROM listening_question q"
        f" WHERE q.id = NEW.question_id AND {open_question})"
    )
    joined = "listening_answer a JOIN listening_question q ON q.id = a.question_id"
    closed_for_support = (
        f"NOT EXISTS (SELECT 1 FROM {joined} WHERE a.id = NEW.answer_id AND {open_question})"
    )
    own = (
        "EXISTS (SELECT 1 FROM listening_answer a"
        " WHERE a.id = NEW.answer_id AND a.account_id = NEW.account_id)"
    )
    settled = (
        f"EXISTS (SELECT 1 FROM {joined} WHERE a.id = OLD.answer_id AND q.settled_at IS NOT NULL)"
    )
    heard_own = (
        "EXISTS (SELECT 1 FROM listening_answer a JOIN listening_heard h ON h.by_id = a.account_id"
        " WHERE a.id = NEW.answer_id AND h.id = NEW.heard_id)"
    )
    stays = "What was asked stays as it was answered."
    not_open = "This question is not open."
    return [
        ("question_update", "listening_question", "UPDATE",
         f"{answered} AND ({changed(ASKED)})", stays),
        ("question_settled", "listening_question", "UPDATE",
         f"OLD.settled_at IS NOT NULL AND ({changed((*ASKED, 'settled_at'))})", stays),
        ("answer_insert", "listening_answer", "INSERT", closed, not_open),
        ("answer_update", "listening_answer", "UPDATE",
         changed(ANSWERED), "An answer stays as it was given."),
        ("support_insert", "listening_support", "INSERT", closed_for_support, not_open),
        ("support_own", "listening_support", "INSERT", own, "Nobody supports their own answer."),
        ("support_update", "listening_support", "UPDATE", "1 = 1", "A support stays."),
        ("support_delete", "listening_support", "DELETE", settled, not_open),
        ("heard_update", "listening_heard", "UPDATE",
         changed(HEARD), "What was heard stays as it was written."),
        ("heard_own", "listening_heard_answer", "INSERT",
         heard_own, "Nobody sums up their own answer."),
        ("heard_twice", "listening_heard_answer", "UPDATE",
         "OLD.fit <> 'waiting'", "The author has said what they think of it."),
    ]  # fmt: skip


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _side(name: str = "side", nullable: bool = False) -> sa.Column:
    return sa.Column(name, _enum(name, *SIDES), nullable=nullable)


def _at(name: str = "at", nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str, target: str | None = None, **options: object) -> sa.Column:
    keys = [sa.ForeignKey(target)] if target else []
    return sa.Column(name, sa.Integer(), *keys, **{"nullable": False, **options})


def _seat(column: str, side: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round_id", column, side], SEAT)


def _area() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"])


def upgrade() -> None:
    _make_questions()
    _make_answers()
    _make_heard()
    _create_triggers()


def _make_questions() -> None:
    op.create_table(
        "listening_question",
        _number("id", primary_key=True),
        _number("round_id", "round.id"),
        _number("area_id", nullable=True),
        _text("text"),
        _text("why"),
        _number("asked_by"),
        _side("asked_side"),
        _at("opened_at"),
        _at("closes_at"),
        _at("settled_at", nullable=True),
        _area(),
        _seat("asked_by", "asked_side"),
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("asked_side = 'community'", "community_asks"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 200", "text_length"),
        sa.CheckConstraint("length(why) <= 400", "why_length"),
        sa.CheckConstraint("opened_at < closes_at", "opens_before_it_closes"),
        sa.CheckConstraint("settled_at >= closes_at", "settled_after_the_close"),
    )
    op.create_index("ix_listening_question_round_id", "listening_question", ["round_id"])
    op.create_table(
        "listening_suggestion",
        _number("id", primary_key=True),
        _number("round_id", "round.id"),
        _number("area_id", nullable=True),
        _text("text"),
        _text("why"),
        _number("by_id"),
        sa.Column("by_side", _enum("side", *SIDES), nullable=False),
        _at(),
        _at("answered_at", nullable=True),
        _number("question_id", nullable=True),
        _text("reason"),
        _area(),
        sa.ForeignKeyConstraint(["round_id", "question_id"], QUESTION),
        _seat("by_id", "by_side"),
        sa.CheckConstraint("by_side = 'commission'", "commission_suggests"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 200", "text_length"),
        sa.CheckConstraint("length(why) <= 400", "why_length"),
        sa.CheckConstraint(
            "(answered_at IS NOT NULL) = (question_id IS NOT NULL OR length(reason) > 0)",
            "asked_or_a_reason",
        ),
    )
    op.create_index("ix_listening_suggestion_round_id", "listening_suggestion", ["round_id"])


def _make_answers() -> None:
    op.create_table(
        "listening_name",
        _number("round_id", "round.id", primary_key=True, autoincrement=False),
        _number("account_id", primary_key=True, autoincrement=False),
        _side(),
        _text("name"),
        _text("key"),
        _seat("account_id", "side"),
        sa.UniqueConstraint("round_id", "key"),
        sa.CheckConstraint("side = 'community'", "community_answers"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", "name_length"),
    )
    op.create_table(
        "listening_answer",
        _number("id", primary_key=True),
        _number("round_id"),
        _number("question_id"),
        _number("area_id", nullable=True),
        _text("text"),
        sa.Column("origin", _enum("origin", "online", "person", "workshop"), nullable=False),
        _number("account_id", "account.id", nullable=True),
        _side(nullable=True),
        sa.Column("signature", _enum("signature", "name", "pseudonym", "none"), nullable=False),
        _text("name"),
        _number("entered_by", nullable=True),
        _side("entered_side", nullable=True),
        sa.Column("dissent", _enum("dissent", "no", "asked", "yes", "declined"), nullable=False),
        _at(),
        _at("withdrawn_at", nullable=True),
        sa.ForeignKeyConstraint(["round_id", "question_id"], QUESTION),
        _area(),
        _seat("account_id", "side"),
        _seat("entered_by", "entered_side"),
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
        sa.CheckConstraint("length(text) BETWEEN 1 AND 800", "text_length"),
    )
    op.create_index("ix_listening_answer_account_id", "listening_answer", ["account_id"])
    op.create_table(
        "listening_support",
        _number("round_id"),
        _number("answer_id"),
        _number("account_id"),
        _side(),
        _at(),
        sa.PrimaryKeyConstraint("answer_id", "account_id"),
        sa.ForeignKeyConstraint(
            ["round_id", "answer_id"], ["listening_answer.round_id", "listening_answer.id"]
        ),
        _seat("account_id", "side"),
        sa.CheckConstraint("side = 'community'", "community_supports"),
    )


def _make_heard() -> None:
    op.create_table(
        "listening_heard",
        _number("id", primary_key=True),
        _number("round_id"),
        _number("question_id"),
        _text("text"),
        _number("by_id"),
        sa.Column("by_side", _enum("side", *SIDES), nullable=False),
        _at(),
        sa.ForeignKeyConstraint(["round_id", "question_id"], QUESTION),
        _seat("by_id", "by_side"),
        sa.UniqueConstraint("question_id", "id"),
        sa.CheckConstraint("by_side = 'community'", "community_hears"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 600", "text_length"),
    )
    op.create_table(
        "listening_heard_answer",
        _number("round_id"),
        _number("question_id"),
        _number("heard_id"),
        _number("answer_id"),
        sa.Column(
            "fit", _enum("fit", "waiting", "confirmed", "corrected", "declined"), nullable=False
        ),
        _text("words"),
        _at("said_at", nullable=True),
        _number("passed_on_by", nullable=True),
        _side("passed_on_side", nullable=True),
        sa.PrimaryKeyConstraint("heard_id", "answer_id"),
        sa.ForeignKeyConstraint(
            ["question_id", "heard_id"], ["listening_heard.question_id", "listening_heard.id"]
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "answer_id"], ["listening_answer.question_id", "listening_answer.id"]
        ),
        _seat("passed_on_by", "passed_on_side"),
        sa.CheckConstraint("(fit = 'waiting') = (said_at IS NULL)", "said_once"),
        sa.CheckConstraint("(fit = 'corrected') = (length(words) > 0)", "corrected_in_words"),
        sa.CheckConstraint("length(words) <= 600", "words_length"),
        sa.CheckConstraint("passed_on_side = 'community'", "community_passes_on"),
        sa.CheckConstraint(
            "(passed_on_by IS NULL) = (passed_on_side IS NULL)", "steward_with_a_side"
        ),
    )
    op.create_index("ix_listening_heard_answer_answer_id", "listening_heard_answer", ["answer_id"])
    op.create_index(
        "uq_listening_heard_answer_one_waiting",
        "listening_heard_answer",
        ["answer_id"],
        unique=True,
        sqlite_where=sa.text("fit = 'waiting'"),
        postgresql_where=sa.text("fit = 'waiting'"),
    )


def _create_triggers() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in _triggers(sqlite):
        if sqlite:
            op.execute(
                f"CREATE TRIGGER never_listening_{name} BEFORE {event} ON {table} FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
        row = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION never_listening_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; "
            f"END IF; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER never_listening_{name} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION never_listening_{name}()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in _triggers(sqlite):
        if sqlite:
            op.execute(f"DROP TRIGGER never_listening_{name}")
        else:
            op.execute(f"DROP TRIGGER never_listening_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_listening_{name}()")
    for table in TABLES:
        op.drop_table(table)
