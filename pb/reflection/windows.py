"""When a phase can be looked back at, and when the survey is open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb.errors import PhaseClosed
from pb.reflection.models import ReflectionRules
from pb.rounds import calendar
from pb.rounds.models import Phase, Round


@dataclass(frozen=True)
class Window:
    """The retrospective of one phase, with its dates (UTC)."""

    phase: Phase
    opens_at: datetime | None  # None: the phase has not ended yet
    closes_at: datetime | None  # None with opens_at: open until the round ends
    open: bool

    @property
    def label(self) -> str:
        return calendar.LABELS[self.phase]

    @property
    def closed(self) -> bool:
        """Whether it was open and is not any more; how many agree shows from then on."""
        return self.opens_at is not None and not self.open


def rules(session: Session, round: Round) -> ReflectionRules:
    """How long this round looks back: its own choice, or the defaults."""
    found = session.get(ReflectionRules, round.id)
    return found or ReflectionRules(
        round_id=round.id,
        days=ReflectionRules.__table__.c.days.default.arg,
        survey_days=ReflectionRules.__table__.c.survey_days.default.arg,
    )


def windows(session: Session, round: Round, now: datetime) -> list[Window]:
    """The retrospectives of a round, in the order of its phases."""
    kept = timedelta(days=rules(session, round).days)
    here = calendar.phase_at(round, now)
    return [
        _window(round, span, here, kept, now)
        for span in calendar.spans(round)
        if span.phase is not Phase.REFLECTION
    ]


def _window(
    round: Round, span: calendar.Span, here: Phase, kept: timedelta, now: datetime
) -> Window:
    if calendar.ORDER.index(here) <= calendar.ORDER.index(span.phase):
        return Window(span.phase, None, None, False)
    opens_at = _ended_at(round, span)
    closes_at = opens_at + kept
    last = calendar.span(round, Phase.REFLECTION)
    if here is Phase.REFLECTION and last is not None:
        # Everything is open once more: a closed window opens again, with what it held.
        return Window(span.phase, opens_at, max(closes_at, last.closes_at), True)
    return Window(span.phase, opens_at, closes_at, now < closes_at)


def _ended_at(round: Round, span: calendar.Span) -> datetime:
    """When the phase was over: a gate may have held the clock in it."""
    gate = {Phase.BALLOT: round.frozen_at, Phase.COUNTING: round.results_at}.get(span.phase)
    return max(span.closes_at, gate) if gate is not None else span.closes_at


def window(session: Session, round: Round, phase: str, now: datetime) -> Window | None:
    """The retrospective of the phase with this name, if the round has such a phase."""
    return next((found for found in windows(session, round, now) if found.phase == phase), None)


def require_open(session: Session, round: Round, phase: Phase, now: datetime) -> None:
    """Refuse (PhaseClosed) unless the phase can be looked back at now."""
    found = window(session, round, phase, now)
    if found is not None and found.open:
        return
    label = calendar.LABELS[phase].lower()
    if found is None or found.opens_at is None:
        raise PhaseClosed(f"Looking back at “{label}” begins when that phase is over.")
    raise PhaseClosed(f"Looking back at “{label}” is over. What was written stays to be read.")


@dataclass(frozen=True)
class SurveyWindow:
    """When the survey can be answered; its results show afterwards."""

    opens_at: datetime | None  # None: there is no result yet
    closes_at: datetime | None
    open: bool

    @property
    def closed(self) -> bool:
        return self.opens_at is not None and not self.open


def survey_window(session: Session, round: Round, now: datetime) -> SurveyWindow:
    """From the result to the end of looking back, or for some weeks where nobody looks back."""
    here = calendar.phase_at(round, now)
    if calendar.ORDER.index(here) < calendar.ORDER.index(Phase.RESULTS):
        return SurveyWindow(None, None, False)
    results = calendar.span(round, Phase.RESULTS)
    opens_at = max(results.opens_at, round.results_at)
    last = calendar.span(round, Phase.REFLECTION)
    closes_at = opens_at + timedelta(days=rules(session, round).survey_days)
    closes_at = last.closes_at if last is not None else min(closes_at, _end(round))
    return SurveyWindow(opens_at, closes_at, now < closes_at)


def _end(round: Round) -> datetime:
    return calendar.spans(round)[-1].closes_at
