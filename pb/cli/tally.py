"""Counting from the command line: needs files, not a database, and starts without the web."""

import json
import os
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

import click

from pb.tally import pabulib
from pb.tally.errors import TallyError
from pb.tally.explain import explain, explain_all, ordinal
from pb.tally.model import Outcome
from pb.tally.numbers import Number
from pb.tally.pabulib import Election
from pb.tally.rules import Rule, load_rules
from pb.tally.rules.base import options
from pb.tally.ties import DEFAULT_TIES, parse_ties

DECLARED = "declared"


class BadInput(click.ClickException):
    """One line on stderr and exit status 2."""

    exit_code = 2

    def show(self, file=None) -> None:
        click.echo(f"Error: {' '.join(self.message.split())}", file=file, err=file is None)


def counting_options(command: Callable) -> Callable:
    """The options that say how a file is counted."""
    for option in (
        click.option(
            "--ties",
            metavar="KEYS",
            help="What breaks ties, for example lower-cost,more-votes,file-order or lot:SEED.",
        ),
        click.option(
            "--param", "params", multiple=True, metavar="K=V", help="A parameter of the rule."
        ),
        click.option(
            "--rule",
            "rule_id",
            default=DECLARED,
            metavar="RULE",
            help="A rule of `pb rules`, or `declared` for the one in the file (the default).",
        ),
    ):
        command = option(command)
    return command


@click.command("tally")
@click.argument("file")
@counting_options
@click.option("--json", "as_json", is_flag=True, help="Print the whole outcome as JSON.")
def tally(file: str, rule_id: str, params: tuple[str, ...], ties: str | None, as_json: bool):
    """Count the Pabulib file FILE."""
    election, outcome = _counted(file, rule_id, params, ties)
    if as_json:
        click.echo(json.dumps(outcome.to_json(), ensure_ascii=False))
        return

    money = money_of(election)
    click.echo(f"Rule {outcome.rule} {outcome.version}, ties by {', '.join(outcome.ties)}")
    click.echo(f"Spent {money(outcome.spent)} of {money(outcome.budget)}\n")
    for one in explain_all(election.instance, outcome, money):
        place = ordinal(one.order) if one.order else "-"
        name = election.instance.by_id[one.project].name
        click.echo(f"{place:>5}  {one.project}  {name}".rstrip())
        click.echo(f"       {one.sentence}")
    click.echo(f"\nInput {outcome.input_digest}\nOutcome {outcome.outcome_digest}")


@click.command("explain")
@click.argument("file")
@click.argument("project")
@counting_options
def explain_project(
    file: str, project: str, rule_id: str, params: tuple[str, ...], ties: str | None
):
    """Say why PROJECT of the Pabulib file FILE wins or loses."""
    election, outcome = _counted(file, rule_id, params, ties)
    try:
        click.echo(explain(election.instance, outcome, project, money_of(election)).sentence)
    except TallyError as error:
        refuse(error, file)


@click.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def rules(as_json: bool):
    """List the rules, their parameters, ballot kinds and sources."""
    found = [_described(rule) for rule in _rules().values()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['id']} {one['version']}: {one['title']}")
        click.echo(f"    {one['summary']}")
        click.echo(f"    ballots: {', '.join(one['accepts'])}")
        for option in one["params"]:
            choices = "|".join(option["choices"]) or "N"
            default = "" if option["default"] is None else f" (default {option['default']})"
            click.echo(f"    {option['name']}={choices}{default}")
        click.echo(f"    source: {one['source']}")


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "summary": rule.summary,
        "accepts": sorted(rule.accepts),
        "params": options(rule.params),
        "source": rule.source,
    }


def _rules() -> dict[str, Rule]:
    extra = os.environ.get("TALLY_RULES", "").replace(",", " ").split()
    try:
        return load_rules(extra)
    except TallyError as error:
        raise BadInput(str(error)) from None


def _counted(
    file: str, rule_id: str, params: tuple[str, ...], ties: str | None
) -> tuple[Election, Outcome]:
    """The election in units of its currency, and its outcome."""
    try:
        election = pabulib.read_file(file, unit=1)
        rule, values, keys = configured(election, rule_id, params)
        keys = parse_ties(ties) if ties else keys
        return election, rule(election.instance, election.profile, values, keys)
    except TallyError as error:
        refuse(error, file)


def configured(
    election: Election, rule_id: str, params: tuple[str, ...]
) -> tuple[Rule, Any, tuple[str, ...]]:
    """The rule, its parameters and ties as the command line names them; raises TallyError."""
    if rule_id == DECLARED:
        if params:
            raise TallyError("--param goes with a rule; --rule declared takes them from the file")
        return pabulib.declared(election)
    rules = _rules()
    if rule_id not in rules:
        raise TallyError(f"there is no rule {rule_id}; there are {', '.join(rules)}")
    given = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise TallyError(f"--param is written K=V, not {param}")
        given[name.strip()] = value.strip()
    return rules[rule_id], rules[rule_id].parse_params(given), DEFAULT_TIES


def refuse(error: TallyError, file: str) -> NoReturn:
    """End the command with one line that begins with the file."""
    message = str(error)
    raise BadInput(message if message.startswith(file) else f"{file}: {message}") from None


def money_of(election: Election) -> Callable[[Number], str]:
    """Writes amounts with separators of thousands, two decimals where they are not whole."""
    currency = election.meta.get("currency", "")

    def write(amount: Number) -> str:
        exact = Fraction(amount)
        if exact.denominator == 1:
            return f"{exact.numerator:,} {currency}".rstrip()
        whole, cents = divmod(round(exact * 100), 100)
        return f"{whole:,}.{cents:02d} {currency}".rstrip()

    return write
