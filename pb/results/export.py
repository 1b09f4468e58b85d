"""A published result as open data: CSV, JSON, Pabulib and a bundle for a recount."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy.orm import Session

from pb.audit import queries as log
from pb.audit import service as audit
from pb.ballots import queries as ballots
from pb.ballots import turnout
from pb.db import canonical
from pb.errors import NotFound, Refused
from pb.proposals import definition, withdrawal
from pb.proposals.models import Project
from pb.results import bundle, counting, explanations, queries
from pb.results.explanations import AreaLines, Line, Money
from pb.results.models import Publication
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, Round
from pb.tally.ballots import Ballot
from pb.tally.model import Instance
from pb.tally.outcome import Outcome
from pb.tally.pabulib import Election, pabulib_rule, write
from pb.tally.ties import TieKey, tie_ranks

COLUMNS = (
    "area",
    "number",
    "code",
    "title",
    "cost",
    "currency",
    "votes",
    "points",
    "result",
    "place_in_funding",
    "reason",
    "needed_votes",
    "needed_cost",
    "needed_budget",
    "needed",
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def official(session: Session, round: Round) -> Publication:
    """The publication that holds; refused before there is one, or before it may be seen."""
    publication = queries.published(session, round)
    if publication is None:
        raise Refused(f"The result of “{round.name}” is not published yet.")
    return publication


def csv_text(session: Session, round: Round, money: Money) -> str:
    """One row for every project, with its votes and the reason; safe to open in a spreadsheet."""
    areas = explanations.areas(session, round, official(session, round).result, money)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for area in areas:
        for line in area.lines:
            row = _row(round, area, line)
            writer.writerow([_harmless(row[name]) for name in COLUMNS])
    for project in withdrawal.withdrawn(session, round):
        row = dict.fromkeys(COLUMNS) | _withdrawn_row(round, project)
        writer.writerow([_harmless(row[name]) for name in COLUMNS])
    return text.getvalue()


def _row(round: Round, area: AreaLines, line: Line) -> dict[str, Any]:
    project = line.project
    return {
        "area": area.area.name,
        "number": project.number,
        "code": project.code,
        "title": project.title,
        "cost": _decimal(project.cost, round.currency),
        "currency": round.currency,
        "votes": line.votes,
        "points": line.points,
        "result": "funded" if line.funded else "not funded",
        "place_in_funding": line.explanation.order,
        "reason": line.explanation.sentence,
        **_needed(round, line),
    }


def _withdrawn_row(round: Round, project: Project) -> dict[str, Any]:
    return {
        "area": project.area.name,
        "number": project.number,
        "code": project.code,
        "title": project.title,
        "cost": _decimal(project.cost, round.currency),
        "currency": round.currency,
        "result": "withdrawn",
        "reason": project.withdrawal.reason,
    }


def _needed(round: Round, line: Line) -> dict[str, Any]:
    """The further votes, the cost or the further money that would have funded a loser."""
    if line.needed is None:
        return dict.fromkeys(("needed_votes", "needed_cost", "needed_budget", "needed"))
    needs = line.needed.needs
    amounts = {"needed_cost": needs.cost.amount, "needed_budget": needs.budget.change}
    return {
        "needed_votes": needs.votes.change,
        **{
            name: None if amount is None else _decimal(amount, round.currency)
            for name, amount in amounts.items()
        },
        "needed": line.needed.sentence,
    }


def _decimal(amount: int, currency: str) -> str:
    places = get_currency_precision(currency)
    whole, part = divmod(amount, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def json_text(session: Session, round: Round, money: Money) -> str:
    """The whole result with digests and every step of the count.

    The `needs` of an area are no part of its outcome or of any digest; null until worked out.
    """
    publication = official(session, round)
    result = publication.result
    areas = explanations.areas(session, round, result, money)
    gone = withdrawal.withdrawn(session, round)
    data = {
        "round": round.slug,
        "name": round.name,
        "currency": round.currency,
        **_facts(round, publication),
        "rule": {"id": round.rule_id, "params": round.rule_params, "ties": round.ties},
        "routes": _routes(session, round),
        "areas": [
            {
                "area": area.area.slug,
                "name": area.area.name,
                "ballots": area.stored.ballots,
                "ballots_with_a_funded_choice": area.stored.reached,
                "projects": [_json_row(round, area, line) for line in area.lines],
                "outcome": area.stored.outcome,
                "needs": area.stored.needs,
            }
            for area in areas
        ],
        "withdrawn": [
            {"number": one.number, "code": one.code, "reason": one.withdrawal.reason}
            for one in gone
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def _routes(session: Session, round: Round) -> list[dict[str, Any]]:
    """How voters came to their ballots; null where a number is too small to be shown."""
    return [
        {"route": one.route, "name": one.name, "strength": one.strength, "voters": one.shown}
        for one in turnout.by_route(session, round)
    ]


def _json_row(round: Round, area: AreaLines, line: Line) -> dict[str, Any]:
    row = _row(round, area, line)
    del row["area"], row["currency"]
    return row | {"cost_minor_units": line.project.cost, "tied_with": list(line.explanation.tied)}


def _facts(round: Round, publication: Publication) -> dict[str, Any]:
    """What fixes this result: digests, numbers and times."""
    result = publication.result
    return {
        "count": result.number,
        "voters": result.voters,
        "entitled": result.entitled,
        "counted_at": result.counted_at.isoformat(),
        "published_at": publication.published_at.isoformat(),
        "config_digest": round.config_digest,
        "sealed_digest": result.sealed_digest,
        "result_digest": result.digest,
    }


def pabulib_text(session: Session, round: Round, area: Area, *, unit: str) -> str:
    """One area as a file that the official Pabulib checker accepts; `unit` names the town."""
    result = official(session, round).result
    row = queries.area_result(session, result, area)
    if row is None:
        raise NotFound(f"There was nothing to vote on in “{area.name}”.")
    outcome = Outcome.from_json(row.outcome)
    found = definition.counted(session, round)
    instance, gone = counting.instance(found, area.slug), counting.withdrawn(found)
    sealed = map(Ballot.from_json, ballots.sealed_lists(session, round, area))
    cast = [ballot.without(gone) for ballot in sealed] if gone else list(sealed)
    # Pabulib knows no empty vote; imported ones stay as the city wrote them.
    told = [ballot for ballot in cast if ballot.choices] if gone else cast
    rule = _rule_name(outcome, instance)
    if len(told) < len(cast) and not rule.startswith("greedy"):
        rule = "unknown"  # the number of voters counts
    # Others break ties by the order in the file, so the file has the published order of ties.
    ranks = tie_ranks(instance, row.scores, outcome.ties)
    ordered = sorted(instance.projects, key=lambda project: ranks[project.id])
    election = Election(
        meta=_meta(round, area, outcome, unit, rule) | _left_out(len(cast) - len(told)),
        instance=replace(instance, projects=tuple(ordered)),
        ballots=tuple(told),
        limits=counting.fitted_limits(found, area.slug),
        selected={project.id: int(project.id in set(outcome.funded)) for project in ordered},
    )
    return write(election)


def _rule_name(outcome: Outcome, instance: Instance) -> str:
    """Pabulib's name for the rule; "unknown" where its definition leaves more than one outcome.

    For equal shares it counts in whole units of currency, and breaks ties by the lower cost only.
    """
    name = pabulib_rule(outcome)
    if outcome.rule != "equal-shares":
        return name
    costs = {project.id: project.cost for project in instance.projects}
    broken = any(amount % instance.unit for amount in (outcome.budget, *costs.values()))
    by_cost = outcome.ties[:1] == (TieKey.LOWER_COST,)
    tied = any(
        not by_cost or costs[other] == costs[step.project]
        for step in outcome.steps
        for other in step.tied
    )
    return "unknown" if broken or tied else name


def _meta(round: Round, area: Area, outcome: Outcome, unit: str, rule: str) -> dict[str, str]:
    voting = calendar.span(round, Phase.VOTING)
    begin = voting.opens_at.astimezone(round.zone)
    end = voting.closes_at.astimezone(round.zone)
    meta = {
        "description": f"{round.name}, {area.name}",
        "country": "Worldwide",
        "unit": unit,
        "instance": str(begin.year),
        "rule": rule,
        "date_begin": f"{begin:%d.%m.%Y}",
        "date_end": f"{end:%d.%m.%Y}",
        "currency": round.currency,
    }
    if not area.city_wide:
        meta["subunit"] = area.name
    if rule.startswith("greedy") and (threshold := outcome.params.get("threshold")):
        meta["min_project_score_threshold"] = str(threshold)
    return meta


def _left_out(votes: int) -> dict[str, str]:
    """A word about votes that named nothing but withdrawn projects."""
    if not votes:
        return {}
    return {"comment": f"#1: Votes that named only withdrawn projects are left out: {votes}."}


def bundle_bytes(session: Session, round: Round) -> bytes:
    """Everything that a recount needs, in one file."""
    publication = official(session, round)
    found = definition.definition(session, round)
    entries = log.entries(session, round.id)
    files = {"definition.json": canonical(found)}
    for area in round.areas:
        rows = ballots.sealed_lists(session, round, area)
        files[f"ballots/{area.slug}.jsonl"] = bundle.lines(rows)
    commitments = ballots.commitments(session, round)
    files["commitments.txt"] = "".join(f"{one.hex()}\n" for one in commitments).encode()
    for row in queries.area_results(session, publication.result):
        files[f"outcomes/{row.area.slug}.json"] = canonical(row.outcome)
    rows = (audit.content(entry) | {"hash": entry.hash} for entry in entries)
    files["log.jsonl"] = bundle.lines(rows)
    facts = _facts(round, publication)
    facts |= {"round": round.slug, "name": round.name, "log_head": entries[-1].hash}
    facts["withdrawn"] = definition.counted(session, round)["withdrawn"]
    return bundle.pack(facts, files)
