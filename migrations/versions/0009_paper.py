"""Paper ballots: batches, sheets and readings. What is settled or closed stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _closed(batch_id: str) -> str:
    return f"EXISTS (SELECT 1 FROM paper_batch WHERE id = {batch_id} AND closed_at IS NOT NULL)"


# (name, table, event, condition, sentence) of every trigger
CLOSED = "The batch is closed."
SETTLED = (
    "OLD.state IN ('counted', 'invalid') AND (NEW.state <> OLD.state"
    " OR NEW.first_by <> OLD.first_by OR NEW.second_by <> OLD.second_by)"
)
RULES = [
    (
        "paper_batch_insert",
        "paper_batch",
        "INSERT",
        "EXISTS (SELECT 1 FROM round WHERE id = NEW.round_id AND sealed_at IS NOT NULL)",
        "The ballot box is sealed.",
    ),
    ("paper_batch_update", "paper_batch", "UPDATE", "OLD.closed_at IS NOT NULL", CLOSED),
    ("paper_batch_delete", "paper_batch", "DELETE", "OLD.closed_at IS NOT NULL", CLOSED),
    ("paper_sheet_insert", "paper_sheet", "INSERT", _closed("NEW.batch_id"), CLOSED),
    ("paper_sheet_delete", "paper_sheet", "DELETE", _closed("OLD.batch_id"), CLOSED),
    (
        "paper_sheet_issued",
        "paper_sheet",
        "INSERT",
        "NEW.number > (SELECT issued FROM paper_batch WHERE id = NEW.batch_id)",
        "No sheet of this number was issued.",
    ),
    (
        "paper_sheet_update",
        "paper_sheet",
        "UPDATE",
        f"{_closed('OLD.batch_id')} OR ({SETTLED})",
        "The sheet is settled.",
    ),
]


def upgrade() -> None:
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column(
            "issued_side",
            sa.Enum(
                "community",
                "commission",
                name="issued_side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("spoiled", sa.Integer(), nullable=False),
        sa.Column("unused", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("invalid", sa.Integer(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column(
            "closed_side",
            sa.Enum(
                "community",
                "commission",
                name="closed_side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "issued_side = 'commission'", name=op.f("ck_paper_batch_commission_issues")
        ),
        sa.CheckConstraint(
            "missing = 0 OR explanation <> ''", name=op.f("ck_paper_batch_missing_explained")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_at IS NULL) = (closed_side IS NULL)"
            " AND (closed_at IS NULL) = (counted IS NULL)"
            " AND (closed_at IS NULL) = (invalid IS NULL)",
            name=op.f("ck_paper_batch_closed_by_somebody"),
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR (issued = returned + spoiled + unused + missing"
            " AND returned = counted + invalid)",
            name=op.f("ck_paper_batch_closed_in_balance"),
        ),
        sa.CheckConstraint("issued > 0", name=op.f("ck_paper_batch_some_issued")),
        sa.CheckConstraint(
            "returned >= 0 AND spoiled >= 0 AND unused >= 0 AND missing >= 0",
            name=op.f("ck_paper_batch_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_paper_batch_round_id_area_id_area"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "closed_by", "closed_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_paper_batch_round_id_closed_by_closed_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "issued_by", "issued_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_paper_batch_round_id_issued_by_issued_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_paper_batch_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
        sa.UniqueConstraint("round_id", "id", name=op.f("uq_paper_batch_round_id_id")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_paper_batch_round_id_number")),
    )
    op.create_table(
        "paper_sheet",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "community",
                "commission",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "differs",
                "counted",
                "invalid",
                name="sheetstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "not-on-roll",
                "already-voted",
                "unsigned",
                "late",
                "unreadable",
                "spoiled",
                "over-limit",
                name="invalidity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("invalid_lists", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.Integer(), nullable=True),
        sa.Column("second_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (state = 'invalid')",
            name=op.f("ck_paper_sheet_invalid_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(state IN ('counted', 'invalid')) = (first_by IS NOT NULL)"
            " AND (first_by IS NULL) = (second_by IS NULL)",
            name=op.f("ck_paper_sheet_settled_by_two"),
        ),
        sa.CheckConstraint(
            "invalid_lists >= 0 AND (invalid_lists = 0 OR state = 'counted')",
            name=op.f("ck_paper_sheet_lists_of_counted"),
        ),
        sa.CheckConstraint("side = 'commission'", name=op.f("ck_paper_sheet_commission_types")),
        sa.CheckConstraint("number > 0", name=op.f("ck_paper_sheet_number_positive")),
        sa.CheckConstraint("second_by <> first_by", name=op.f("ck_paper_sheet_two_hands")),
        sa.ForeignKeyConstraint(
            ["round_id", "batch_id"],
            ["paper_batch.round_id", "paper_batch.id"],
            name=op.f("fk_paper_sheet_round_id_batch_id_paper_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "first_by", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_paper_sheet_round_id_first_by_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "second_by", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_paper_sheet_round_id_second_by_side_seat"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_paper_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_reading",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("clerk_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "community",
                "commission",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("prints", sa.JSON(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side = 'commission'", name=op.f("ck_paper_reading_commission_types")),
        sa.ForeignKeyConstraint(
            ["batch_id", "number"],
            ["paper_sheet.batch_id", "paper_sheet.number"],
            name=op.f("fk_paper_reading_batch_id_number_paper_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "clerk_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_paper_reading_round_id_clerk_id_side_seat"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", "clerk_id", name=op.f("pk_paper_reading")),
        sqlite_with_rowid=False,
    )

    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in RULES:
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
    for name, table, *_ in RULES:
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_{name}()")
    op.drop_table("paper_reading")
    op.drop_table("paper_sheet")
    op.drop_table("paper_batch")
