"""From stage to stage: what the clock or the steward begins, and what has to be there for it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.notices import news
from pb.notices.jobs import Tools
from pb.purpose.workshops import pairing, queries, stages
from pb.purpose.workshops.models import Kind, Pair, Participant, Stage, Workshop, WorkshopIdea
from pb.rounds.models import Side

IN_PAIRS = (Stage.PAIR, Stage.EXPLAIN, Stage.RANK)
LONGEST_EXTENSION = 24 * 60  # minutes


def catch_up(session: Session, workshop: Workshop, now: datetime) -> None:
    """Note the stages that have begun by the clock."""
    if not stages.due(workshop, now):
        return
    queries.lock(session, workshop)
    for moment in stages.due(workshop, now):
        _enter(session, workshop, moment, by=None)


def move_on(
    session: Session, workshop: Workshop, *, seen: Stage, by: Account, at: datetime
) -> None:
    """Begin the next stage now; `seen` is the stage on the steward's screen.

    Raises Refused if the workshop has moved on since, is over, or has nothing for the next stage.
    """
    queries.lock(session, workshop)
    if workshop.stage is not seen:
        raise Refused("The workshop has moved on already. Look at the page again.")
    if workshop.stage is Stage.FINISHED:
        raise Refused("This workshop is finished.")
    _require_something(session, workshop)
    stage = stages.following(workshop.stage)
    moment = stages.Moment(stage, at, stages.ends(workshop, stage, at))
    _enter(session, workshop, moment, by=by.id)


def extend(session: Session, workshop: Workshop, minutes: int, at: datetime) -> None:
    """Give the stage more time, counted from now where it is up; raises Invalid or Refused."""
    queries.lock(session, workshop)
    if not 1 <= minutes <= LONGEST_EXTENSION:
        raise Invalid("Give between 1 minute and a day more.")
    if workshop.stage_ends_at is None:
        raise Refused("No clock is running.")
    workshop.stage_ends_at = max(workshop.stage_ends_at, at) + timedelta(minutes=minutes)
    changed(session, workshop, beat=True)


def show_next(session: Session, workshop: Workshop, *, seen: int | None, at: datetime) -> None:
    """Put up the next idea to be explained; raises TooLate, or Refused after the last."""
    queries.lock(session, workshop)
    stages.require(workshop, at, Stage.EXPLAIN)
    if workshop.shown_id != seen:
        return  # the button was pressed twice
    order = [idea.id for idea in queries.in_order(session, workshop)]
    place = order.index(workshop.shown_id) + 1 if workshop.shown_id in order else 0
    if place >= len(order):
        raise Refused("That was the last idea. The ranking can begin.")
    workshop.shown_id = order[place]
    changed(session, workshop, beat=True)


def changed(
    session: Session, workshop: Workshop, *, beat: bool = False, pair_id: int | None = None
) -> None:
    """Let the pages know that there is something new: for all, or for one pair."""
    # As SQL: two requests at the same time both count.
    workshop.version = Workshop.version + 1
    if beat:
        workshop.beat = Workshop.beat + 1
    session.flush()
    session.refresh(workshop, ["version", "beat"])
    if pair_id is not None:
        grown = update(Pair).where(Pair.id == pair_id).values(version=Pair.version + 1)
        session.execute(grown, execution_options={"synchronize_session": False})


def note(
    session: Session,
    workshop: Workshop,
    kind: str,
    by: int | None,
    at: datetime,
    body: dict[str, Any],
) -> None:
    """Leave a line about the workshop in the log of the round."""
    side = Side.COMMUNITY if by else None
    audit.record(session, chain=workshop.round_id, kind=kind, at=at, actor=by, side=side, body=body)


def tick(tools: Tools) -> None:
    """Move on every workshop whose people are not in a room together, when its time has come."""
    with Session(tools.engine) as session, session.begin():
        now = tools.clock()
        late = select(Workshop).where(
            Workshop.stage_ends_at <= now, Workshop.kind == Kind.ASYNCHRONOUS
        )
        for workshop in session.scalars(late).all():
            catch_up(session, workshop, now)


def _require_something(session: Session, workshop: Workshop) -> None:
    if workshop.stage is Stage.LOBBY and not queries.present(session, workshop):
        raise Refused("Nobody is here yet. Wait until the first people have come in.")
    if workshop.stage is Stage.PAIR and not queries.ideas(session, workshop):
        raise Refused("There are no ideas yet. Give the pairs more time.")


def _enter(session: Session, workshop: Workshop, moment: stages.Moment, by: int | None) -> None:
    # Nothing is written in between: the database checks that stage and facts go together.
    with session.no_autoflush:
        workshop.stage = moment.stage
        workshop.stage_began_at = moment.began_at
        workshop.stage_ends_at = moment.ends_at
        _bring_about(session, workshop, moment)
    changed(session, workshop, beat=True)
    body = {"workshop": workshop.id, "stage": moment.stage.value}
    note(session, workshop, "workshop.move", by, moment.began_at, body)
    if moment.stage is Stage.PAIR:
        _draw_pairs(session, workshop, moment.began_at)
    if not workshop.live:
        _tell(session, workshop, moment)


def _bring_about(session: Session, workshop: Workshop, moment: stages.Moment) -> None:
    """The facts that come with a stage."""
    workshop.shown_id = None
    if moment.stage is Stage.OWN:
        workshop.started_at = moment.began_at
    if moment.stage is Stage.EXPLAIN:
        workshop.shown_id = next((one.id for one in queries.in_order(session, workshop)), None)
    if moment.stage is Stage.RANK:
        count = select(func.count()).where(WorkshopIdea.workshop_id == workshop.id)
        workshop.marks_each = max(1, (session.scalar(count) or 0) // 4)
    if moment.stage is Stage.FINISHED:
        workshop.finished_at = moment.began_at


def _draw_pairs(session: Session, workshop: Workshop, at: datetime) -> None:
    """Draw the pairs by the seed, which is public from now on."""
    there = {person.number: person for person in queries.present(session, workshop)}
    drawn = pairing.draw(
        workshop.seed, [pairing.Person(number, one.area_id) for number, one in there.items()]
    )
    for number, members in enumerate(drawn, 1):
        pair = Pair(workshop_id=workshop.id, number=number)
        session.add(pair)
        session.flush()
        for member in members:
            there[member].pair_id = pair.id
    session.flush()
    body = {"workshop": workshop.id, "seed": workshop.seed}
    body |= {"people": len(there), "pairs": len(drawn)}
    note(session, workshop, "workshop.pair", None, at, body)


def _tell(session: Session, workshop: Workshop, moment: stages.Moment) -> None:
    """Those with an account come back for the next stage; they are not in a room together."""
    with_account = select(Participant.account_id).where(
        Participant.workshop_id == workshop.id,
        Participant.account_id.is_not(None),
        Participant.left_at.is_(None),
    )
    for account_id in session.scalars(with_account).all():
        news.tell(
            session,
            account_id,
            round_id=workshop.round_id,
            key=f"workshop:{workshop.id}:{moment.stage}",
            subject=f"The workshop goes on: {stages.LABELS[moment.stage].lower()}",
            text=f"“{workshop.question}”",
            path=f"/rounds/{workshop.round.slug}/workshops/{workshop.id}",
            at=moment.began_at,
        )
