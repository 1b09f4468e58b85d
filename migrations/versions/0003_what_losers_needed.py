"""What the projects that lost would have needed, beside an outcome that stays as it is.

The outcome of a count never changes. What it leaves to work out is filled in once, maybe later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FROZEN_COLUMNS = (
    "result_id",
    "area_id",
    "position",
    "ballots",
    "reached",
    "input_digest",
    "outcome_digest",
    "outcome",
    "scores",
    "points",
)
SENTENCE = "The outcome of a count stays as it is."


def _differs(column: str, sqlite: bool) -> str:
    if sqlite:
        return f"NEW.{column} IS NOT OLD.{column}"
    # JSON has no equality in PostgreSQL; its text has.
    return f"NEW.{column}::text IS DISTINCT FROM OLD.{column}::text"


def _rules(sqlite: bool) -> list[tuple[str, str, str]]:
    """(name, event, condition) of every trigger."""
    changed = " OR ".join(_differs(column, sqlite) for column in FROZEN_COLUMNS)
    again = f"(OLD.needs IS NOT NULL AND {_differs('needs', sqlite)})"
    return [
        ("outcome_update", "UPDATE", f"{changed} OR {again}"),
        ("outcome_delete", "DELETE", "1 = 1"),
    ]


def upgrade() -> None:
    op.add_column("area_outcome", sa.Column("needs", sa.JSON(), nullable=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, event, condition in _rules(sqlite):
        if sqlite:
            op.execute(
                f"CREATE TRIGGER never_{name} BEFORE {event} ON area_outcome FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )
            continue
        row = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION never_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = '23514'; END IF; "
            f"RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER never_{name} BEFORE {event} ON area_outcome "
            f"FOR EACH ROW EXECUTE FUNCTION never_{name}()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, *_ in _rules(sqlite):
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON area_outcome")
            op.execute(f"DROP FUNCTION never_{name}()")
    with op.batch_alter_table("area_outcome") as table:
        table.drop_column("needs")
