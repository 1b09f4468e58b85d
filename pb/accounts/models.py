"""An account, and the counters that slow down guessing."""

from datetime import datetime

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column

from pb.db import Base, pk


class Account(UserMixin, Base):
    """A person who can sign in; what they may do is decided by their seat in each round."""

    __tablename__ = "account"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", "email_lower"),)

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # shown beside what they publish
    password_hash: Mapped[str | None]
    may_open_rounds: Mapped[bool] = mapped_column(default=False)
    notes_by_mail: Mapped[bool] = mapped_column(default=True)
    session_key: Mapped[str]  # changing it signs the account out everywhere
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None

    def get_id(self) -> str:
        """What the session cookie holds: worthless once `session_key` has changed."""
        return f"{self.id}.{self.session_key}"


class Attempt(Base):
    """How often something was tried in a window of time; counts hold across all workers."""

    __tablename__ = "attempt"
    __table_args__ = (sa.PrimaryKeyConstraint("purpose", "subject", "window"),)

    purpose: Mapped[str]
    subject: Mapped[str]  # a hash, never an address or a code
    window: Mapped[int]
    count: Mapped[int]
