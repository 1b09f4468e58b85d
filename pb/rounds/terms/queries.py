"""Looking up invitations, terms and hand-overs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb.accounts.models import Account
from pb.rounds import people
from pb.rounds.models import Appointment, Role, Round
from pb.rounds.terms.models import HandoverLine, HandoverNote, HandoverReceipt, Invitation


@dataclass(frozen=True)
class Service:
    """What one person did in one role: how many terms, and until when the last one goes."""

    account: Account
    role: Role
    terms: list[Appointment]

    @property
    def last(self) -> Appointment:
        return self.terms[-1]


def open_invitations(session: Session, round: Round, role: Role | None = None) -> list[Invitation]:
    """The invitations of a round that wait for an answer, oldest first."""
    found = session.scalars(
        select(Invitation)
        .where(Invitation.round_id == round.id, Invitation.answered_at.is_(None))
        .options(joinedload(Invitation.account))
        .order_by(Invitation.id)
    )
    return [one for one in found if role is None or one.role is role]


def invited(session: Session, round: Round, account: Account) -> Sequence[Invitation]:
    """The invitations that wait for this person's answer."""
    return [one for one in open_invitations(session, round) if one.account_id == account.id]


def find_invitation(
    session: Session, round: Round, number: int, account: Account
) -> Invitation | None:
    """The invitation with this number, if it is this person's."""
    found = session.get(Invitation, number)
    mine = found is not None and (found.round_id, found.account_id) == (round.id, account.id)
    return found if mine else None


def succession(session: Session, round: Round) -> list[Service]:
    """Who held which role, in how many terms, in the order in which they began."""
    found: dict[tuple[Role, int], Service] = {}
    for one in people.appointments(session, round):
        key = (one.role, one.account_id)
        found.setdefault(key, Service(one.account, one.role, [])).terms.append(one)
    return list(found.values())


def next_end(session: Session, round: Round, now: datetime) -> Appointment | None:
    """The term that ends next."""
    running = [one for one in people.appointments(session, round) if one.runs(now) and one.ends_at]
    return min(running, key=lambda one: one.ends_at, default=None)


def deputies(session: Session, holder: Appointment, now: datetime) -> list[Appointment]:
    """Those who step in for somebody."""
    round = session.get_one(Round, holder.round_id)
    found = people.appointments(session, round)
    return [one for one in found if one.deputy_for_id == holder.id and not one.over(now)]


def mine(session: Session, round: Round, account: Account, now: datetime) -> list[Appointment]:
    """The terms of this person that have not ended."""
    found = people.appointments(session, round)
    return [one for one in found if one.account_id == account.id and not one.over(now)]


def lines(session: Session, appointment: Appointment) -> Sequence[HandoverLine]:
    """The stored lines of a hand-over."""
    return session.scalars(
        select(HandoverLine)
        .where(HandoverLine.appointment_id == appointment.id)
        .options(joinedload(HandoverLine.receipt).joinedload(HandoverReceipt.account))
        .order_by(HandoverLine.id)
        .execution_options(populate_existing=True)
    ).all()


def handed_on(session: Session, round: Round) -> set[int]:
    """The numbers of the terms of which something was handed on."""
    of_round = select(Appointment.id).where(Appointment.round_id == round.id)
    ticked = select(HandoverLine.appointment_id).where(
        HandoverLine.appointment_id.in_(of_round), HandoverLine.done_at.is_not(None)
    )
    noted = select(HandoverNote.appointment_id).where(HandoverNote.appointment_id.in_(of_round))
    return set(session.scalars(ticked)) | set(session.scalars(noted))


def notes(session: Session, appointment: Appointment) -> Sequence[HandoverNote]:
    """What somebody left for those who come after them, oldest first."""
    return session.scalars(
        select(HandoverNote)
        .where(HandoverNote.appointment_id == appointment.id)
        .order_by(HandoverNote.id)
    ).all()
