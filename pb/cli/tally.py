"""Counting from the command line: needs files, not a database, and starts without the web."""

import json

import click

from pb.cli.counting import (
    BadInput,
    counted_by_plan,
    counting_options,
    money_of,
    plan_option,
    prepared,
    refuse,
)
from pb.cli.waiting import waiting
from pb.tally import plans
from pb.tally.errors import TallyError
from pb.tally.explain import explain_all, ordinal
from pb.tally.payments import payments


@click.command("tally")
@click.argument("file")
@counting_options
@plan_option
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
        _tally_plan(file, plan, rule_id, params, ties, as_json, strict=strict)
        return
    try:
        election, rule, values, keys = prepared(file, rule_id, params, ties, strict=strict)
        with waiting("Counting"):
            outcome = rule(election.instance, election.profile, values, keys)
    except TallyError as error:
        refuse(error, file)
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
    file: str,
    plan: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    as_json: bool,
    *,
    strict: bool,
) -> None:
    """Count by a plan and print every stage, or everything as JSON."""
    try:
        with waiting("Counting"):
            election, outcome = counted_by_plan(file, plan, rule_id, params, ties, strict=strict)
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
