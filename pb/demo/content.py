"""Reads the demo town from `town.toml` and refuses content that does not fit together."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pb.delivery.models import DeliveryState
from pb.proposals.models import Criterion, State
from pb.rounds.models import Phase

LONGEST_SUMMARY = 140
BEFORE_THE_BALLOT = (
    State.DRAFT,
    State.SUBMITTED,
    State.CHANGES_REQUESTED,
    State.WITHDRAWN,
)


@dataclass(frozen=True)
class Area:
    """A part of the town; `tastes` says how many of its people lean which way."""

    slug: str
    name: str
    character: str
    whole_town: bool
    share: float  # of the population; 0 for the whole town, where nobody lives but in an area
    turnout: float  # how keen the area is to vote; 1 is average
    tastes: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a resident sent in, with the author's own estimate of its cost in cents."""

    slug: str
    title: str
    summary: str
    body: str  # Markdown
    area: str
    place: str
    topic: str  # the topic's name, as a page shows it
    author: str
    estimate: int
    state: State
    request: str = ""  # what the reviewer asks the author to change


@dataclass(frozen=True, kw_only=True)
class Ineligible(Proposal):
    """A proposal that was turned away: the criterion and the public reason."""

    criterion: Criterion
    reason: str


@dataclass(frozen=True)
class Milestone:
    """News of a funded project, on a day counted from today; money spent so far in cents."""

    day: int
    state: DeliveryState
    text: str
    spent: int | None


@dataclass(frozen=True, kw_only=True)
class Project(Proposal):
    """A line on the ballot; `appeal` is the chance that a person of each taste likes it."""

    code: str
    cost: int
    assessment: str
    appeal: Mapping[str, float]
    milestones: tuple[Milestone, ...] = ()

    @property
    def status(self) -> DeliveryState | None:
        """How far delivery is; None for a project without news."""
        return self.milestones[-1].state if self.milestones else None


@dataclass(frozen=True)
class Round:
    """One round: its texts, money, calendar, proposals and projects."""

    slug: str
    name: str
    purpose: str  # Markdown
    who_may_vote: str  # Markdown
    limit: int  # projects on one area's list of a ballot
    rule: str
    rule_params: Mapping[str, str]
    areas: tuple[Area, ...]
    budgets: Mapping[str, int]  # by area, in cents
    opens: Mapping[Phase, int]  # on which day from today each phase opens
    ends: int  # on which day the last phase closes
    proposals: tuple[Proposal, ...]
    projects: tuple[Project, ...]
    ineligible: tuple[Ineligible, ...]
    ballots: int  # how many have been cast by today
    roll: int  # how many entries the demo roll has

    def on_list(self, area: str) -> tuple[Project, ...]:
        """The projects on the list of one area, in ballot order."""
        return tuple(project for project in self.projects if project.area == area)


@dataclass(frozen=True)
class Town:
    """The whole demo."""

    name: str
    about: str
    population: int
    currency: str
    time_zone: str
    seed: str  # of the invented voters
    areas: tuple[Area, ...]
    rounds: tuple[Round, ...]

    @property
    def whole(self) -> Area:
        """The city-wide area."""
        return next(area for area in self.areas if area.whole_town)

    @property
    def districts(self) -> tuple[Area, ...]:
        """The areas in which people live."""
        return tuple(area for area in self.areas if not area.whole_town)

    def round(self, slug: str) -> Round:
        """The round of that name; raises KeyError where there is none."""
        return {round.slug: round for round in self.rounds}[slug]


def load(text: str | None = None) -> Town:
    """The demo town from `town.toml`, or from a text in the same form.

    Raises ValueError with a sentence that names the place if the content does not fit together.
    """
    source = resources.files("pb.demo").joinpath("town.toml")
    data = tomllib.loads(source.read_text("utf-8") if text is None else text)
    try:
        town = _town(data)
    except KeyError as missing:
        raise ValueError(f"The demo town lacks {missing}.") from missing
    _check_town(town)
    for round in town.rounds:
        _check_round(round)
    return town


def _town(data: Mapping[str, Any]) -> Town:
    areas = tuple(map(_area, data["area"]))
    return Town(
        name=data["name"],
        about=data["about"].strip(),
        population=data["population"],
        currency=data["currency"],
        time_zone=data["time_zone"],
        seed=data["seed"],
        areas=areas,
        rounds=tuple(_round(row, areas, data["topics"]) for row in data["round"]),
    )


def _area(row: Mapping[str, Any]) -> Area:
    whole = row.get("whole_town", False)
    return Area(
        slug=row["slug"],
        name=row["name"],
        character=row["character"],
        whole_town=whole,
        share=0.0 if whole else row["share"],
        turnout=0.0 if whole else row["turnout"],
        tastes=MappingProxyType({} if whole else row["tastes"]),
    )


def _round(row: Mapping[str, Any], areas: tuple[Area, ...], topics: Mapping[str, str]) -> Round:
    days = dict(row["days"])
    ends = days.pop("ends")
    news = _news(row)
    common = partial(_common, topics=topics)
    return Round(
        slug=row["slug"],
        name=row["name"],
        purpose=row["purpose"].strip(),
        who_may_vote=row["who_may_vote"].strip(),
        limit=row["limit"],
        rule=row["rule"],
        rule_params=MappingProxyType(row["rule_params"]),
        areas=areas,
        budgets=MappingProxyType(row["budgets"]),
        opens=MappingProxyType({Phase(name): day for name, day in days.items()}),
        ends=ends,
        proposals=tuple(_proposal(item, common(item)) for item in row.get("proposal", [])),
        projects=tuple(
            _project(item, common(item), news.get(item["code"], ()))
            for item in row.get("project", [])
        ),
        ineligible=tuple(_ineligible(item, common(item)) for item in row.get("ineligible", [])),
        ballots=row.get("ballots", 0),
        roll=row.get("roll", 0),
    )


def _common(item: Mapping[str, Any], topics: Mapping[str, str]) -> dict[str, Any]:
    """What a proposal and a project share."""
    if item["topic"] not in topics:
        raise ValueError(f"{item['slug']}: there is no topic “{item['topic']}”.")
    names = ("slug", "title", "summary", "area", "place", "author")
    return {name: item[name] for name in names} | {
        "body": item["body"].strip(),
        "topic": topics[item["topic"]],
        "estimate": item["estimate"] if "estimate" in item else item["cost"],
    }


def _proposal(item: Mapping[str, Any], common: dict[str, Any]) -> Proposal:
    request = item.get("request", "").strip()
    return Proposal(**common, state=State(item["state"]), request=request)


def _project(
    item: Mapping[str, Any], common: dict[str, Any], milestones: tuple[Milestone, ...]
) -> Project:
    return Project(
        **common,
        state=State.ON_BALLOT,
        code=item["code"],
        cost=item["cost"],
        assessment=item["assessment"],
        appeal=MappingProxyType(item["appeal"]),
        milestones=milestones,
    )


def _ineligible(item: Mapping[str, Any], common: dict[str, Any]) -> Ineligible:
    return Ineligible(
        **common,
        state=State.INELIGIBLE,
        criterion=Criterion(item["criterion"]),
        reason=item["reason"].strip(),
    )


def _news(row: Mapping[str, Any]) -> dict[str, tuple[Milestone, ...]]:
    """The milestones of each project of a round, by its code."""
    codes = {item["code"] for item in row.get("project", [])}
    news: dict[str, tuple[Milestone, ...]] = {}
    for item in row.get("delivery", []):
        code = item["project"]
        if code not in codes:
            raise ValueError(f"{row['slug']}: news of an unknown project “{code}”.")
        state = DeliveryState(item["state"])
        milestone = Milestone(item["day"], state, item["text"], item.get("spent"))
        news[code] = (*news.get(code, ()), milestone)
    return news


def _check_town(town: Town) -> None:
    _unique("area", [area.slug for area in town.areas])
    _unique("round", [round.slug for round in town.rounds])
    if sum(area.whole_town for area in town.areas) != 1:
        raise ValueError("Exactly one area must be the whole town.")
    if abs(sum(area.share for area in town.districts) - 1) > 1e-9:
        raise ValueError("The shares of the areas must add up to 1.")
    for area in town.districts:
        if abs(sum(area.tastes.values()) - 1) > 1e-9:
            raise ValueError(f"The tastes of {area.name} must add up to 1.")
    try:
        ZoneInfo(town.time_zone)
    except ZoneInfoNotFoundError as unknown:
        raise ValueError(f"There is no time zone “{town.time_zone}”.") from unknown


def _check_round(round: Round) -> None:
    slugs = {area.slug for area in round.areas}
    if set(round.budgets) != slugs:
        raise ValueError(f"{round.slug}: every area needs one budget, and no other has one.")
    days = [*(round.opens[phase] for phase in Phase if phase in round.opens), round.ends]
    if days != sorted(set(days)):
        raise ValueError(f"{round.slug}: the phases are not in order.")
    if round.limit < 1:
        raise ValueError(f"{round.slug}: a ballot must have room for one project.")

    everything = [*round.proposals, *round.projects, *round.ineligible]
    _unique(f"{round.slug}: proposal", [item.slug for item in everything])
    _unique(f"{round.slug}: project", [project.code for project in round.projects])
    for item in everything:
        _check_proposal(item, round)
    for project in round.projects:
        _check_project(project, round)


def _check_proposal(item: Proposal, round: Round) -> None:
    where = f"{round.slug}/{item.slug}"
    if item.area not in round.budgets:
        raise ValueError(f"{where}: there is no area “{item.area}”.")
    texts = (item.title, item.summary, item.body, item.place, item.author)
    if not all(text.strip() for text in texts):
        raise ValueError(f"{where}: a text is empty.")
    if len(item.summary) > LONGEST_SUMMARY:
        raise ValueError(f"{where}: the summary is longer than {LONGEST_SUMMARY} characters.")
    if item.estimate <= 0:
        raise ValueError(f"{where}: the estimate must be more than nothing.")
    if (item.state is State.CHANGES_REQUESTED) != bool(item.request):
        raise ValueError(f"{where}: changes and the request for them go together.")
    if item in round.proposals and item.state not in BEFORE_THE_BALLOT:
        raise ValueError(f"{where}: “{item.state}” does not fit a round that collects proposals.")


def _check_project(project: Project, round: Round) -> None:
    where = f"{round.slug}/{project.slug}"
    if not 0 < project.cost <= round.budgets[project.area]:
        raise ValueError(f"{where}: the cost must be positive and within the area's budget.")
    tastes = {taste for area in round.areas for taste in area.tastes}
    if set(project.appeal) != tastes:
        raise ValueError(f"{where}: the appeal must name every taste once.")
    days = [milestone.day for milestone in project.milestones]
    if days != sorted(set(days)) or any(day > 0 for day in days):
        raise ValueError(f"{where}: milestones must be in order and in the past.")


def _unique(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} “{twice[0]}” is there twice.")
