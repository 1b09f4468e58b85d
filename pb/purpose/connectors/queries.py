"""Looking up connectors, what they are asked, and what they brought about, in bands."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.purpose.connectors.models import Connector, Introduction
from pb.rounds import people
from pb.rounds.models import Area, Role, Round, Seat

# Nobody learns how many somebody brought in, only: at least so many.
BANDS = ((100, "100 or more people"), (50, "50 or more people"), (25, "25 or more people"),
         (10, "10 or more people"), (5, "five or more people"), (1, "a few people"))  # fmt: skip
MANY = 3  # connectors of an area from which on their number together shows


def find_mine(session: Session, round: Round, account: Account) -> Connector | None:
    """What this person offers, or offered before."""
    return session.scalars(
        select(Connector)
        .where(Connector.round_id == round.id, Connector.account_id == account.id)
        .options(selectinload(Connector.areas))
    ).one_or_none()


def find_by_code(session: Session, round: Round, code: str) -> Connector | None:
    """The connector whose link this is, unless they have taken their offer back."""
    return session.scalars(
        select(Connector)
        .where(Connector.round_id == round.id, Connector.code == code, Connector.left_at.is_(None))
        .options(joinedload(Connector.seat).joinedload(Seat.account))
    ).one_or_none()


def listed(session: Session, round: Round, now: datetime) -> list[Connector]:
    """The connectors who serve now and offer introductions, by name: never by number."""
    serving = {one.account_id for one in people.holders(session, round, now)[Role.CONNECTOR]}
    found = session.scalars(
        select(Connector)
        .where(Connector.round_id == round.id, Connector.left_at.is_(None))
        .options(joinedload(Connector.seat).joinedload(Seat.account), selectinload(Connector.areas))
    )
    there = [one for one in found if one.account_id in serving]
    return sorted(there, key=lambda one: (one.account.name.casefold(), one.id))


def by_area(
    round: Round, connectors: Iterable[Connector]
) -> list[tuple[Area, list[Connector], str]]:
    """(area, its connectors, how many people they brought in together, if that may show)."""
    found = []
    for area in round.areas:
        here = [one for one in connectors if area in one.areas]
        band = band_of(sum(one.brought for one in here)) if len(here) >= MANY else ""
        found.append((area, here, band))
    return found


def together(session: Session, round: Round) -> str:
    """How many people all connectors of the round brought in, those who left too."""
    counted = select(func.sum(Connector.brought)).where(Connector.round_id == round.id)
    return band_of(session.scalar(counted) or 0)


def band_of(number: int) -> str:
    """A number of people in words that do not tell it; empty for none."""
    return next((words for least, words in BANDS if number >= least), "")


def asked_of(session: Session, connector: Connector) -> Sequence[Introduction]:
    """What a connector was asked, what waits for an answer first."""
    return session.scalars(
        select(Introduction)
        .where(Introduction.connector_id == connector.id)
        .options(joinedload(Introduction.asker))
        .order_by(Introduction.answered_at.is_not(None), Introduction.id.desc())
    ).all()


def asked_by(session: Session, round: Round, account: Account) -> Sequence[Introduction]:
    """What this person asked connectors of the round, newest first."""
    return session.scalars(
        select(Introduction)
        .join(Connector)
        .where(Connector.round_id == round.id, Introduction.asked_by == account.id)
        .options(
            joinedload(Introduction.connector).joinedload(Connector.seat).joinedload(Seat.account)
        )
        .order_by(Introduction.id.desc())
    ).all()
