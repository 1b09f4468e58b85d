"""Looking things up in the log."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.audit.models import Entry


def chains(session: Session) -> Sequence[int]:
    """The chains that have entries, in order."""
    return session.scalars(select(Entry.chain).distinct().order_by(Entry.chain)).all()


def entries(session: Session, chain: int) -> Sequence[Entry]:
    """All entries of a chain, oldest first."""
    return session.scalars(select(Entry).where(Entry.chain == chain).order_by(Entry.seq)).all()


def head(session: Session, chain: int) -> str | None:
    """The hash of the newest entry, to be written down outside this system."""
    return session.scalars(
        select(Entry.hash).where(Entry.chain == chain).order_by(Entry.seq.desc()).limit(1)
    ).first()
