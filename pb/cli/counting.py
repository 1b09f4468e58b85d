"""What the counting commands share: how a file is counted, and how they refuse it."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import click

from pb.tally import pabulib, plans
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.pabulib import Election
from pb.tally.plans import PlanFile, PlanOutcome
from pb.tally.rules import Rule, load_rules
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


def plan_option(command: Callable) -> Callable:
    """The option to count in stages instead of by one rule."""
    return click.option(
        "--plan",
        metavar="PLAN.toml",
        help="Count the stages of a plan, or of the budgets in the file (`declared`).",
    )(command)


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
    rules = known_rules()
    if rule_id not in rules:
        raise TallyError(f"there is no rule {rule_id}; there are {', '.join(rules)}")
    given = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise TallyError(f"--param is written K=V, not {param}")
        given[name.strip()] = value.strip()
    return rules[rule_id], rules[rule_id].parse_params(given), DEFAULT_TIES


def counted_by_plan(
    file: str,
    plan: str,
    rule_id: str,
    params: tuple[str, ...],
    ties: str | None,
    *,
    strict: bool = False,
) -> tuple[Election, PlanOutcome]:
    """The election in units of its currency, counted by a plan; raises TallyError."""
    if rule_id != DECLARED or params:
        raise BadInput("--rule and --param stand in the plan; they do not go with --plan")
    election = pabulib.read_file(file, unit=1, strict=strict)
    found = _plan(election, plan)
    counted = replace(found.plan, ties=parse_ties(ties)) if ties else found.plan
    ballots = pabulib.ballots_by_home(election, found.homes) if found.homes else election.profile
    areas = pabulib.project_areas(election, found.areas) if found.areas else {}
    return election, plans.count(counted, election.instance, ballots, areas, known_rules())


def _plan(election: Election, plan: str) -> PlanFile:
    """The plan in a file, or that of the budgets in the election."""
    if plan == DECLARED:
        found = pabulib.declared_plan(election)
        if found is None:
            raise TallyError("has no budgets per neighborhood or category in META")
        return found
    try:
        return plans.read_plan(Path(plan).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadInput(f"{plan} cannot be read: {reason}") from None
    except TallyError as error:
        refuse(error, plan)


def known_rules() -> dict[str, Rule]:
    """The rules by id, with those of the town that TALLY_RULES names."""
    extra = os.environ.get("TALLY_RULES", "").replace(",", " ").split()
    try:
        return load_rules(extra)
    except TallyError as error:
        raise BadInput(str(error)) from None


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
