"""Workshops: people, pairs, notes, ideas, marks, groups."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = (
    "workshop_mark",
    "workshop_idea_author",
    "workshop_idea",
    "workshop_cluster",
    "workshop_note",
    "workshop_participant",
    "workshop_pair",
    "workshop",
)


def upgrade() -> None:
    op.create_table(
        "workshop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "live",
                "asynchronous",
                name="workshop_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("lengths", sa.JSON(), nullable=False),
        sa.Column("everyone_arranges", sa.Boolean(), nullable=False),
        sa.Column("led_by", sa.Integer(), nullable=False),
        sa.Column(
            "led_side",
            sa.Enum(
                "community",
                "commission",
                name="led_side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "lobby",
                "own",
                "pair",
                "explain",
                "rank",
                "arrange",
                "finished",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stage_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_id", sa.Integer(), nullable=True),
        sa.Column("marks_each", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(marks_each IS NOT NULL) = (stage IN ('rank', 'arrange', 'finished'))",
            name=op.f("ck_workshop_marks_from_the_ranking_on"),
        ),
        sa.CheckConstraint(
            "(stage = 'finished') = (finished_at IS NOT NULL)",
            name=op.f("ck_workshop_finished_once"),
        ),
        sa.CheckConstraint(
            "(stage = 'lobby') = (started_at IS NULL)",
            name=op.f("ck_workshop_started_after_the_lobby"),
        ),
        sa.CheckConstraint("led_side = 'community'", name=op.f("ck_workshop_community_leads")),
        sa.CheckConstraint(
            "length(question) BETWEEN 1 AND 200", name=op.f("ck_workshop_question_length")
        ),
        sa.CheckConstraint("marks_each > 0", name=op.f("ck_workshop_marks_positive")),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_workshop_round_id_area_id_area"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "led_by", "led_side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_workshop_round_id_led_by_led_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_workshop_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop")),
        sa.UniqueConstraint("code", name=op.f("uq_workshop_code")),
        sa.UniqueConstraint("id", "marks_each", name=op.f("uq_workshop_id_marks_each")),
        sa.UniqueConstraint("round_id", "id", name=op.f("uq_workshop_round_id_id")),
    )
    op.create_index(op.f("ix_workshop_round_id"), "workshop", ["round_id"], unique=False)
    op.create_table(
        "workshop_cluster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_workshop_cluster_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_workshop_cluster_workshop_id_workshop")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_cluster")),
        sa.UniqueConstraint("workshop_id", "id", name=op.f("uq_workshop_cluster_workshop_id_id")),
        sa.UniqueConstraint(
            "workshop_id", "name", name=op.f("uq_workshop_cluster_workshop_id_name")
        ),
    )
    op.create_table(
        "workshop_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_workshop_pair_number_positive")),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_workshop_pair_workshop_id_workshop")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_pair")),
        sa.UniqueConstraint("workshop_id", "id", name=op.f("uq_workshop_pair_workshop_id_id")),
        sa.UniqueConstraint(
            "workshop_id", "number", name=op.f("uq_workshop_pair_workshop_id_number")
        ),
    )
    op.create_table(
        "workshop_idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("explained_aloud", sa.Boolean(), nullable=False),
        sa.Column("explained_by", sa.String(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(explanation) <= 400", name=op.f("ck_workshop_idea_explanation_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 140", name=op.f("ck_workshop_idea_text_length")
        ),
        sa.CheckConstraint("slot BETWEEN 1 AND 4", name=op.f("ck_workshop_idea_four_each")),
        sa.ForeignKeyConstraint(
            ["workshop_id", "cluster_id"],
            ["workshop_cluster.workshop_id", "workshop_cluster.id"],
            name=op.f("fk_workshop_idea_workshop_id_cluster_id_workshop_cluster"),
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"],
            ["workshop_pair.workshop_id", "workshop_pair.id"],
            name=op.f("fk_workshop_idea_workshop_id_pair_id_workshop_pair"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_idea")),
        sa.UniqueConstraint("pair_id", "slot", name=op.f("uq_workshop_idea_pair_id_slot")),
        sa.UniqueConstraint(
            "workshop_id", "id", "pair_id", name=op.f("uq_workshop_idea_workshop_id_id_pair_id")
        ),
    )
    op.create_index(
        op.f("ix_workshop_idea_workshop_id"), "workshop_idea", ["workshop_id"], unique=False
    )
    op.create_table(
        "workshop_participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "side",
            sa.Enum(
                "community",
                "commission",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "side = 'community'", name=op.f("ck_workshop_participant_community_takes_part")
        ),
        sa.CheckConstraint(
            "(account_id IS NULL) = (side IS NULL)",
            name=op.f("ck_workshop_participant_account_with_its_side"),
        ),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_workshop_participant_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "account_id", "side"],
            ["seat.round_id", "seat.account_id", "seat.side"],
            name=op.f("fk_workshop_participant_round_id_account_id_side_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "area_id"],
            ["area.round_id", "area.id"],
            name=op.f("fk_workshop_participant_round_id_area_id_area"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "workshop_id"],
            ["workshop.round_id", "workshop.id"],
            name=op.f("fk_workshop_participant_round_id_workshop_id_workshop"),
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"],
            ["workshop_pair.workshop_id", "workshop_pair.id"],
            name=op.f("fk_workshop_participant_workshop_id_pair_id_workshop_pair"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_participant")),
        sa.UniqueConstraint(
            "workshop_id", "account_id", name=op.f("uq_workshop_participant_workshop_id_account_id")
        ),
        sa.UniqueConstraint(
            "workshop_id", "id", name=op.f("uq_workshop_participant_workshop_id_id")
        ),
        sa.UniqueConstraint(
            "workshop_id", "number", name=op.f("uq_workshop_participant_workshop_id_number")
        ),
    )
    op.create_index(
        op.f("ix_workshop_participant_pair_id"), "workshop_participant", ["pair_id"], unique=False
    )
    op.create_index(
        op.f("ix_workshop_participant_workshop_id"),
        "workshop_participant",
        ["workshop_id"],
        unique=False,
    )
    op.create_table(
        "workshop_idea_author",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["idea_id"],
            ["workshop_idea.id"],
            name=op.f("fk_workshop_idea_author_idea_id_workshop_idea"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["workshop_participant.id"],
            name=op.f("fk_workshop_idea_author_participant_id_workshop_participant"),
        ),
        sa.PrimaryKeyConstraint("idea_id", "participant_id", name=op.f("pk_workshop_idea_author")),
    )
    op.create_index(
        op.f("ix_workshop_idea_author_participant_id"),
        "workshop_idea_author",
        ["participant_id"],
        unique=False,
    )
    op.create_table(
        "workshop_mark",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("marks_each", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("idea_pair_id", sa.Integer(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "own OR pair_id <> idea_pair_id", name=op.f("ck_workshop_mark_own_is_own")
        ),
        sa.CheckConstraint(
            "slot BETWEEN 1 AND marks_each", name=op.f("ck_workshop_mark_within_the_limit")
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "idea_id", "idea_pair_id"],
            ["workshop_idea.workshop_id", "workshop_idea.id", "workshop_idea.pair_id"],
            name=op.f("fk_workshop_mark_workshop_id_idea_id_idea_pair_id_workshop_idea"),
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "marks_each"],
            ["workshop.id", "workshop.marks_each"],
            name=op.f("fk_workshop_mark_workshop_id_marks_each_workshop"),
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "pair_id"],
            ["workshop_pair.workshop_id", "workshop_pair.id"],
            name=op.f("fk_workshop_mark_workshop_id_pair_id_workshop_pair"),
        ),
        sa.PrimaryKeyConstraint("pair_id", "slot", name=op.f("pk_workshop_mark")),
        sa.UniqueConstraint("pair_id", "idea_id", name=op.f("uq_workshop_mark_pair_id_idea_id")),
    )
    op.create_index(
        op.f("ix_workshop_mark_workshop_id"), "workshop_mark", ["workshop_id"], unique=False
    )
    op.create_index(
        "uq_workshop_mark_one_own",
        "workshop_mark",
        ["pair_id"],
        unique=True,
        sqlite_where=sa.text("own"),
        postgresql_where=sa.text("own"),
    )
    op.create_table(
        "workshop_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 500", name=op.f("ck_workshop_note_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "participant_id"],
            ["workshop_participant.workshop_id", "workshop_participant.id"],
            name=op.f("fk_workshop_note_workshop_id_participant_id_workshop_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_note")),
    )
    op.create_index(
        op.f("ix_workshop_note_participant_id"), "workshop_note", ["participant_id"], unique=False
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
