"""A number that grows with every change of a round: one look tells whether it is as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

PARTS = ("phase_dates", "project_withdrawal")
EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
COUNT = "UPDATE round SET revision = revision + 1 WHERE id = {}.round_id"


def upgrade() -> None:
    op.add_column(
        "round", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
    if op.get_bind().dialect.name == "sqlite":
        _triggers_of_sqlite()
    else:
        _triggers_of_postgres()


def _triggers_of_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER count_round_update AFTER UPDATE ON round FOR EACH ROW "
        "WHEN NEW.revision = OLD.revision "
        "BEGIN UPDATE round SET revision = OLD.revision + 1 WHERE id = OLD.id; END"
    )
    for part in PARTS:
        for event, row in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER count_{part}_{event.lower()} AFTER {event} ON {part} "
                f"FOR EACH ROW BEGIN {COUNT.format(row)}; END"
            )


def _triggers_of_postgres() -> None:
    op.execute(
        "CREATE FUNCTION count_round() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.revision := OLD.revision + 1; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER count_round BEFORE UPDATE ON round "
        "FOR EACH ROW EXECUTE FUNCTION count_round()"
    )
    op.execute(
        "CREATE FUNCTION count_part() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {COUNT.format('OLD')}; ELSE {COUNT.format('NEW')}; END IF; "
        "RETURN NULL; END $$"
    )
    for part in PARTS:
        op.execute(
            f"CREATE TRIGGER count_{part} AFTER INSERT OR UPDATE OR DELETE ON {part} "
            "FOR EACH ROW EXECUTE FUNCTION count_part()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        names = [f"{part}_{event.lower()}" for part in PARTS for event in EVENTS]
        for name in (*names, "round_update"):
            op.execute(f"DROP TRIGGER count_{name}")
    else:
        for table in (*PARTS, "round"):
            op.execute(f"DROP TRIGGER count_{table} ON {table}")
        op.execute("DROP FUNCTION count_part()")
        op.execute("DROP FUNCTION count_round()")
    # Without a batch: rebuilding the table would drop its other triggers.
    op.execute("ALTER TABLE round DROP COLUMN revision")
