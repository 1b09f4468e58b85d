"""Writing, taking back and supporting the lines of a retrospective."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import lock, upsert
from pb.errors import NotFound, Refused, Unfit
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import hidden
from pb.reflection import windows
from pb.reflection.models import (
    LINES_EACH,
    Line,
    LineSupport,
    ReflectionRules,
    Signature,
    Topic,
)
from pb.rounds import people
from pb.rounds.models import Phase, Role, Round, Seat, Side
from pb.texts import one_line

LONGEST_LINE = 280
LONGEST_NAME = 40
LINES = 0x524C  # the space of locks under which a person's lines are counted
# An auditor reads everything and changes nothing.
WRITERS = (Role.COMMISSIONER, Role.REVIEWER, Role.CLERK)


def seat_of(session: Session, round: Round, account: Account, now: datetime) -> Seat:
    """The seat from which somebody looks back; whoever has none yet is a resident.

    Raises Refused for a seat of the commission without a role that may write.
    """
    seat = people.find_seat(session, round, account)
    if seat is None:
        return people.take_seat(session, round, account, Side.COMMUNITY)
    roles = people.roles_at(session, round, account, now)
    if seat.side is Side.COMMISSION and not roles.intersection(WRITERS):
        raise Refused("You hold no role in this round from which you could take part in this.")
    return seat


def write(
    session: Session,
    round: Round,
    phase: Phase,
    topic: Topic,
    *,
    by: Account,
    text: str,
    at: datetime,
    signature: Signature = Signature.NAME,
    pseudonym: str = "",
) -> Line:
    """Add a line to the retrospective of a phase that is over.

    Raises PhaseClosed outside its days, Unfit for a text that does not fit, and Refused to
    somebody who has written as many lines as everybody may, or whose posts are paused.
    """
    windows.require_open(session, round, phase, at)
    text, pseudonym = (
        one_line(text),
        one_line(pseudonym) if signature is Signature.PSEUDONYM else "",
    )
    if problems := faults(text, signature, pseudonym):
        raise Unfit(problems)
    lock(session, LINES, by.id)
    seat = seat_of(session, round, by, at)
    moderation.require_may_post(session, round, by, at)
    line = Line(
        round_id=round.id,
        phase=phase,
        topic=topic,
        slot=_free_slot(session, round, phase, topic, by),
        author=by,
        side=seat.side,
        signature=signature,
        pseudonym=pseudonym,
        text=text,
        at=at,
    )
    session.add(line)
    session.flush()
    _record(session, line, "reflection.write", at)
    return line


def faults(text: str, signature: Signature, pseudonym: str) -> dict[str, str]:
    """What does not fit, by the field in which it was written."""
    found = {}
    if not text:
        found["text"] = "Write one sentence."
    elif len(text) > LONGEST_LINE:
        found["text"] = f"Use at most {LONGEST_LINE} characters. Now it is {len(text)}."
    if signature is Signature.PSEUDONYM and not pseudonym:
        found["pseudonym"] = "Write the name that you want to use."
    elif len(pseudonym) > LONGEST_NAME:
        found["pseudonym"] = f"Use at most {LONGEST_NAME} characters for the name."
    return found


def _free_slot(session: Session, round: Round, phase: Phase, topic: Topic, by: Account) -> int:
    taken = session.scalars(
        select(Line.slot).where(
            Line.round_id == round.id,
            Line.phase == phase,
            Line.topic == topic,
            Line.author_id == by.id,
        )
    ).all()
    free = sorted(set(range(1, LINES_EACH + 1)) - set(taken))
    if not free:
        raise Refused(
            f"You have written {LINES_EACH} lines here, as many as everybody may. "
            "Take one back if another matters more."
        )
    return free[0]


def take_back(session: Session, line: Line, *, by: Account, at: datetime) -> None:
    """Remove one's own line; refused once others have agreed with it or it became a lesson."""
    if line.author_id != by.id:
        raise Refused("Only who wrote a line can take it back.")
    round = session.get_one(Round, line.round_id)
    windows.require_open(session, round, line.phase, at)
    _hold(session, line)
    require_visible(session, round, line)
    supported = session.scalar(
        select(func.count()).select_from(LineSupport).where(LineSupport.line_id == line.id)
    )
    if supported or line.lesson is not None:
        raise Refused("Others have taken up what you wrote, so it stays.")
    _record(session, line, "reflection.take-back", at)
    session.delete(line)
    session.flush()


def support(session: Session, line: Line, wanted: bool, *, by: Account, at: datetime) -> None:
    """Say “me too” to somebody else’s line, or no longer; saying it twice changes nothing.

    The log does not tell: how many agree is hidden while the retrospective is open.
    """
    round = session.get_one(Round, line.round_id)
    windows.require_open(session, round, line.phase, at)
    if line.author_id == by.id:
        raise Refused("This is your own line: that you agree with it is clear.")
    seat = seat_of(session, round, by, at)
    _hold(session, line, shared=True)
    require_visible(session, round, line)
    if wanted:
        row = {
            "round_id": round.id,
            "line_id": line.id,
            "account_id": by.id,
            "side": seat.side,
        }
        session.execute(upsert(session, LineSupport).values(row).on_conflict_do_nothing())
        return
    session.execute(
        delete(LineSupport).where(LineSupport.line_id == line.id, LineSupport.account_id == by.id)
    )


def require_visible(session: Session, round: Round, line: Line) -> None:
    """Refuse what cannot be done with a line that a steward has hidden."""
    if hidden(session, round, Subject.REFLECTION, [line.id]):
        raise Refused("A steward has hidden this line. While it is hidden, it stays as it is.")


def _hold(session: Session, line: Line, *, shared: bool = False) -> None:
    """Keep a line from being taken back while somebody agrees with it, or the other way round."""
    held = select(Line.id).where(Line.id == line.id)
    if session.scalar(held.with_for_update(read=shared, key_share=shared)) is None:
        raise NotFound("This line has been taken back.")


def set_rules(
    session: Session, round: Round, *, days: int, survey_days: int, by: Account, at: datetime
) -> None:
    """Choose for how long this round looks back, and for how long its survey is open."""
    faults = {}
    if not 1 <= days <= 90:
        faults["days"] = "Give between 1 and 90 days for looking back."
    if not 7 <= survey_days <= 365:
        faults["survey_days"] = "Give between 7 and 365 days for the survey."
    if faults:
        raise Unfit(faults)
    chosen = session.get(ReflectionRules, round.id)
    if chosen is None:
        chosen = ReflectionRules(round_id=round.id)
        session.add(chosen)
    chosen.days, chosen.survey_days = days, survey_days
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="reflection.rules",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"days": days, "survey_days": survey_days},
    )


def _record(session: Session, line: Line, kind: str, at: datetime) -> None:
    """Tell the log of a line, but not of its author: a pseudonym would be none otherwise."""
    audit.record(
        session,
        chain=line.round_id,
        kind=kind,
        at=at,
        side=line.side,
        body={"line": line.id, "phase": line.phase, "topic": line.topic},
    )
