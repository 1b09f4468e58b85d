"""Whoever comes after in a role ticks what they have taken over."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_receipt",
        sa.Column(
            "line_id",
            sa.Integer(),
            sa.ForeignKey("handover_line.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("handover_receipt")
