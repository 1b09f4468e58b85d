"""Inviting somebody to serve, saying yes or no, a further term, being away, and stepping down."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.notices import news
from pb.rounds import people
from pb.rounds.models import SIDE_OF, Absence, Appointment, Role, Round, Side
from pb.rounds.terms import queries
from pb.rounds.terms.models import Invitation

USUAL = timedelta(days=365)  # a term, where the round ends later or never
LONGEST_ABSENCE = timedelta(days=120)


def usual_end(round: Round, starts_at: datetime) -> datetime:
    """The end of a term where nobody says another: one year, or the end of the round before."""
    year = starts_at + USUAL
    ends = [one.closes_at for one in round.dates if one.closes_at > starts_at]
    return min(year, max(ends)) if ends else year


def invite(
    session: Session,
    round: Round,
    account: Account,
    role: Role,
    *,
    by: Account,
    at: datetime,
    ends_at: datetime | None = None,
    starts_at: datetime | None = None,
    deputy_for: Appointment | None = None,
) -> Invitation:
    """Ask a resident to serve: nothing begins before they say yes.

    Raises Refused to people of the other side and where they hold the role or are asked already,
    Invalid for an end in the past.
    """
    ends_at = ends_at or usual_end(round, starts_at or at)
    if ends_at <= (starts_at or at):
        raise Invalid("An appointment has to end in the future.")
    _require_free(session, round, account, role, starts_at or at)
    if deputy_for is not None:
        people.require_deputy(deputy_for, round, account, role, at)
    made = Invitation(
        round_id=round.id,
        account_id=account.id,
        role=role,
        invited_by=by.id,
        invited_side=Side.COMMISSION,
        at=at,
        starts_at=starts_at,
        ends_at=ends_at,
        deputy_for_id=deputy_for and deputy_for.id,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another window may have asked after we had looked
        _require_free(session, round, account, role, starts_at or at)
        raise
    _record(session, round, "appointment.invite", role, account, by, Side.COMMISSION, at)
    what = f"a deputy {role}" if deputy_for else f"a {role}"
    _tell_invited(session, round, made, what, at)
    return made


def accept(session: Session, invitation: Invitation, *, by: Account, at: datetime) -> Appointment:
    """Say yes: from now on, or from its later day, this person serves."""
    _require_mine(invitation, by)
    if invitation.ends_at <= at:
        raise Refused("The term that you were invited to is over. The commission can ask again.")
    deputy_for = invitation.deputy_for
    if deputy_for is not None and deputy_for.over(at):
        deputy_for = None  # whoever was to be stood in for has left: the place is empty
    invitation.answered_at, invitation.accepted = at, True
    return people.appoint(
        session,
        invitation.round,
        by,
        invitation.role,
        by=by,
        at=at,
        starts_at=invitation.starts_at,
        ends_at=invitation.ends_at,
        deputy_for=deputy_for,
    )


def decline(session: Session, invitation: Invitation, *, by: Account, at: datetime) -> None:
    """Say no; the commission can ask somebody else."""
    _require_mine(invitation, by)
    invitation.answered_at, invitation.accepted = at, False
    session.flush()
    round, role = invitation.round, invitation.role
    _record(session, round, "appointment.decline", role, by, by, Side.COMMUNITY, at)


def renew(
    session: Session, appointment: Appointment, *, by: Account, at: datetime
) -> Appointment | Invitation:
    """Offer a further term after this one; residents are asked, officers are appointed.

    Raises Refused where the term has no end, or has ended.
    """
    round = session.get_one(Round, appointment.round_id)
    if appointment.ends_at is None or appointment.over(at):
        raise Refused("Only a term that ends, and has not ended yet, can be followed by another.")
    starts_at = appointment.ends_at
    common = {
        "by": by,
        "at": at,
        "starts_at": starts_at,
        "ends_at": starts_at + USUAL,
        "deputy_for": appointment.holder,
    }
    verb = invite if SIDE_OF[appointment.role] is Side.COMMUNITY else people.appoint
    return verb(session, round, appointment.account, appointment.role, **common)


def resign(session: Session, appointment: Appointment, *, by: Account, at: datetime) -> None:
    """Step down oneself; the deputy, if there is one, steps in at once."""
    _require_own(appointment, by)
    people.end(session, appointment, by=by, at=at)


def be_away(
    session: Session,
    appointment: Appointment,
    starts_at: datetime,
    ends_at: datetime,
    *,
    by: Account,
    at: datetime,
) -> Absence:
    """Say from when to when one is away: the role rests, and the deputy steps in.

    Raises Invalid for dates that make no absence, Refused if no commissioner would be left.
    """
    _require_own(appointment, by)
    starts_at = max(at, starts_at)
    if ends_at <= starts_at:
        raise Invalid("The last day away has to be today or later, and not before the first.")
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise Invalid(f"At most {LONGEST_ABSENCE.days} days. For longer, step down.")
    round = session.get_one(Round, appointment.round_id)
    if appointment.role is Role.COMMISSIONER and not _another(session, round, appointment, at):
        raise Refused("A round needs a commissioner: appoint another one or a deputy first.")
    made = Absence(appointment_id=appointment.id, starts_at=starts_at, ends_at=ends_at)
    session.add(made)
    session.flush()
    session.refresh(appointment)
    _record_own(session, round, "appointment.away", appointment, at)
    for deputy in queries.deputies(session, appointment, at):
        _tell_deputy(session, round, appointment, deputy, made, at)
    return made


def come_back(session: Session, appointment: Appointment, *, by: Account, at: datetime) -> None:
    """End one's absences now, also those to come."""
    _require_own(appointment, by)
    for absence in list(appointment.absences):
        if absence.starts_at >= at:
            session.delete(absence)
        elif absence.ends_at > at:
            absence.ends_at = at
    session.flush()
    session.refresh(appointment)
    round = session.get_one(Round, appointment.round_id)
    _record_own(session, round, "appointment.back", appointment, at)


def _require_free(
    session: Session, round: Round, account: Account, role: Role, since: datetime
) -> None:
    if SIDE_OF[role] is not Side.COMMUNITY:
        raise Invalid("Only residents are invited; officers are appointed.")
    if account.disabled_at is not None:
        raise Refused(f"The account of {account.name} is closed.")
    seat = people.find_seat(session, round, account)
    if seat is not None and seat.side is not Side.COMMUNITY:
        people.take_seat(session, round, account, Side.COMMUNITY)  # refuses, and says why
    if people.has_from(session, round, account, role, since):
        raise Refused(f"{account.name} is already {role} of this round.")
    if any(one.role is role for one in queries.invited(session, round, account)):
        raise Refused(f"{account.name} has been invited already, and has not answered yet.")


def _require_mine(invitation: Invitation, by: Account) -> None:
    if invitation.account_id != by.id:
        raise Refused("This invitation is for somebody else.")
    if not invitation.open:
        raise Refused("You have answered this invitation already.")


def _require_own(appointment: Appointment, by: Account) -> None:
    if appointment.account_id != by.id:
        raise Refused("Only the person who holds the role can do this.")


def _another(session: Session, round: Round, appointment: Appointment, at: datetime) -> bool:
    serving = people.holders(session, round, at)[Role.COMMISSIONER]
    others = [one for one in serving if one.account_id != appointment.account_id]
    return bool(others or queries.deputies(session, appointment, at))


def _tell_invited(
    session: Session, round: Round, made: Invitation, what: str, at: datetime
) -> None:
    news.tell(
        session,
        made.account_id,
        round_id=round.id,
        key=f"invitation:{made.id}",
        subject=f"{round.name}: will you be {what}?",
        text=f"The commission of “{round.name}” invites you to be {what}. Nothing begins before "
        "you say yes, and you can say no without giving a reason.",
        path=f"/rounds/{round.slug}/people/mine",
        at=at,
    )


def _tell_deputy(
    session: Session,
    round: Round,
    holder: Appointment,
    deputy: Appointment,
    away: Absence,
    at: datetime,
) -> None:
    first, last = (one.astimezone(round.zone) for one in (away.starts_at, away.ends_at))
    news.tell(
        session,
        deputy.account_id,
        round_id=round.id,
        key=f"absence:{away.id}",
        subject=f"{round.name}: you step in as {deputy.role}",
        text=f"{holder.account.name} is away from {first:%d %B %Y} to {last:%d %B %Y}. "
        f"In this time you are {deputy.role} of “{round.name}”.",
        path=f"/rounds/{round.slug}/people/mine",
        at=at,
    )


def _record(
    session: Session,
    round: Round,
    kind: str,
    role: Role,
    account: Account,
    by: Account,
    side: Side,
    at: datetime,
) -> None:
    body = {"role": role, "account": account.id}
    audit.record(session, chain=round.id, kind=kind, at=at, actor=by.id, side=side, body=body)


def _record_own(
    session: Session, round: Round, kind: str, appointment: Appointment, at: datetime
) -> None:
    person, side = appointment.account, appointment.side
    _record(session, round, kind, appointment.role, person, person, side, at)
