"""Limits on how much one person posts in a day, and turns."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contingent_rules",
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("one_turn", sa.Boolean(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("per_day BETWEEN 1 AND 20", "a_few_a_day"),
        sa.CheckConstraint("others BETWEEN 1 AND 20", "a_few_others"),
        sa.CheckConstraint("hours BETWEEN 1 AND 168", "a_few_hours"),
    )
    op.create_table(
        "post_count",
        sa.Column("round_id", sa.Integer(), primary_key=True),
        sa.Column("kind", _enum("postkind", "answer", "comment", "idea"), primary_key=True),
        sa.Column("topic_id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), primary_key=True),
        sa.Column("side", _enum("side", "community", "commission"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "account_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_post_count_round_id_account_id_side_seat"),
        ),
        sa.CheckConstraint("side = 'community'", "community_posts"),
        sa.CheckConstraint("posts > 0", "posts_positive"),
    )
    op.create_index("ix_post_count_turns", "post_count", ["round_id", "kind", "topic_id", "at"])


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("post_count")
    op.drop_table("contingent_rules")
