"""Telling people that a term is about to end, 30 and 7 days before."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.notices import news
from pb.notices.jobs import Tools
from pb.rounds import people
from pb.rounds.models import Appointment, Role, Round
from pb.rounds.terms import handover, queries

DAYS_BEFORE = (30, 7)


def tick(tools: Tools) -> None:
    """Remind holders, their deputies and the commissioners; nobody twice of the same thing."""
    now = tools.clock()
    with Session(tools.engine) as session, session.begin():
        remind(session, now)


def remind(session: Session, now: datetime) -> None:
    """Leave the notes of all terms that end within 30, or within 7 days."""
    ending = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at <= now,
            Appointment.ends_at > now,
            Appointment.ends_at <= now + timedelta(days=max(DAYS_BEFORE)),
        )
        .order_by(Appointment.id)
    ).all()
    for appointment in ending:
        left = appointment.ends_at - now
        # Only the nearest: a term of five days is not announced twice in one minute.
        days = min(one for one in DAYS_BEFORE if left <= timedelta(days=one))
        _remind(session, appointment, days, now)


def _remind(session: Session, appointment: Appointment, days: int, now: datetime) -> None:
    round = session.get_one(Round, appointment.round_id)
    deputies = {one.account_id for one in queries.deputies(session, appointment, now)}
    serving = people.holders(session, round, now)[Role.COMMISSIONER]
    commissioners = {one.account_id for one in serving}
    ends = f"{appointment.ends_at.astimezone(round.zone):%d %B %Y}".lstrip("0")
    role, name = appointment.role, appointment.account.name
    yours = f"Your term as {role} of “{round.name}” ends on {ends}. "
    texts = {
        **dict.fromkeys(
            commissioners, f"The term of {name} as {role} ends on {ends}. Offer a further term, "
            "or find somebody who comes after.",
        ),
        **dict.fromkeys(
            deputies, f"The term of {name} as {role} ends on {ends}. From then on you step in, "
            "until somebody else is found.",
        ),
        appointment.account_id: yours + "Please look at the list of what has to be handed on, "
        "and leave a note for whoever comes after.",
    }  # fmt: skip
    console = f"/commission/rounds/{round.slug}/setup/team"
    for account_id, text in texts.items():
        own = account_id == appointment.account_id
        official = account_id in commissioners and not own
        page = handover.path(round, appointment) if own else f"/rounds/{round.slug}/people/mine"
        news.tell(
            session,
            account_id,
            round_id=round.id,
            key=f"term:{appointment.id}:{appointment.ends_at:%Y-%m-%d}:{days}",
            subject=f"{round.name}: a term ends on {ends}",
            text=text,
            path=console if official else page,
            at=now,
        )
