"""Looking up versions: which is in force, what the votes say, who accepted what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.purpose.documents.models import (
    CharterAcceptance,
    Choice,
    Clause,
    ClauseComment,
    DocumentTerms,
    DocumentVote,
    Kind,
    Version,
)
from pb.rounds.models import Round, Side


@dataclass(frozen=True)
class Tally:
    """What a vote on a version came to."""

    yes: int
    no: int
    abstain: int
    needed: int

    @property
    def votes(self) -> int:
        return self.yes + self.no + self.abstain

    @property
    def adopted(self) -> bool:
        """More yes than no, and enough votes."""
        return self.yes > self.no and self.votes >= self.needed


def _adopted(round: Round, at: datetime) -> Select[tuple[Version]]:
    """The versions that had been adopted at a moment, newest first.

    Nothing has to be stored for it: the closing time and the votes cannot change afterwards.
    """

    def votes(*choices: Choice) -> Select[tuple[int]]:
        return (
            select(func.count())
            .where(DocumentVote.version_id == Version.id, DocumentVote.choice.in_(choices))
            .correlate(Version)
        )

    return (
        select(Version)
        .where(
            Version.round_id == round.id,
            Version.vote_closes_at <= at,
            votes(Choice.YES).scalar_subquery() > votes(Choice.NO).scalar_subquery(),
            votes(*Choice).scalar_subquery() >= Version.votes_needed,
        )
        .order_by(Version.vote_closes_at.desc(), Version.number.desc())
    )


def in_force(session: Session, round: Round, kind: Kind, at: datetime) -> Version | None:
    """The version of a document that was in force at a moment, with its clauses."""
    return session.scalars(
        _adopted(round, at)
        .where(Version.kind == kind)
        .options(selectinload(Version.clauses))
        .limit(1)
    ).first()


def all_in_force(session: Session, round: Round, at: datetime) -> dict[Kind, Version]:
    """Every document that was in force at a moment, with its clauses."""
    found: dict[Kind, Version] = {}
    for version in session.scalars(_adopted(round, at).options(selectinload(Version.clauses))):
        found.setdefault(version.kind, version)
    return found


def in_force_id(session: Session, round: Round, kind: Kind, at: datetime) -> int | None:
    """The id of the version that was in force at a moment: cheap to ask on every page."""
    adopted = _adopted(round, at).where(Version.kind == kind).limit(1)
    return session.scalar(adopted.with_only_columns(Version.id))


def clauses(session: Session, version_id: int) -> Sequence[Clause]:
    """The clauses of a version, in order."""
    return session.scalars(
        select(Clause)
        .where(Clause.version_id == version_id, ~Clause.removed)
        .order_by(Clause.number, Clause.id)
    ).all()


def versions(session: Session, round: Round, kind: Kind | None = None) -> Sequence[Version]:
    """The versions of one document, or of all, newest first; thrown-away drafts are left out."""
    found = select(Version).where(Version.round_id == round.id, Version.withdrawn_at.is_(None))
    if kind is not None:
        found = found.where(Version.kind == kind)
    return session.scalars(found.order_by(Version.number.desc())).all()


def find(session: Session, round: Round, kind: Kind, number: int) -> Version | None:
    """One version with its clauses."""
    return session.scalars(
        select(Version)
        .where(Version.round_id == round.id, Version.kind == kind, Version.number == number)
        .options(selectinload(Version.clauses))
    ).first()


def find_clause(session: Session, version: Version, number: int) -> Clause | None:
    """The clause of a version with this id, unless it was taken out."""
    found = session.get(Clause, number)
    return found if found and found.version_id == version.id and not found.removed else None


def open_version(session: Session, round: Round, kind: Kind) -> Version | None:
    """The draft of a document, or the version that waits for its vote to be told."""
    return session.scalars(
        select(Version).where(
            Version.round_id == round.id,
            Version.kind == kind,
            Version.settled_at.is_(None),
            Version.withdrawn_at.is_(None),
        )
    ).first()


def tallies(session: Session, versions: Sequence[Version], now: datetime) -> dict[int, Tally]:
    """What the votes came to, by version; nothing for a vote that is not over."""
    over = {version.id: version for version in versions if version.voted_at(now)}
    counted: dict[int, dict[Choice, int]] = {number: {} for number in over}
    rows = session.execute(
        select(DocumentVote.version_id, DocumentVote.choice, func.count())
        .where(DocumentVote.version_id.in_(over))
        .group_by(DocumentVote.version_id, DocumentVote.choice)
    )
    for number, choice, votes in rows:
        counted[number][choice] = votes
    return {
        number: Tally(
            *(votes.get(choice, 0) for choice in Choice), needed=over[number].votes_needed
        )
        for number, votes in counted.items()
    }


def vote_of(session: Session, version: Version, account_id: int) -> Choice | None:
    """What this person has voted; for nobody else's eyes."""
    found = session.get(DocumentVote, (version.id, account_id))
    return found and found.choice


def comments(session: Session, version: Version) -> dict[int, list[ClauseComment]]:
    """The comments on a version by clause, in the order in which they came."""
    found: dict[int, list[ClauseComment]] = {}
    rows = session.scalars(
        select(ClauseComment)
        .join(Clause, Clause.id == ClauseComment.clause_id)
        .where(Clause.version_id == version.id)
        .options(joinedload(ClauseComment.author), joinedload(ClauseComment.clause))
        .order_by(ClauseComment.id)
    )
    for comment in rows:
        found.setdefault(comment.clause_id, []).append(comment)
    return found


def find_comment(session: Session, version: Version, number: int) -> ClauseComment | None:
    """The comment with this id, if it is about this version."""
    found = session.get(ClauseComment, number)
    return found if found is not None and found.clause.version_id == version.id else None


def unanswered(session: Session, version: Version) -> int:
    """How many comments on a version nobody has answered."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ClauseComment)
            .join(Clause, Clause.id == ClauseComment.clause_id)
            .where(Clause.version_id == version.id, ClauseComment.reply.is_(None))
        )
        or 0
    )


def terms(session: Session, round: Round) -> DocumentTerms:
    """How votes on documents are held; what is usual, where the round has not chosen."""
    return session.get(DocumentTerms, round.id) or DocumentTerms(
        round_id=round.id, days=7, votes_needed=5
    )


def has_accepted(session: Session, version: Version, account_id: int) -> bool:
    """Whether this person has accepted this version of the charter."""
    return session.get(CharterAcceptance, (version.id, account_id)) is not None


def accepted_charter(session: Session, round: Round, account_id: int) -> Version | None:
    """The version of the charter that this person accepted last: the one that binds them."""
    return session.scalars(
        select(Version)
        .join(CharterAcceptance, CharterAcceptance.version_id == Version.id)
        .where(CharterAcceptance.account_id == account_id, Version.round_id == round.id)
        .options(selectinload(Version.clauses))
        .order_by(Version.number.desc())
        .limit(1)
    ).first()


def accepted_by_side(session: Session, version: Version) -> dict[Side, int]:
    """How many people of each side have accepted a version of the charter."""
    rows = session.execute(
        select(CharterAcceptance.side, func.count())
        .where(CharterAcceptance.version_id == version.id)
        .group_by(CharterAcceptance.side)
    )
    return dict.fromkeys(Side, 0) | dict(rows.all())


def settled_late(session: Session, now: datetime) -> Sequence[Version]:
    """The versions whose vote is over and was not told yet, in any round."""
    return session.scalars(
        select(Version).where(Version.vote_closes_at <= now, Version.settled_at.is_(None))
    ).all()
