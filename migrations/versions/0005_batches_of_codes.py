"""Codes are given out in batches, so that one whose file was lost can be made again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SENTENCE = "A batch of codes stays as it was given out."
KEPT = ("round_id", "job_id", "form", "whom", "codes", "language", "sender", "desk")
KEPT += ("issued_by", "issued_at")
ONCE = ("ready_at", "collected_at", "revoked_at")


def _changed(sqlite: bool) -> str:
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changes = [f"NEW.{column} {differs} OLD.{column}" for column in KEPT]
    again = [f"(OLD.{at} IS NOT NULL AND NEW.{at} {differs} OLD.{at})" for at in ONCE]
    key = f"(NEW.file_key IS NOT NULL AND NEW.file_key {differs} OLD.file_key)"
    return " OR ".join([*changes, *again, key])


def upgrade() -> None:
    op.create_table(
        "code_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column(
            "form",
            sa.Enum(
                "pdf",
                "csv",
                "page",
                name="form",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("codes > 0", name=op.f("ck_code_batch_holds_codes")),
        sa.CheckConstraint(
            "file_key IS NULL OR (collected_at IS NULL AND revoked_at IS NULL)",
            name=op.f("ck_code_batch_read_once"),
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["account.id"], name=op.f("fk_code_batch_issued_by_account")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_code_batch_job_id_job")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_code_batch_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batch")),
        sa.UniqueConstraint("round_id", "id", name=op.f("uq_code_batch_round_id_id")),
    )
    op.create_index(op.f("ix_code_batch_job_id"), "code_batch", ["job_id"])
    with op.batch_alter_table("roll_entry") as table:
        table.add_column(sa.Column("code_batch_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_roll_entry_round_id_code_batch_id_code_batch"),
            "code_batch",
            ["round_id", "code_batch_id"],
            ["round_id", "id"],
        )
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute(
            "CREATE TRIGGER never_batch_update BEFORE UPDATE ON code_batch FOR EACH ROW "
            f"WHEN {_changed(sqlite)} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION never_batch_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_changed(sqlite)} THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = '23514'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER never_batch_update BEFORE UPDATE ON code_batch "
        "FOR EACH ROW EXECUTE FUNCTION never_batch_update()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER never_batch_update")
    else:
        op.execute("DROP TRIGGER never_batch_update ON code_batch")
        op.execute("DROP FUNCTION never_batch_update()")
    with op.batch_alter_table("roll_entry") as table:
        table.drop_constraint(
            op.f("fk_roll_entry_round_id_code_batch_id_code_batch"), type_="foreignkey"
        )
        table.drop_column("code_batch_id")
    op.drop_index(op.f("ix_code_batch_job_id"), table_name="code_batch")
    op.drop_table("code_batch")
