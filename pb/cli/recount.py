"""Checking a bundle and counting again: needs one file, no database and no network."""

import sys

import click

from pb.cli.counting import BadInput, known_rules
from pb.cli.waiting import waiting
from pb.errors import Invalid
from pb.results import bundle as bundles
from pb.tally.errors import TallyError


@click.command("recount")
@click.argument("bundle")
def recount(bundle: str) -> None:
    """Check the digests of BUNDLE and count its ballots again.

    Exit status 0 if everything agrees, 1 if something does not, 2 if BUNDLE cannot be read.
    """
    try:
        rules = known_rules()
        found = bundles.read(bundle)
    except (Invalid, TallyError) as error:
        raise BadInput(str(error)) from None
    try:
        with waiting("Counting"):
            lines = bundles.verify(found, rules)
        click.echo("\n".join(lines))
    except bundles.Mismatch as mismatch:
        click.echo(f"{bundle}: {mismatch}", err=True)
        sys.exit(1)
    click.echo("The recount agrees.")
