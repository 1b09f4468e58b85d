"""Ideas, the people who said them, and the proposals that grew from them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SEAT = ["seat.round_id", "seat.account_id", "seat.side"]
IDEA = ["idea.round_id", "idea.id"]


def upgrade() -> None:
    _make_idea()
    _make_idea_author()
    _make_idea_in_proposal()


def downgrade() -> None:
    op.drop_table("idea_in_proposal")
    op.drop_table("idea_author")
    op.drop_table("idea")


def _make_idea() -> None:
    op.create_table(
        "idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("origin", _enum("origin", "online", "on-behalf", "workshop"), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_side", _side("entered_side"), nullable=True),
        sa.Column("workshop_idea_id", sa.Integer(), nullable=True),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("entered_side = 'community'", name=op.f("ck_idea_community_enters")),
        sa.CheckConstraint(
            "(entered_by IS NULL) = (origin = 'online')", name=op.f("ck_idea_entered_for_others")
        ),
        sa.CheckConstraint(
            "(workshop_idea_id IS NOT NULL) = (origin = 'workshop')",
            name=op.f("ck_idea_knows_its_workshop"),
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 140", name=op.f("ck_idea_one_sentence")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_idea_round_id_round")),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_idea_round_id_area_id_area"),
        ),
        _seat_key("idea", "entered_by", "entered_side"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
        sa.UniqueConstraint("round_id", "id", name=op.f("uq_idea_round_id_id")),
        sa.UniqueConstraint("workshop_idea_id", name=op.f("uq_idea_workshop_idea_id")),
    )
    op.create_index("ix_idea_round_id", "idea", ["round_id"])


def _make_idea_author() -> None:
    op.create_table(
        "idea_author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("side", _side("side"), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("part", _enum("part", "wrote", "joined"), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side = 'community'", name=op.f("ck_idea_author_community_has_ideas")),
        sa.CheckConstraint(
            "(account_id IS NULL) = (side IS NULL)", name=op.f("ck_idea_author_seat_or_name")
        ),
        sa.CheckConstraint(
            "(account_id IS NULL) = (name IS NOT NULL)",
            name=op.f("ck_idea_author_name_or_account"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "idea_id"], IDEA, name=op.f("fk_idea_author_round_id_idea_id_idea")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_idea_author_account_id_account")
        ),
        _seat_key("idea_author", "account_id", "side"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_author")),
        sa.UniqueConstraint(
            "idea_id", "account_id", name=op.f("uq_idea_author_idea_id_account_id")
        ),
    )
    op.create_index("ix_idea_author_idea_id", "idea_author", ["idea_id"])
    op.create_index("ix_idea_author_account_id", "idea_author", ["account_id"])


def _make_idea_in_proposal() -> None:
    op.create_table(
        "idea_in_proposal",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("step", _enum("step", "asked", "in", "declined"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_side", _side("answered_side"), nullable=True),
        sa.CheckConstraint(
            "answered_side = 'community'", name=op.f("ck_idea_in_proposal_community_answers")
        ),
        sa.CheckConstraint(
            "step = 'asked' OR at >= asked_at", name=op.f("ck_idea_in_proposal_asked_before")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "idea_id"], IDEA, name=op.f("fk_idea_in_proposal_round_id_idea_id_idea")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "proposal_id"],
            ["proposal.round_id", "proposal.id"],
            name=op.f("fk_idea_in_proposal_round_id_proposal_id_proposal"),
        ),
        _seat_key("idea_in_proposal", "answered_by", "answered_side"),
        sa.PrimaryKeyConstraint("idea_id", "proposal_id", name=op.f("pk_idea_in_proposal")),
    )
    op.create_index("ix_idea_in_proposal_proposal_id", "idea_in_proposal", ["proposal_id"])


def _seat_key(table: str, column: str, side: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_round_id_{column}_{side}_seat")
    return sa.ForeignKeyConstraint(["round_id", column, side], SEAT, name=name)


def _side(name: str) -> sa.Enum:
    return _enum(name, "community", "commission")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
