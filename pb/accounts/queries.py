"""Looking up accounts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account


def find_by_email(session: Session, email: str) -> Account | None:
    """The account with this address, however it is written."""
    return session.scalars(select(Account).where(Account.email == email.strip().lower())).first()


def find_by_session(session: Session, cookie: str) -> Account | None:
    """The account that a session cookie stands for, if it is still good."""
    number, _, key = cookie.partition(".")
    account = session.get(Account, int(number)) if number.isdigit() else None
    if account is None or account.session_key != key or not account.is_active:
        return None
    return account
