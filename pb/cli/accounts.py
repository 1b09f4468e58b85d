"""Making accounts from the command line."""

import sys
from datetime import UTC, datetime

import click

from pb import audit, db
from pb.accounts import service
from pb.errors import Refused


@click.group("account", help="People who can sign in.")
def account_commands() -> None: ...


@account_commands.command("add", help="Make an account; asks for the password.")
@click.argument("email")
@click.option("--name", prompt=True)
@click.option("--officer", is_flag=True, help="May open new rounds.")
@click.password_option()
def add(email: str, name: str, officer: bool, password: str) -> None:
    session, now = db.session(), datetime.now(UTC)
    try:
        account = service.register(
            session, email=email, name=name, password=password, at=now, may_open_rounds=officer
        )
    except Refused as refusal:
        click.echo(f"pb account add: {refusal}", err=True)
        sys.exit(2)
    if officer:
        audit.record(
            session, chain=audit.TOWN, kind="officer.add", at=now, body={"account": account.id}
        )
    session.commit()
    click.echo(f"{account.name} can sign in.")
