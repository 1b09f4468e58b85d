"""Giving a round its dates."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid
from pb.rounds import calendar
from pb.rounds.calendar import LABELS
from pb.rounds.changes import log, refuse_if_frozen
from pb.rounds.models import Phase, PhaseDates, Round
from pb.rounds.names import check_time_zone

FIRST_YEAR, LAST_YEAR = 2000, 2100


def schedule(
    session: Session,
    round: Round,
    opens: Mapping[Phase, datetime],
    ends_at: datetime,
    *,
    time_zone: str,
    by: Account,
    at: datetime,
) -> None:
    """Give the round its phases: opening times and the end of the last, on the zone's clocks.

    A phase that is not named is switched off. Once the round is published, what has begun keeps
    its date, and nothing is moved into the past.
    """
    refuse_if_frozen(round)
    check_time_zone(time_zone)
    if round.published_at is not None and time_zone != round.time_zone:
        raise Invalid("The time zone cannot change once the round is published.")
    planned = calendar.plan(*_in_utc(opens, ends_at, ZoneInfo(time_zone)))
    if round.published_at is not None:
        _keep_the_past(round, planned, at)
    before, zone = _told(round), round.time_zone
    _replace(session, round, planned)
    round.time_zone = time_zone
    session.flush()
    session.expire(round, ["dates"])
    changes = {"dates": (before, _told(round)), "time_zone": (zone, time_zone)}
    log(session, round, "round.dates", changes, by=by, at=at)


def _in_utc(
    opens: Mapping[Phase, datetime], ends_at: datetime, zone: ZoneInfo
) -> tuple[dict[Phase, datetime], datetime]:
    problems: list[str] = []
    found: dict[Phase | None, datetime] = {}
    for phase, local in (*opens.items(), (None, ends_at)):
        what = f"“{LABELS[phase]}”" if phase else "The end"
        if phase is not None and phase not in calendar.DATED:
            problems.append(f"{what} has no date of its own.")
        elif not FIRST_YEAR <= local.year <= LAST_YEAR:
            problems.append(f"{what}: enter a year between {FIRST_YEAR} and {LAST_YEAR}.")
        else:
            try:
                found[phase] = calendar.to_utc(local, zone)
            except Invalid as refusal:
                problems.append(f"{what}: {refusal}")
    if problems:
        raise Invalid(problems[0], tuple(problems))
    end = found.pop(None)
    return {phase: moment for phase, moment in found.items() if phase}, end


def _keep_the_past(round: Round, planned: list[PhaseDates], at: datetime) -> None:
    before = {row.phase: row.opens_at for row in round.dates}
    after = {row.phase: row.opens_at for row in planned}
    problems = []
    for phase in calendar.in_order({*before, *after}):
        old, new = before.get(phase), after.get(phase)
        if old == new:
            continue
        if old is not None and old <= at:
            problems.append(f"“{LABELS[phase]}” has opened already. Its date cannot change.")
        elif new is not None and new <= at:
            problems.append(f"“{LABELS[phase]}” cannot open in the past.")
    if problems:
        raise Invalid(problems[0], tuple(problems))


def _replace(session: Session, round: Round, planned: list[PhaseDates]) -> None:
    existing = {row.phase: row for row in round.dates}
    wanted = {row.phase for row in planned}
    for phase, row in existing.items():
        if phase not in wanted:
            round.dates.remove(row)
    for row in planned:
        if row.phase in existing:
            found = existing[row.phase]
            found.opens_at, found.closes_at = row.opens_at, row.closes_at
        else:
            round.dates.append(row)
    session.flush()


def _told(round: Round) -> dict[str, list[str]]:
    """The dates as the log tells them."""
    return {
        row.phase: [row.opens_at.isoformat(), row.closes_at.isoformat()]
        for row in sorted(round.dates, key=lambda row: row.opens_at)
    }
