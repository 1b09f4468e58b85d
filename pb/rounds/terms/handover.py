"""Handing a role on: what has to be passed on, and notes for those who come after.

Whoever hands on ticks a line off and leaves notes; whoever comes after reads, and ticks what they
have taken over. Only people who hold the role, stand by as deputies or are to hold it, and the one
who hands it on, can read this.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Invalid, NotFound, Refused
from pb.notices import news
from pb.rounds import people
from pb.rounds.models import Appointment, Role, Round
from pb.rounds.terms import queries
from pb.rounds.terms.models import HandoverLine, HandoverNote, HandoverReceipt

LONGEST_LINE = 200
LONGEST_NOTE = 5_000
MOST_LINES = 40
# Every hand-over has these lines; the keys stand in the database.
FIXED = {
    "open": "What is still open is listed: acts, reports, appeals, promises to people.",
    "people": "Whoever comes after has met the people they will work with.",
    "calendar": "The dates that are coming up are passed on.",
    "paper": "Paper, keys and lists are handed over, or destroyed where nobody needs them.",
    "learned": "What was learned, and what to do differently, is written down.",
}


@dataclass(frozen=True)
class Line:
    """A line of the list, as the page shows it."""

    name: str  # a key of `FIXED`, or the number of an own line
    text: str
    done_at: datetime | None
    taken: HandoverReceipt | None = None  # by somebody who comes after


def checklist(session: Session, appointment: Appointment) -> list[Line]:
    """What has to be handed on: the lines that everybody has, then own ones."""
    stored = queries.lines(session, appointment)
    known = {line.key: line for line in stored if line.key}
    fixed = [_line(key, text, known.get(key)) for key, text in FIXED.items()]
    return fixed + [_line(str(line.id), line.text, line) for line in stored if line.key is None]


def _line(name: str, text: str, stored: HandoverLine | None) -> Line:
    return Line(name, text, stored and stored.done_at, stored and stored.receipt)


def complete(session: Session, appointment: Appointment) -> bool:
    """Whether everything on the list is done and a note is left."""
    done = all(line.done_at for line in checklist(session, appointment))
    return done and bool(queries.notes(session, appointment))


def may_read(session: Session, appointment: Appointment, account: Account, now: datetime) -> bool:
    """Whether this person hands it on, holds the role now or later, stands by, or is invited."""
    if appointment.account_id == account.id:
        return True
    round = session.get_one(Round, appointment.round_id)
    return appointment.role in roles(session, round, account, now)


def roles(session: Session, round: Round, account: Account, now: datetime) -> set[Role]:
    """The roles that are handed on to this person: held, to be held, stood by for, or offered."""
    held = {one.role for one in queries.mine(session, round, account, now)}
    return held | {one.role for one in queries.invited(session, round, account)}


def readable(session: Session, round: Round, account: Account, now: datetime) -> list[Appointment]:
    """The terms of others whose hand-over this person can read, and that have one."""
    mine = roles(session, round, account, now)
    begun = queries.handed_on(session, round)
    return [
        one
        for one in people.appointments(session, round)
        if one.role in mine and one.id in begun and one.account_id != account.id
    ]


def successors(session: Session, appointment: Appointment, now: datetime) -> list[Account]:
    """Those who come after: deputies, people whose term begins later, people who are invited."""
    round = session.get_one(Round, appointment.round_id)
    after = [
        one.account
        for one in people.appointments(session, round)
        if one.role is appointment.role
        and not one.over(now)
        and (one.deputy_for_id == appointment.id or one.starts_at > appointment.starts_at)
    ]
    after += [one.account for one in queries.open_invitations(session, round, appointment.role)]
    return list({one.id: one for one in after if one.id != appointment.account_id}.values())


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
    line = _find(session, appointment, name)
    if not done and line.receipt is not None:
        raise Refused(f"“{line.text}” has been taken over already.")
    line.done_at = at if done else None
    session.flush()
    if done:
        _tell(session, appointment, at)


def take(
    session: Session, appointment: Appointment, name: str, taken: bool, *, by: Account, at: datetime
) -> None:
    """Say that one has taken a line over, or take that back.

    Raises Refused for a line that is not handed on yet, that somebody else took over, and to
    people who may not read this.
    """
    if appointment.account_id == by.id or not may_read(session, appointment, by, at):
        raise Refused("Only somebody who comes after takes this over.")
    line = _find(session, appointment, name)
    if line.receipt is not None and line.receipt.account_id != by.id:
        raise Refused(f"{line.receipt.account.name} has taken this over.")
    if taken and line.done_at is None:
        raise Refused(f"“{line.text}” is not handed on yet.")
    if taken and line.receipt is None:
        row = {"line_id": line.id, "account_id": by.id, "at": at}
        session.execute(upsert(session, HandoverReceipt).values(row).on_conflict_do_nothing())
    elif not taken and line.receipt is not None:
        session.delete(line.receipt)
    session.flush()
    session.expire(line)


def _find(session: Session, appointment: Appointment, name: str) -> HandoverLine:
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else 0
    known = HandoverLine.key == name if name in FIXED else HandoverLine.id == number
    line = session.scalars(
        select(HandoverLine).where(HandoverLine.appointment_id == appointment.id, known)
    ).one_or_none()
    if line is None:
        raise NotFound("There is no such line on this list.")
    return line


def leave_note(
    session: Session, appointment: Appointment, text: str, *, by: Account, at: datetime
) -> HandoverNote:
    """Leave a note for those who come after; raises Invalid for an empty or long one."""
    _require_own(appointment, by)
    text = _text(text, LONGEST_NOTE, "Write your note first.")
    made = HandoverNote(appointment_id=appointment.id, text=text, at=at)
    session.add(made)
    session.flush()
    _tell(session, appointment, at)
    return made


def path(round: Round, appointment: Appointment) -> str:
    """The page of a hand-over."""
    return f"/rounds/{round.slug}/people/handovers/{appointment.id}"


def _tell(session: Session, appointment: Appointment, at: datetime) -> None:
    """Let those who come after know, once, that there is something to read."""
    round = session.get_one(Round, appointment.round_id)
    for account in successors(session, appointment, at):
        news.tell(
            session,
            account.id,
            round_id=round.id,
            key=f"handover:{appointment.id}",
            subject=f"{round.name}: a role is handed on to you",
            text=f"{appointment.account.name} has begun to hand on what a {appointment.role} of "
            f"“{round.name}” needs to know. Please read it, and tick what you have taken over.",
            path=path(round, appointment),
            at=at,
        )


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
