"""What the projects that lost would have needed: worked out after a count, and kept beside it.

All of it follows from the frozen definition and the sealed ballots, so it is no part of the
outcome or its digest. No transaction is open while it is worked out: that may take long.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb import db
from pb.ballots import queries as ballots
from pb.errors import Refused
from pb.proposals import definition
from pb.results import counting, queries
from pb.results.models import AreaOutcome
from pb.rounds.models import Round
from pb.tally import numbers
from pb.tally.model import Instance, Profile
from pb.tally.needs import Needs, all_needs
from pb.tally.payments import Payments, payments
from pb.tally.rules import Rule

log = logging.getLogger(__name__)


class Effort(NamedTuple):
    """What a rule takes for every project that lost, in units of about ten microseconds."""

    by_choice: int  # for every choice on a ballot, identical ballots taken as one
    fixed: int

    def work(self, losers: int, choices: int) -> int:
        return losers * (self.fixed + self.by_choice * choices)


# What is done right after a count: about three seconds without the compiled kernel.
AT_ONCE = 300_000
# As measured, rounded up. Rules that are not here may take any time.
EFFORT = {
    "greedy": Effort(4, 300),
    "phragmen": Effort(10, 1_000),
    "equal-shares": Effort(20, 1_000),
    "expanding-approvals": Effort(30, 1_000),
    "exact-equal-shares": Effort(20, 1_000),
    "bos": Effort(90, 1_000),
    "maximin-support": Effort(60, 1_000),
}
RAISING = Effort(70, 20_000)  # equal shares, where the endowment is raised step by step
ROWS = 8  # of the projects that took the money of a loser's supporters; the others are summed up


@dataclass(frozen=True)
class Task:
    """One list of one count whose needs are missing, with all it takes to count it again."""

    result_id: int
    area_id: int
    area: str
    outcome_digest: str
    losers: int
    rule: Rule
    params: Any
    ties: tuple[str, ...]
    here: Instance
    profile: Profile

    @property
    def work(self) -> int | None:
        """How long it may take, from the data alone; None where nobody can say."""
        effort = EFFORT.get(self.rule.id)
        if str(getattr(self.params, "completion", "")).startswith(("add1", "add-opt")):
            effort = RAISING if self.rule.id == "equal-shares" else None
        choices = sum(len(ballot.choices) for ballot, _ in self.profile)
        return effort and effort.work(self.losers, choices)


def waiting(session: Session, round: Round) -> list[AreaOutcome]:
    """The lists of the newest and of the published count whose needs are missing."""
    publication = queries.published(session, round)
    results = [queries.latest(session, round), publication and publication.result]
    return [
        row
        for result in dict.fromkeys(filter(None, results))
        for row in queries.area_results(session, result)
        if row.needs is None
    ]


def task(session: Session, round: Round, row: AreaOutcome, rules: Mapping[str, Rule]) -> Task:
    """Everything that is needed to work out one list; raises TallyError if its rule is missing."""
    found = definition.counted(session, round)
    rule, params, ties = counting.rule_of(found, rules)
    here = counting.instance(found, row.area.slug)
    gone = counting.withdrawn(found)
    profile = counting.fitted(ballots.profile(session, round, row.area), here, gone)
    return Task(
        result_id=row.result_id,
        area_id=row.area_id,
        area=row.area.name,
        outcome_digest=row.outcome_digest,
        losers=len(here.projects) - len(row.outcome["funded"]),
        rule=rule,
        params=params,
        ties=ties,
        here=here,
        profile=profile,
    )


def tasks(engine: sa.Engine, round_id: int, rules: Mapping[str, Rule]) -> Iterator[Task]:
    """All tasks of a round, one after the other; none keeps a transaction open."""
    reading = db.read_only(engine)
    with Session(reading) as session:
        keys = [
            (row.result_id, row.area_id)
            for row in waiting(session, session.get_one(Round, round_id))
        ]
    for key in keys:
        with Session(reading) as session:
            round = session.get_one(Round, round_id)
            found = task(session, round, session.get_one(AreaOutcome, key), rules)
        yield found


def work_out(task: Task) -> dict[str, Any]:
    """The needs of every project that lost, and where its supporters' money went, as plain data.

    Refused where a count of today gives another outcome than the stored one: then nothing can be
    said about that.
    """
    arguments = (task.here, task.profile, task.params, task.ties)
    outcome = task.rule(*arguments)
    if outcome.outcome_digest != task.outcome_digest:
        raise Refused(f"Counting “{task.area}” again does not give the stored outcome.")
    paid = payments(task.here, task.profile, outcome)
    found = all_needs(task.rule, *arguments)
    return {"projects": {one.project: _as_data(one, paid) for one in found}}


def _as_data(needs: Needs, paid: Payments | None) -> dict[str, Any]:
    data = needs.to_json()
    return data | {"money": _money(data.pop("project"), paid)}


def _money(project: str, paid: Payments | None) -> dict[str, Any] | None:
    """Where the money of a project's supporters went; None where they pay nothing by the rule."""
    if paid is None:
        return None
    flows, left = paid.flows(project), paid.left_behind(project)
    others = flows[ROWS:]
    return {
        "spent": [
            {
                "project": flow.spent_on,
                "amount": numbers.to_json(flow.amount),
                "voters": flow.voters,
            }
            for flow in flows[:ROWS]
        ],
        "others": len(others),
        "others_amount": numbers.to_json(sum((flow.amount for flow in others), 0)),
        "left": None if left is None else numbers.to_json(left),
    }


def store(session: Session, task: Task, found: Mapping[str, Any]) -> None:
    """Keep what was worked out, if nobody else has by now."""
    session.execute(
        sa.update(AreaOutcome)
        .where(
            AreaOutcome.result_id == task.result_id,
            AreaOutcome.area_id == task.area_id,
            AreaOutcome.needs.is_(None),
        )
        .values(needs=dict(found))
    )


def keep(engine: sa.Engine, task: Task, found: Mapping[str, Any]) -> None:
    """Store what was worked out in a short transaction of its own."""
    with Session(engine) as session, session.begin():
        store(session, task, found)


def fill_at_once(engine: sa.Engine, round_id: int, rules: Mapping[str, Rule]) -> None:
    """Work out what takes a few seconds in all; the rest waits for `pb needs-of`.

    An error is only logged: the count before it stands, and must not look as if it failed.
    """
    left = AT_ONCE
    try:
        for one in tasks(engine, round_id, rules):
            work = one.work
            if work is not None and work <= left:
                left -= work
                keep(engine, one, work_out(one))
    except Exception:
        log.exception("The needs of round %s could not be worked out.", round_id)
