"""The commission reports how a funded project gets on."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.delivery.models import DeliveryState, Milestone
from pb.errors import Invalid, Refused
from pb.proposals.models import Project
from pb.results import queries as results
from pb.rounds import calendar, people
from pb.rounds.models import Phase, Role, Round, Side

LONGEST_TEXT = 2000
REPORTING = (Phase.RESULTS, Phase.DELIVERY, Phase.REFLECTION, Phase.ARCHIVED)


def report(
    session: Session,
    project: Project,
    *,
    by: Account,
    state: DeliveryState,
    text: str,
    spent: int | None,
    at: datetime,
    due_at: datetime | None = None,
) -> Milestone:
    """Tell the public how a funded project gets on, what was spent so far, and when it will end.

    Nothing that was reported is ever changed: a correction is a new report.
    """
    round = session.get_one(Round, project.round_id)
    calendar.require(round, at, *REPORTING)
    if Role.COMMISSIONER not in people.roles_at(session, round, by, at):
        raise Refused("Only a commissioner of this round can do this.")
    if project.code not in results.funded_codes(session, round):
        raise Refused(f"“{project.title}” was not funded, so there is nothing to report.")
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if problems := _problems(text, spent):
        raise Invalid(" ".join(problems), problems)
    milestone = Milestone(
        round_id=round.id,
        project=project,
        state=state,
        text=text,
        spent=spent,
        due_at=due_at,
        at=at,
        reported_by=by.id,
        reported_side=Side.COMMISSION,
    )
    session.add(milestone)
    session.flush()
    _record(session, milestone, by)
    return milestone


def _problems(text: str, spent: int | None) -> tuple[str, ...]:
    problems = []
    if not text:
        problems.append("Write what happened: everybody will be able to read it.")
    if len(text) > LONGEST_TEXT:
        problems.append(f"Use at most {LONGEST_TEXT:,} characters. Now it is {len(text):,}.")
    if spent is not None and spent < 0:
        problems.append("The money spent cannot be less than nothing.")
    return tuple(problems)


def _record(session: Session, milestone: Milestone, by: Account) -> None:
    audit.record(
        session,
        chain=milestone.round_id,
        kind="delivery.report",
        at=milestone.at,
        actor=by.id,
        side=Side.COMMISSION,
        body={
            "project": milestone.project.code,
            "state": milestone.state,
            "spent": milestone.spent,
        },
    )
