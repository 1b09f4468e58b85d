"""Checking a bundle and counting again: needs one file, no database and no network."""

import os
import sys

import click

from pb.cli.tally import BadInput
from pb.errors import Invalid
from pb.results import bundle as bundles
from pb.tally.errors import TallyError
from pb.tally.rules import load_rules


@click.command("recount")
@click.argument("bundle")
def recount(bundle: str) -> None:
    """Check the digests of BUNDLE and count its ballots again.

    Exit status 0 if everything agrees, 1 if something does not, 2 if BUNDLE cannot be read.
    """
    try:
        rules = load_rules(os.environ.get("TALLY_RULES", "").replace(",", " ").split())
        found = bundles.read(bundle)
    except (Invalid, TallyError) as error:
        raise BadInput(str(error)) from None
    try:
        for line in bundles.verify(found, rules):
            click.echo(line)
    except bundles.Mismatch as mismatch:
        click.echo(f"{bundle}: {mismatch}", err=True)
        sys.exit(1)
    click.echo("The recount agrees.")
