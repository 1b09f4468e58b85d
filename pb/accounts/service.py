"""Making accounts and signing in."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from pb.accounts import passwords, queries
from pb.accounts.models import Account
from pb.errors import Invalid, Refused


def register(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    at: datetime,
    may_open_rounds: bool = False,
) -> Account:
    """Make an account; raises Invalid on a weak password, Refused on an address already used."""
    if password is not None and (weakness := passwords.weakness(password)):
        raise Invalid(weakness)
    if queries.find_by_email(session, email):
        raise Refused("There is already an account with this e-mail address. Sign in instead.")
    account = Account(
        email=email.strip().lower(),
        name=name.strip(),
        password_hash=password and passwords.hash_password(password),
        may_open_rounds=may_open_rounds,
        session_key=secrets.token_urlsafe(12),
        created_at=at,
    )
    session.add(account)
    session.flush()
    return account


def authenticate(session: Session, email: str, password: str) -> Account | None:
    """The account with this address and password, or None."""
    account = queries.find_by_email(session, email)
    matches = passwords.verify(password, account and account.password_hash)
    return account if matches and account and account.is_active else None


def sign_out_everywhere(session: Session, account: Account) -> None:
    """Make every session cookie of the account worthless."""
    account.session_key = secrets.token_urlsafe(12)
    session.flush()
