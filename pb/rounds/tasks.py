"""What is still to do before a round can be published."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pb.rounds import calendar, people
from pb.rounds.models import Appointment, Phase, Role, Round
from pb.rounds.terms.queries import open_invitations
from pb.rounds.terms.second_hand import terms_of


@dataclass(frozen=True)
class Task:
    """One part of the set-up, and what it still lacks, one sentence each."""

    key: str
    name: str
    problems: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        return " ".join(self.problems)


def tasks(session: Session, round: Round, now: datetime | None = None) -> list[Task]:
    """All parts of the set-up, in the order in which they are best done."""
    return [
        Task("basics", "Name, purpose and who may vote", _basics(round)),
        Task("money", "Areas and money", _money(round)),
        Task("dates", "Phases and dates", _dates(round, now)),
        Task("ballot", "What a ballot may hold", _ballot(round)),
        Task("rule", "How votes are counted", _rule(round)),
        Task("routes", "How people get to their ballot", ()),
        Task("team", "The team and the second hand", _team(session, round, now)),
    ]


def missing(session: Session, round: Round, now: datetime | None = None) -> list[Task]:
    """The parts of the set-up that are not done; with `now`, also dates and roles that are over."""
    return [task for task in tasks(session, round, now) if not task.done]


def _basics(round: Round) -> tuple[str, ...]:
    problems = []
    if not round.purpose.strip():
        problems.append("Write what the round is for.")
    if not round.who_may_vote.strip():
        problems.append("Write who may vote.")
    return tuple(problems)


def _money(round: Round) -> tuple[str, ...]:
    if not round.areas:
        return ("Add at least one area with its money.",)
    return () if round.budget else ("No area has any money yet.",)


def _dates(round: Round, now: datetime | None) -> tuple[str, ...]:
    voting = calendar.span(round, Phase.VOTING)
    if voting is None:
        return ("Choose the phases and their dates.",)
    if now is not None and round.published_at is None and voting.opens_at <= now:
        return ("Voting would open in the past. Choose later dates.",)
    return ()


def _ballot(round: Round) -> tuple[str, ...]:
    return () if round.limits else ("Choose how many projects a ballot may name.",)


def _rule(round: Round) -> tuple[str, ...]:
    return () if round.rule_id and round.ties else ("Choose the counting rule.",)


def _team(session: Session, round: Round, now: datetime | None) -> tuple[str, ...]:
    held: dict[Role, set[int]] = {role: set() for role in Role}
    for appointment in people.appointments(session, round):
        if _serves(appointment, now):
            held[appointment.role].add(appointment.account_id)
    problems = []
    if not held[Role.COMMISSIONER]:
        problems.append("Appoint a commissioner.")
    if round.stewards_confirm:
        problems += _stewards(session, round, len(held[Role.STEWARD]))
    if not round.stewards_confirm and len(held[Role.COMMISSIONER]) == 1:
        problems.append("Appoint a second commissioner: nobody confirms their own acts.")
    takes_ideas = calendar.span(round, Phase.IDEAS) or calendar.span(round, Phase.REVIEW)
    if takes_ideas and not held[Role.REVIEWER]:
        problems.append("Appoint a reviewer: somebody has to check the proposals.")
    return tuple(problems)


def _stewards(session: Session, round: Round, serving: int) -> list[str]:
    required, _ = terms_of(session, round)
    if serving >= required:
        return []
    asked = len(open_invitations(session, round, Role.STEWARD))
    if asked and serving + asked >= required:
        return ["A steward whom you invited has not said yes yet."]
    if not serving and required == 1:
        return ["Appoint a steward: a resident who confirms the acts that decide money."]
    return [f"Appoint stewards: this round needs {required}, and {serving} serve."]


def _serves(appointment: Appointment, now: datetime | None) -> bool:
    return not appointment.deputy if now is None else appointment.serves(now)
