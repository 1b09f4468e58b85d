"""Filling in what the projects of a stored result would have needed."""

import click
from flask import current_app
from sqlalchemy.orm import Session

from pb import db
from pb.cli.counting import BadInput
from pb.cli.waiting import waiting
from pb.errors import Refused
from pb.results import needs, queries
from pb.rounds import queries as rounds
from pb.tally.errors import TallyError


@click.command("needs-of")
@click.argument("round_slug", metavar="ROUND")
def needs_of(round_slug: str) -> None:
    """Work out what the projects of ROUND that lost would have needed, where it is missing.

    A count does this itself where it takes seconds. It may take long here; the pages of the round
    show each list as soon as it is done, and stopping loses only the list at work.
    """
    engine, rules = (current_app.extensions[name] for name in ("engine", "rules"))
    done = 0
    try:
        for task in needs.tasks(engine, _round_id(round_slug), rules):
            with waiting(task.area):
                found = needs.work_out(task)
            needs.keep(engine, task, found)
            lost = "1 project" if task.losers == 1 else f"{task.losers:,} projects"
            click.echo(f"{task.area}: {lost} lost")
            done += 1
    except (Refused, TallyError) as error:
        raise BadInput(str(error)) from None
    if not done:
        click.echo("Nothing is missing.")


def _round_id(slug: str) -> int:
    with Session(db.read_only(current_app.extensions["engine"])) as session:
        round = rounds.find(session, slug)
        if round is None:
            raise BadInput(f"There is no round “{slug}”.")
        if queries.latest(session, round) is None:
            raise BadInput(f"The ballots of “{round.name}” have not been counted yet.")
        return round.id
