"""Looking at the box from outside: who has voted while it is open, contents once it is sealed.

Nothing here counts votes for a project.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.ballots import receipts
from pb.ballots.models import Channel, SealedChoice, SealedCommitment, TurnoutMark
from pb.db import canonical
from pb.eligibility.models import CodeBatch, RollEntry, Voter
from pb.keys import KeyRing, Purpose
from pb.proposals.models import Project
from pb.rounds.models import Area, Round
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Profile


def has_voted(session: Session, entry: RollEntry) -> bool:
    """Whether a ballot of this entry is in the box."""
    return session.get(TurnoutMark, (entry.round_id, entry.id)) is not None


def voted_by(session: Session, entry: RollEntry | Voter) -> Channel | None:
    """The way by which the ballot of this entry reached the box; None if it has not voted."""
    mark = session.get(TurnoutMark, (entry.round_id, entry.id))
    return mark and mark.channel


def voted_in(session: Session, batch: CodeBatch) -> int:
    """How many of the people whose code still is the one of this batch have voted."""
    return session.scalar(
        select(func.count())
        .select_from(TurnoutMark)
        .join(
            RollEntry,
            (RollEntry.round_id == TurnoutMark.round_id) & (RollEntry.id == TurnoutMark.entry_id),
        )
        .where(TurnoutMark.round_id == batch.round_id, RollEntry.code_batch_id == batch.id)
    )


def projects(
    session: Session,
    round: Round,
    *,
    area: Area | None = None,
    topic: str = "",
    text: str = "",
    most: int | None = None,
) -> list[Project]:
    """The frozen lines of the ballot that fit the filters, by number."""
    query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
    query = query.options(joinedload(Project.area), selectinload(Project.withdrawal))
    if topic:
        query = query.where(Project.topic == topic)
    if area is not None:
        query = query.where(Project.area_id == area.id)
    if most is not None:
        query = query.where(Project.cost <= most)
    words = text.casefold().split()
    return [
        project
        for project in session.scalars(query)
        if all(word in _searched(project) for word in words)
    ]


def topics(session: Session, round: Round) -> list[str]:
    """What the projects of the ballot are about, by the alphabet."""
    found = select(Project.topic).where(Project.round_id == round.id, Project.topic != "")
    return sorted(session.scalars(found.distinct()))


def find_project(session: Session, round: Round, number: int) -> Project | None:
    """The project with this number on the ballot."""
    if not 0 < number < 2**31:
        return None
    return session.scalars(
        select(Project).where(Project.round_id == round.id, Project.number == number)
    ).first()


def in_lot_order(
    found: list[Project],
    round: Round,
    *,
    entry_id: int | None,
    keys: KeyRing,
    now: datetime,
) -> list[Project]:
    """Projects in an order drawn by lot: every voter has one for good, others one for the day."""
    if entry_id is not None:
        seed = keys.mac(round.id, Purpose.ROLL, "order", entry_id)
    else:
        day = now.astimezone(round.zone).date()
        seed = f"{round.config_digest}|{day}".encode()
    return sorted(
        found, key=lambda project: hashlib.sha256(seed + b"|%d" % project.number).digest()
    )


def sealed_counts(session: Session, round: Round) -> dict[str, int]:
    """How many lists are in the sealed box, by area slug; only areas that have any."""
    counts = dict(
        session.execute(
            select(SealedChoice.area_id, func.count())
            .where(SealedChoice.round_id == round.id)
            .group_by(SealedChoice.area_id)
        ).all()
    )
    return {area.slug: counts[area.id] for area in round.areas if area.id in counts}


def sealed_lists(session: Session, round: Round, area: Area) -> Iterator[dict]:
    """The sealed lists of an area as plain data, in their canonical order."""
    return session.scalars(
        select(SealedChoice.choices)
        .where(SealedChoice.round_id == round.id, SealedChoice.area_id == area.id)
        .order_by(SealedChoice.n)
    )


def commitments(session: Session, round: Round) -> Iterator[bytes]:
    """The commitments of all counted ballots, sorted."""
    return session.scalars(
        select(SealedCommitment.commitment)
        .where(SealedCommitment.round_id == round.id)
        .order_by(SealedCommitment.commitment)
    )


def sealed_digest(session: Session, round: Round) -> str:
    """SHA-256 (hex) over the sealed box, one line of text per item.

    First `round SLUG`; then for every area, sorted by slug, `area SLUG` and each list as
    canonical JSON; at the end `commitments` and each commitment in hex.
    """
    found = hashlib.sha256(f"round {round.slug}\n".encode())
    for area in sorted(round.areas, key=lambda area: area.slug):
        found.update(f"area {area.slug}\n".encode())
        for choices in sealed_lists(session, round, area):
            found.update(canonical(choices) + b"\n")
    found.update(b"commitments\n")
    for commitment in commitments(session, round):
        found.update(commitment.hex().encode() + b"\n")
    return found.hexdigest()


def profile(session: Session, round: Round, area: Area) -> Profile:
    """The sealed lists of an area as a counting rule takes them."""
    limits = round.limits_in(area)
    kind = limits.kind if limits else BallotKind.APPROVAL
    ballots = map(Ballot.from_json, sealed_lists(session, round, area))
    return Profile.of(ballots, kind, limits and limits.longest)


def find_receipt(session: Session, round: Round, typed: str) -> bool:
    """Whether the ballot with this receipt was counted; raises Mistyped for a misspelt one."""
    beginning = receipts.beginning(typed)
    rest = 32 - len(beginning)
    return (
        session.scalars(
            select(SealedCommitment.commitment)
            .where(
                SealedCommitment.round_id == round.id,
                SealedCommitment.commitment.between(
                    beginning + b"\x00" * rest, beginning + b"\xff" * rest
                ),
            )
            .limit(1)
        ).first()
        is not None
    )


def _searched(project: Project) -> str:
    fields = (project.title, project.summary, project.place, project.topic, project.body)
    return f"{project.number} {' '.join(fields)}".casefold()
