"""Where a round stands, in one sentence, and the one thing to do now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.proposals.models import Project, Proposal, State
from pb.rounds import calendar
from pb.rounds.calendar import Span
from pb.rounds.models import Phase, Round

Action = tuple[str, str]  # text of the button, endpoint

IDEAS: Action = ("Send in a proposal", "community.proposals.new")
PROPOSALS: Action = ("See the proposals", "community.proposals.index")
PROJECTS: Action = ("See the projects", "community.ballots.projects")
VOTE: Action = ("Vote with my code", "community.ballots.enter")
RESULTS: Action = ("See the results", "community.results.show")
SURVEY: Action = ("Answer five questions", "community.survey.show")
LOOK_BACK: Action = ("Look back with us", "community.reflection.show")

SENTENCES = {
    Phase.SETUP: "This round is being prepared.",
    Phase.PURPOSE: "Residents agree on what the money should achieve.",
    Phase.IDEAS: "You can send in proposals.",
    Phase.REVIEW: "The proposals are being checked.",
    Phase.BALLOT: "The ballot is being completed.",
    Phase.VOTING: "Voting is open.",
    Phase.COUNTING: "Voting is over. The ballots are being counted.",
    Phase.RESULTS: "The result is here.",
    Phase.DELIVERY: "The funded projects are being carried out.",
    Phase.REFLECTION: "We look back at this round.",
    Phase.ARCHIVED: "This round is over.",
}
ACTIONS: dict[Phase, tuple[Action, ...]] = {
    Phase.IDEAS: (IDEAS, PROPOSALS),
    Phase.REVIEW: (PROPOSALS,),
    Phase.BALLOT: (PROPOSALS,),
    Phase.VOTING: (VOTE, PROJECTS),
    Phase.COUNTING: (PROJECTS,),
    Phase.RESULTS: (RESULTS, PROJECTS),
    Phase.DELIVERY: (RESULTS, PROJECTS),
    Phase.REFLECTION: (LOOK_BACK, SURVEY, RESULTS),
    Phase.ARCHIVED: (RESULTS, PROJECTS),
}
LASTING = (Phase.RESULTS, Phase.DELIVERY, Phase.REFLECTION, Phase.ARCHIVED)


@dataclass(frozen=True)
class Stand:
    """What a first-time visitor needs to know about a round, in five seconds."""

    phase: Phase
    sentence: str
    left: str  # how long this lasts, or what comes next; may be empty
    until: datetime | None
    actions: tuple[Action, ...]

    @property
    def past(self) -> bool:
        """Whether nothing is left to decide."""
        return self.phase in LASTING


def stand(round: Round, now: datetime) -> Stand:
    """Where the round stands now."""
    phase = calendar.phase_at(round, now)
    actions = ACTIONS.get(phase, ())
    if phase is Phase.BALLOT and round.frozen_at is not None:
        actions = (PROJECTS,)
    left, until = _left(round, phase, now)
    return Stand(phase, SENTENCES[phase], left, until, actions)


def _left(round: Round, phase: Phase, now: datetime) -> tuple[str, datetime | None]:
    """How long it lasts, with the moment at which it ends."""
    here, coming = calendar.span(round, phase), calendar.next_span(round, now)
    if phase in (Phase.IDEAS, Phase.VOTING) and here and here.closes_at > now:
        return f"{_days(here.closes_at, now)} left.", here.closes_at
    if _held(round, phase, now):
        waits = {
            Phase.BALLOT: "Voting opens as soon as the ballot is frozen.",
            Phase.COUNTING: "The result shows here as soon as two people have published it.",
        }
        return waits.get(phase, ""), None
    if coming is None or phase in LASTING:
        return "", None
    return f"{_opening(coming)} in {_days(coming.opens_at, now)}.", coming.opens_at


def _held(round: Round, phase: Phase, now: datetime) -> bool:
    """Whether a gate keeps the clock in this phase."""
    here = calendar.span(round, phase)
    return phase in (Phase.BALLOT, Phase.COUNTING) and (here is None or here.closes_at <= now)


def _opening(span: Span) -> str:
    words = {
        Phase.IDEAS: "You can send in proposals",
        Phase.VOTING: "Voting opens",
        Phase.RESULTS: "The result is due",
    }
    return words.get(span.phase, f"“{span.label}” begins")


def _days(at: datetime, now: datetime) -> str:
    days = calendar.days_left(at, now)
    if days == 0:
        return "less than a day"
    return "1 day" if days == 1 else f"{days} days"


def counts(session: Session, round: Round) -> tuple[int, int]:
    """How many proposals everybody can read, and how many projects are on the ballot."""
    hidden = (State.DRAFT, State.WITHDRAWN)
    proposals = session.scalar(
        select(func.count()).where(Proposal.round_id == round.id, Proposal.state.not_in(hidden))
    )
    projects = session.scalar(select(func.count()).where(Project.round_id == round.id))
    return proposals or 0, projects or 0
