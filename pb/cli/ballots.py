"""Checking a ballot box: on this installation, or from the open data of a round."""

import sys
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.orm import Session

from pb import db
from pb.ballots import proof
from pb.cli.counting import BadInput
from pb.errors import Refused
from pb.results import bundle
from pb.rounds import queries

MARKS = {True: "ok", False: "WRONG", None: "not checked"}


@click.group("ballots", help="The ballot box.")
def ballots_commands() -> None: ...


@ballots_commands.command("verify")
@click.argument("what", metavar="ROUND|DIR")
def verify(what: str) -> None:
    """Check the box of ROUND on this server, or that of a bundle (a ZIP, or unpacked in DIR).

    Exit status 1 if anything is wrong.
    """
    path = Path(what)
    # An address of a round has neither a dot nor a slash.
    findings = _of_bundle(path) if "." in what or "/" in what or path.is_dir() else _of_round(what)
    for finding in findings:
        click.echo(f"{MARKS[finding.holds]:<12} {finding.sentence}", err=finding.holds is False)
    sys.exit(1 if any(finding.holds is False for finding in findings) else 0)


def _of_round(slug: str) -> list[proof.Finding]:
    with Session(db.read_only(current_app.extensions["engine"])) as session:
        round = queries.find(session, slug)
        if round is None:
            raise BadInput(f"There is no round “{slug}”.")
        return proof.check(session, round, current_app.extensions["keys"])


def _of_bundle(path: Path) -> list[proof.Finding]:
    try:
        return [proof.Finding(True, line) for line in bundle.verify_box(bundle.read(path))]
    except Refused as refusal:
        raise BadInput(str(refusal)) from None
    except bundle.Mismatch as mismatch:
        return [proof.Finding(False, str(mismatch))]
