"""Several rules side by side on one file: needs no database and no web."""

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import click

from pb.cli.counting import DECLARED, configured, money_of, refuse
from pb.cli.waiting import waiting
from pb.tally import numbers, pabulib, progress, scores
from pb.tally.errors import TallyError
from pb.tally.measures import Measures, Ratio, TagShare, measure
from pb.tally.model import Instance
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome
from pb.tally.pabulib import Election
from pb.tally.pabulib.declared import DECLARED as KNOWN
from pb.tally.rules.base import Rule, written
from pb.tally.ties import parse_ties

USUAL = (
    "greedy",
    "equal-shares:completion=none",
    "equal-shares:completion=add1+greedy",
)
WIDTH = 100
MOST_RULES = 8
AREA_FIELDS = ("district", "neighborhood", "subunit")


@dataclass(frozen=True)
class Contender:
    """One rule in the comparison: its letter in the table, how it was asked for, what it gives."""

    letter: str
    asked: str
    described: str
    outcome: Outcome
    measures: Measures


@click.command("compare")
@click.argument("file")
@click.option(
    "--rule",
    "asked",
    multiple=True,
    metavar="RULE[:K=V,K=V]",
    help="A rule of `pb rules` with its parameters, or `declared`; repeat it for every rule.",
)
@click.option("--ties", metavar="KEYS", help="What breaks ties, for every rule alike.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def compare(file: str, asked: tuple[str, ...], ties: str | None, as_json: bool) -> None:
    """Count the Pabulib file FILE by several rules and put the outcomes side by side."""
    try:
        election = pabulib.read_file(file, unit=1)
        with waiting("Counting"):
            contenders = _counted(election, asked or _usual(election), ties)
    except TallyError as error:
        refuse(error, file)
    if as_json:
        click.echo(json.dumps(_as_json(election, contenders), ensure_ascii=False))
        return
    for line in _report(election, contenders):
        click.echo(line.rstrip())


def _usual(election: Election) -> tuple[str, ...]:
    """The rules that are compared where none is named; the declared one where it is known."""
    return ((DECLARED,) if election.meta.get("rule") in KNOWN else ()) + USUAL


def _counted(election: Election, asked: Sequence[str], ties: str | None) -> list[Contender]:
    if len(asked) > MOST_RULES:
        raise TallyError(f"{len(asked)} rules do not fit side by side; {MOST_RULES} do")
    keys = parse_ties(ties) if ties else None
    prepared = []
    for text in asked:
        rule_id, _, params = text.partition(":")
        given = tuple(params.split(",")) if params else ()
        prepared.append((text, *configured(election, rule_id.strip(), given)))

    areas = _areas(election)
    contenders = []
    for place, (text, rule, params, usual_keys) in enumerate(prepared):
        with progress.part(place, len(prepared)):
            outcome = rule(election.instance, election.profile, params, keys or usual_keys)
        found = measure(election.instance, election.profile, outcome.funded, areas)
        described = _described(text, rule, params)
        contenders.append(Contender("ABCDEFGH"[place], text, described, outcome, found))
    return contenders


def _areas(election: Election) -> dict[str, tuple[str, ...]]:
    """Where every project belongs, by the first column that says so for any of them."""
    for name in AREA_FIELDS:
        found = {
            project: tuple(item.strip() for item in fields[name].split(",") if item.strip())
            for project, fields in election.project_fields.items()
            if fields.get(name)
        }
        if found:
            return found
    return {}


# JSON


def _as_json(election: Election, contenders: Sequence[Contender]) -> dict[str, Any]:
    instance = election.instance
    votes = scores.votes(instance, election.profile)
    return {
        "budget": numbers.to_json(instance.budget),
        "currency": election.meta.get("currency", ""),
        "voters": election.profile.voters,
        "rules": [_contender_json(one) for one in contenders],
        "projects": [
            {
                "id": project.id,
                "name": project.name,
                "cost": numbers.to_json(project.cost),
                "votes": votes[project.id],
                "funded_by": [one.letter for one in contenders if project.id in one.outcome.funded],
            }
            for project in instance.projects
        ],
    }


def _contender_json(one: Contender) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "letter": one.letter,
        "asked": one.asked,
        "rule": outcome.rule,
        "version": outcome.version,
        "params": dict(outcome.params),
        "ties": list(outcome.ties),
        "spent": numbers.to_json(outcome.spent),
        "funded": list(outcome.funded),
        "input_digest": outcome.input_digest,
        "outcome_digest": outcome.outcome_digest,
        "measures": one.measures.to_json(),
    }


# Plain text


def _report(election: Election, contenders: Sequence[Contender]) -> Iterable[str]:
    money = money_of(election)
    facts = f"{election.profile.voters:,} ballots, {len(election.instance.projects):,} projects"
    yield f"{facts}, {money(election.instance.budget)}"
    yield ""
    for one in contenders:
        line = f"{one.letter}  {one.described}; ties by {', '.join(one.outcome.ties)}"
        yield from textwrap.wrap(line, WIDTH, subsequent_indent="   ")
    yield ""
    yield from _projects(election, contenders)
    yield ""
    yield from _measures(contenders, money)
    for heading, of in (
        ("category", lambda one: one.measures.categories),
        ("area", lambda one: one.measures.areas),
    ):
        if of(contenders[0]):
            yield ""
            yield from _tags(heading, contenders, of)


def _described(text: str, rule: Rule, params: Any) -> str:
    """The rule as it was asked for; the declared one with what differs from its defaults."""
    if text != DECLARED:
        return text
    usual = written(rule.params())
    unusual = {name: value for name, value in written(params).items() if usual.get(name) != value}
    settings = ",".join(f"{name}={value}" for name, value in unusual.items())
    return f"{DECLARED}, {rule.id}{':' if settings else ''}{settings}"


def _projects(election: Election, contenders: Sequence[Contender]) -> Iterable[str]:
    """Every project that any rule funds, with its place in the order of funding under each."""
    instance: Instance = election.instance
    votes = scores.votes(instance, election.profile)
    places = {one.letter: {p: n for n, p in enumerate(one.outcome.funded, 1)} for one in contenders}
    rows = [
        (
            project.id,
            project.name,
            f"{_amount(project.cost)}",
            f"{votes[project.id]:,}",
            *(str(places[one.letter].get(project.id, "-")) for one in contenders),
        )
        for project in instance.projects
        if any(project.id in places[one.letter] for one in contenders)
    ]
    rows.sort(key=lambda row: -votes[row[0]])
    header = ("project", "", "cost", "votes", *(one.letter for one in contenders))
    yield from _table(header, rows, texts=2)
    rest = len(instance.projects) - len(rows)
    if rest:
        yield f"{rest:,} more {'project is' if rest == 1 else 'projects are'} funded by none."


def _measures(contenders: Sequence[Contender], money: Callable[[Number], str]) -> Iterable[str]:
    rows = [
        (
            one.letter,
            f"{len(one.outcome.funded):,}",
            money(one.outcome.spent),
            _percent(one.measures.used),
            _percent(one.measures.reached),
            _hundredths(one.measures.choices.value),
            f"{len(one.measures.shortfalls):,}" if one.measures.shortfalls else "none",
        )
        for one in contenders
    ]
    yield "Voters reached chose at least one funded project; choices are funded ones per ballot;"
    yield "EJR+ counts projects whose supporters fall short of their part of the money."
    header = ("", "funded", "spent", "of budget", "voters reached", "choices", "EJR+ short")
    yield from _table(header, rows, texts=1)


def _tags(
    heading: str, contenders: Sequence[Contender], of: Callable[[Contender], Sequence[TagShare]]
) -> Iterable[str]:
    """Per tag, its part of the votes, and its part of the money under every rule."""
    spent: list[Mapping[str, Ratio]] = [{t.tag: t.money for t in of(one)} for one in contenders]
    rows = [
        (
            share.tag or "(none)",
            _percent(share.votes),
            *(_percent(by_tag[share.tag]) for by_tag in spent),
        )
        for share in of(contenders[0])
    ]
    yield f"Part of the votes, and part of the money spent, per {heading}"
    yield from _table((heading, "votes", *(one.letter for one in contenders)), rows, texts=1)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> Iterable[str]:
    """Columns side by side; the first `texts` are cut where the line would be too long."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    for place in range(texts):
        others = sum(widths) - widths[place] + 2 * (len(widths) - 1)
        least = 16 if place + 1 < texts else 8
        widths[place] = min(widths[place], max(least, WIDTH - others))
    for row in (header, *rows):
        cells = [
            _cut(cell, width).ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells)


def _cut(text: str, width: int) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _amount(amount: Number) -> str:
    return f"{amount:,}" if isinstance(amount, int) else _hundredths(amount)


def _percent(ratio: Ratio) -> str:
    """One decimal; rounded only here, where it is shown."""
    if ratio.value is None:
        return "-"
    whole, part = divmod(round(Fraction(ratio.value) * 1000), 10)
    return f"{whole}.{part} %"


def _hundredths(number: Number | None) -> str:
    if number is None:
        return "-"
    whole, part = divmod(round(Fraction(number) * 100), 100)
    return f"{whole:,}.{part:02d}"
