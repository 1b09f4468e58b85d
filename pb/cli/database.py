"""Migrations from the command line and from tests."""

from pathlib import Path

import click
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def config_for(engine: sa.Engine) -> Config:
    """Alembic's configuration, working on this engine."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to a revision; safe to repeat."""
    command.upgrade(config_for(engine), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the database back to a revision."""
    command.downgrade(config_for(engine), revision)


def check(engine: sa.Engine) -> None:
    """Raise if models and migrations have drifted apart."""
    command.check(config_for(engine))


@click.group("db", help="Create and change the tables.")
def db_commands() -> None: ...


def _engine() -> sa.Engine:
    from flask import current_app

    return current_app.extensions["engine"]


@db_commands.command("upgrade", help="Bring the tables to the newest form; safe to repeat.")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    upgrade(_engine(), revision)


@db_commands.command("downgrade", help="Take the tables back to REVISION.")
@click.argument("revision")
def downgrade_command(revision: str) -> None:
    downgrade(_engine(), revision)


@db_commands.command("check", help="Say whether models and migrations agree.")
def check_command() -> None:
    check(_engine())


@db_commands.command("current", help="Show the revision of the database.")
def current_command() -> None:
    command.current(config_for(_engine()))


@db_commands.command("revision", help="Write a migration for what changed in the models.")
@click.option("-m", "--message", required=True)
@click.option("--number", required=True, help="The next number, such as 0003.")
def revision_command(message: str, number: str) -> None:
    command.revision(config_for(_engine()), message, autogenerate=True, rev_id=number)
