"""Invitations to parts of the town that have hardly been heard: one for each of them and week."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    side = sa.Enum(
        "community",
        "commission",
        name="by_side",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "area_invitation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_side", side, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id", "area_id"], ["area.round_id", "area.id"]),
        sa.ForeignKeyConstraint(
            ["round_id", "by_id", "by_side"], ["seat.round_id", "seat.account_id", "seat.side"]
        ),
        sa.UniqueConstraint("round_id", "area_id", "week"),
        sa.CheckConstraint("by_side = 'community'", "community_invites"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 600", "text_length"),
    )


def downgrade() -> None:
    op.drop_table("area_invitation")
