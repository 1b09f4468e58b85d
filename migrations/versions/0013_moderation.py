"""Moderation: reports, measures, appeals, lifts, and the posts of people who are limited."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SUBJECTS = ("answer", "comment", "idea", "workshop-idea", "reflection", "proposal")
SIDES = ("community", "commission")
SEAT = ["seat.round_id", "seat.account_id", "seat.side"]
TABLES = ("limited_post", "measure_lift", "measure_appeal", "measure", "post_report")
KEPT = "What stewards did stays as it is."
# What nobody changes afterwards: (table, events).
IMMUTABLE = (("measure", ("UPDATE", "DELETE")), ("measure_lift", ("UPDATE", "DELETE")))
DECIDED = "OLD.decided_at IS NOT NULL"


def upgrade() -> None:
    _make_reports()
    _make_measures()
    _make_what_became_of_them()
    _create_triggers()


def _make_reports() -> None:
    op.create_table(
        "post_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("subject", _enum("subject", *SUBJECTS), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reporter_side", _enum("reporter_side", *SIDES), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("excerpt", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_side", _enum("answered_side", *SIDES), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        *_clause(),
        _round("post_report"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_post_report_author_id_account")
        ),
        _seat("post_report", "reporter_id", "reporter_side"),
        _seat("post_report", "answered_by", "answered_side"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_report")),
        sa.UniqueConstraint("round_id", "id", "reporter_id", name=op.f("uq_post_report_reporter")),
        sa.UniqueConstraint("id", "author_id", name=op.f("uq_post_report_id_author_id")),
        sa.UniqueConstraint(
            "round_id", "subject", "subject_id", "reporter_id", name=op.f("uq_post_report_once")
        ),
        *_checks(
            "post_report",
            of_another_person="reporter_id <> author_id",
            community_answers="answered_side = 'community'",
            answered_by_another_person="answered_by <> reporter_id",
            not_by_the_author="answered_by <> author_id",
            answered_by_somebody="(answered_at IS NULL) = (answered_by IS NULL)"
            " AND (answered_by IS NULL) = (answered_side IS NULL)",
            reason_given="length(reason) > 0",
        ),
    )


def _make_measures() -> None:
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("measurekind", "hide", "warn", "limit", "pause"), nullable=False),
        sa.Column("subject", _enum("subject", *SUBJECTS), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_side", _enum("side", *SIDES), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_clause(),
        _round("measure"),
        _seat("measure", "by_id", "by_side"),
        sa.ForeignKeyConstraint(
            ["round_id", "report_id", "reporter_id"],
            ["post_report.round_id", "post_report.id", "post_report.reporter_id"],
            name=op.f("fk_measure_report"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "person_id"],
            ["post_report.id", "post_report.author_id"],
            name=op.f("fk_measure_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint("round_id", "id", "by_id", "person_id", name=op.f("uq_measure_people")),
        sa.UniqueConstraint("report_id", "kind", name=op.f("uq_measure_report_id_kind")),
        *_checks(
            "measure",
            community_moderates="by_side = 'community'",
            not_by_the_reporter="by_id <> reporter_id",
            not_by_the_author="by_id <> person_id",
            steps_concern_a_person="kind = 'hide' OR person_id IS NOT NULL",
            ends="(kind IN ('limit', 'pause')) = (days IS NOT NULL)",
            not_for_long="days BETWEEN 1 AND 14",
            reason_given="length(reason) > 0",
        ),
    )
    op.create_index("ix_measure_person", "measure", ["round_id", "person_id", "at"])
    op.create_index("ix_measure_subject", "measure", ["round_id", "subject", "subject_id"])


def _make_what_became_of_them() -> None:
    op.create_table(
        "measure_appeal",
        sa.Column("measure_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("measured_by", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_side", _enum("decided_side", *SIDES), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", _enum("appealverdict", "upheld", "restored"), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        _round("measure_appeal"),
        sa.ForeignKeyConstraint(
            ["round_id", "measure_id", "measured_by", "person_id"],
            ["measure.round_id", "measure.id", "measure.by_id", "measure.person_id"],
            name=op.f("fk_measure_appeal_measure"),
        ),
        _seat("measure_appeal", "decided_by", "decided_side"),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_measure_appeal")),
        *_checks(
            "measure_appeal",
            decided_by_another_person="decided_by <> measured_by",
            not_by_the_author="decided_by <> person_id",
            decided_by_somebody="(decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_side IS NULL)"
            " AND (decided_by IS NULL) = (verdict IS NULL)",
            decided_with_a_reason="verdict IS NULL OR length(reason) > 0",
            text_given="length(text) > 0",
        ),
    )
    op.create_index("ix_measure_appeal_round_id", "measure_appeal", ["round_id"])
    op.create_table(
        "measure_lift",
        sa.Column("measure_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_side", _enum("side", *SIDES), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_measure_lift_measure_id_measure")
        ),
        _seat("measure_lift", "by_id", "by_side"),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_measure_lift")),
        *_checks(
            "measure_lift",
            community_lifts="by_side = 'community'",
            reason_given="length(reason) > 0",
        ),
    )
    op.create_table(
        "limited_post",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _round("limited_post"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_limited_post_account_id_account")
        ),
        sa.PrimaryKeyConstraint("round_id", "account_id", "day", name=op.f("pk_limited_post")),
    )


def _clause() -> list[sa.Column]:
    return [
        sa.Column("clause_key", sa.String(), nullable=False),
        sa.Column("clause_number", sa.String(), nullable=False),
        sa.Column("clause_heading", sa.String(), nullable=False),
        sa.Column("clause_text", sa.String(), nullable=False),
        sa.Column("clause_version", sa.Integer(), nullable=True),
    ]


def _round(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["round_id"], ["round.id"], name=op.f(f"fk_{table}_round_id_round")
    )


def _seat(table: str, column: str, side: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["round_id", column, side], SEAT, name=op.f(f"fk_{table}_round_id_{column}_{side}_seat")
    )


def _checks(table: str, **rules: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _triggers() -> list[tuple[str, str, str, str | None]]:
    """(name, table, event, condition) of everything that the database refuses."""
    kept = [
        (f"never_{table}_{event.lower()}", table, event, None)
        for table, events in IMMUTABLE
        for event in events
    ]
    return [
        *kept,
        ("never_measure_appeal_update", "measure_appeal", "UPDATE", DECIDED),
        ("never_measure_appeal_delete", "measure_appeal", "DELETE", None),
        ("never_post_report_delete", "post_report", "DELETE", None),
    ]


def _create_triggers() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition in _triggers():
        if sqlite:
            when = f"WHEN {condition} " if condition else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}"
                f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
            )
            continue
        given = "NEW" if event == "UPDATE" else "OLD"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition or 'true'} THEN RAISE EXCEPTION '{KEPT}' USING ERRCODE = '23514'; "
            f"END IF; RETURN {given}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name, *_ in _triggers():
            op.execute(f"DROP FUNCTION {name}()")
