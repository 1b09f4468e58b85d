"""How the funded projects of a round get on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb.delivery.models import DeliveryState, Milestone
from pb.proposals.models import Project
from pb.results import queries as results
from pb.rounds.models import Round

QUIET = timedelta(days=90)  # without news after which a page says so
ENDED = (DeliveryState.DONE, DeliveryState.STOPPED)


@dataclass(frozen=True)
class Progress:
    """A funded project and its news, oldest first."""

    project: Project
    news: tuple[Milestone, ...] = ()

    @property
    def latest(self) -> Milestone | None:
        return self.news[-1] if self.news else None

    @property
    def state(self) -> DeliveryState:
        """How far it is; planned until there is news."""
        return self.latest.state if self.latest else DeliveryState.PLANNED

    @property
    def spent(self) -> int | None:
        """The latest amount that was reported."""
        return next((m.spent for m in reversed(self.news) if m.spent is not None), None)

    @property
    def due_at(self) -> datetime | None:
        """The promised end, as it was promised last."""
        return next((m.due_at for m in reversed(self.news) if m.due_at is not None), None)

    @property
    def over_cost(self) -> bool:
        """Whether more was spent than was voted on."""
        return self.spent is not None and self.spent > self.project.cost

    def late(self, now: datetime) -> bool:
        """Whether the promised end is past and the project has not ended."""
        return self.due_at is not None and self.due_at < now and self.state not in ENDED

    def quiet_days(self, now: datetime, since: datetime) -> int | None:
        """Days without news, once they are too many; `since` counts where there was none yet."""
        silence = now - (self.latest.at if self.latest else since)
        return silence.days if silence > QUIET and self.state not in ENDED else None


def milestones(
    session: Session, round: Round, project: Project | None = None
) -> Sequence[Milestone]:
    """The news of a round, or of one of its projects, oldest first."""
    query = select(Milestone).where(Milestone.round_id == round.id)
    if project is not None:
        query = query.where(Milestone.project_id == project.id)
    return session.scalars(query.order_by(Milestone.at, Milestone.id)).all()


def latest_states(session: Session, round: Round) -> dict[str, DeliveryState]:
    """The state of every project with news, by its code."""
    news = session.scalars(
        select(Milestone)
        .where(Milestone.round_id == round.id)
        .options(joinedload(Milestone.project))
        .order_by(Milestone.at, Milestone.id)
    )
    return {milestone.project.code: milestone.state for milestone in news}


def funded(session: Session, round: Round) -> list[Progress]:
    """The funded projects in ballot order, with their news; none until the result is published."""
    if round.results_at is None:
        return []
    codes = results.funded_codes(session, round)
    projects = session.scalars(
        select(Project)
        .where(Project.round_id == round.id, Project.code.in_(codes))
        .options(joinedload(Project.area))
        .order_by(Project.number)
    )
    told: dict[int, list[Milestone]] = {}
    for milestone in milestones(session, round):
        told.setdefault(milestone.project_id, []).append(milestone)
    return [Progress(project, tuple(told.get(project.id, ()))) for project in projects]


def find_funded(session: Session, round: Round, number: int) -> Progress | None:
    """The funded project with this number on the ballot."""
    return next((p for p in funded(session, round) if p.project.number == number), None)
