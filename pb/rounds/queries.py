"""Looking up rounds."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.audit.models import Entry
from pb.rounds import kept
from pb.rounds.models import Act, ActKind, Appointment, Area, Round, Side

PARTS = (selectinload(Round.areas), selectinload(Round.dates))
# Every request begins with it: put together once, and its dates come in the same statement.
FIND = (
    select(Round)
    .where(Round.slug == bindparam("slug"))
    .options(joinedload(Round.dates), selectinload(Round.areas))
)


def find(session: Session, slug: str, *, borrow: bool = False) -> Round | None:
    """The round with this address, with its areas and dates; `borrow` it only to read it."""
    known = kept.take(session, slug, borrow=borrow)
    if known is not None:
        return known
    # What is kept must not be newer than the revision under which it is kept: that comes first.
    revision = kept.revision_to_keep(session, slug)
    found = session.scalars(FIND, {"slug": slug}).unique().one_or_none()
    if found is not None and found.frozen_at is not None:
        kept.keep(session, found, revision)
    return found


def published(session: Session) -> Sequence[Round]:
    """Rounds that everybody may see, newest first."""
    return session.scalars(
        select(Round)
        .where(Round.published_at.is_not(None))
        .options(*PARTS)
        .order_by(Round.published_at.desc(), Round.id.desc())
    ).all()


def of_commission(session: Session, account: Account) -> Sequence[Round]:
    """Rounds in which the account was ever appointed on the commission's side, newest first."""
    mine = select(Appointment.round_id).where(
        Appointment.account_id == account.id, Appointment.side == Side.COMMISSION
    )
    return session.scalars(
        select(Round).where(Round.id.in_(mine)).options(*PARTS).order_by(Round.id.desc())
    ).all()


def area(round: Round, slug: str) -> Area | None:
    """The area of a round with this slug."""
    return next((area for area in round.areas if area.slug == slug), None)


def acts(session: Session, round: Round) -> Sequence[Act]:
    """The counter-signed acts of a round, newest first."""
    return session.scalars(
        select(Act).where(Act.round_id == round.id).order_by(Act.asked_at.desc(), Act.id.desc())
    ).all()


def open_act(session: Session, round: Round, kind: ActKind) -> Act | None:
    """The act of this kind that waits for a second hand, if there is one."""
    return session.scalars(
        select(Act).where(
            Act.round_id == round.id,
            Act.kind == kind,
            Act.confirmed_at.is_(None),
            Act.withdrawn_at.is_(None),
        )
    ).first()


def open_acts(session: Session, round: Round) -> Sequence[Act]:
    """The acts that wait for a second hand, oldest first."""
    return [act for act in reversed(acts(session, round)) if act.open]


def log_size(session: Session, round: Round) -> int:
    """How many entries the log of a round has."""
    return session.scalar(select(func.count()).where(Entry.chain == round.id)) or 0


def log_page(session: Session, round: Round, page: int, size: int) -> Sequence[Entry]:
    """One page of the log of a round, counted from 1, newest entries first."""
    return session.scalars(
        select(Entry)
        .where(Entry.chain == round.id)
        .order_by(Entry.seq.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()


def starting_points(session: Session, account: Account) -> Sequence[Round]:
    """Rounds that this person may copy: published ones and their own, newest first."""
    mine = select(Appointment.round_id).where(
        Appointment.account_id == account.id, Appointment.side == Side.COMMISSION
    )
    return session.scalars(
        select(Round)
        .where(or_(Round.published_at.is_not(None), Round.id.in_(mine)))
        .options(*PARTS)
        .order_by(Round.id.desc())
    ).all()


def find_act(
    session: Session, round: Round, number: int, *, for_update: bool = False
) -> Act | None:
    """The act with this number, if it is one of this round; locked until the end if asked."""
    found = session.get(Act, number, with_for_update=for_update)
    return found if found is not None and found.round_id == round.id else None


def withdrawals(session: Session, round: Round) -> dict[int, tuple[Account, Side]]:
    """Who took back or turned down an act, and from which side, by the number of the act."""
    entries = session.execute(
        select(Entry, Account)
        .join(Account, Account.id == Entry.actor_id)
        .where(Entry.chain == round.id, Entry.kind == "act.withdraw")
        .order_by(Entry.seq)
    )
    return {entry.body["act"]: (account, Side(entry.side)) for entry, account in entries}
