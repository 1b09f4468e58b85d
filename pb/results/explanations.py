"""A stored outcome in words: a line for every project, and the numbers behind one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from pb.proposals import definition
from pb.proposals.models import Project
from pb.results import counting, queries
from pb.results.models import AreaOutcome, Result
from pb.results.needed import Needed, certainty, needed
from pb.rounds.models import Area, Round
from pb.tally.explain import MONEY, Explanation, explain, explain_all
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, StepKind

Money = Callable[[Number], str]

# What the numbers of a step are called, in the order in which they are shown.
LABELS = {
    "cost": "Cost",
    "left": "Left before its turn",
    "short": "Missing",
    "votes": "Ballots that chose it",
    "score": "Points",
    "threshold": "Needed to take part",
    "needed": "Ballots needed to take part",
    "voters": "All ballots",
    "ceiling": "Most that its category may get",
    "category_spent": "What its category had before",
    "part": "Goes towards it at the end",
    "place": "Place in the order of votes",
    "order": "Place in the order of funding",
    "top_up": "Added from other money",
    "payers": "Supporters who paid",
    "payment": "Most that one supporter paid",
    "full": "Supporters who paid that much",
    "rest": "Supporters who paid all they had left",
    "broke": "Supporters who had nothing left",
    "effective_votes": "Effective votes (cost divided by the highest payment)",
    "money_behind": "Money its supporters had left",
    "top_load": "Most that anybody would carry with it",
    "rank": "Lowest place on a ballot that counted for it",
    "backers": "Ballots with it in that place or higher",
    "votes_left": "What the votes of its supporters were still worth",
    "votes_needed": "What it needed of them",
    "raised": "What its supporters could raise at that price",
    "paid": "What they paid in all",
    "overspent": "Paid from money that others had not spent",
    "support": "Money that stood on it",
    "excess": "More than it cost, passed on to other projects",
    "moved": "Moved to it from other projects",
    "lacking": "Missing at that time",
    "left_over": "Left at the end",
    "load": "What it cost each supporter, with what they had carried before",
    "total": "Worth of the chosen projects",
    "total_with": "Worth of the best selection with it",
    "total_money": "Worth of the chosen projects, in money times votes",
    "total_money_with": "Worth of the best selection with it, in money times votes",
}


@dataclass(frozen=True)
class Line:
    """A project in the result: what it got, and why it won or lost."""

    project: Project
    explanation: Explanation
    votes: int
    points: int | None
    needed: Needed | None  # None for a winner, or before it is worked out

    @property
    def funded(self) -> bool:
        return self.explanation.funded


@dataclass(frozen=True)
class AreaLines:
    """One area's part of a result, ready to be shown."""

    area: Area
    stored: AreaOutcome
    outcome: Outcome
    lines: tuple[Line, ...]  # funded ones in order of funding, then by votes

    @property
    def funded(self) -> list[Line]:
        return [line for line in self.lines if line.funded]

    @property
    def not_funded(self) -> list[Line]:
        return [line for line in self.lines if not line.funded]


def areas(session: Session, round: Round, result: Result, money: Money) -> list[AreaLines]:
    """Every area of a result; reads what was stored, never a ballot."""
    by_code = {project.code: project for project in queries.projects(session, round)}
    found = definition.counted(session, round)
    return [_area(found, row, by_code, money) for row in queries.area_results(session, result)]


def _area(
    found: counting.Definition, row: AreaOutcome, by_code: Mapping[str, Project], money: Money
) -> AreaLines:
    outcome = Outcome.from_json(row.outcome)
    lines = [
        Line(
            by_code[why.project],
            why,
            row.scores.get(why.project, 0),
            row.points.get(why.project) if row.points else None,
            needed(row.needs, why.project, by_code, money),
        )
        for why in explain_all(counting.instance(found, row.area.slug), outcome, money)
    ]
    lines.sort(key=_place)
    return AreaLines(row.area, row, outcome, tuple(lines))


def _place(line: Line) -> tuple:
    if line.funded:
        return (0, line.explanation.order)
    return (1, -(line.points if line.points is not None else line.votes), line.project.number)


@dataclass(frozen=True)
class Story:
    """Why one project won or lost: the sentence, the numbers, and what stood around it."""

    line: Line
    area: AreaOutcome
    facts: tuple[tuple[str, str], ...]  # label, number as text
    tied: tuple[Project, ...]
    before: Line | None  # decided just before, in the order of the count
    after: Line | None
    step: int | None  # which decision of the count it was, and of how many
    steps: int


def story(session: Session, round: Round, result: Result, project: Project, money: Money) -> Story:
    """Everything there is to say about one project of a result."""
    row = queries.area_result(session, result, project.area)
    by_code = {one.code: one for one in queries.projects(session, round)}
    found = definition.counted(session, round)
    lines = {line.project.code: line for line in _area(found, row, by_code, money).lines}
    outcome = Outcome.from_json(row.outcome)
    here = counting.instance(found, project.area.slug)
    line = lines[project.code]
    # Where a rule settles all the losers at once, their order tells nothing.
    decided = [step.project for step in outcome.steps if {"place", "order"} & step.numbers.keys()]
    at = decided.index(project.code) if project.code in decided else None
    return Story(
        line=line,
        area=row,
        facts=_facts(explain(here, outcome, project.code, money), bool(row.points), money),
        tied=tuple(by_code[code] for code in line.explanation.tied),
        before=lines[decided[at - 1]] if at else None,
        after=lines[decided[at + 1]] if at is not None and at + 1 < len(decided) else None,
        step=None if at is None else at + 1,
        steps=len(decided),
    )


def _facts(why: Explanation, has_points: bool, money: Money) -> tuple[tuple[str, str], ...]:
    numbers = dict(why.numbers)
    behind = numbers.get("money_behind", numbers["left"])
    if why.reason in (StepKind.SUPPORT_TOO_POOR, StepKind.SHARES_TOO_SMALL):
        numbers.pop("left")  # the money was not its supporters' any more
    if why.reason is StepKind.WEIGHT_TOO_SMALL:
        behind = numbers.pop("left") + numbers["cost"]  # votes were missing, not money
    if not why.funded and "cost" in numbers and numbers["cost"] > behind:
        numbers["short"] = numbers["cost"] - behind
    if not has_points:
        numbers.pop("score", None)  # it repeats the votes
    return tuple(
        (label, money(numbers[name]) if name in MONEY or name == "short" else _plain(numbers[name]))
        for name, label in LABELS.items()
        if name in numbers
    )


def _plain(number: Number) -> str:
    """A count with thousands; a fraction with two decimals."""
    return f"{float(number):,.2f}" if isinstance(number, Fraction) else f"{number:,}"


def how_sure(areas: Sequence[AreaLines]) -> list[str]:
    """How sure all the numbers are that losers would have needed, in sentences."""
    return certainty(line.needed for area in areas for line in area.lines if line.needed)


@dataclass(frozen=True)
class Totals:
    """A result in a few numbers, over all areas."""

    funded: int
    projects: int
    spent: int
    budget: int


def totals(areas: Sequence[AreaLines]) -> Totals:
    """Funded projects, all projects, money used and money there was."""
    return Totals(
        sum(len(area.outcome.funded) for area in areas),
        sum(len(area.lines) for area in areas),
        sum(area.outcome.spent for area in areas),
        sum(area.outcome.budget for area in areas),
    )
