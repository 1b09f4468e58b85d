"""How Alembic reaches the database and the models."""

from importlib import import_module
from pathlib import Path

from alembic import context

from pb import db

ROOT = Path(__file__).parent.parent
for models in sorted(ROOT.glob("pb/**/models.py")):
    import_module(".".join(models.relative_to(ROOT).with_suffix("").parts))


def render_item(kind, item, autogen_context):
    """Own column types appear in migrations as what they are in the database."""
    if kind == "type" and isinstance(item, db.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Run the migrations in one transaction, on the connection or address given by the caller."""
    engine = context.config.attributes.get("engine") or db.make_engine(
        context.config.get_main_option("sqlalchemy.url")
    )
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Batch migrations rebuild tables; references are checked again afterwards.
            connection.connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            connection.rollback()
            connection.connection.execute("PRAGMA foreign_keys=ON")
            if broken:
                raise RuntimeError(f"The migration left broken references: {broken[:5]}")


run()
