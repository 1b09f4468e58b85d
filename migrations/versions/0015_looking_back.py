"""Looking back: lines of retrospectives, lessons with two hands and their answers, the survey."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SIDES = ("community", "commission")
PHASES = (
    *("setup", "purpose", "ideas", "review", "ballot", "voting", "counting"),
    *("results", "delivery", "reflection", "archived"),
)
ROLES = ("commissioner", "reviewer", "clerk", "auditor", "steward", "connector")
TABLES = (
    *("lesson_answer", "lesson", "reflection_support", "reflection_line", "reflection_rules"),
    *("survey_answer", "survey_mark"),
)
HANDS = ("text", "phase", "line_id", "steward_id", "commissioner_id")


def upgrade() -> None:
    _make_lines()
    _make_lessons()
    _make_survey()
    for name, table, event, condition, sentence in _rules():
        _refuse(name, table, event, condition, sentence)


def _rules() -> list[tuple[str, str, str, str, str]]:
    """(name, table, event, condition, sentence) of every trigger."""
    differs = "IS NOT" if _sqlite() else "IS DISTINCT FROM"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in HANDS)
    adopted = "OLD.steward_id IS NOT NULL AND OLD.commissioner_id IS NOT NULL"
    lesson = "A lesson that both sides adopted stays as it is."
    survey = "An answer to the survey stays as it was given."
    return [
        ("lesson_update", "lesson", "UPDATE", f"{adopted} AND ({changed})", lesson),
        ("lesson_delete", "lesson", "DELETE", adopted, lesson),
        ("survey_answer_update", "survey_answer", "UPDATE", "1 = 1", survey),
        ("survey_mark_update", "survey_mark", "UPDATE", "1 = 1", survey),
    ]


def _refuse(name: str, table: str, event: str, condition: str, sentence: str) -> None:
    if _sqlite():
        op.execute(
            f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION never_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF; "
        f"RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION never_{name}()"
    )


def _make_lines() -> None:
    op.create_table(
        "reflection_rules",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("survey_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 90", name=op.f("ck_reflection_rules_days_sensible")),
        sa.CheckConstraint(
            "survey_days BETWEEN 7 AND 365", name=op.f("ck_reflection_rules_survey_days_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_reflection_rules_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_reflection_rules")),
    )
    op.create_table(
        "reflection_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("phase", _enum("phase", *PHASES), nullable=False),
        sa.Column("topic", _enum("topic", "kept", "change", "learned"), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("side", _enum("side", *SIDES), nullable=False),
        sa.Column("signature", _enum("signature", "name", "pseudonym", "none"), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(signature = 'pseudonym') = (length(pseudonym) > 0)",
            name=op.f("ck_reflection_line_pseudonym_where_chosen"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_reflection_line_text_given")),
        sa.CheckConstraint("slot BETWEEN 1 AND 3", name=op.f("ck_reflection_line_few_each")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_reflection_line_author_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "author_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_reflection_line_round_id_author_id_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_reflection_line_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflection_line")),
        sa.UniqueConstraint(
            "round_id",
            "author_id",
            "phase",
            "topic",
            "slot",
            name=op.f("uq_reflection_line_round_id_author_id_phase_topic_slot"),
        ),
        sa.UniqueConstraint("round_id", "id", name=op.f("uq_reflection_line_round_id_id")),
    )
    op.create_table(
        "reflection_support",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("side", _enum("side", *SIDES), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "account_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_reflection_support_round_id_account_id_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "line_id"],
            ["reflection_line.round_id", "reflection_line.id"],
            name=op.f("fk_reflection_support_round_id_line_id_reflection_line"),
        ),
        sa.PrimaryKeyConstraint("line_id", "account_id", name=op.f("pk_reflection_support")),
    )


def _make_lessons() -> None:
    op.create_table(
        "lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("phase", _enum("phase", *PHASES), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "state", _enum("lessonstate", "proposed", "open", "done", "dropped"), nullable=False
        ),
        sa.Column("due_phase", _enum("due_phase", *PHASES), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_side", _enum("proposed_side", *SIDES), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("steward_id", sa.Integer(), nullable=True),
        sa.Column("steward_side", _enum("steward_side", *SIDES), nullable=True),
        sa.Column("steward_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("commissioner_id", sa.Integer(), nullable=True),
        sa.Column("commissioner_side", _enum("commissioner_side", *SIDES), nullable=True),
        sa.Column("commissioner_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_side", _enum("owner_side", *SIDES), nullable=True),
        sa.Column("owner_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_role", _enum("owner_role", *ROLES), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_side", _enum("closed_side", *SIDES), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('done', 'dropped')) = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_by IS NULL) = (closed_side IS NULL)",
            name=op.f("ck_lesson_closed_by_somebody"),
        ),
        sa.CheckConstraint(
            "commissioner_side = 'commission'", name=op.f("ck_lesson_one_hand_of_the_commission")
        ),
        sa.CheckConstraint(
            "state <> 'dropped' OR length(outcome) > 0", name=op.f("ck_lesson_dropped_with_reason")
        ),
        sa.CheckConstraint(
            "state NOT IN ('open', 'done')"
            " OR (steward_id IS NOT NULL AND commissioner_id IS NOT NULL)",
            name=op.f("ck_lesson_adopted_with_two_hands"),
        ),
        sa.CheckConstraint(
            "steward_side = 'community'", name=op.f("ck_lesson_one_hand_of_the_community")
        ),
        sa.CheckConstraint(
            "(owner_id IS NULL) = (owner_side IS NULL)", name=op.f("ck_lesson_owner_has_a_side")
        ),
        sa.CheckConstraint(
            "(owner_id IS NULL) = (owner_since IS NULL)", name=op.f("ck_lesson_owner_accepted")
        ),
        sa.CheckConstraint(
            "(steward_id IS NULL) = (steward_side IS NULL)"
            " AND (steward_id IS NULL) = (steward_at IS NULL)"
            " AND (commissioner_id IS NULL) = (commissioner_side IS NULL)"
            " AND (commissioner_id IS NULL) = (commissioner_at IS NULL)",
            name=op.f("ck_lesson_hands_are_whole"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_lesson_text_given")),
        sa.CheckConstraint(
            "owner_id IS NULL OR owner_role IS NULL", name=op.f("ck_lesson_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "closed_by", "closed_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_round_id_closed_by_closed_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "commissioner_id", "commissioner_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_round_id_commissioner_id_commissioner_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "line_id"],
            ["reflection_line.round_id", "reflection_line.id"],
            name=op.f("fk_lesson_round_id_line_id_reflection_line"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "owner_id", "owner_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_round_id_owner_id_owner_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "proposed_by", "proposed_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_round_id_proposed_by_proposed_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "steward_id", "steward_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_round_id_steward_id_steward_side_seat"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_lesson_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
        sa.UniqueConstraint("line_id", name=op.f("uq_lesson_line_id")),
    )
    op.create_index("ix_lesson_round_id_state", "lesson", ["round_id", "state"], unique=False)
    op.create_table(
        "lesson_answer",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("taken_up", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=False),
        sa.Column("answered_side", _enum("side", *SIDES), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answered_side = 'commission'", name=op.f("ck_lesson_answer_commission_answers")
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_lesson_answer_text_given")),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_answer_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "answered_by", "answered_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_lesson_answer_round_id_answered_by_answered_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_lesson_answer_round_id_round")
        ),
        sa.PrimaryKeyConstraint("lesson_id", "round_id", name=op.f("pk_lesson_answer")),
    )
    op.create_index(op.f("ix_lesson_answer_round_id"), "lesson_answer", ["round_id"], unique=False)


def _make_survey() -> None:
    op.create_table(
        "survey_mark",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_survey_mark_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_survey_mark_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "account_id", name=op.f("pk_survey_mark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_answer",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("easy", sa.Integer(), nullable=True),
        sa.Column("understood", sa.Integer(), nullable=True),
        sa.Column("heard", sa.Integer(), nullable=True),
        sa.Column("fair", sa.Integer(), nullable=True),
        sa.Column("again", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column(
            "age",
            _enum("ageclass", "under-18", "18-29", "30-44", "45-64", "65-and-over"),
            nullable=True,
        ),
        sa.Column("way", _enum("way", "online", "paper", "meeting", "not-at-all"), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT may_publish OR length(words) > 0", name=op.f("ck_survey_answer_words_to_publish")
        ),
        sa.CheckConstraint(
            "again BETWEEN 1 AND 5", name=op.f("ck_survey_answer_again_on_the_scale")
        ),
        sa.CheckConstraint("easy BETWEEN 1 AND 5", name=op.f("ck_survey_answer_easy_on_the_scale")),
        sa.CheckConstraint("fair BETWEEN 1 AND 5", name=op.f("ck_survey_answer_fair_on_the_scale")),
        sa.CheckConstraint(
            "heard BETWEEN 1 AND 5", name=op.f("ck_survey_answer_heard_on_the_scale")
        ),
        sa.CheckConstraint(
            "understood BETWEEN 1 AND 5", name=op.f("ck_survey_answer_understood_on_the_scale")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_survey_answer_round_id_area_id_area"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_survey_answer_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "key", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if not _sqlite():
        for name, *_ in _rules():
            op.execute(f"DROP FUNCTION never_{name}()")
