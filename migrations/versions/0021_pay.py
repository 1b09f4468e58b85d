"""Who pays whom, as the commission tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ANSWERS = ("platform", "facilitators", "stewards", "auditors")


def upgrade() -> None:
    op.create_table(
        "round_pay",
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ANSWERS),
        *(
            sa.CheckConstraint(f"length({name}) BETWEEN 1 AND 300", f"{name}_said")
            for name in ANSWERS
        ),
    )


def downgrade() -> None:
    op.drop_table("round_pay")
