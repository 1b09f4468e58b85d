"""The demo town, with its logins and codes."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import func, select

from pb import db
from pb.accounts.models import Account
from pb.ballots.cleaning import after_seal
from pb.cli.database import upgrade
from pb.demo import builder, content, seed
from pb.eligibility import crockford

CODES, HINTS = "demo-codes.txt", "demo-hints.txt"


@click.command("demo")
@click.option("--port", default=8000, help="Where the server will listen; only for the greeting.")
def demo(port: int) -> None:
    """Fill an empty database with the demo town and say how to get in; safe to repeat."""
    upgrade(current_app.extensions["engine"])
    session = db.session()
    kept = Path(current_app.config["DATA_DIR"])
    if not seed.exists(session):
        if session.scalar(select(func.count()).select_from(Account)):
            click.echo("pb demo: this database is in use; the demo needs an empty one", err=True)
            sys.exit(2)
        _build(session, kept)
    _greet(port, kept)


def _build(session, kept: Path) -> None:
    click.echo("Building the demo town …")
    extensions = current_app.extensions
    made = seed.build(
        session, now=datetime.now(UTC), keys=extensions["keys"], rules=extensions["rules"]
    )
    session.commit()
    for round_id in made.sealed:
        after_seal(extensions["engine"], extensions["keys"], round_id)
    _keep(kept / CODES, [crockford.grouped(code) for code in made.codes])
    _keep(kept / HINTS, made.hints)
    sheets = [f"Key sheet {n}\n\n{words}\n" for n, words in enumerate(made.sheets, 1)]
    _keep(kept / "demo-keys.txt", sheets)


def _keep(path: Path, lines: list[str]) -> None:
    """Write a file that only its owner can read."""
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _greet(port: int, kept: Path) -> None:
    town = content.load()
    click.echo(f"\n  {town.name} is at http://127.0.0.1:{port}\n")
    click.echo(f"  Sign in with the password “{builder.PASSWORD}” as")
    for role in builder.LOGINS:
        click.echo(f"    {role:<13} {role}@{builder.DOMAIN}")
    if (kept / CODES).exists():
        printed = (kept / CODES).read_text().split()
        click.echo("\n  Vote with one of these codes:")
        for start in range(0, len(printed), 3):
            click.echo("    " + "   ".join(printed[start : start + 3]))
    if (kept / HINTS).exists():
        click.echo(f"\n  More to try (files are in {kept}):")
        for line in (kept / HINTS).read_text().splitlines():
            click.echo(f"    {line}")
    click.echo("\n  Ctrl+C stops the server; `make clean` forgets the town.\n")
