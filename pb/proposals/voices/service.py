"""Inviting the people of an area that has hardly been heard."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Invalid, Refused
from pb.notices import news
from pb.proposals.voices import queries
from pb.proposals.voices.models import LONGEST, AreaInvitation
from pb.rounds import calendar, people
from pb.rounds.models import Appointment, Area, Phase, Role, Round, Side
from pb.texts import clean

PHASES = (Phase.PURPOSE, Phase.IDEAS)


def week_of(round: Round, now: datetime) -> date:
    """The Monday of this week, where the round is."""
    today = now.astimezone(round.zone).date()
    return today - timedelta(days=today.weekday())


def invite(
    session: Session, round: Round, area: Area, text: str, *, by: Account, at: datetime
) -> AreaInvitation:
    """Invite the people of an area in public; connectors are told, so that they can carry it there.

    Raises Refused for the same area in the same week: who is called too often stops listening.
    """
    calendar.require(round, at, *PHASES)
    if Role.STEWARD not in people.roles_at(session, round, by, at):
        raise Refused("Only a steward of this round can do this.")
    if area.city_wide:
        raise Refused("The whole town is no part of it: choose a part.")
    text = clean(text)
    if not text:
        raise Invalid("Write the invitation.")
    if len(text) > LONGEST:
        raise Invalid(f"Use at most {LONGEST} characters; now it is {len(text)}.")
    row = {
        "round_id": round.id,
        "area_id": area.id,
        "week": week_of(round, at),
        "text": text,
        "by_id": by.id,
        "by_side": Side.COMMUNITY,
        "at": at,
    }
    # Of two stewards at the same moment one comes through.
    adding = upsert(session, AreaInvitation).values(row).on_conflict_do_nothing()
    number = session.scalar(adding.returning(AreaInvitation.id))
    if number is None:
        raise Refused(already(round, queries.latest(session, area)))
    made = session.get_one(AreaInvitation, number)
    _record(session, made)
    _tell_connectors(session, made)
    return made


def already(round: Round, invitation: AreaInvitation) -> str:
    """Why an area cannot be invited again yet."""
    on = invitation.at.astimezone(round.zone)
    return (
        f"{invitation.area.name} was invited on {on:%-d %B}, and once a week is enough. "
        f"The next invitation can go out from {invitation.next_on:%A %-d %B}."
    )


def _record(session: Session, made: AreaInvitation) -> None:
    audit.record(
        session,
        chain=made.round_id,
        kind="voice.invite",
        at=made.at,
        actor=made.by_id,
        side=Side.COMMUNITY,
        body={"invitation": made.id, "area": made.area.slug},
    )


def _tell_connectors(session: Session, made: AreaInvitation) -> None:
    running = or_(Appointment.ends_at.is_(None), Appointment.ends_at > made.at)
    connectors = select(Appointment.account_id).where(
        Appointment.round_id == made.round_id,
        Appointment.role == Role.CONNECTOR,
        Appointment.starts_at <= made.at,
        running,
    )
    news.tell_all(
        session,
        connectors,
        round_id=made.round_id,
        key=f"voice-invite:{made.id}",
        subject=f"An invitation to {made.area.name}",
        text=f"A steward invites the people of {made.area.name} to take part in "
        f"“{made.round.name}”. The page has a poster to print and take there.",
        path=f"/rounds/{made.round.slug}/purpose/voices/invitations/{made.id}",
        at=made.at,
    )
