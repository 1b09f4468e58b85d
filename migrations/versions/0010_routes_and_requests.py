"""Routes to the ballot, addresses and links, and requests to be put on the roll.

Columns are added by plain statements: rebuilding a table on SQLite would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROUTES = "'letter-code', 'email-link', 'desk', 'official-sign-in', 'self-declaration'"
SENTENCE = "The ballot is frozen."
COLUMNS = (
    ("round", "routes", "JSON DEFAULT '{}' NOT NULL"),
    (
        "roll_entry",
        "code_route",
        f"VARCHAR CONSTRAINT ck_roll_entry_route CHECK (code_route IN ({ROUTES}))",
    ),
    ("roll_entry", "self_declared", "BOOLEAN DEFAULT false NOT NULL"),
    (
        "turnout_mark",
        "route",
        f"VARCHAR CONSTRAINT ck_turnout_mark_route CHECK (route IN ({ROUTES}))",
    ),
)


def upgrade() -> None:
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    _freeze_routes()
    _make_tables()


def _freeze_routes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER never_routes_update BEFORE UPDATE ON round FOR EACH ROW "
            "WHEN OLD.frozen_at IS NOT NULL AND NEW.routes IS NOT OLD.routes "
            f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION never_routes_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.frozen_at IS NOT NULL AND NEW.routes::text IS DISTINCT FROM OLD.routes::text "
        f"THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER never_routes_update BEFORE UPDATE ON round "
        "FOR EACH ROW EXECUTE FUNCTION never_routes_update()"
    )


def _make_tables() -> None:
    entry = ["roll_entry.round_id", "roll_entry.id"]
    seat = ["seat.round_id", "seat.account_id", "seat.side"]
    op.create_table(
        "roll_contact",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("contactkind", "email"), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "entry_id"],
            entry,
            name=op.f("fk_roll_contact_round_id_entry_id_roll_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "entry_id", "kind", name=op.f("pk_roll_contact")),
    )
    op.create_index("ix_roll_contact_mac", "roll_contact", ["round_id", "kind", "mac"])
    op.create_table(
        "entry_link",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("token_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "entry_id"],
            entry,
            name=op.f("fk_entry_link_round_id_entry_id_roll_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "token_mac", name=op.f("pk_entry_link")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roll_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("reference_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            _enum("requeststate", "open", "proposed", "accepted", "refused"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept", sa.Boolean(), nullable=True),
        sa.Column("person_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_side", _enum("proposed_side", "community", "commission")),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_side", _enum("decided_side", "community", "commission")),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        *_what_a_request_never_is(),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_roll_request_round_id_area_id_area"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "entry_id"],
            entry,
            name=op.f("fk_roll_request_round_id_entry_id_roll_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "proposed_by", "proposed_side"],
            seat,
            name=op.f("fk_roll_request_proposed"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "decided_by", "decided_side"], seat, name=op.f("fk_roll_request_decided")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_roll_request_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_request")),
        sa.UniqueConstraint(
            "round_id", "reference_mac", name=op.f("uq_roll_request_round_id_reference_mac")
        ),
        sa.UniqueConstraint("round_id", "entry_id", name=op.f("uq_roll_request_round_id_entry_id")),
    )
    op.create_index("ix_roll_request_state", "roll_request", ["round_id", "state", "due_at"])


def _what_a_request_never_is() -> list[sa.CheckConstraint]:
    rules = {
        "commission_proposes": "proposed_side = 'commission'",
        "commission_decides": "decided_side = 'commission'",
        "two_hands": "decided_by <> proposed_by",
        "decided_by_somebody": "(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)"
        " AND (decided_at IS NULL) = (decided_by IS NULL)"
        " AND (decided_by IS NULL) = (decided_side IS NULL)",
        "proposed_by_somebody": "(state = 'open') = (proposed_by IS NULL)"
        " AND (proposed_by IS NULL) = (proposed_side IS NULL)"
        " AND (proposed_by IS NULL) = (accept IS NULL)",
        "accepted_is_on_roll": "(state = 'accepted') = (entry_id IS NOT NULL)",
        "refused_with_reason": "state <> 'refused' OR length(reason) > 0",
        "content_until_erased": "(erased_at IS NULL) = (content IS NOT NULL)",
    }
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_roll_request_{name}"))
        for name, rule in rules.items()
    ]


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("roll_request")
    op.drop_table("entry_link")
    op.drop_table("roll_contact")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER never_routes_update")
    else:
        op.execute("DROP TRIGGER never_routes_update ON round")
        op.execute("DROP FUNCTION never_routes_update()")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
