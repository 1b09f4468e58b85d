"""The list of rules: needs no file, no database and no web."""

import json
import textwrap
from typing import Any

import click

from pb.cli.counting import known_rules
from pb.tally.rules import Rule
from pb.tally.rules.base import options

WIDTH = 100


@click.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def rules(as_json: bool):
    """List the rules, their parameters, ballot kinds and sources."""
    found = [_described(rule) for rule in known_rules().values()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['id']} {one['version']}: {one['title']}")
        _say(one["summary"])
        _say(f"ballots: {', '.join(one['accepts'])}")
        for option in one["params"]:
            choices = "|".join(option["choices"]) or "N"
            default = "" if option["default"] is None else f" (default {option['default']})"
            _say(f"{option['name']}={choices}{default}")
        _say(f"source: {one['source']}")


def _say(text: str) -> None:
    """One fact about a rule, in lines that fit on a screen."""
    lines = textwrap.wrap(
        text, WIDTH, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False
    )
    click.echo("\n".join(lines))


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
