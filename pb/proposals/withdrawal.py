"""Taking a project out of the vote after the freeze: its line stays, votes for it do not count."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from pb.errors import Invalid, Refused
from pb.notices import outbox
from pb.proposals import withdrawal_news as news
from pb.proposals.models import Project, ProjectWithdrawal
from pb.rounds import calendar
from pb.rounds.models import Act, Phase, Round


def withdrawable(session: Session, round: Round) -> Sequence[Project]:
    """The projects that can still be taken out of the vote, by number."""
    return session.scalars(
        select(Project)
        .where(Project.round_id == round.id, ~Project.withdrawal.has())
        .order_by(Project.number)
    ).all()


def withdrawn(session: Session, round: Round) -> Sequence[Project]:
    """The projects that were taken out of the vote, by number, with their reasons."""
    return session.scalars(
        select(Project)
        .join(Project.withdrawal)
        .where(Project.round_id == round.id)
        .options(selectinload(Project.withdrawal), selectinload(Project.area))
        .order_by(Project.number)
    ).all()


def proposals_off_ballot(session: Session, round: Round) -> set[int]:
    """The numbers of the proposals whose project was taken out of the vote."""
    query = select(Project.proposal_id).join(Project.withdrawal)
    return set(
        session.scalars(query.where(Project.round_id == round.id, Project.proposal_id.is_not(None)))
    )


def require_withdrawable(
    session: Session, round: Round, number: int | None, at: datetime
) -> Project:
    """The project with this number; refused where it cannot be taken out of the vote now.

    Before the freeze it is left out of the ballot; once the votes are sealed it is too late.
    """
    calendar.require(round, at, Phase.BALLOT, Phase.VOTING)
    if round.frozen_at is None:
        raise Refused("The ballot is not frozen yet. Put it together without the project.")
    if number is None:
        raise Invalid("Choose the project that is withdrawn.")
    found = session.scalars(
        select(Project)
        .where(Project.round_id == round.id, Project.number == number)
        .options(selectinload(Project.withdrawal))
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise Invalid(f"There is no project number {number} on this ballot.")
    if found.withdrawal is not None:
        raise Refused(f"“{found.title}” has been withdrawn already.")
    return found


def withdraw(session: Session, project: Project, act: Act, *, at: datetime) -> ProjectWithdrawal:
    """Take a project out of the vote for the reason of the act, and tell who should know.

    The one who proposed it gets a mail, and so does everybody whose address is on the roll: from
    a job, since there may be a city of them. The others read it on every ballot and page.
    """
    made = ProjectWithdrawal(
        round_id=project.round_id, number=project.number, act_id=act.id, reason=act.reason, at=at
    )
    session.add(made)
    session.flush()
    if project.proposal is not None:
        outbox.put(
            session,
            key=f"project-withdrawn:{project.round_id}:{project.number}",
            recipient=project.proposal.author.email,
            subject=f"Withdrawn from the ballot: {project.title}",
            text=(
                f"Your project “{project.title}” has been withdrawn from the ballot of "
                f"“{project.round.name}”. It stays on the ballot, marked as withdrawn, and votes "
                f"for it do not count.\n\nThe reason: {act.reason}\n"
            ),
            at=at,
            round_id=project.round_id,
        )
    news.ask(session, project, at=at)
    return made
