"""One question holds the box of a round open and tells the revision that the round has then."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # The second statement of a volatile function sees what was committed while the first one
        # waited; a statement with a subquery would not.
        op.execute(
            "CREATE FUNCTION hold_open(space integer, asked text) RETURNS integer "
            "LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
            "PERFORM pg_advisory_xact_lock_shared(space, id) FROM round WHERE slug = asked; "
            "RETURN (SELECT revision FROM round WHERE slug = asked); END $$"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hold_open(integer, text)")
