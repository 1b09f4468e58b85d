"""Envelopes around ballots: the key of a box, a key sheet that waits, lists of commitments."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACTS = ("publish-round", "freeze-ballot", "extend-voting", "count", "publish-result")
FROZEN_COLUMNS = ("encrypted", "box_key", "box_key_tested_at")
UNTESTED = (
    "NEW.frozen_at IS NOT NULL AND NEW.encrypted"
    " AND (NEW.box_key IS NULL OR NEW.box_key_tested_at IS NULL)"
)


def _differs(column: str, sqlite: bool) -> str:
    if sqlite:
        return f"NEW.{column} IS NOT OLD.{column}"
    return f"NEW.{column} IS DISTINCT FROM OLD.{column}"


def _rules(sqlite: bool) -> list[tuple[str, str, str, str]]:
    """(name, event, condition, sentence) of every trigger."""
    changed = " OR ".join(_differs(column, sqlite) for column in FROZEN_COLUMNS)
    frozen = f"OLD.frozen_at IS NOT NULL AND ({changed})"
    return [
        ("round_key_update", "UPDATE", frozen, "The ballot is frozen."),
        ("round_key_untested", "UPDATE", UNTESTED, "The key of the ballot box was not tested."),
        ("round_key_new", "INSERT", UNTESTED, "The key of the ballot box was not tested."),
    ]


def _act_kinds(*more: str) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in (*ACTS, *more))
    with op.batch_alter_table("act") as table:
        table.drop_constraint("actkind", type_="check")
        table.create_check_constraint("actkind", f"kind IN ({kinds})")


def upgrade() -> None:
    op.add_column(
        "round", sa.Column("encrypted", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("round", sa.Column("box_key", sa.LargeBinary(32), nullable=True))
    op.add_column("round", sa.Column("box_key_tested_at", sa.DateTime(timezone=True)))
    _act_kinds("void-vote")
    op.create_table(
        "waiting_sheet",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("handed_by", sa.Integer(), nullable=False),
        sa.Column(
            "handed_side",
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
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_waiting_sheet_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "handed_by", "handed_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_waiting_sheet_round_id_handed_by_handed_side_seat"),
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_waiting_sheet")),
    )
    op.create_table(
        "commitment_list",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commitments", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_commitment_list_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "at", name=op.f("pk_commitment_list")),
    )
    _create_triggers()


def _create_triggers() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, event, condition, sentence in _rules(sqlite):
        if sqlite:
            op.execute(
                f"CREATE TRIGGER never_{name} BEFORE {event} ON round FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION never_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF; "
            f"RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER never_{name} BEFORE {event} ON round "
            f"FOR EACH ROW EXECUTE FUNCTION never_{name}()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, *_ in _rules(sqlite):
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON round")
            op.execute(f"DROP FUNCTION never_{name}()")
    op.drop_table("commitment_list")
    op.drop_table("waiting_sheet")
    op.execute("DELETE FROM act WHERE kind = 'void-vote'")
    _act_kinds()
    # Without a batch: rebuilding the table would drop its other triggers.
    for column in reversed(FROZEN_COLUMNS):
        op.drop_column("round", column)
