"""Counting from the command line: needs files, not a database, and starts without the web."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import click

from pb.tally import numbers, pabulib, plans
from pb.tally.errors import TallyError
from pb.tally.explain import Explanation, explain, explain_all, ordinal
from pb.tally.model import Outcome
from pb.tally.needs import needs
from pb.tally.numbers import Number
from pb.tally.pabulib import Election
from pb.tally.payments import payments
from pb.tally.plans import PlanOutcome
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
@click.option(
    "--plan",
    metavar="PLAN.toml",
    help="Count the stages of a plan, or of the budgets in the file (`declared`).",
)
@click.option(
    "--payments",
    "with_payments",
    is_flag=True,
    help="With --json: add what every group of identical ballots paid for what.",
)
@click.option("--strict", is_flag=True, help="Refuse a file that is not tidy in every detail.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole outcome as JSON.")
def tally(
    file: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    plan: str | None,
    with_payments: bool,
    strict: bool,
    as_json: bool,
):
    """Count the Pabulib file FILE."""
    if with_payments and (plan or not as_json):
        raise BadInput("--payments goes with --json, and not with --plan")
    if plan:
        plain = rule_id == DECLARED and not params
        _tally_plan(file, plan, ties, as_json, plain=plain, strict=strict)
        return
    election, outcome = _counted(file, rule_id, params, ties, strict=strict)
    if as_json:
        data = outcome.to_json()
        if with_payments:
            found = payments(election.instance, election.profile, outcome)
            data["payments"] = None if found is None else found.to_json()
        click.echo(json.dumps(data, ensure_ascii=False))
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


def _tally_plan(
    file: str, plan: str, ties: str | None, as_json: bool, *, plain: bool, strict: bool
) -> None:
    """Count by a plan and print every stage, or everything as JSON."""
    if not plain:
        raise BadInput("--rule and --param stand in the plan; they do not go with --plan")
    try:
        election = pabulib.read_file(file, unit=1, strict=strict)
        outcome = _counted_by_plan(election, plan, ties)
    except TallyError as error:
        refuse(error, file)
    if as_json:
        click.echo(json.dumps(outcome.to_json(), ensure_ascii=False))
        return

    money = money_of(election)
    click.echo(f"Plan {outcome.plan.digest}, ties by {', '.join(outcome.plan.ties)}")
    click.echo(f"Spent {money(outcome.spent)} of {money(outcome.budget)}\n")
    for stage in outcome.stages:
        click.echo(plans.stage_line(stage, money))
    click.echo()
    for found in plans.explain_plan_all(election.instance, outcome, money):
        last = found[-1].why
        place = ordinal(outcome.funded.index(last.project) + 1) if last.funded else "-"
        name = election.instance.by_id[last.project].name
        click.echo(f"{place:>5}  {last.project}  {name}".rstrip())
        for one in found:
            click.echo(f"       {one.sentence}")
    click.echo(f"\nInput {outcome.input_digest}\nOutcome {outcome.outcome_digest}")


def _counted_by_plan(election: Election, plan: str, ties: str | None) -> PlanOutcome:
    if plan == DECLARED:
        found = pabulib.declared_plan(election)
        if found is None:
            raise TallyError("has no budgets per neighborhood or category in META")
    else:
        try:
            text = Path(plan).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise BadInput(f"{plan} cannot be read: {reason}") from None
        try:
            found = plans.read_plan(text)
        except TallyError as error:
            refuse(error, plan)
    counted = replace(found.plan, ties=parse_ties(ties)) if ties else found.plan
    ballots = pabulib.ballots_by_home(election, found.homes) if found.homes else election.profile
    areas = pabulib.project_areas(election, found.areas) if found.areas else {}
    return plans.count(counted, election.instance, ballots, areas, _rules())


@click.command("explain")
@click.argument("file")
@click.argument("project")
@counting_options
@click.option(
    "--needs/--no-needs",
    "with_needs",
    default=True,
    help="Say what a project that loses would have needed (the default).",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def explain_project(
    file: str,
    project: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    with_needs: bool,
    as_json: bool,
):
    """Say why PROJECT of the Pabulib file FILE wins or loses, and what it would have needed."""
    try:
        election, rule, values, keys = prepared(file, rule_id, params, ties)
        outcome = rule(election.instance, election.profile, values, keys)
        why = explain(election.instance, outcome, project, money_of(election))
        found = None
        if with_needs and not why.funded:
            found = needs(rule, election.instance, election.profile, values, keys, project)
    except TallyError as error:
        refuse(error, file)
    if as_json:
        data = _reason(why) | {"needs": None if found is None else found.to_json()}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    click.echo(why.sentence)
    for sentence in found.sentences(money_of(election)) if found else ():
        click.echo(sentence)


def _reason(why: Explanation) -> dict[str, Any]:
    """An explanation as plain data; numbers exact."""
    written = {name: numbers.to_json(number) for name, number in why.numbers.items()}
    return {**vars(why), "reason": str(why.reason), "numbers": written}


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
    file: str, rule_id: str, params: tuple[str, ...], ties: str | None, *, strict: bool = False
) -> tuple[Election, Outcome]:
    """The election in units of its currency, and its outcome."""
    try:
        election, rule, values, keys = prepared(file, rule_id, params, ties, strict=strict)
        return election, rule(election.instance, election.profile, values, keys)
    except TallyError as error:
        refuse(error, file)


def prepared(
    file: str, rule_id: str, params: tuple[str, ...], ties: str | None, *, strict: bool = False
) -> tuple[Election, Rule, Any, tuple[str, ...]]:
    """The election in units of its currency, and how to count it; raises TallyError."""
    election = pabulib.read_file(file, unit=1, strict=strict)
    rule, values, keys = configured(election, rule_id, params)
    return election, rule, values, parse_ties(ties) if ties else keys


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
