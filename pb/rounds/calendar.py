"""The clock decides the phase of a round; gates can hold it.

Phases follow each other without a gap: one closes when the next opens. Voting does not open until
the ballot is frozen, and results do not show until they are published: until then the clock waits
in the phase before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pb.errors import Invalid, PhaseClosed
from pb.rounds.models import Phase, PhaseDates, Round

ORDER = tuple(Phase)
ALWAYS = (Phase.VOTING, Phase.COUNTING, Phase.RESULTS)  # cannot be switched off
DATED = ORDER[1:-1]  # set-up comes before the first date, archive after the last
GRACE = timedelta(minutes=15)  # after the close, for a ballot whose form was begun before it
QUEUE = timedelta(seconds=60)  # after that, for a ballot that waits for the database

LABELS = {
    Phase.SETUP: "Preparation",
    Phase.PURPOSE: "Shared purpose",
    Phase.IDEAS: "Proposals",
    Phase.REVIEW: "Review",
    Phase.BALLOT: "Getting the ballot ready",
    Phase.VOTING: "Voting",
    Phase.COUNTING: "Counting",
    Phase.RESULTS: "Results",
    Phase.DELIVERY: "Delivery",
    Phase.REFLECTION: "Looking back",
    Phase.ARCHIVED: "Archived",
}

ABOUT = {
    Phase.PURPOSE: "Residents agree on what the money should achieve.",
    Phase.IDEAS: "Residents send in proposals.",
    Phase.REVIEW: "Reviewers check what can be done, and at what cost.",
    Phase.BALLOT: "The list of projects is completed and frozen.",
    Phase.VOTING: "Everybody who may vote chooses projects.",
    Phase.COUNTING: "The ballot box is sealed and counted.",
    Phase.RESULTS: "Everybody can read what won, and why.",
    Phase.DELIVERY: "The commission carries out the funded projects and reports.",
    Phase.REFLECTION: "Everybody looks back at what to do better next time.",
}


@dataclass(frozen=True)
class Span:
    """A phase and its dates (UTC), as pages show them."""

    phase: Phase
    opens_at: datetime
    closes_at: datetime

    @property
    def label(self) -> str:
        return LABELS[self.phase]


def spans(round: Round) -> list[Span]:
    """The dated phases of a round, in order."""
    return [Span(row.phase, row.opens_at, row.closes_at) for row in round.dates]


def span(round: Round, phase: Phase) -> Span | None:
    """The dates of one phase, or None where it is switched off."""
    row = next((row for row in round.dates if row.phase is phase), None)
    return row and Span(row.phase, row.opens_at, row.closes_at)


def phase_at(round: Round, now: datetime) -> Phase:
    """The phase of a round at a moment (UTC)."""
    dated = round.dates
    if round.published_at is None or not dated or now < dated[0].opens_at:
        return Phase.SETUP
    reached = next((row.phase for row in dated if now < row.closes_at), Phase.ARCHIVED)
    return _held(round, reached)


def _held(round: Round, reached: Phase) -> Phase:
    """The phase in which a closed gate keeps the clock."""
    if ORDER.index(reached) >= ORDER.index(Phase.VOTING) and round.frozen_at is None:
        return Phase.BALLOT
    if ORDER.index(reached) >= ORDER.index(Phase.RESULTS) and round.results_at is None:
        return Phase.COUNTING
    return reached


def require(round: Round, now: datetime, *phases: Phase) -> None:
    """Refuse (PhaseClosed) unless the round is in one of the phases."""
    phase = phase_at(round, now)
    if phase not in phases:
        wanted = " or ".join(LABELS[phase].lower() for phase in phases)
        raise PhaseClosed(
            f"This belongs to the phase “{wanted}”. "
            f"“{round.name}” is now in the phase “{LABELS[phase].lower()}”."
        )


def require_in_time(round: Round, received: datetime, begun: datetime | None = None) -> None:
    """Refuse (PhaseClosed) a ballot that did not come while voting was open.

    One whose form was begun while it was open may come until `GRACE` after the close.
    """
    if begun is not None and phase_at(round, begun) is Phase.VOTING:
        closes_at = span(round, Phase.VOTING).closes_at
        if closes_at <= received < closes_at + GRACE:
            return
    if phase_at(round, received) is Phase.COUNTING:
        shown = span(round, Phase.VOTING).closes_at.astimezone(round.zone)
        raise PhaseClosed(
            f"Voting closed on {shown.day} {shown:%B %Y at %H:%M}. "
            "This came too late and was not counted."
        )
    require(round, received, Phase.VOTING)


def counting_from(round: Round) -> datetime:
    """The moment (UTC) from which no ballot can come any more, and the box may be opened."""
    return span(round, Phase.VOTING).closes_at + GRACE + QUEUE


def plan(opens: Mapping[Phase, datetime], ends_at: datetime) -> list[PhaseDates]:
    """Dates of all phases from their opening times and the end of the last one (UTC).

    Raises Invalid, with one sentence per fault, if a phase that every round needs is missing or
    the times are not in the order of the phases.
    """
    problems = [f"“{LABELS[phase]}” needs a date." for phase in ALWAYS if phase not in opens]
    starts = [(phase, opens[phase]) for phase in DATED if phase in opens]
    ends = [at for _, at in starts[1:]] + [ends_at]
    for (phase, opens_at), closes_at in zip(starts, ends, strict=True):
        if opens_at >= closes_at:
            problems.append(f"“{LABELS[phase]}” must open before the next phase does.")
    if problems:
        raise Invalid("The dates do not fit together.", tuple(problems))
    return [
        PhaseDates(phase=phase, opens_at=opens_at, closes_at=closes_at)
        for (phase, opens_at), closes_at in zip(starts, ends, strict=True)
    ]


def next_span(round: Round, now: datetime) -> Span | None:
    """The next phase that will open, if any."""
    return next((span for span in spans(round) if span.opens_at > now), None)


def in_order(phases: Iterable[Phase]) -> list[Phase]:
    """Phases sorted by the order of a round."""
    return sorted(phases, key=ORDER.index)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a time as a clock on the wall of this zone shows it.

    Raises Invalid for a time that the clocks skip, or show twice, when they are changed.
    """
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    shown = f"{local:%H:%M} on {local.day} {local:%B %Y}"
    if first.utcoffset() < second.utcoffset():
        raise Invalid(f"There is no {shown}: the clocks go forward. Choose another time.")
    raise Invalid(f"{shown} comes twice: the clocks go back. Choose another time.")


# Weeks from the first opening: long enough for each phase to be done well.
USUAL = {
    Phase.IDEAS: 0,
    Phase.REVIEW: 5,
    Phase.BALLOT: 9,
    Phase.VOTING: 11,
    Phase.COUNTING: 14,
    Phase.RESULTS: 15,
    Phase.DELIVERY: 19,
}
USUAL_END = 71


def usual(today: datetime) -> tuple[dict[Phase, datetime], datetime]:
    """A sensible plan for a first round: opening times by phase, and the end of the last.

    `today` and the answer are wall-clock times; everything opens on a Monday at 9.
    """
    ahead = today + timedelta(days=21 - today.weekday())
    first = ahead.replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    opens = {phase: first + timedelta(weeks=weeks) for phase, weeks in USUAL.items()}
    return opens, first + timedelta(weeks=USUAL_END)


def next_year(
    local: Mapping[Phase, datetime], ends_at: datetime, now: datetime
) -> tuple[dict[Phase, datetime], datetime]:
    """The same plan whole years later, on the same days of the week, opening after `now`.

    All times are wall-clock times; the distances between them stay as they are.
    """
    first = min(local.values())
    years = 1
    while (moved := _same_weekday(first, first.year + years)) <= now:
        years += 1
    ahead = moved - first
    return {phase: at + ahead for phase, at in local.items()}, ends_at + ahead


def _same_weekday(day: datetime, year: int) -> datetime:
    """The day of that year that is nearest to this one and has the same weekday."""
    anniversary = day.replace(year=year, day=min(day.day, 28) if day.month == 2 else day.day)
    return anniversary + timedelta(days=(day.weekday() - anniversary.weekday() + 3) % 7 - 3)


def days_left(at: datetime, now: datetime) -> int:
    """Whole days until a moment; 0 on the last one."""
    return max(0, (at - now).days)


def stages(round: Round, now: datetime) -> list[dict[str, Any]]:
    """The dated phases with their state (done, current or next), for a timeline."""
    here = ORDER.index(phase_at(round, now))
    waits = {
        Phase.VOTING: "Waits until the ballot is frozen." if round.frozen_at is None else None,
        Phase.RESULTS: "Waits until the result is published." if round.results_at is None else None,
    }
    found = []
    for span in spans(round):
        place = ORDER.index(span.phase)
        state = "done" if place < here else "current" if place == here else "next"
        late = state == "next" and round.published_at is not None and span.opens_at <= now
        found.append(
            {
                "name": span.label,
                "state": state,
                "opens": span.opens_at,
                "closes": span.closes_at,
                "note": waits.get(span.phase) if late else None,
            }
        )
    return found
