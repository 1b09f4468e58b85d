"""Builds the demo town by the ordinary path: every fact is left by the service that leaves it.

The past is told with its own times, so that dates, log and phases are those of a real round.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.delivery import service as delivery
from pb.demo import (
    agreement,
    content,
    envelopes,
    fair_play,
    ferry_house,
    listening,
    looking_back,
    paper,
    people,
    serving,
    together,
    ways,
)
from pb.demo.builder import LOGINS, Builder, Demo
from pb.eligibility import queries as roll
from pb.eligibility import service as eligibility
from pb.eligibility.models import RollEntry
from pb.keys import KeyRing
from pb.proposals import queries as ballot_lines
from pb.proposals import service as proposals
from pb.proposals.models import Project, Proposal, State, Verdict
from pb.results import needs
from pb.rounds import calendar, queries, routes
from pb.rounds import people as team
from pb.rounds import service as rounds
from pb.rounds.areas import AreaRow
from pb.rounds.models import ActKind, Phase, Role, Round
from pb.rounds.routes import Route
from pb.rounds.terms import interests
from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.rules import Rule

SHOWN_CODES = 12


def build(session: Session, *, now: datetime, keys: KeyRing, rules: Mapping[str, Rule]) -> Demo:
    """Fill a database with the demo town, as it is at `now` (UTC). The caller commits."""
    town = content.load()
    builder = Builder(session, now, keys, rules, town, Demo())
    for name in LOGINS:
        builder.person(name)
    for plan in sorted(town.rounds, key=lambda plan: min(plan.opens.values())):
        builder.demo.rounds[plan.slug] = _build_round(builder, plan)
    builder.demo.rounds[envelopes.PLAN.slug] = _build_street(builder, envelopes.PLAN)
    builder.demo.rounds[ferry_house.SLUG] = _build_ferry_house(builder, ferry_house.plan(town))
    return builder.demo


def exists(session: Session) -> bool:
    """Whether the demo town is in this database already."""
    return all(queries.find(session, plan.slug) for plan in content.load().rounds)


def _build_round(builder: Builder, plan: content.Round) -> Round:
    opens = _days(builder, plan)
    round = _begin(builder, plan, opens)
    collects = calendar.phase_at(round, builder.today) is Phase.IDEAS
    if collects:
        agreement.agree(builder, round, opens[Phase.PURPOSE] + timedelta(days=1))
    made = _propose(builder, plan, round, opens[Phase.IDEAS])
    if collects:
        fair_play.report(builder, round, made.values())
        agreement.collect(
            builder, round, list(made.values()), opens[Phase.IDEAS] + timedelta(days=6)
        )
        serving.serve(builder, round, list(made.values()))
        listening.listen(builder, round, opens[Phase.PURPOSE] + timedelta(days=8))
    if opens.get(Phase.REVIEW, builder.today) < builder.today:
        _review(builder, plan, round, made, opens[Phase.REVIEW] + timedelta(days=2))
    if opens[Phase.VOTING] < builder.today:
        _vote(builder, plan, round, opens)
    if opens[Phase.RESULTS] < builder.today:
        _finish(builder, plan, round, opens)
    return round


def _build_street(builder: Builder, plan: content.Round) -> Round:
    """The round whose ballots lie in closed envelopes until the visitor counts them."""
    opens = _days(builder, plan)
    round = _begin(builder, plan, opens, encrypted=True)
    made = _propose(builder, plan, round, opens[Phase.IDEAS])
    _review(builder, plan, round, made, opens[Phase.REVIEW] + timedelta(days=2))
    envelopes.vote(builder, round, opens)
    return round


def _build_ferry_house(builder: Builder, plan: content.Round) -> Round:
    """The round that is still looking for its purpose."""
    round = _begin(builder, plan, _days(builder, plan))
    together.begin(builder, round)
    return round


def _days(builder: Builder, plan: content.Round) -> dict[Phase, datetime]:
    return {phase: builder.today + timedelta(days=day) for phase, day in plan.opens.items()}


def _begin(
    builder: Builder,
    plan: content.Round,
    opens: dict[Phase, datetime],
    *,
    encrypted: bool = False,
) -> Round:
    """Set the round up and publish it, in the weeks before its first phase."""
    first = min(opens.values())
    round = _set_up(builder, plan, opens, first - timedelta(days=21), encrypted)
    looking_back.answer(builder, round, first - timedelta(days=8))
    reason = "The set-up is complete and was checked by the team."
    builder.act(round, ActKind.PUBLISH_ROUND, reason, first - timedelta(days=7))
    return round


def _set_up(
    builder: Builder,
    plan: content.Round,
    opens: dict[Phase, datetime],
    at: datetime,
    encrypted: bool,
) -> Round:
    session, by = builder.session, builder.person("commissioner")
    round = rounds.create(
        session,
        name=plan.name,
        slug=plan.slug,
        currency=builder.town.currency,
        time_zone=builder.town.time_zone,
        by=by,
        at=at,
        encrypted=encrypted,
    )
    rounds.describe(
        session,
        round,
        name=plan.name,
        purpose=plan.purpose,
        who_may_vote=plan.who_may_vote,
        by=by,
        at=at,
    )
    rows = [
        AreaRow(area.name, plan.budgets[area.slug], area.whole_town, area.character)
        for area in plan.areas
    ]
    rounds.set_areas(session, round, rows, by=by, at=at)
    limits = Limits(BallotKind.APPROVAL, max_length=plan.limit)
    rounds.set_limits(session, round, limits, by=by, at=at)
    rounds.set_rule(
        session,
        round,
        plan.rule,
        plan.rule_params,
        ("lower-cost", "more-votes", "file-order"),
        rules=builder.rules,
        by=by,
        at=at,
    )
    if opens[Phase.VOTING] < builder.today < opens[Phase.COUNTING]:
        routes.set_routes(session, round, ways.WAYS, by=by, at=at)
    reviewer = builder.person("reviewer")
    team.appoint(session, round, reviewer, Role.REVIEWER, by=by, at=at)
    interests.declare(session, round, "", by=reviewer, at=at)
    for clerk in paper.CLERKS:
        team.appoint(session, round, builder.person(clerk), Role.CLERK, by=by, at=at)
    steward, until = builder.person("steward"), serving.steward_until(builder, opens)
    team.appoint(session, round, steward, Role.STEWARD, by=by, at=at, ends_at=until)
    local = {phase: _on_the_clock(moment, round, phase) for phase, moment in opens.items()}
    ends = _on_the_clock(builder.today + timedelta(days=plan.ends), round)
    rounds.schedule(session, round, local, ends, time_zone=builder.town.time_zone, by=by, at=at)
    return round


def _on_the_clock(at: datetime, round: Round, phase: Phase | None = None) -> datetime:
    """That day on the clocks of the round: mornings, but voting ends in the evening."""
    hour = 20 if phase is Phase.COUNTING else 9
    return at.astimezone(round.zone).replace(
        hour=hour, minute=0, second=0, microsecond=0, tzinfo=None
    )


def _propose(
    builder: Builder, plan: content.Round, round: Round, opens_at: datetime
) -> dict[str, Proposal]:
    """Residents send in their proposals, a few hours apart; returns them by slug."""
    made = {}
    whole = (*plan.projects, *plan.ineligible, *plan.proposals)
    for n, text in enumerate(whole):
        at = opens_at + timedelta(hours=26 + 5 * n)
        made[text.slug] = _propose_one(builder, text, round, at)
    return made


def _propose_one(builder: Builder, text: content.Proposal, round: Round, at: datetime) -> Proposal:
    session, author = builder.session, builder.person(text.author)
    proposal = proposals.draft(
        session,
        round,
        author,
        title=text.title,
        summary=text.summary,
        body=text.body,
        place=text.place,
        topic=text.topic,
        area=queries.area(round, text.area),
        estimate=text.estimate,
        at=at,
    )
    if text.state is State.DRAFT:
        return proposal
    proposals.submit(session, proposal, by=author, at=at + timedelta(minutes=20))
    if text.state is State.WITHDRAWN:
        proposals.withdraw(session, proposal, by=author, at=at + timedelta(days=2))
    if text.state is State.CHANGES_REQUESTED:
        proposals.decide(
            session,
            proposal,
            by=builder.person("reviewer"),
            verdict=Verdict.CHANGES,
            criterion=None,
            reason=text.request,
            cost=None,
            at=at + timedelta(days=1),
        )
    return proposal


def _review(
    builder: Builder,
    plan: content.Round,
    round: Round,
    made: dict[str, Proposal],
    at: datetime,
) -> None:
    """The reviewer decides, the commissioner releases and puts the eligible on the ballot."""
    session, reviewer = builder.session, builder.person("reviewer")
    decisions = []
    for text in (*plan.projects, *plan.ineligible):
        turned_away = isinstance(text, content.Ineligible)
        decision = proposals.decide(
            session,
            made[text.slug],
            by=reviewer,
            verdict=Verdict.INELIGIBLE if turned_away else Verdict.ELIGIBLE,
            criterion=text.criterion if turned_away else None,
            reason=text.reason if turned_away else text.assessment,
            cost=None if turned_away else text.cost,
            at=at,
        )
        decisions.append(decision)
    commissioner = builder.person("commissioner")
    proposals.release(session, round, decisions, by=commissioner, at=at + timedelta(days=1))
    proposals.compose(session, round, by=commissioner, at=at + timedelta(days=1, hours=1))


def _vote(
    builder: Builder, plan: content.Round, round: Round, opens: dict[Phase, datetime]
) -> None:
    """The roll, the codes, the freeze, and the ballots that were cast by now."""
    session, commissioner = builder.session, builder.person("commissioner")
    before = opens[Phase.BALLOT] + timedelta(days=1)
    rows = people.roll(builder.town, plan.roll, builder.town.seed + plan.slug)
    csv = "person,area\n" + "".join(f"{row.person},{row.area}\n" for row in rows)
    eligibility.import_roll(
        session, round, csv.encode(), "roll.csv", by=commissioner, at=before, keys=builder.keys
    )
    issued = eligibility.issue_codes(session, round, by=commissioner, at=before, keys=builder.keys)
    builder.act(
        round, ActKind.FREEZE_BALLOT, "Projects, costs and limits were checked twice.", before
    )
    voted = _cast(builder, plan, round, rows, opens[Phase.VOTING] + timedelta(days=3))
    if calendar.phase_at(round, builder.today) is Phase.VOTING:
        waiting = [code for code in issued if code.entry_id not in voted]
        builder.demo.codes += [code.code for code in waiting[:SHOWN_CODES]]
        at_home = (session.get(RollEntry, code.entry_id) for code in reversed(waiting))
        area = next(area for area in round.areas if not area.city_wide)
        on_paper = list(islice((one for one in at_home if one.area_id == area.id), 6))
        paper.hand_in(builder, round, on_paper, opens[Phase.VOTING] + timedelta(days=3))
        by_link = [session.get(RollEntry, code.entry_id) for code in waiting[SHOWN_CODES:][:3]]
        ways.open_ways(builder, round, by_link)


def _cast(
    builder: Builder,
    plan: content.Round,
    round: Round,
    rows: list[people.RollRow],
    at: datetime,
) -> set[int]:
    """Put the invented ballots into the box; returns the entries that have voted."""
    session = builder.session
    cast = people.ballots(plan, plan.ballots, builder.town.seed)
    voters = people.cast_by(rows, cast, builder.town.seed)
    lines = _lines(session, plan, round)
    voted = set()
    for ballot, voter in zip(cast, voters, strict=True):
        lists: dict[int, list[str]] = {}
        for code in ballot.choices:
            lists.setdefault(lines[code].area_id, []).append(lines[code].code)
        entry = roll.find_by_person(session, round, voter.person, builder.keys)
        box.cast(
            session,
            round,
            entry,
            {area: Ballot(tuple(codes)) for area, codes in lists.items()},
            channel=Channel.WEB,
            now=at,
            keys=builder.keys,
            route=Route.LETTER_CODE,
        )
        voted.add(entry.id)
    return voted


def _lines(session: Session, plan: content.Round, round: Round) -> dict[str, Project]:
    """The lines of the ballot by the codes of the demo's text."""
    by_title = {project.title: project for project in ballot_lines.on_ballot(session, round)}
    return {text.code: by_title[text.title] for text in plan.projects}


def _finish(
    builder: Builder, plan: content.Round, round: Round, opens: dict[Phase, datetime]
) -> None:
    """Count, publish, and report on what became of the funded projects."""
    session = builder.session
    counting = opens[Phase.COUNTING] + timedelta(days=1)
    builder.act(round, ActKind.COUNT, "Voting has closed; the turnout was checked.", counting)
    builder.demo.sealed.append(round.id)
    for row in needs.waiting(session, round):
        task = needs.task(session, round, row, builder.rules)
        needs.store(session, task, needs.work_out(task))
    builder.act(
        round,
        ActKind.PUBLISH_RESULT,
        "The count was repeated with the same digest.",
        opens[Phase.RESULTS] + timedelta(hours=9),
    )
    looking_back.look_back(builder, round, opens[Phase.DELIVERY] + timedelta(days=1))
    lines = _lines(session, plan, round)
    for text in plan.projects:
        for news in text.milestones:
            delivery.report(
                session,
                lines[text.code],
                by=builder.person("commissioner"),
                state=news.state,
                text=news.text,
                spent=news.spent,
                at=builder.today + timedelta(days=news.day),
            )
