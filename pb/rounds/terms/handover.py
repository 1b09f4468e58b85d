"""Handing a role on: what has to be passed on, and notes for those who come after.

Only people who hold the role, stand by as deputies or are to hold it can read this.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Invalid, NotFound, Refused
from pb.rounds import people
from pb.rounds.models import Appointment, Role, Round
from pb.rounds.terms import queries
from pb.rounds.terms.models import HandoverLine, HandoverNote

LONGEST_LINE = 200
LONGEST_NOTE = 5_000
MOST_LINES = 40
# Every hand-over has these lines; the keys stand in the database.
FIXED = {
    "open": "I listed what is still open: acts, reports, appeals, promises to people.",
    "people": "I introduced the person who comes after me to the people they will work with.",
    "calendar": "I passed on the dates that are coming up.",
    "paper": "I handed over paper, keys and lists, or destroyed what nobody needs any more.",
    "learned": "I wrote down what I learned and would do differently.",
}


@dataclass(frozen=True)
class Line:
    """A line of the list, as the page shows it."""

    name: str  # a key of `FIXED`, or the number of an own line
    text: str
    done_at: datetime | None


def checklist(session: Session, appointment: Appointment) -> list[Line]:
    """What has to be handed on: the lines that everybody has, then own ones."""
    stored = queries.lines(session, appointment)
    done = {line.key: line.done_at for line in stored if line.key}
    fixed = [Line(key, text, done.get(key)) for key, text in FIXED.items()]
    own = [Line(str(line.id), line.text, line.done_at) for line in stored if line.key is None]
    return fixed + own


def complete(session: Session, appointment: Appointment) -> bool:
    """Whether everything on the list is done and a note is left."""
    done = all(line.done_at for line in checklist(session, appointment))
    return done and bool(queries.notes(session, appointment))


def may_read(session: Session, round: Round, account: Account, role: Role, now: datetime) -> bool:
    """Whether this person holds the role now or later, stands by, or is invited to it."""
    if people.has_from(session, round, account, role, now):
        return True
    return any(one.role is role for one in queries.invited(session, round, account))


def add_line(session: Session, appointment: Appointment, text: str, *, by: Account) -> HandoverLine:
    """Put an own line on the list; raises Invalid for an empty or long one."""
    _require_own(appointment, by)
    text = _text(text, LONGEST_LINE, "Write what has to be handed on.")
    if len(queries.lines(session, appointment)) >= MOST_LINES:
        raise Invalid(f"{MOST_LINES} lines are the most.")
    made = HandoverLine(appointment_id=appointment.id, key=None, text=text)
    session.add(made)
    session.flush()
    return made


def mark(
    session: Session, appointment: Appointment, name: str, done: bool, *, by: Account, at: datetime
) -> None:
    """Tick a line off, or take the tick away; raises NotFound for a line that is not there."""
    _require_own(appointment, by)
    if name in FIXED:
        row = {"appointment_id": appointment.id, "key": name, "text": FIXED[name]}
        session.execute(upsert(session, HandoverLine).values(row).on_conflict_do_nothing())
    line = session.scalars(
        select(HandoverLine).where(
            HandoverLine.appointment_id == appointment.id,
            HandoverLine.key == name
            if name in FIXED
            else HandoverLine.id == (int(name) if name.isdecimal() and len(name) < 10 else 0),
        )
    ).one_or_none()
    if line is None:
        raise NotFound("There is no such line on this list.")
    line.done_at = at if done else None
    session.flush()


def leave_note(
    session: Session, appointment: Appointment, text: str, *, by: Account, at: datetime
) -> HandoverNote:
    """Leave a note for those who come after; raises Invalid for an empty or long one."""
    _require_own(appointment, by)
    text = _text(text, LONGEST_NOTE, "Write your note first.")
    made = HandoverNote(appointment_id=appointment.id, text=text, at=at)
    session.add(made)
    session.flush()
    return made


def _require_own(appointment: Appointment, by: Account) -> None:
    if appointment.account_id != by.id:
        raise Refused("Only the person who hands the role on can change this.")


def _text(text: str, longest: int, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(missing)
    if len(text) > longest:
        raise Invalid(f"Use at most {longest:,} characters.")
    return text
