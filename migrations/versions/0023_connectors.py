"""Connectors: what they offer, who asks them, and how many people came by them, without names."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SIDES = ("community", "commission")


def _side() -> sa.Enum:
    return sa.Enum(*SIDES, name="side", native_enum=False, create_constraint=True, length=32)


def _number(name: str, target: str | None = None, **options: object) -> sa.Column:
    keys = [sa.ForeignKey(target)] if target else []
    return sa.Column(name, sa.Integer(), *keys, **{"nullable": False, **options})


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "connector",
        _number("id", primary_key=True),
        _number("round_id", "round.id"),
        _number("account_id"),
        sa.Column("side", _side(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False, unique=True),
        _at("since"),
        _at("left_at", nullable=True),
        _number("brought"),
        sa.Column("first_on", sa.Date(), nullable=True),
        _at("thanked_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id", "account_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
        ),
        sa.CheckConstraint("side = 'community'", "a_resident"),
        sa.UniqueConstraint("round_id", "account_id"),
        sa.UniqueConstraint("round_id", "id"),
        sa.CheckConstraint("length(text) > 0", "says_something"),
        sa.CheckConstraint("brought >= 0", "counts_up"),
        sa.CheckConstraint("(brought = 0) = (first_on IS NULL)", "first_is_one"),
    )
    op.create_table(
        "connector_area",
        _number("round_id"),
        _number("connector_id", primary_key=True, autoincrement=False),
        _number("area_id", primary_key=True, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["round_id", "connector_id"], ["connector.round_id", "connector.id"]
        ),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
    )
    op.create_table(
        "introduction",
        _number("id", primary_key=True),
        _number("connector_id", "connector.id"),
        _number("asked_by", "account.id"),
        sa.Column("text", sa.String(), nullable=False),
        _at("at"),
        sa.Column("answer", sa.String(), nullable=True),
        _at("answered_at", nullable=True),
        sa.CheckConstraint("length(text) > 0", "says_something"),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", "answered_with_words"),
    )
    op.create_index("ix_introduction_connector_id", "introduction", ["connector_id"])
    op.create_index("ix_introduction_asked_by", "introduction", ["asked_by"])
    op.create_table(
        "brought_in",
        _number("round_id", "round.id"),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "mark"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("brought_in", "introduction", "connector_area", "connector"):
        op.drop_table(table)
