"""Documents of a round: versions, clauses, comments, votes, and who accepted the charter.

Once the vote on a version has opened, its text can be cited for ever: the database refuses to
change it, and takes votes only while the vote is open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPENED = "The vote on this version has opened."
OTHER_COLUMNS = (
    "id", "round_id", "kind", "number", "based_on_id", "reason", "revision", "drafted_by",
    "drafted_side", "drafted_at", "vote_opens_at", "vote_closes_at", "votes_needed",
    "withdrawn_at",
)  # fmt: skip


def _opened(row: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM document_version v"
        f" WHERE v.id = {row}.version_id AND v.vote_opens_at IS NOT NULL)"
    )


def _triggers(sqlite: bool) -> list[tuple[str, str, str, str, str]]:
    """(name, table, event, condition, sentence)."""
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in OTHER_COLUMNS)
    version, clause, vote, accepted = (
        "document_version",
        "document_clause",
        "document_vote",
        "charter_acceptance",
    )
    not_open = (
        "NOT EXISTS (SELECT 1 FROM document_version v WHERE v.id = NEW.version_id"
        " AND v.vote_opens_at <= NEW.at AND NEW.at < v.vote_closes_at)"
    )
    no_charter = (
        "NOT EXISTS (SELECT 1 FROM document_version v WHERE v.id = NEW.version_id"
        " AND v.kind = 'charter' AND v.vote_closes_at <= NEW.at)"
    )
    return [
        (
            "version_update",
            version,
            "UPDATE",
            f"OLD.settled_at IS NOT NULL OR (OLD.vote_opens_at IS NOT NULL AND ({changed}))",
            OPENED,
        ),
        ("version_delete", version, "DELETE", "OLD.vote_opens_at IS NOT NULL", OPENED),
        ("clause_insert", clause, "INSERT", _opened("NEW"), OPENED),
        ("clause_update", clause, "UPDATE", f"{_opened('OLD')} OR {_opened('NEW')}", OPENED),
        ("clause_delete", clause, "DELETE", _opened("OLD"), OPENED),
        ("document_vote_insert", vote, "INSERT", not_open, "The vote is not open."),
        ("document_vote_update", vote, "UPDATE", not_open, "The vote is not open."),
        ("document_vote_delete", vote, "DELETE", "1 = 1", "A vote stays."),
        ("acceptance_insert", accepted, "INSERT", no_charter, "This is no charter in force."),
        ("acceptance_update", accepted, "UPDATE", "1 = 1", "An acceptance stays."),
        ("acceptance_delete", accepted, "DELETE", "1 = 1", "An acceptance stays."),
    ]


def upgrade() -> None:
    _make_versions()
    _make_comments()
    _make_votes()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, event, condition, sentence in _triggers(sqlite):
        _create_trigger(sqlite, name, table, event, condition, sentence)


def _create_trigger(
    sqlite: bool, name: str, table: str, event: str, condition: str, sentence: str
) -> None:
    if sqlite:
        op.execute(
            f"CREATE TRIGGER never_{name} BEFORE {event} ON {table} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
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


def _make_versions() -> None:
    op.create_table(
        "document_version",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column(
            "kind",
            _enum("documentkind", "purpose", "principles", "charter", "glossary"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("based_on_id", sa.Integer()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_side", _side("side"), nullable=False),
        sa.Column("drafted_at", _time(), nullable=False),
        sa.Column("vote_opens_at", _time()),
        sa.Column("vote_closes_at", _time()),
        sa.Column("votes_needed", sa.Integer()),
        sa.Column("settled_at", _time()),
        sa.Column("withdrawn_at", _time()),
        _seat("drafted_by", "drafted_side"),
        sa.ForeignKeyConstraint(
            ["round_id", "based_on_id"], ["document_version.round_id", "document_version.id"]
        ),
        sa.UniqueConstraint("round_id", "id"),
        sa.UniqueConstraint("round_id", "kind", "number"),
        sa.CheckConstraint("drafted_side = 'community'", name="community_drafts"),
        sa.CheckConstraint(
            "(vote_opens_at IS NULL) = (vote_closes_at IS NULL)"
            " AND (vote_opens_at IS NULL) = (votes_needed IS NULL)",
            name="vote_with_its_terms",
        ),
        sa.CheckConstraint("vote_opens_at < vote_closes_at", name="vote_opens_before_it_closes"),
        sa.CheckConstraint("votes_needed > 0", name="votes_needed_positive"),
        sa.CheckConstraint("vote_opens_at IS NULL OR withdrawn_at IS NULL", name="vote_stands"),
        sa.CheckConstraint("settled_at >= vote_closes_at", name="settled_after_the_vote"),
    )
    still_open = sa.text("settled_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "uq_document_version_one_open",
        "document_version",
        ["round_id", "kind"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "document_clause",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("document_version.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(text) > 0", name="text_present"),
    )
    op.create_index("ix_document_clause_version_id", "document_clause", ["version_id"])


def _make_comments() -> None:
    op.create_table(
        "document_comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column("clause_id", sa.Integer(), sa.ForeignKey("document_clause.id"), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_side", _side("author_side"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("reply", _enum("reply", "answered", "taken-up", "not-taken-up")),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("replied_by", sa.Integer()),
        sa.Column("replied_side", _side("replied_side")),
        sa.Column("replied_at", _time()),
        _seat("author_id", "author_side"),
        _seat("replied_by", "replied_side"),
        sa.CheckConstraint("length(text) > 0", name="text_present"),
        sa.CheckConstraint("replied_side = 'community'", name="community_replies"),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL) AND (reply IS NULL) = (replied_by IS NULL)"
            " AND (reply IS NULL) = (replied_side IS NULL)",
            name="replied_by_somebody",
        ),
        sa.CheckConstraint(
            "reply IS NULL OR reply = 'taken-up' OR length(answer) > 0", name="reasoned"
        ),
    )
    op.create_index("ix_document_comment_clause_id", "document_comment", ["clause_id"])


def _make_votes() -> None:
    version = (
        ["round_id", "version_id"],
        ["document_version.round_id", "document_version.id"],
    )
    op.create_table(
        "document_vote",
        sa.Column("version_id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("side", _side("side"), nullable=False),
        sa.Column("choice", _enum("choice", "yes", "no", "abstain"), nullable=False),
        sa.Column("at", _time(), nullable=False),
        _seat("account_id", "side"),
        sa.ForeignKeyConstraint(*version),
        sa.CheckConstraint("side = 'community'", name="community_votes"),
    )
    op.create_table(
        "charter_acceptance",
        sa.Column("version_id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("side", _side("side"), nullable=False),
        sa.Column("at", _time(), nullable=False),
        _seat("account_id", "side"),
        sa.ForeignKeyConstraint(*version),
    )
    op.create_table(
        "document_terms",
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("votes_needed", sa.Integer(), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 60", name="days_in_reason"),
        sa.CheckConstraint("votes_needed > 0", name="votes_needed_positive"),
    )


def _seat(account: str, side: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["round_id", account, side], ["seat.round_id", "seat.account_id", "seat.side"]
    )


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _side(name: str) -> sa.Enum:
    return _enum(name, "community", "commission")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in _triggers(sqlite):
        if sqlite:
            op.execute(f"DROP TRIGGER never_{name}")
        else:
            op.execute(f"DROP TRIGGER never_{name} ON {table}")
            op.execute(f"DROP FUNCTION never_{name}()")
    for table in (
        "document_terms",
        "charter_acceptance",
        "document_vote",
        "document_comment",
        "document_clause",
        "document_version",
    ):
        op.drop_table(table)
