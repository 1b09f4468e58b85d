"""Writes .pb files that pass Pabulib's own checker and read back equal."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction

from pb.tally.ballots import BallotKind
from pb.tally.errors import PabulibError
from pb.tally.model import Instance, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, StepKind
from pb.tally.pabulib.election import (
    LIMIT_LISTS,
    META_FIELDS,
    OBLIGATORY_META,
    PROJECT_FIELDS,
    VOTE_FIELDS,
    Election,
)
from pb.tally.rules.base import written
from pb.tally.rules.greedy import GreedyParams

NOT_IN_IDS = frozenset(",\n")


def write(election: Election) -> str:
    """The election as text of a .pb file: UTF-8 without mark, lines ended by a line feed.

    Counts, money and limits are written from the election itself; all other META fields are
    taken from `election.meta`. Pabulib's checker also wants a name for every project, and
    `max_sum_points` with cumulative ballots. Raises PabulibError where an obligatory field is
    missing or an id cannot stand in a list.
    """
    for project in election.instance.projects:
        if (
            project.id != _clean(project.id)
            or not project.id
            or NOT_IN_IDS.intersection(project.id)
        ):
            raise PabulibError(f"project id {project.id!r} cannot be written", field="project_id")
    return (
        _section("META", ["key", "value"], [[k, v] for k, v in _meta(election).items()])
        + _section("PROJECTS", *_projects(election))
        + _section("VOTES", *_votes(election))
    )


def pabulib_rule(outcome: Outcome) -> str:
    """Pabulib's name for the rule of an outcome, or "unknown" where it has none."""
    params = dict(outcome.params)
    if outcome.rule == "greedy":
        threshold, stops = params.pop("threshold"), params.pop("unaffordable") == "stop"
        params.pop("oversize")
        rest = {name: written(GreedyParams())[name] for name in params}
        barred = any(step.kind is StepKind.EXCLUDED for step in outcome.steps)
        if params != rest or (barred and (stops or threshold)):
            return "unknown"
        if barred:
            return "greedy-exclusive"
        if stops:
            return "greedy-no-skip"
        return "greedy-threshold" if threshold else "greedy"
    if outcome.rule == "equal-shares" and params["utility"] == "cost":
        add1 = params["completion"] == "add1" and params["stop"] == "overspend"
        names = {"none": "equalshares"} | ({"add1": "equalshares/add1"} if add1 else {})
        endings = {"none": "", "satisfaction": "-comparison"}
        name = names.get(str(params["completion"]))
        ending = endings.get(str(params["comparison"]))
        return "unknown" if name is None or ending is None else name + ending
    return "unknown"


def _meta(election: Election) -> dict[str, str]:
    instance, limits = election.instance, asdict(election.limits)
    meta = {name: _clean(value) for name, value in election.meta.items() if _clean(value)}
    meta["vote_type"] = str(limits.pop("kind"))
    meta["num_projects"] = str(len(instance.projects))
    meta["num_votes"] = str(len(election.ballots))
    meta["budget"] = _money(instance.budget, instance)
    for name, value in limits.items():
        if name in LIMIT_LISTS:
            meta |= _for_every_category(name, value, instance)
            continue
        meta.pop(name, None)
        if value is not None:
            meta[name] = _money(value, instance) if "cost" in name else str(value)
    meta.pop("fully_funded", None)
    if sum(project.cost for project in instance.projects) <= instance.budget:
        meta["fully_funded"] = "1"
    for name in OBLIGATORY_META:
        if not meta.get(name):
            raise PabulibError("is missing from META", field=name)
    return {name: meta[name] for name in _ordered(meta, META_FIELDS)}


def _for_every_category(name: str, value: Number | None, instance: Instance) -> dict[str, str]:
    """A limit that is the same for all categories, as the list that META has for it.

    Without one, META keeps what it had: a list of different amounts.
    """
    categories = sorted({item for project in instance.projects for item in project.categories})
    if value is None or not categories:
        return {}
    amounts = [_money(value, instance)] * len(categories)
    return {"categories": ",".join(map(_clean, categories)), name: ",".join(amounts)}


def _projects(election: Election) -> tuple[list[str], list[list[str]]]:
    instance = election.instance
    votes, score = counts(election)
    rows = [
        {
            "project_id": project.id,
            "cost": _money(project.cost, instance),
            "votes": str(votes[project.id]),
            "score": str(score[project.id]) if score else "",
            "name": project.name,
            **_lists(project),
            "selected": str(election.selected.get(project.id, "")),
            **election.project_fields.get(project.id, {}),
        }
        for project in instance.projects
    ]
    return _table(rows, PROJECT_FIELDS, ("project_id", "cost"))


def counts(election: Election) -> tuple[Counter[str], Counter[str]]:
    """Votes and points as Pabulib's checker adds them up, line by line.

    There a ranking of three is worth 3, 2, 1 and one of two 2, 1, whatever length is allowed;
    approval ballots have no score.
    """
    votes: Counter[str] = Counter()
    score: Counter[str] = Counter()
    for ballot in election.ballots:
        votes.update(ballot.choices)
        points = ballot.points
        if election.limits.kind is BallotKind.ORDINAL:
            points = tuple(range(len(ballot.choices), 0, -1))
        for project, given in zip(ballot.choices, points, strict=False):
            score[project] += given
    return votes, score


def _lists(project: Project) -> dict[str, str]:
    return {
        "category": ",".join(_clean(item) for item in project.categories),
        "beneficiaries": ",".join(_clean(item) for item in project.beneficiaries),
    }


def _votes(election: Election) -> tuple[list[str], list[list[str]]]:
    voters = election.voters or [() for _ in election.ballots]
    rows = []
    for number, (ballot, voter) in enumerate(zip(election.ballots, voters, strict=True), 1):
        facts = dict(zip(election.voter_columns, voter, strict=True)) if voter else {}
        facts["voter_id"] = facts.get("voter_id") or str(number)
        facts["vote"] = ",".join(ballot.choices)
        facts["points"] = ",".join(str(points) for points in ballot.points)
        rows.append(facts)
    keep = ("points",) if election.limits.kind.has_points else ()
    keep = ("voter_id", "vote", *keep, *election.voter_columns)
    return _table(rows, VOTE_FIELDS, keep)


def _table(
    rows: Sequence[Mapping[str, str]], fields: Sequence[str], keep: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows in the official order, without columns that are empty everywhere."""
    used = {name for row in rows for name, value in row.items() if value} | set(keep)
    header = _ordered(used, fields)
    return header, [[row.get(name, "") for name in header] for row in rows]


def _ordered(names: Mapping[str, str] | set[str], fields: Sequence[str]) -> list[str]:
    """Official names in the official order, then others by the alphabet."""
    official = [name for name in fields if name in names]
    return official + sorted(set(names) - set(official))


def _section(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_clean(cell) for cell in row] for row in rows)
    return f"{name}\n{text.getvalue()}"


def _clean(cell: str) -> str:
    """A cell without blanks at its ends, and with one kind of line break; those are quoted."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _money(amount: Number, instance: Instance) -> str:
    """An amount in units of the currency; raises PabulibError where no decimal is exact."""
    exact = Fraction(amount) / instance.unit
    if exact.denominator == 1:
        return str(exact.numerator)
    for places in range(1, 13):
        scaled = exact * 10**places
        if scaled.denominator == 1:
            whole, part = divmod(scaled.numerator, 10**places)
            return f"{whole}.{part:0{places}d}"
    raise PabulibError(f"amount {exact} has no exact decimal")
