"""From a line to a lesson: proposed, adopted by both sides, looked after, taken up or dropped."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, NotFound, Refused
from pb.notices import news
from pb.purpose.moderation import service as moderation
from pb.reflection import service
from pb.reflection.models import Lesson, LessonAnswer, LessonState, Line
from pb.rounds import calendar, people
from pb.rounds.models import Phase, Role, Round, Side
from pb.texts import one_line

LONGEST_LESSON = 280
LONGEST_REASON = 1000
WAITING_EACH = 3  # proposals of a person that nobody has decided on
DUE = calendar.ORDER[:-1]  # phases of the next round by which a lesson can be due
HANDS = {Role.STEWARD: Side.COMMUNITY, Role.COMMISSIONER: Side.COMMISSION}
OWNERS = (Role.COMMISSIONER, Role.REVIEWER, Role.CLERK, Role.STEWARD, Role.CONNECTOR)


def propose(
    session: Session, line: Line, *, text: str, due: Phase, by: Account, at: datetime
) -> Lesson:
    """Propose that both sides adopt what a line says, due by a phase of the next round.

    Raises Invalid for a text that does not fit, Refused where the line is a lesson already or
    hidden, and to somebody with enough proposals that wait or whose posts are paused.
    """
    text = one_line(text)
    if not text or len(text) > LONGEST_LESSON:
        raise Invalid(f"Say in 1 to {LONGEST_LESSON} characters what should be done differently.")
    if due not in DUE:
        raise Invalid("Choose by when it should be done.")
    round = session.get_one(Round, line.round_id)
    service.require_visible(session, round, line)
    seat = service.seat_of(session, round, by, at)
    moderation.require_may_post(session, round, by, at)
    # The line is locked, so that two people who propose it at once get an answer each.
    session.execute(select(Line.id).where(Line.id == line.id).with_for_update())
    if session.scalar(select(Lesson.id).where(Lesson.line_id == line.id)) is not None:
        raise Refused("This line has been proposed as a lesson already.")
    if _waiting(session, round, by) >= WAITING_EACH:
        raise Refused(
            f"{WAITING_EACH} lessons that you proposed wait for both sides. "
            "Propose another one when one of them is decided."
        )
    lesson = Lesson(
        round_id=round.id,
        line_id=line.id,
        phase=line.phase,
        text=text,
        state=LessonState.PROPOSED,
        due_phase=due,
        proposed_by=by.id,
        proposed_side=seat.side,
        proposed_at=at,
    )
    session.add(lesson)
    session.flush()
    _record(session, lesson, "lesson.propose", by, seat.side, at)
    return lesson


def _waiting(session: Session, round: Round, by: Account) -> int:
    query = select(func.count()).select_from(Lesson)
    mine = (Lesson.round_id == round.id, Lesson.proposed_by == by.id)
    return session.scalar(query.where(*mine, Lesson.state == LessonState.PROPOSED))


def adopt(session: Session, lesson: Lesson, *, by: Account, at: datetime) -> None:
    """Put one's hand under a lesson; a steward's and a commissioner's together adopt it."""
    _hold(session, lesson)
    if lesson.state is not LessonState.PROPOSED:
        raise Refused("This lesson does not wait for a hand any more.")
    side = _hand(session, lesson, by, at)
    if side is Side.COMMUNITY:
        if lesson.steward_id is not None:
            raise Refused("A steward has adopted it already. It waits for a commissioner.")
        lesson.steward_id, lesson.steward_side, lesson.steward_at = by.id, side, at
    else:
        if lesson.commissioner_id is not None:
            raise Refused("A commissioner has adopted it already. It waits for a steward.")
        lesson.commissioner_id, lesson.commissioner_side = by.id, side
        lesson.commissioner_at = at
    if lesson.adopted:
        lesson.state = LessonState.OPEN
        _tell_author(session, lesson, at)
    session.flush()
    _record(session, lesson, "lesson.adopt", by, side, at)


def take_on(session: Session, lesson: Lesson, *, by: Account, at: datetime) -> None:
    """Become the person who looks after an adopted lesson."""
    _hold(session, lesson)
    _require_open(lesson)
    round = session.get_one(Round, lesson.round_id)
    if lesson.owner_id is not None:
        raise Refused("Somebody looks after this lesson already.")
    seat = service.seat_of(session, round, by, at)
    lesson.owner_id, lesson.owner_side, lesson.owner_since = by.id, seat.side, at
    lesson.owner_role = None
    session.flush()
    _record(session, lesson, "lesson.own", by, seat.side, at)


def hand_back(session: Session, lesson: Lesson, *, by: Account, at: datetime) -> None:
    """Stop looking after a lesson; the page says that it needs somebody."""
    _hold(session, lesson)
    _require_open(lesson)
    if lesson.owner_id != by.id:
        raise Refused("You do not look after this lesson.")
    side = lesson.owner_side
    lesson.owner_id = lesson.owner_side = lesson.owner_since = None
    session.flush()
    _record(session, lesson, "lesson.hand-back", by, side, at)


def give_to_role(
    session: Session, lesson: Lesson, role: Role, *, by: Account, at: datetime
) -> None:
    """Let the holders of a role look after a lesson for which nobody has stepped forward."""
    _hold(session, lesson)
    _require_open(lesson)
    if role not in OWNERS:
        raise Invalid("Choose a role that can do something.")
    side = _hand(session, lesson, by, at)
    if lesson.owner_id is not None:
        raise Refused("Somebody looks after this lesson already.")
    lesson.owner_role = role
    session.flush()
    _record(session, lesson, "lesson.own", by, side, at, role=role)


def close(
    session: Session, lesson: Lesson, state: LessonState, text: str, *, by: Account, at: datetime
) -> None:
    """Say that a lesson is done and what was done, or that it is dropped and why.

    Its owner may, a steward and a commissioner too; a proposal is turned down by those two only.
    """
    _hold(session, lesson)
    if state not in (LessonState.DONE, LessonState.DROPPED):
        raise Invalid("Choose whether it is done or dropped.")
    if lesson.closed_at is not None:
        raise Refused("This lesson is closed already.")
    if state is LessonState.DONE and not lesson.adopted:
        raise Refused("Only an adopted lesson can be done.")
    side = lesson.owner_side if lesson.owner_id == by.id else _hand(session, lesson, by, at)
    lesson.outcome = _reason(text, "Write what was done, or why it is dropped.")
    lesson.state, lesson.closed_at = state, at
    lesson.closed_by, lesson.closed_side = by.id, side
    session.flush()
    _record(session, lesson, "lesson.close", by, side, at, state=state)


def answer(
    session: Session,
    round: Round,
    lesson: Lesson,
    *,
    taken_up: bool,
    text: str,
    by: Account,
    at: datetime,
) -> LessonAnswer:
    """Say what this round makes of a lesson of an earlier one; a later answer replaces it.

    Raises NotFound for what is no adopted lesson of an earlier round.
    """
    if Role.COMMISSIONER not in people.roles_at(session, round, by, at):
        raise Refused("Only a commissioner of this round can do this.")
    if lesson.round_id >= round.id or not lesson.adopted:
        raise NotFound("There is no such lesson from an earlier round.")
    text = _reason(text, "Write what changed, or why not this time.")
    found = session.get(LessonAnswer, (lesson.id, round.id))
    if found is None:
        found = LessonAnswer(lesson_id=lesson.id, round_id=round.id)
        session.add(found)
    found.taken_up, found.text, found.at = taken_up, text, at
    found.answered_by, found.answered_side = by.id, Side.COMMISSION
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="lesson.answer",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"lesson": lesson.id, "from_round": lesson.round_id, "taken_up": taken_up},
    )
    return found


def may_adopt(session: Session, lesson: Lesson, account: Account, now: datetime) -> bool:
    """Whether this person's hand is the one that is missing."""
    if lesson.state is not LessonState.PROPOSED:
        return False
    round = session.get_one(Round, lesson.round_id)
    roles = people.roles_at(session, round, account, now)
    return (Role.STEWARD in roles and lesson.steward_id is None) or (
        Role.COMMISSIONER in roles and lesson.commissioner_id is None
    )


def _hold(session: Session, lesson: Lesson) -> None:
    """Wait for everybody who changes this lesson, and see what they left."""
    held = select(Lesson).where(Lesson.id == lesson.id).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).one()


def _hand(session: Session, lesson: Lesson, by: Account, at: datetime) -> Side:
    round = session.get_one(Round, lesson.round_id)
    roles = people.roles_at(session, round, by, at)
    for role, side in HANDS.items():
        if role in roles:
            return side
    raise Refused("Only a steward or a commissioner of this round can do this.")


def _require_open(lesson: Lesson) -> None:
    if lesson.state is not LessonState.OPEN:
        raise Refused("Only an adopted lesson that is still open can be looked after.")


def _reason(text: str, sentence: str) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid(sentence)
    if len(text) > LONGEST_REASON:
        raise Invalid(f"Use at most {LONGEST_REASON:,} characters. Now it is {len(text):,}.")
    return text


def _tell_author(session: Session, lesson: Lesson, at: datetime) -> None:
    line = session.get_one(Line, lesson.line_id)
    round = session.get_one(Round, lesson.round_id)
    news.tell(
        session,
        line.author_id,
        round_id=round.id,
        key=f"lesson:{lesson.id}:adopted",
        subject="What you wrote became a lesson",
        text="A steward and a commissioner have adopted a lesson from your line about "
        f"“{round.name}”. The next round will be asked what it makes of it.",
        path=f"/rounds/{round.slug}/looking-back/lessons/{lesson.id}",
        at=at,
    )


def _record(
    session: Session,
    lesson: Lesson,
    kind: str,
    by: Account,
    side: Side | None,
    at: datetime,
    **more: str,
) -> None:
    audit.record(
        session,
        chain=lesson.round_id,
        kind=kind,
        at=at,
        actor=by.id,
        side=side,
        body={"lesson": lesson.id, **more},
    )
