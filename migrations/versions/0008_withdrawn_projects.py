"""Projects that are withdrawn after the freeze, by an act; topics stay as they were frozen.

The lines of a frozen ballot never change, so a withdrawal is a row of its own. It is never taken
back, and never made once the votes are sealed.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KIND = "withdraw-project"


def _round_is(column: str, value: str, round_id: str = "NEW.round_id") -> str:
    return f"EXISTS (SELECT 1 FROM round WHERE id = {round_id} AND {column} IS {value})"


TRIGGERS = [
    (
        "withdrawal_insert",
        "project_withdrawal",
        "INSERT",
        f"{_round_is('frozen_at', 'NULL')} OR {_round_is('sealed_at', 'NOT NULL')}",
        "Projects are withdrawn between the freeze and the seal.",
    ),
    ("withdrawal_update", "project_withdrawal", "UPDATE", "1 = 1", "A withdrawal stays."),
    ("withdrawal_delete", "project_withdrawal", "DELETE", "1 = 1", "A withdrawal stays."),
    (
        "topic_update",
        "project",
        "UPDATE",
        f"OLD.topic <> NEW.topic AND {_round_is('frozen_at', 'NOT NULL', 'OLD.round_id')}",
        "The ballot is frozen.",
    ),
]


def _set_kinds(add: set[str], remove: set[str]) -> None:
    """Change which kinds of acts there are, whatever other kinds have been added since."""
    checks = sa.inspect(op.get_bind()).get_check_constraints("act")
    before = next(one["sqltext"] for one in checks if one["name"] == "ck_act_actkind")
    kinds = sorted((set(re.findall(r"'([a-z-]+)'", before)) | add) - remove)
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("act") as table:
        table.drop_constraint(op.f("ck_act_actkind"), type_="check")
        table.create_check_constraint(op.f("ck_act_actkind"), f"kind IN ({allowed})")


def upgrade() -> None:
    _set_kinds(add={KIND}, remove=set())
    op.create_table(
        "project_withdrawal",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_project_withdrawal_reason_given")),
        sa.ForeignKeyConstraint(
            ["act_id"], ["act.id"], name=op.f("fk_project_withdrawal_act_id_act")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "number"],
            ["project.round_id", "project.number"],
            name=op.f("fk_project_withdrawal_round_id_number_project"),
        ),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_project_withdrawal")),
        sa.UniqueConstraint("act_id", name=op.f("uq_project_withdrawal_act_id")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in TRIGGERS:
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
    for name, table, *_ in TRIGGERS:
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_{name}()")
    op.drop_table("project_withdrawal")
    op.execute(f"DELETE FROM act WHERE kind = '{KIND}'")  # noqa: S608 (a word of this file)
    _set_kinds(add=set(), remove={KIND})
