"""What people write and mark: own notes, ideas of a pair, explanations, marks."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pb.errors import NotFound, Refused
from pb.purpose.workshops import queries, stages
from pb.purpose.workshops.models import (
    IDEAS_EACH,
    Mark,
    OwnNote,
    Pair,
    Participant,
    Stage,
    Workshop,
    WorkshopIdea,
    WorkshopIdeaAuthor,
)
from pb.purpose.workshops.moving import changed
from pb.purpose.workshops.service import written

MOST_NOTES = 50  # of one person


def keep_note(
    session: Session, workshop: Workshop, person: Participant, text: str, at: datetime
) -> OwnNote:
    """Keep a note that only its writer will read; raises TooLate, Invalid or Refused."""
    stages.require(workshop, at, Stage.OWN)
    kept = select(func.count()).where(OwnNote.participant_id == person.id)
    if session.scalar(kept) >= MOST_NOTES:
        raise Refused(f"{MOST_NOTES} notes are enough. Take one away first.")
    made = OwnNote(
        workshop_id=workshop.id, participant_id=person.id, text=written(text, "note"), at=at
    )
    session.add(made)
    session.flush()
    return made


def drop_note(session: Session, person: Participant, note_id: int) -> None:
    """Take an own note away; raises NotFound for everybody else's."""
    found = session.get(OwnNote, note_id)
    if found is None or found.participant_id != person.id:
        raise NotFound("There is no such note of yours.")
    session.delete(found)
    session.flush()


def add_idea(
    session: Session, workshop: Workshop, pair: Pair, text: str, at: datetime
) -> WorkshopIdea:
    """Write down an idea of a pair, the fourth at most; raises TooLate, Invalid or Refused."""
    stages.require(workshop, at, Stage.PAIR)
    plain = written(text, "idea")
    _lock(session, pair)
    taken = set(session.scalars(select(WorkshopIdea.slot).where(WorkshopIdea.pair_id == pair.id)))
    free = [slot for slot in range(1, IDEAS_EACH + 1) if slot not in taken]
    if not free:
        raise Refused(f"A pair brings at most {IDEAS_EACH} ideas. Change or take away one of them.")
    idea = WorkshopIdea(workshop_id=workshop.id, pair_id=pair.id, slot=free[0], text=plain, at=at)
    session.add(idea)
    session.flush()
    for person in pair.present:
        session.add(WorkshopIdeaAuthor(idea_id=idea.id, participant_id=person.id))
    changed(session, workshop, pair_id=pair.id)
    return idea


def change_idea(
    session: Session, workshop: Workshop, pair: Pair, idea_id: int, text: str, at: datetime
) -> None:
    """Put an idea of the pair in other words; raises TooLate, Invalid or NotFound."""
    stages.require(workshop, at, Stage.PAIR)
    idea = own_idea(session, workshop, pair, idea_id)
    idea.text = written(text, "idea")
    changed(session, workshop, pair_id=pair.id)


def drop_idea(session: Session, workshop: Workshop, pair: Pair, idea_id: int, at: datetime) -> None:
    """Take an idea of the pair away while pairs talk; raises TooLate or NotFound."""
    stages.require(workshop, at, Stage.PAIR)
    idea = own_idea(session, workshop, pair, idea_id)
    session.execute(delete(WorkshopIdeaAuthor).where(WorkshopIdeaAuthor.idea_id == idea.id))
    if workshop.shown_id == idea.id:
        workshop.shown_id = None
    session.delete(idea)
    session.flush()
    changed(session, workshop, pair_id=pair.id)


def explain(
    session: Session,
    workshop: Workshop,
    idea: WorkshopIdea,
    *,
    by: str,
    at: datetime,
    text: str = "",
) -> None:
    """Keep what is meant by an idea, or without a text, that it was explained aloud.

    The caller has looked whose idea it is. Raises TooLate or Invalid.
    """
    stages.require(workshop, at, Stage.EXPLAIN)
    if text.strip():
        idea.explanation = written(text, "explanation")
    else:
        idea.explained_aloud = True
    idea.explained_by = by
    changed(session, workshop, pair_id=idea.pair_id)


def mark(session: Session, workshop: Workshop, pair: Pair, idea_id: int, at: datetime) -> None:
    """Give one of the pair's marks to an idea; raises TooLate, NotFound or Refused."""
    _require_marking(session, workshop, pair, at)
    idea = queries.find_idea(session, workshop, idea_id)
    given = session.scalars(select(Mark).where(Mark.pair_id == pair.id)).all()
    if any(one.idea_id == idea.id for one in given):
        return
    own = idea.pair_id == pair.id or _shares_people(idea, pair)
    if own and any(one.own for one in given):
        raise Refused("At most one mark goes to an idea of your own: take the other back first.")
    slots = {*range(1, workshop.marks_each + 1)} - {one.slot for one in given}
    if not slots:
        raise Refused("All of your marks are given. Take one back to move it.")
    session.add(
        Mark(
            pair_id=pair.id,
            slot=min(slots),
            workshop_id=workshop.id,
            marks_each=workshop.marks_each,
            idea_id=idea.id,
            idea_pair_id=idea.pair_id,
            own=own,
            at=at,
        )
    )
    changed(session, workshop, pair_id=pair.id)


def unmark(session: Session, workshop: Workshop, pair: Pair, idea_id: int, at: datetime) -> None:
    """Take a mark back; raises TooLate or Refused."""
    _require_marking(session, workshop, pair, at)
    session.execute(delete(Mark).where(Mark.pair_id == pair.id, Mark.idea_id == idea_id))
    changed(session, workshop, pair_id=pair.id)


def finish_marking(session: Session, workshop: Workshop, pair: Pair, at: datetime) -> None:
    """Say that the pair is done with marking; when all are, everybody sees the counts."""
    stages.require(workshop, at, Stage.RANK)
    _lock(session, pair)
    pair.done_at = pair.done_at or at
    session.flush()
    everybody = queries.all_have_marked(session, workshop)
    changed(session, workshop, beat=everybody, pair_id=pair.id)


def own_idea(session: Session, workshop: Workshop, pair: Pair, idea_id: int) -> WorkshopIdea:
    """An idea of this pair, or of somebody who is in it now; raises NotFound."""
    idea = queries.find_idea(session, workshop, idea_id)
    if idea.pair_id != pair.id and not _shares_people(idea, pair):
        raise NotFound("That is not an idea of your pair.")
    return idea


def _shares_people(idea: WorkshopIdea, pair: Pair) -> bool:
    return bool({one.id for one in idea.authors} & {one.id for one in pair.present})


def _require_marking(session: Session, workshop: Workshop, pair: Pair, at: datetime) -> None:
    stages.require(workshop, at, Stage.RANK)
    _lock(session, pair)
    if pair.done_at is not None:
        raise Refused("Your pair has said that it is done with marking.")


def _lock(session: Session, pair: Pair) -> None:
    """Two people of a pair press at the same time: one after the other (PostgreSQL)."""
    session.refresh(pair, ["version", "done_at"], with_for_update=True)
