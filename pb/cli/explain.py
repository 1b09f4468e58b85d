"""Why one project wins or loses, and what it would have needed."""

import json
from typing import Any

import click

from pb.cli.counting import (
    counted_by_plan,
    counting_options,
    money_of,
    plan_option,
    prepared,
    refuse,
)
from pb.cli.waiting import waiting
from pb.tally import numbers, plans
from pb.tally.errors import TallyError
from pb.tally.explain import Explanation, explain
from pb.tally.needs import needs


@click.command("explain")
@click.argument("file")
@click.argument("project")
@counting_options
@plan_option
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
    plan: str | None,
    with_needs: bool,
    as_json: bool,
):
    """Say why PROJECT of the Pabulib file FILE wins or loses, and what it would have needed.

    What it would have needed is not known under a plan.
    """
    if plan:
        _explain_by_plan(file, project, plan, rule_id, params, ties, as_json)
        return
    try:
        election, rule, values, keys = prepared(file, rule_id, params, ties)
        with waiting("Counting"):
            outcome = rule(election.instance, election.profile, values, keys)
        why = explain(election.instance, outcome, project, money_of(election))
        found = None
        if with_needs and not why.funded:
            with waiting("Needs"):
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


def _explain_by_plan(
    file: str,
    project: str,
    plan: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    as_json: bool,
) -> None:
    """Say what happened to the project in every stage; what it would have needed is not known."""
    try:
        with waiting("Counting"):
            election, outcome = counted_by_plan(file, plan, rule_id, params, ties)
        found = plans.explain_plan(election.instance, outcome, project, money_of(election))
    except TallyError as error:
        refuse(error, file)
    if as_json:
        stages = [{"stage": one.stage} | _reason(one.why) for one in found]
        data = _reason(found[-1].why) | {"needs": None, "stages": stages}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for one in found:
        click.echo(one.sentence)


def _reason(why: Explanation) -> dict[str, Any]:
    """An explanation as plain data; numbers exact."""
    written = {name: numbers.to_json(number) for name, number in why.numbers.items()}
    return {**vars(why), "reason": str(why.reason), "numbers": written}
