"""Look-ups in workshops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.errors import NotFound
from pb.purpose.workshops.models import (
    Cluster,
    Mark,
    OwnNote,
    Pair,
    Participant,
    Stage,
    Workshop,
    WorkshopIdea,
    WorkshopIdeaAuthor,
)
from pb.purpose.workshops.pairing import lot
from pb.rounds.models import Round


@dataclass(frozen=True)
class Harvested:
    """One idea of a finished workshop, with everybody who had it."""

    text: str
    cluster: str
    marks: int
    explanation: str
    explained_by: str
    authors: tuple[tuple[int | None, str], ...]  # account, if any, and the name they gave
    area_id: int | None
    workshop_idea_id: int


class News(NamedTuple):
    """What a page compares with what it shows."""

    version: int
    beat: int
    ends_at: datetime | None
    pair_version: int | None
    pair_id: int | None


def workshops(session: Session, round: Round) -> Sequence[Workshop]:
    """All workshops of a round, the newest first."""
    return session.scalars(
        select(Workshop)
        .where(Workshop.round_id == round.id)
        .options(joinedload(Workshop.area))
        .order_by(Workshop.id.desc())
    ).all()


def find(session: Session, round: Round, number: int) -> Workshop:
    """The workshop of this round with this number; raises NotFound."""
    found = session.get(Workshop, number)
    if found is None or found.round_id != round.id:
        raise NotFound("There is no such workshop in this round.")
    return found


def find_by_code(session: Session, code: str) -> Workshop | None:
    """The workshop whose code this is."""
    return session.scalars(select(Workshop).where(Workshop.code == code)).first()


def lock(session: Session, workshop: Workshop) -> None:
    """Let nobody else change the workshop until the transaction ends."""
    session.flush()
    session.refresh(workshop, with_for_update=True)


def news(session: Session, number: int, participant_id: int | None) -> News | None:
    """What has changed, in one statement: two hundred pages ask every few seconds."""
    found = session.execute(
        select(Workshop.version, Workshop.beat, Workshop.stage_ends_at, Pair.version, Pair.id)
        .join(Round, Round.id == Workshop.round_id)
        .outerjoin(
            Participant,
            (Participant.workshop_id == Workshop.id) & (Participant.id == participant_id),
        )
        .outerjoin(Pair, Pair.id == Participant.pair_id)
        .where(Workshop.id == number, Round.published_at.is_not(None))
    ).first()
    return News(*found) if found else None


def find_participant(session: Session, workshop: Workshop, number: int) -> Participant | None:
    """The person with this id, if they are in this workshop."""
    found = session.get(Participant, number)
    return found if found is not None and found.workshop_id == workshop.id else None


def find_by_account(session: Session, workshop: Workshop, account: Account) -> Participant | None:
    """Somebody with an account in this workshop."""
    return session.scalars(
        select(Participant).where(
            Participant.workshop_id == workshop.id, Participant.account_id == account.id
        )
    ).first()


def participants(session: Session, workshop: Workshop) -> Sequence[Participant]:
    """Everybody who ever came in, in the order of coming."""
    return session.scalars(
        select(Participant)
        .where(Participant.workshop_id == workshop.id)
        .options(joinedload(Participant.area))
        .order_by(Participant.number)
    ).all()


def present(session: Session, workshop: Workshop) -> list[Participant]:
    """Who has not left."""
    return [one for one in participants(session, workshop) if one.left_at is None]


def pairs(session: Session, workshop: Workshop) -> Sequence[Pair]:
    """All pairs with their people as they are now, by number."""
    session.flush()
    return session.scalars(
        select(Pair)
        .where(Pair.workshop_id == workshop.id)
        .options(selectinload(Pair.people))
        .order_by(Pair.number)
        .execution_options(populate_existing=True)
    ).all()


def pair(session: Session, workshop: Workshop, pair_id: int) -> Pair:
    """One pair with its people as they are now; raises NotFound."""
    session.flush()
    found = session.scalars(
        select(Pair)
        .where(Pair.workshop_id == workshop.id, Pair.id == pair_id)
        .options(selectinload(Pair.people))
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("There is no such pair in this workshop.")
    return found


def notes(session: Session, person: Participant) -> Sequence[OwnNote]:
    """The own notes of the person who asks; never call it for anybody else."""
    return session.scalars(
        select(OwnNote).where(OwnNote.participant_id == person.id).order_by(OwnNote.id)
    ).all()


def count_notes(session: Session, workshop: Workshop) -> int:
    """How many own notes there are: all that ever shows of them."""
    return session.scalar(select(func.count()).where(OwnNote.workshop_id == workshop.id)) or 0


def ideas(session: Session, workshop: Workshop, *, credits: bool = True) -> Sequence[WorkshopIdea]:
    """All ideas with their heaps as they are now, in the order of the pairs.

    With their authors, too, where `credits` are wanted.
    """
    session.flush()
    found = (
        select(WorkshopIdea)
        .join(WorkshopIdea.pair)
        .where(WorkshopIdea.workshop_id == workshop.id)
        .options(joinedload(WorkshopIdea.cluster), joinedload(WorkshopIdea.pair))
        .order_by(Pair.number, WorkshopIdea.slot)
        .execution_options(populate_existing=True)
    )
    if credits:
        found = found.options(selectinload(WorkshopIdea.authors))
    return session.scalars(found).all()


def ideas_of_pair(session: Session, pair: Pair) -> Sequence[WorkshopIdea]:
    """The ideas of a pair, and those that its people had in another one before."""
    people = [one.id for one in pair.present]
    had = select(WorkshopIdeaAuthor.idea_id).where(WorkshopIdeaAuthor.participant_id.in_(people))
    return session.scalars(
        select(WorkshopIdea)
        .where(
            WorkshopIdea.workshop_id == pair.workshop_id,
            or_(WorkshopIdea.pair_id == pair.id, WorkshopIdea.id.in_(had)),
        )
        .order_by(WorkshopIdea.id)
    ).all()


def in_order(session: Session, workshop: Workshop, *, credits: bool = True) -> list[WorkshopIdea]:
    """All ideas in the order drawn by the seed: no pair always comes first."""
    return sorted(
        ideas(session, workshop, credits=credits),
        key=lambda idea: lot(workshop.seed, "idea", idea.pair.number, idea.slot),
    )


def find_idea(session: Session, workshop: Workshop, idea_id: int) -> WorkshopIdea:
    """An idea of this workshop; raises NotFound."""
    found = session.get(WorkshopIdea, idea_id)
    if found is None or found.workshop_id != workshop.id:
        raise NotFound("There is no such idea in this workshop.")
    return found


def find_result(session: Session, round: Round, number: int) -> WorkshopIdea | None:
    """The idea with this id, if a finished workshop of this round had it."""
    return session.scalars(
        select(WorkshopIdea)
        .join(Workshop, Workshop.id == WorkshopIdea.workshop_id)
        .where(
            WorkshopIdea.id == number,
            Workshop.round_id == round.id,
            Workshop.stage == Stage.FINISHED,
        )
    ).first()


def marks_of(session: Session, pair: Pair) -> frozenset[int]:
    """The ideas that this pair has marked."""
    return frozenset(session.scalars(select(Mark.idea_id).where(Mark.pair_id == pair.id)))


def all_have_marked(session: Session, workshop: Workshop) -> bool:
    """Whether every pair with somebody in it has said that it is done."""
    session.flush()
    somebody = exists().where(Participant.pair_id == Pair.id, Participant.left_at.is_(None))
    there = session.scalars(
        select(Pair.done_at).where(Pair.workshop_id == workshop.id, somebody)
    ).all()
    return bool(there) and None not in there


def marks(session: Session, workshop: Workshop) -> dict[int, int] | None:
    """Marks per idea; None as long as nobody may know."""
    if workshop.stage not in (Stage.RANK, Stage.ARRANGE, Stage.FINISHED):
        return None
    if workshop.stage is Stage.RANK and not all_have_marked(session, workshop):
        return None
    counted = session.execute(
        select(Mark.idea_id, func.count())
        .where(Mark.workshop_id == workshop.id)
        .group_by(Mark.idea_id)
    )
    found = dict(counted.all())
    every = select(WorkshopIdea.id).where(WorkshopIdea.workshop_id == workshop.id)
    return {idea: found.get(idea, 0) for idea in session.scalars(every)}


def clusters(session: Session, workshop: Workshop) -> Sequence[Cluster]:
    """The heaps of a workshop, by name."""
    return session.scalars(
        select(Cluster).where(Cluster.workshop_id == workshop.id).order_by(Cluster.name)
    ).all()


def harvest(session: Session, workshop: Workshop) -> list[Harvested]:
    """What a finished workshop hands on: its ideas, the most marked first."""
    counts = marks(session, workshop) or {}
    found = [
        Harvested(
            text=idea.text,
            cluster=idea.cluster.name if idea.cluster else "",
            marks=counts.get(idea.id, 0),
            explanation=idea.explanation,
            explained_by=idea.explained_by,
            authors=tuple((one.account_id, one.name) for one in idea.authors),
            area_id=workshop.area_id,
            workshop_idea_id=idea.id,
        )
        for idea in ideas(session, workshop)
    ]
    return sorted(found, key=lambda one: (-one.marks, one.workshop_idea_id))
