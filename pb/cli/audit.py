"""Checking the log."""

import sys

import click

from pb import db
from pb.audit import TOWN, queries, service
from pb.rounds import queries as rounds


@click.group("audit", help="The append-only log.")
def audit_commands() -> None: ...


@audit_commands.command("verify", help="Check the chain of the log; exit status 1 if it is broken.")
@click.option("--round", "slug", help="Only the log of this round.")
def verify(slug: str | None) -> None:
    session = db.session()
    if slug is None:
        chains = list(queries.chains(session))
    else:
        round = rounds.find(session, slug)
        if round is None:
            click.echo(f"pb audit verify: there is no round “{slug}”", err=True)
            sys.exit(2)
        chains = [round.id]
    broken = False
    for chain in chains:
        verdict = service.verify(chain, queries.entries(session, chain))
        name = "town" if chain == TOWN else f"round {chain}"
        if verdict.intact:
            click.echo(f"{name}: {verdict.entries} entries, intact, head {verdict.head}")
        else:
            broken = True
            click.echo(f"{name}: BROKEN, {verdict.problem}", err=True)
    sys.exit(1 if broken else 0)
