"""Numbers and classes on the roll, files to read into it, and people apart from their entries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBERED = """
UPDATE roll_entry SET voter_class = 'resident', number = counted.number
FROM (
    SELECT id, row_number() OVER (PARTITION BY round_id ORDER BY id) AS number FROM roll_entry
) AS counted
WHERE counted.id = roll_entry.id
"""


def _class_column(nullable: bool) -> sa.Column:
    return sa.Column(
        "voter_class",
        sa.Enum(
            "resident",
            "worker",
            "student",
            "other",
            name="voterclass",
            native_enum=False,
            create_constraint=True,
            length=32,
        ),
        nullable=nullable,
    )


def upgrade() -> None:
    with op.batch_alter_table("roll_entry") as table:
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        table.add_column(_class_column(nullable=True))
        table.create_index(op.f("ix_roll_entry_import_id"), ["import_id"], unique=False)
    op.execute(NUMBERED)
    with op.batch_alter_table("roll_entry") as table:
        table.alter_column("number", existing_type=sa.Integer(), nullable=False)
        table.alter_column("voter_class", existing_type=sa.String(length=32), nullable=False)
        table.create_unique_constraint(
            op.f("uq_roll_entry_round_id_number"), ["round_id", "number"]
        )
        table.create_check_constraint(op.f("ck_roll_entry_number_positive"), "number > 0")
    with op.batch_alter_table("roll_import") as table:
        table.add_column(sa.Column("job_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_roll_import_job_id_job"), "job", ["job_id"], ["id"])
        table.create_unique_constraint(op.f("uq_roll_import_job_id"), ["job_id"])
    _create_rules()
    _create_uploads()
    _create_people()


def _create_rules() -> None:
    op.create_table(
        "roll_rules",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("minimum_age", sa.Integer(), nullable=True),
        sa.Column("age_on", sa.Date(), nullable=True),
        sa.Column("erase_after_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "minimum_age BETWEEN 1 AND 99", name=op.f("ck_roll_rules_minimum_age_sensible")
        ),
        sa.CheckConstraint(
            "erase_after_days BETWEEN 0 AND 365", name=op.f("ck_roll_rules_erased_within_a_year")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_roll_rules_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_roll_rules")),
    )


def _create_uploads() -> None:
    op.create_table(
        "roll_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("mistakes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_roll_upload_job_id_job")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_roll_upload_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["account.id"], name=op.f("fk_roll_upload_uploaded_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_upload")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_roll_upload_stored_as")),
    )
    op.create_index(op.f("ix_roll_upload_round_id"), "roll_upload", ["round_id"], unique=False)


def _create_people() -> None:
    op.create_table(
        "roll_person",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("birth_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("email_mac", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id", "number"],
            ["roll_entry.round_id", "roll_entry.number"],
            name=op.f("fk_roll_person_round_id_number_roll_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_roll_person")),
        sqlite_with_rowid=False,
    )
    for column in ("birth_mac", "email_mac"):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_roll_person_{column}",
            "roll_person",
            ["round_id", column],
            unique=False,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    op.drop_table("roll_person")
    op.drop_table("roll_upload")
    op.drop_table("roll_rules")
    with op.batch_alter_table("roll_import") as table:
        table.drop_constraint(op.f("uq_roll_import_job_id"), type_="unique")
        table.drop_constraint(op.f("fk_roll_import_job_id_job"), type_="foreignkey")
        table.drop_column("undone_at")
        table.drop_column("job_id")
    with op.batch_alter_table("roll_entry") as table:
        table.drop_index(op.f("ix_roll_entry_import_id"))
        table.drop_constraint(op.f("ck_roll_entry_number_positive"), type_="check")
        table.drop_constraint(op.f("uq_roll_entry_round_id_number"), type_="unique")
        table.drop_constraint(op.f("ck_roll_entry_voterclass"), type_="check")
        table.drop_column("voter_class")
        table.drop_column("number")
