"""Terms: invitations, deputies, absences, hand-over, interests, recusals, stand-ins of stewards.

The database refuses a decision, and its release, to somebody who stepped back from the proposal,
and what was declared about stewards stays as it was when the round was published.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SIDES = ("community", "commission")
ROLES = ("commissioner", "reviewer", "clerk", "auditor", "steward", "connector")
FALLBACKS = ("wait", "commissioner", "auditor")
SEAT = ["seat.round_id", "seat.account_id", "seat.side"]
TABLES = (
    "recusal", "declaration", "handover_note", "handover_line", "invitation", "act_stand_in",
    "stewardship", "absence",
)  # fmt: skip


def _published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM round r WHERE r.id = {row}.round_id AND r.published_at IS NOT NULL)"
    )


def _recused(column: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM recusal x WHERE x.proposal_id = NEW.proposal_id"
        f" AND x.account_id = NEW.{column})"
    )


def _triggers() -> list[tuple[str, str, str, str, str]]:
    """(name, table, event, condition, sentence)."""
    settled = "This was settled before the round was published."
    recused = "This person has stepped back from the proposal."
    return [
        ("stewardship_insert", "stewardship", "INSERT", _published("NEW"), settled),
        ("stewardship_update", "stewardship", "UPDATE", _published("OLD"), settled),
        ("stewardship_delete", "stewardship", "DELETE", _published("OLD"), settled),
        ("stand_in_update", "act_stand_in", "UPDATE", "1 = 1", "What happened stays."),
        ("stand_in_delete", "act_stand_in", "DELETE", "1 = 1", "What happened stays."),
        ("recused_decision", "decision", "INSERT", _recused("decided_by"), recused),
        (
            "recused_release",
            "decision",
            "UPDATE",
            f"OLD.released_by IS NULL AND NEW.released_by IS NOT NULL"
            f" AND {_recused('released_by')}",
            recused,
        ),
        ("recusal_update", "recusal", "UPDATE", "1 = 1", "A step back is for good."),
        ("recusal_delete", "recusal", "DELETE", "1 = 1", "A step back is for good."),
    ]


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, target: str | None = None, **options: object) -> sa.Column:
    keys = [sa.ForeignKey(target)] if target else []
    return sa.Column(name, sa.Integer(), *keys, **{"nullable": False, **options})


def _seat(column: str, side: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round_id", column, side], SEAT)


def upgrade() -> None:
    op.execute(
        "ALTER TABLE appointment ADD COLUMN deputy_for_id INTEGER"
        " CONSTRAINT fk_appointment_deputy_for_id_appointment REFERENCES appointment (id)"
    )
    op.create_table(
        "absence",
        _number("id", primary_key=True),
        _number("appointment_id", "appointment.id"),
        _at("starts_at"),
        _at("ends_at"),
        sa.CheckConstraint("starts_at < ends_at", "starts_before_it_ends"),
    )
    op.create_index("ix_absence_appointment_id", "absence", ["appointment_id"])
    _make_stewardship()
    _make_invitation()
    _make_handover()
    _make_interests()
    _create_triggers()


def _make_stewardship() -> None:
    op.create_table(
        "stewardship",
        _number("round_id", "round.id", primary_key=True, autoincrement=False),
        _number("required"),
        sa.Column("fallback", _enum("fallback", *FALLBACKS), nullable=False),
        sa.CheckConstraint("required BETWEEN 1 AND 9", "a_few"),
    )
    op.create_table(
        "act_stand_in",
        _number("act_id", "act.id", primary_key=True, autoincrement=False),
        sa.Column("fallback", _enum("fallback", *FALLBACKS), nullable=False),
        _number("serving"),
        _number("required"),
    )


def _make_invitation() -> None:
    op.create_table(
        "invitation",
        _number("id", primary_key=True),
        _number("round_id", "round.id"),
        _number("account_id", "account.id"),
        sa.Column("role", _enum("role", *ROLES), nullable=False),
        _number("invited_by"),
        sa.Column("invited_side", _enum("side", *SIDES), nullable=False),
        _at("at"),
        _at("starts_at", nullable=True),
        _at("ends_at"),
        _number("deputy_for_id", "appointment.id", nullable=True),
        _at("answered_at", nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        _seat("invited_by", "invited_side"),
        sa.CheckConstraint("role IN ('steward', 'connector')", "community_is_asked"),
        sa.CheckConstraint("invited_side = 'commission'", "commission_invites"),
        sa.CheckConstraint("(answered_at IS NULL) = (accepted IS NULL)", "answered_once"),
    )
    op.create_index(
        "uq_invitation_one_open",
        "invitation",
        ["round_id", "account_id", "role"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _make_handover() -> None:
    op.create_table(
        "handover_line",
        _number("id", primary_key=True),
        _number("appointment_id", "appointment.id"),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        _at("done_at", nullable=True),
        sa.UniqueConstraint("appointment_id", "key"),
        sa.CheckConstraint("length(text) > 0", "says_something"),
    )
    op.create_table(
        "handover_note",
        _number("id", primary_key=True),
        _number("appointment_id", "appointment.id"),
        sa.Column("text", sa.String(), nullable=False),
        _at("at"),
        sa.CheckConstraint("length(text) > 0", "says_something"),
    )
    op.create_index("ix_handover_note_appointment_id", "handover_note", ["appointment_id"])


def _make_interests() -> None:
    op.create_table(
        "declaration",
        _number("id", primary_key=True),
        _number("round_id"),
        _number("account_id"),
        sa.Column("side", _enum("side", *SIDES), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _at("at"),
        _seat("account_id", "side"),
    )
    op.create_index("ix_declaration_round_id", "declaration", ["round_id"])
    op.create_table(
        "recusal",
        _number("proposal_id", primary_key=True, autoincrement=False),
        _number("account_id", primary_key=True, autoincrement=False),
        _number("round_id"),
        sa.Column("side", _enum("side", *SIDES), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _at("at"),
        sa.ForeignKeyConstraint(["round_id", "proposal_id"], ["proposal.round_id", "proposal.id"]),
        _seat("account_id", "side"),
        sa.CheckConstraint("length(reason) > 0", "reason_given"),
    )


def _create_triggers() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in _triggers():
        if sqlite:
            op.execute(
                f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
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


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in _triggers():
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_{name}()")
    for table in TABLES:
        op.drop_table(table)
    op.execute("ALTER TABLE appointment DROP COLUMN deputy_for_id")
