"""Looking up reports, measures and appeals; whether a post is hidden and a person may post."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from pb.accounts.models import Account
from pb.purpose.moderation.models import (
    LONGEST,
    Appeal,
    Clause,
    Kind,
    Lift,
    Measure,
    Report,
    Subject,
    Verdict,
)
from pb.rounds import people
from pb.rounds.models import Appointment, Role, Round

MEMORY = timedelta(days=90)  # after which a step no longer leads to the next one
LADDER = (Kind.WARN, Kind.LIMIT, Kind.PAUSE)
PARTS = (joinedload(Measure.appeal), joinedload(Measure.lift), joinedload(Measure.report))


class AppealState(StrEnum):
    """Where the appeal against a measure stands."""

    NONE = "none"
    OPEN = "open"
    UPHELD = "upheld"
    RESTORED = "restored"


@dataclass(frozen=True)
class Hiding:
    """What everybody may know about a hidden post; the reason is for its author."""

    measure_id: int
    clause: Clause
    at: datetime
    reason: str
    appeal: AppealState


@dataclass(frozen=True)
class Standing:
    """A limit or a pause that binds a person now."""

    measure: Measure
    ends_at: datetime

    @property
    def paused(self) -> bool:
        return self.measure.kind is Kind.PAUSE


def appeal_state(measure: Measure) -> AppealState:
    """Where the appeal against a measure stands."""
    if measure.appeal is None:
        return AppealState.NONE
    verdict = measure.appeal.verdict
    return AppealState(verdict.value) if verdict else AppealState.OPEN


def hidden(
    session: Session, round: Round, subject: Subject, ids: Iterable[int]
) -> dict[int, Hiding]:
    """Which of these posts are hidden now, and why."""
    found = session.scalars(
        select(Measure)
        .where(
            Measure.round_id == round.id,
            Measure.kind == Kind.HIDE,
            Measure.subject == subject,
            Measure.subject_id.in_(list(ids)),
        )
        .options(*PARTS)
    )
    return {
        one.subject_id: Hiding(one.id, one.clause, one.at, one.reason, appeal_state(one))
        for one in found
        if one.stands
    }


def hidden_ids(session: Session, round: Round, subject: Subject) -> Sequence[int]:
    """The numbers of all posts of a kind that are hidden now."""
    restored = select(Appeal.measure_id).where(Appeal.verdict == Verdict.RESTORED)
    return session.scalars(
        select(Measure.subject_id).where(
            Measure.round_id == round.id,
            Measure.kind == Kind.HIDE,
            Measure.subject == subject,
            Measure.id.not_in(restored),
            Measure.id.not_in(select(Lift.measure_id)),
        )
    ).all()


def steps_of(session: Session, round: Round, person_id: int, now: datetime) -> list[Measure]:
    """The steps against a person that still count: not lifted, not overturned, not forgotten."""
    found = session.scalars(
        select(Measure)
        .where(
            Measure.round_id == round.id,
            Measure.person_id == person_id,
            Measure.kind.in_(LADDER),
            Measure.at > now - MEMORY,
        )
        .options(*PARTS)
        .order_by(Measure.at, Measure.id)
        .execution_options(populate_existing=True)
    )
    return [one for one in found if one.stands]


def possible_steps(session: Session, round: Round, person_id: int, now: datetime) -> list[Kind]:
    """What may come next for a person: a warning, and whatever the step before allows."""
    taken = {one.kind for one in steps_of(session, round, person_id, now)}
    return [Kind.WARN] + [
        step for before, step in zip(LADDER, LADDER[1:], strict=False) if before in taken
    ]


def standing(session: Session, round: Round, account: Account, now: datetime) -> Standing | None:
    """The pause, or else the limit, that binds a person now; the one that lasts longest."""
    found = session.scalars(
        select(Measure)
        .where(
            Measure.round_id == round.id,
            Measure.person_id == account.id,
            Measure.kind.in_((Kind.LIMIT, Kind.PAUSE)),
            Measure.at > now - timedelta(days=LONGEST),
        )
        .options(*PARTS)
    )
    binding = [Standing(one, one.ends_at) for one in found if one.stands and one.ends_at > now]
    return max(binding, key=lambda one: (one.paused, one.ends_at), default=None)


def find_report(
    session: Session, round: Round, number: int, *, hold: bool = False
) -> Report | None:
    """The report of this round with this number."""
    query = select(Report).where(Report.round_id == round.id, Report.id == number)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).first()


def same_post(session: Session, report: Report) -> Sequence[Report]:
    """All reports of the same post, oldest first."""
    return session.scalars(
        select(Report)
        .where(
            Report.round_id == report.round_id,
            Report.subject == report.subject,
            Report.subject_id == report.subject_id,
        )
        .order_by(Report.id)
    ).all()


def open_reports(session: Session, round: Round) -> Sequence[Report]:
    """What waits for a steward, the most urgent first."""
    return session.scalars(
        select(Report)
        .where(Report.round_id == round.id, Report.answered_at.is_(None))
        .order_by(Report.due_at, Report.id)
    ).all()


def open_appeals(session: Session, round: Round) -> list[Appeal]:
    """Appeals that nobody has decided on, the most urgent first."""
    found = session.scalars(
        select(Appeal)
        .join(Appeal.measure)
        .where(Appeal.round_id == round.id, Appeal.decided_at.is_(None))
        .options(contains_eager(Appeal.measure).options(*PARTS))
        .order_by(Appeal.due_at, Appeal.measure_id)
    )
    return [one for one in found if one.measure.stands]


def find_measure(session: Session, round: Round, number: int) -> Measure | None:
    """The measure of this round with this number."""
    return session.scalars(
        select(Measure)
        .where(Measure.round_id == round.id, Measure.id == number)
        .options(*PARTS)
        .execution_options(populate_existing=True)
    ).first()


def find_appeal(session: Session, round: Round, number: int, *, hold: bool = False):
    """The appeal against the measure with this number."""
    query = select(Appeal).where(Appeal.round_id == round.id, Appeal.measure_id == number)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).first()


def concerning(session: Session, round: Round, account: Account) -> Sequence[Measure]:
    """What stewards did about a person and their posts, newest first."""
    return session.scalars(
        select(Measure)
        .where(Measure.round_id == round.id, Measure.person_id == account.id)
        .options(*PARTS)
        .order_by(Measure.id.desc())
    ).all()


def measures(session: Session, round: Round) -> Sequence[Measure]:
    """Everything that stewards did in a round, newest first: the public log."""
    return session.scalars(
        select(Measure)
        .where(Measure.round_id == round.id)
        .options(*PARTS)
        .order_by(Measure.id.desc())
    ).all()


def reports(session: Session, round: Round) -> Sequence[Report]:
    """All reports of a round, oldest first."""
    return session.scalars(
        select(Report).where(Report.round_id == round.id).order_by(Report.id)
    ).all()


def judges(session: Session, round: Round, measure: Measure, now: datetime) -> dict[int, str]:
    """Who may decide on an appeal (account → name): never who took the measure or reported.

    Other stewards; where there are none, their deputies; where there are none, the auditors.
    """
    return _judges(people.holders(session, round, now), measure)


def _judges(held: Mapping[Role, Sequence[Appointment]], measure: Measure) -> dict[int, str]:
    stewards = held[Role.STEWARD]
    groups = (
        [one for one in stewards if not one.deputy],
        [one for one in stewards if one.deputy],
        held[Role.AUDITOR],
    )
    barred = {measure.by_id, measure.person_id, measure.reporter_id}
    for group in groups:
        free = {one.account_id: one.account.name for one in group if one.account_id not in barred}
        if free:
            return free
    return {}


def answerable(session: Session, round: Round, account: Account, now: datetime) -> set[int]:
    """The open reports that this person may answer: a steward who neither wrote nor reported it."""
    if Role.STEWARD not in people.roles_at(session, round, account, now):
        return set()
    mine = {(one.subject, one.subject_id) for one in reported_by(session, round, account)}
    return {
        one.id
        for one in open_reports(session, round)
        if one.author_id != account.id and (one.subject, one.subject_id) not in mine
    }


def decidable(session: Session, round: Round, account: Account, now: datetime) -> set[int]:
    """The measures whose open appeal this person may decide on."""
    held = people.holders(session, round, now)
    return {
        one.measure_id
        for one in open_appeals(session, round)
        if account.id in _judges(held, one.measure)
    }


def moderators(session: Session, round: Round, report: Report, now: datetime) -> set[int]:
    """The stewards who may answer a report: they neither wrote the post nor reported it."""
    others = select(Report.reporter_id).where(
        Report.round_id == report.round_id,
        Report.subject == report.subject,
        Report.subject_id == report.subject_id,
    )
    barred = {report.author_id, *session.scalars(others)}
    serving = people.holders(session, round, now)[Role.STEWARD]
    return {one.account_id for one in serving} - barred


def reported_by(session: Session, round: Round, account: Account) -> Sequence[Report]:
    """What a person reported in a round, newest first."""
    return (
        session.scalars(
            select(Report)
            .where(Report.round_id == round.id, Report.reporter_id == account.id)
            .options(joinedload(Report.measures))
            .order_by(Report.id.desc())
        )
        .unique()
        .all()
    )
