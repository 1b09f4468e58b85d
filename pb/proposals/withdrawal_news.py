"""Telling people whose address is on the roll that a project was withdrawn from the ballot.

Everybody gets the same words, whether they have voted or not, and whatever they chose.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb import db
from pb.eligibility import people
from pb.notices import jobs, outbox
from pb.notices.jobs import Work
from pb.proposals.models import Project
from pb.rounds import calendar
from pb.rounds.models import Phase

KIND = "withdrawal.tell"


def ask(session: Session, project: Project, *, at: datetime) -> None:
    """Ask for the mails about a project that was withdrawn, if the roll has any address."""
    if total := people.count_addresses(session, project.round):
        payload = {"number": project.number}
        jobs.ask(session, KIND, at=at, payload=payload, round_id=project.round_id, total=total)


def tell_job(work: Work) -> Mapping[str, Any]:
    """Put a mail for every address into the outbox (a job); safe to repeat."""
    tools, told, after = work.tools, 0, b""
    while True:
        with Session(db.read_only(tools.engine)) as session:
            project = _project(session, work)
            some = people.addresses(session, project.round, tools.keys, after=after)
            subject, text = _subject(project), _text(project, tools.base_url)
        if not some:
            return {"told": f"{told:,} people were told by mail.", "mails": told}
        with Session(tools.engine) as session, session.begin():
            _put(session, work, some, subject, text)
        told, after = told + len(some), some[-1][0]
        work.report(told)


def _project(session: Session, work: Work) -> Project:
    return session.scalars(
        select(Project)
        .where(Project.round_id == work.round_id, Project.number == work.payload["number"])
        .options(joinedload(Project.round), joinedload(Project.withdrawal))
    ).one()


def _put(
    session: Session, work: Work, some: Sequence[tuple[bytes, str]], subject: str, text: str
) -> None:
    for mac, address in some:
        outbox.put(
            session,
            key=f"project-withdrawn:{work.round_id}:{work.payload['number']}:{mac.hex()}",
            recipient=address,
            subject=subject,
            text=text,
            at=work.tools.clock(),
            round_id=work.round_id,
        )


def _subject(project: Project) -> str:
    return f"Withdrawn from the ballot: {project.title}"


def _text(project: Project, base_url: str) -> str:
    round = project.round
    end = calendar.span(round, Phase.VOTING).closes_at.astimezone(round.zone)
    return (
        f"The project “{project.title}” (No. {project.number}) has been withdrawn from the ballot "
        f"of “{round.name}”. It stays on the ballot, marked as withdrawn, and votes for it do not "
        f"count.\n\nThe reason: {project.withdrawal.reason}\n\n"
        "Everybody can vote, and change a ballot that they have sent, until "
        f"{end.day} {end:%B %Y, %H:%M}.\n\n"
        f"Read more: {base_url}/rounds/{round.slug}/projects/{project.number}\n\n"
        "Everybody whose address is on the list of voters gets this message. "
        "It says nothing about whether you have voted, or how.\n"
    )
