"""Notes for people with an account: what concerns them, on a page of their own and by mail.

A note is stored with the thing it tells of, in the same transaction. The mail follows by the
clock, so that no page waits for the post.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, literal, select, true, update
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.notices import outbox
from pb.notices.jobs import Tools
from pb.notices.models import Note

SHOWN = 200  # notes on the page; older ones are for the archive, not for reading
AT_ONCE = 500  # mails that one tick puts into the outbox
TOO_OLD = timedelta(days=7)  # what was not mailed by then is no news any more


def tell(
    session: Session,
    account_id: int,
    *,
    round_id: int | None,
    key: str,
    subject: str,
    text: str,
    path: str,
    at: datetime,
) -> None:
    """Leave a note for a person; nobody gets the same `key` twice.

    `path` is the page that the note is about, on this site (`/rounds/…`).
    """
    row = {
        "account_id": account_id,
        "round_id": round_id,
        "key": key,
        "subject": subject,
        "text": text,
        "path": path,
        "at": at,
    }
    session.execute(upsert(session, Note).values(row).on_conflict_do_nothing())


def tell_all(
    session: Session,
    accounts: Select[tuple[int]],
    *,
    round_id: int,
    key: str,
    subject: str,
    text: str,
    path: str,
    at: datetime,
) -> None:
    """Leave the same note for everybody whose account is selected, in one statement."""
    told = accounts.subquery()
    row = {
        "round_id": round_id,
        "key": key,
        "subject": subject,
        "text": text,
        "path": path,
        "at": at,
    }
    columns = Note.__table__.c
    values = [literal(value, columns[name].type) for name, value in row.items()]
    # The condition is for SQLite, which would take ON CONFLICT for a part of a join.
    chosen = select(told.c[0], *values).where(true()).distinct()
    adding = upsert(session, Note).from_select(["account_id", *row], chosen)
    session.execute(adding.on_conflict_do_nothing())


def notes_of(session: Session, account: Account) -> Sequence[Note]:
    """The latest notes of a person, newest first."""
    return session.scalars(
        select(Note)
        .where(Note.account_id == account.id)
        .order_by(Note.at.desc(), Note.id.desc())
        .limit(SHOWN)
    ).all()


def unread(session: Session, account: Account) -> int:
    """How many notes this person has not looked at."""
    mine = (Note.account_id == account.id, Note.seen_at.is_(None))
    return session.scalar(select(func.count()).select_from(Note).where(*mine)) or 0


def mark_read(session: Session, account: Account, *, at: datetime) -> None:
    """Note that this person has looked at everything there was until now."""
    session.execute(
        update(Note)
        .where(Note.account_id == account.id, Note.seen_at.is_(None), Note.at <= at)
        .values(seen_at=at)
    )


def choose_mail(account: Account, wanted: bool) -> None:
    """Whether this person's notes come by mail too."""
    account.notes_by_mail = wanted


def tick(tools: Tools) -> None:
    """Put the notes that were not mailed yet into the outbox."""
    now = tools.clock()
    with Session(tools.engine) as session, session.begin():
        waiting = session.execute(
            select(Note, Account)
            .join(Account, Account.id == Note.account_id)
            .where(Note.mailed_at.is_(None))
            .order_by(Note.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=Note)
        ).all()
        for note, account in waiting:
            note.mailed_at = now
            if account.notes_by_mail and account.is_active and note.at > now - TOO_OLD:
                _mail(session, note, account, tools.base_url, now)


def _mail(session: Session, note: Note, account: Account, base_url: str, now: datetime) -> None:
    outbox.put(
        session,
        key=f"note:{note.id}",
        recipient=account.email,
        subject=note.subject,
        text=f"Dear {account.name},\n\n{note.text}\n\n{base_url}{note.path}\n\n"
        f"You can choose not to get such mails: {base_url}/notes\n",
        at=now,
        round_id=note.round_id,
    )
