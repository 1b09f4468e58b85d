"""What every step with a document has in common."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Refused
from pb.purpose.documents.models import Version
from pb.rounds import people
from pb.rounds.models import Role, Round, Seat, Side


class Stale(Refused):
    """Somebody changed the draft since this page was opened."""


def hold(session: Session, version: Version, revision: int | None = None) -> None:
    """Read the version afresh and keep it from others until the transaction ends.

    Raises Stale if it is no longer at `revision`.
    """
    session.refresh(version, with_for_update={"of": Version})
    if revision is not None and version.revision != revision:
        raise Stale("Somebody changed this draft since you opened the page.")


def require_steward(session: Session, round_id: int, account: Account, at: datetime) -> None:
    """Refuse to anybody who is not a steward of the round now."""
    round = session.get_one(Round, round_id)
    if Role.STEWARD not in people.roles_at(session, round, account, at):
        raise Refused("Only a steward of this round can do this.")


def seat_of(session: Session, round_id: int, account: Account) -> Seat:
    """The person's seat on whichever side it is; who has none yet takes part as a resident."""
    round = session.get_one(Round, round_id)
    seat = people.find_seat(session, round, account)
    return seat or people.take_seat(session, round, account, Side.COMMUNITY)


def record(
    session: Session,
    version: Version,
    kind: str,
    at: datetime,
    by: Account | None = None,
    side: Side | None = Side.COMMUNITY,
    **more: object,
) -> None:
    """Leave a line about a version in the round's log."""
    audit.record(
        session,
        chain=version.round_id,
        kind=kind,
        at=at,
        actor=by.id if by else None,
        side=side if by else None,
        body={"document": version.kind, "version": version.number, **more},
    )
