"""Seats and appointments: who takes part on which side, and in what role."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from pb import audit
from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Invalid, Refused
from pb.rounds.models import SIDE_OF, Appointment, Role, Round, Seat, Side


def find_seat(session: Session, round: Round, account: Account) -> Seat | None:
    """The seat of an account in a round, if it has taken one."""
    return session.get(Seat, (round.id, account.id))


def take_seat(session: Session, round: Round, account: Account, side: Side) -> Seat:
    """The account's seat on this side; refused to somebody who sits on the other."""
    seat = find_seat(session, round, account)
    if seat is None:
        key = {"round_id": round.id, "account_id": account.id}
        # The same person may come through two windows at once.
        session.execute(upsert(session, Seat).values(side=side, **key).on_conflict_do_nothing())
        seat = session.get_one(Seat, key)
    if seat.side is not side:
        raise Refused(
            f"{account.name} takes part in this round on the side of the {seat.side}. "
            "Nobody sits on both sides of one round."
        )
    return seat


def appoint(
    session: Session,
    round: Round,
    account: Account,
    role: Role,
    *,
    by: Account,
    at: datetime,
    ends_at: datetime | None = None,
    deputy_for: Appointment | None = None,
    starts_at: datetime | None = None,
) -> Appointment:
    """Give a role to a person, from now on or from a later day; refused to somebody on the other
    side, and to somebody who holds it in that time.

    A deputy (`deputy_for` a holder of the same role) serves whenever the holder does not.
    """
    starts_at = max(at, starts_at or at)
    side = SIDE_OF[role]
    if account.disabled_at is not None:
        raise Refused(f"The account of {account.name} is closed.")
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid("An appointment has to end in the future.")
    take_seat(session, round, account, side)
    if has_from(session, round, account, role, starts_at):
        raise Refused(f"{account.name} is already {role} of this round.")
    if deputy_for is not None:
        require_deputy(deputy_for, round, account, role, at)
    appointment = Appointment(
        round_id=round.id,
        account_id=account.id,
        side=side,
        role=role,
        deputy=deputy_for is not None,
        deputy_for_id=deputy_for and deputy_for.id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(appointment)
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="appointment.start",
        at=at,
        actor=by.id,
        side=side if by.id == account.id else Side.COMMISSION,
        body={"role": role, "account": account.id},
    )
    return appointment


def has_from(session: Session, round: Round, account: Account, role: Role, since: datetime) -> bool:
    """Whether this person has the role at or after a moment, as a deputy too."""
    mine = _of(session, round, account)
    return any(one.role is role and not one.over(since) for one in mine)


def has_role(session: Session, round: Round, account: Account, now: datetime) -> bool:
    """Whether this person is in a term of any role, serving or standing by as a deputy."""
    return any(one.runs(now) for one in _of(session, round, account))


def require_deputy(
    holder: Appointment, round: Round, account: Account, role: Role, at: datetime
) -> None:
    """Raise Invalid unless this person can be the deputy of that holder."""
    if holder.round_id != round.id or holder.role is not role or holder.over(at):
        raise Invalid(f"Choose a {role} of this round for whom this person steps in.")
    if holder.deputy_for_id is not None:
        raise Invalid("Nobody is the deputy of a deputy. Choose the holder of the role.")
    if holder.account_id == account.id:
        raise Invalid("Nobody is their own deputy.")


def end(session: Session, appointment: Appointment, *, by: Account, at: datetime) -> None:
    """End an appointment now; refused if the round would be left without a commissioner."""
    round = session.get_one(Round, appointment.round_id)
    if appointment.ends_at is not None and appointment.ends_at <= at:
        raise Refused("This appointment has ended already.")
    if (
        appointment.role is Role.COMMISSIONER
        and len(holders(session, round, at)[appointment.role]) < 2
    ):
        raise Refused("A round needs a commissioner: appoint another one first.")
    # Even an appointment that is taken back at once was one for a moment.
    appointment.ends_at = max(at, appointment.starts_at + timedelta(microseconds=1))
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="appointment.end",
        at=at,
        actor=by.id,
        side=appointment.side if by.id == appointment.account_id else Side.COMMISSION,
        body={"role": appointment.role, "account": appointment.account_id},
    )


def roles_at(session: Session, round: Round, account: Account, now: datetime) -> frozenset[Role]:
    """The roles that an account holds in a round at a moment; as a deputy, while they step in."""
    return frozenset(one.role for one in _of(session, round, account) if one.serves(now))


def _service() -> tuple[ExecutableOption, ...]:
    """Everything that decides whether they serve, in one statement: every request asks for it."""
    absences = joinedload(Appointment.absences)
    return absences, joinedload(Appointment.holder).joinedload(Appointment.absences)


def _of(session: Session, round: Round, account: Account) -> Sequence[Appointment]:
    return (
        session.scalars(
            select(Appointment)
            .where(Appointment.round_id == round.id, Appointment.account_id == account.id)
            .options(*_service())
            .execution_options(populate_existing=True)
        )
        .unique()
        .all()
    )


def appointments(session: Session, round: Round) -> Sequence[Appointment]:
    """All appointments of a round, past ones too, by role and start."""
    return (
        session.scalars(
            select(Appointment)
            .where(Appointment.round_id == round.id)
            .options(joinedload(Appointment.seat).joinedload(Seat.account), *_service())
            .order_by(Appointment.role, Appointment.starts_at, Appointment.id)
        )
        .unique()
        .all()
    )


def holders(session: Session, round: Round, now: datetime) -> dict[Role, list[Appointment]]:
    """Who serves in each role now, deputies who step in among them."""
    held: dict[Role, list[Appointment]] = {role: [] for role in Role}
    for appointment in appointments(session, round):
        if appointment.serves(now):
            held[appointment.role].append(appointment)
    return held


def find_appointment(session: Session, round: Round, number: int) -> Appointment | None:
    """The appointment with this number, if it is one of this round."""
    found = session.get(Appointment, number)
    return found if found is not None and found.round_id == round.id else None
