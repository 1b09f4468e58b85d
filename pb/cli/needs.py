"""What every project that loses would have needed, and how close the outcome was."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from pb.cli.counting import counting_options, money_of, prepared, refuse
from pb.cli.waiting import waiting
from pb.tally.errors import TallyError
from pb.tally.margins import Change, Margin, Margins, margins
from pb.tally.model import Instance
from pb.tally.needs import Needs, all_needs
from pb.tally.outcome import Outcome
from pb.tally.pabulib import Election


@click.command("needs")
@click.argument("file")
@counting_options
@click.option(
    "--margins",
    "with_margins",
    is_flag=True,
    help="Say also how few votes for one project would change who is funded.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def needs(
    file: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    with_margins: bool,
    as_json: bool,
) -> None:
    """Say what every project of the Pabulib file FILE that loses would have needed."""
    try:
        election, rule, values, keys = prepared(file, rule_id, params, ties)
        instance, profile = election.instance, election.profile
        with waiting("Counting"):
            outcome = rule(instance, profile, values, keys)
        with waiting("Needs"):
            found = list(all_needs(rule, instance, profile, values, keys))
        close = None
        if with_margins:
            with waiting("Margins"):
                close = margins(rule, instance, profile, values, keys)
    except TallyError as error:
        refuse(error, file)
    if as_json:
        click.echo(json.dumps(_as_json(outcome, found, close), ensure_ascii=False))
        return
    for line in _report(election, found, close):
        click.echo(line)


def _as_json(outcome: Outcome, found: Sequence[Needs], close: Margins | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "rule": outcome.rule,
        "version": outcome.version,
        "params": dict(outcome.params),
        "ties": list(outcome.ties),
        "input_digest": outcome.input_digest,
        "outcome_digest": outcome.outcome_digest,
        "needs": [one.to_json() for one in found],
    }
    return data | ({} if close is None else {"margins": close.to_json()})


def _report(election: Election, found: Sequence[Needs], close: Margins | None) -> Iterable[str]:
    money, instance = money_of(election), election.instance
    for one in found:
        yield f"{one.project}  {instance.by_id[one.project].name}".rstrip()
        for sentence in one.sentences(money):
            yield f"    {sentence}"
    if not found:
        yield "Every project is funded."
    if close is not None:
        yield from _closest(instance, close)


def _closest(instance: Instance, close: Margins) -> Iterable[str]:
    yield ""
    smallest = close.smallest
    if smallest is None:
        yield "No number of votes for one project that changes who is funded was found."
        return
    sure = "no smaller number can" if close.proven else "a smaller number may, but was not found"
    yield f"The fewest votes for one project that change who is funded; {sure}:"
    for margin in close.projects:
        if margin.votes == smallest.votes:
            yield f"    {_line(instance, margin)}"


def _line(instance: Instance, margin: Margin) -> str:
    how = "more fund" if margin.change is Change.ADDED else "less, and it loses:"
    name = instance.by_id[margin.project].name
    return f"{margin.votes:,} {how} {margin.project}  {name}".rstrip()
