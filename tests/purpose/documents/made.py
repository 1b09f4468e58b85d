"""Documents as tests need them: drafts, versions in force, votes."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb.purpose.documents.models import (
    Choice,
    Clause,
    DocumentTerms,
    DocumentVote,
    Kind,
    Version,
)
from pb.rounds.models import Role, Round, Side
from tests import make
from tests.conftest import NOW

CHARTER = (
    ("Listening comes first", "We listen before we answer."),
    ("No insults", "We do not insult anybody."),
)


def draft(
    session: Session,
    round: Round,
    kind: Kind = Kind.CHARTER,
    clauses: tuple[tuple[str, str], ...] = CHARTER,
    *,
    number: int = 1,
    by=None,
) -> Version:
    """A draft of a steward."""
    steward = by or make.appointed(session, round, Role.STEWARD)
    version = Version(
        round_id=round.id,
        kind=kind,
        number=number,
        drafted_by=steward.id,
        drafted_side=Side.COMMUNITY,
        drafted_at=NOW - timedelta(days=60),
    )
    session.add(version)
    session.flush()
    for place, (heading, text) in enumerate(clauses, 1):
        session.add(Clause(version_id=version.id, number=place, heading=heading, text=text))
    session.commit()
    session.refresh(version)
    return version


def voting(session: Session, version: Version, opened: datetime, days: int = 7) -> Version:
    """The version is put to the vote; one vote is enough."""
    version.vote_opens_at, version.vote_closes_at = opened, opened + timedelta(days=days)
    version.votes_needed = 1
    session.commit()
    return version


def vote(session: Session, version: Version, choice: Choice = Choice.YES, at=None) -> None:
    """Somebody votes."""
    voter = make.account(session)
    round = session.get_one(Round, version.round_id)
    make.seat(session, round, voter, Side.COMMUNITY)
    at = at or version.vote_opens_at + timedelta(hours=1)
    session.add(
        DocumentVote(
            version_id=version.id,
            account_id=voter.id,
            round_id=round.id,
            side=Side.COMMUNITY,
            choice=choice,
            at=at,
        )
    )
    session.commit()


def in_force(
    session: Session,
    round: Round,
    kind: Kind = Kind.CHARTER,
    clauses: tuple[tuple[str, str], ...] = CHARTER,
    *,
    number: int = 1,
    since: datetime = NOW - timedelta(days=10),
) -> Version:
    """A version that was adopted by one vote, and whose adoption was told."""
    version = draft(session, round, kind, clauses, number=number)
    voting(session, version, since - timedelta(days=7))
    vote(session, version)
    version.settled_at = since
    session.commit()
    return version


def terms(session: Session, round: Round, days: int = 7, votes_needed: int = 1) -> None:
    """How votes are held in this round."""
    session.add(DocumentTerms(round_id=round.id, days=days, votes_needed=votes_needed))
    session.commit()
