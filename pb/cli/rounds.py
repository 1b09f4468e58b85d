"""Real elections in, open data out."""

import hashlib
import sys
from pathlib import Path
from typing import NoReturn

import click
from babel.numbers import get_currency_precision
from flask import current_app
from sqlalchemy.orm import Session

from pb import db
from pb.cli.counting import BadInput
from pb.errors import Refused
from pb.results import acts, imported
from pb.results import export as exports
from pb.rounds import queries
from pb.rounds.models import Area, Round
from pb.tally.errors import TallyError
from pb.tally.pabulib import Election, read
from pb.web.filters import money


@click.command("import-pabulib")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--slug", help="The address of the round; by default from the name of the file.")
def import_pabulib(file: Path, slug: str | None) -> None:
    """Make a counted and published round of the finished election in FILE.pb."""
    engine, keys, rules = (current_app.extensions[name] for name in ("engine", "keys", "rules"))
    try:
        content = file.read_bytes()
        election = _election(content, file)  # before the first statement: nobody waits for us
        with Session(engine, expire_on_commit=False) as session:
            done = imported.import_election(
                session,
                election,
                slug=imported.default_slug(file.stem) if slug is None else slug,
                file_digest=hashlib.sha256(content).hexdigest(),
                at=current_app.extensions["clock"](),
                keys=keys,
                rules=rules,
            )
            session.commit()
            acts.after_commit(engine, done.count_act, keys, rules)
            _tell(done)
    except OSError as error:
        _refuse(f"{file}: {error.strerror}")
    except (Refused, TallyError) as error:
        _refuse(f"{file}: {str(error).removeprefix(f'{file}, ').removeprefix(f'{file}: ')}")


def _election(content: bytes, file: Path) -> Election:
    """The election with its amounts in minor units of its currency."""
    name = str(file)
    first = read(content, file=name)
    unit = 10 ** get_currency_precision(imported.currency_of(first.meta))
    return first if first.instance.unit == unit else read(content, file=name, unit=unit)


def _tell(done: imported.Imported) -> None:
    round, outcomes = done.round, [row.outcome for row in done.result.outcomes]
    spent = sum(outcome["spent"] for outcome in outcomes)
    projects = sum(len(row.scores) for row in done.result.outcomes)
    click.echo(f"{round.slug}: {round.name}")
    click.echo(
        f"{done.ballots:,} ballots, {len(done.funded)} of {projects} projects funded, "
        f"{money(spent, round.currency)} of {money(round.budget, round.currency)} used"
    )
    for note in done.notes:
        click.echo(f"Note: {note}")
    if done.official is None:
        click.echo("The file does not say which projects were funded.")
    elif done.official == done.funded:
        click.echo("The funded projects are the officially selected ones.")
    else:
        click.echo(
            f"The funded projects DIFFER from the officially selected ones: "
            f"{_listed(done.funded - done.official)} only here, "
            f"{_listed(done.official - done.funded)} only there."
        )


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes)) or "none"


@click.command("export")
@click.argument("round_slug", metavar="ROUND")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["pb", "csv", "json", "bundle"]),
    required=True,
    help="Pabulib, a table, everything as JSON, or a bundle for `pb recount`.",
)
@click.option("--area", "area_slug", help="For pb: which area, where there are several.")
@click.option("-o", "output", type=click.Path(path_type=Path), help="A file instead of stdout.")
def export(round_slug: str, kind: str, area_slug: str | None, output: Path | None) -> None:
    """Write the published result of ROUND as open data."""
    try:
        # A transaction that only reads keeps no voter waiting.
        with Session(db.read_only(current_app.extensions["engine"])) as session:
            content = _content(session, round_slug, kind, area_slug)
    except (Refused, TallyError) as error:
        _refuse(str(error))
    _write(content, output)


def _content(session: Session, slug: str, kind: str, area_slug: str | None) -> bytes:
    round = queries.find(session, slug)
    if round is None:
        _refuse(f"There is no round “{slug}”.")

    def amount(value: int) -> str:
        return money(value, round.currency)

    if kind == "bundle":
        return exports.bundle_bytes(session, round)
    if kind == "csv":
        return exports.csv_text(session, round, amount).encode()
    if kind == "json":
        return exports.json_text(session, round, amount).encode()
    area, unit = _area(session, round, area_slug), current_app.config["TOWN_NAME"]
    return exports.pabulib_text(session, round, area, unit=unit).encode()


def _area(session: Session, round: Round, slug: str | None) -> Area:
    """The area that was named, or the only one that was voted on."""
    result = exports.official(session, round).result
    counted = {row.area.slug: row.area for row in result.outcomes}
    if slug is None and len(counted) == 1:
        return next(iter(counted.values()))
    if slug not in counted:
        what = "Name one area with --area" if slug is None else f"There is no area “{slug}”"
        _refuse(f"{what}; there are {', '.join(counted)}.")
    return counted[slug]


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        if content.startswith(b"PK") and sys.stdout.isatty():
            _refuse("A bundle is no text: name a file with -o.")
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        _refuse(f"{output}: {error.strerror}")


def _refuse(message: str) -> NoReturn:
    raise BadInput(message)
