"""Offering to introduce people, taking it back, asking a connector, and answering."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused, Unfit
from pb.notices import news
from pb.purpose.connectors import queries
from pb.purpose.connectors.models import Connector, ConnectorArea, Introduction
from pb.purpose.moderation.service import require_not_paused
from pb.rounds import people
from pb.rounds.models import Area, Role, Round, Side
from pb.rounds.terms import queries as terms
from pb.rounds.terms.service import usual_end

LONGEST = 300
LONGEST_ASK = 500
OPEN_ASKS = 3  # of one person, that wait for an answer
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another


def new_code() -> str:
    """A code for a link, short enough for a poster and too many to try."""
    return "".join(secrets.choice(LETTERS) for _ in range(10))


def offer(
    session: Session,
    round: Round,
    account: Account,
    *,
    text: str,
    areas: Sequence[Area],
    at: datetime,
    code: str | None = None,
) -> Connector:
    """Say in which parts of town one can introduce people, or change what one said.

    Whoever is no connector yet becomes one by it. Raises Unfit for texts that cannot be used,
    Refused to people of the commission's side and to those who are paused.
    """
    text = text.strip()
    faults = {}
    if not text:
        faults["text"] = "Say in a sentence whom you can introduce to whom."
    elif len(text) > LONGEST:
        faults["text"] = f"Use at most {LONGEST} characters."
    if not areas:
        faults["areas"] = "Choose at least one part of town."
    if faults:
        raise Unfit(faults)
    require_not_paused(session, round, account, at)
    if not people.has_from(session, round, account, Role.CONNECTOR, at):
        ends_at = usual_end(round, at)
        people.appoint(session, round, account, Role.CONNECTOR, by=account, at=at, ends_at=ends_at)
    made = queries.find_mine(session, round, account)
    if made is None:
        made = Connector(
            round_id=round.id,
            account_id=account.id,
            side=Side.COMMUNITY,
            code=code or new_code(),
            since=at,
            brought=0,
        )
        session.add(made)
    made.text, made.left_at = text, None
    session.flush()
    _set_areas(session, made, areas)
    _record(session, round, "connector.offer", account, at)
    return made


def leave(session: Session, connector: Connector, *, by: Account, at: datetime) -> None:
    """Take the offer back: the name is off the list, and the link brings nobody any more."""
    if connector.account_id != by.id or connector.left_at is not None:
        raise Refused("You offer no introductions.")
    connector.left_at = at
    session.flush()
    for one in terms.mine(session, connector.round, by, at):
        if one.role is Role.CONNECTOR:
            people.end(session, one, by=by, at=at)


def ask(
    session: Session, connector: Connector, text: str, *, by: Account, at: datetime
) -> Introduction:
    """Ask a connector for an introduction; it reaches them as a note, and by mail.

    Raises Invalid for words that cannot be used, Refused where too many requests wait.
    """
    text = text.strip()
    if not text:
        raise Invalid("Write what you would like the connector to do.")
    if len(text) > LONGEST_ASK:
        raise Invalid(f"Use at most {LONGEST_ASK} characters.")
    round = connector.round
    if connector.account_id == by.id:
        raise Refused("That is you.")
    if connector.left_at is not None:
        raise Refused("This person no longer offers introductions.")
    require_not_paused(session, round, by, at)
    waiting = [one for one in queries.asked_by(session, round, by) if one.answered_at is None]
    if len(waiting) >= OPEN_ASKS:
        raise Refused(f"{OPEN_ASKS} of your requests wait for an answer. Give people some time.")
    made = Introduction(connector_id=connector.id, asked_by=by.id, text=text, at=at)
    session.add(made)
    session.flush()
    news.tell(
        session,
        connector.account_id,
        round_id=round.id,
        key=f"introduction:{made.id}",
        subject=f"{round.name}: {by.name} asks you for an introduction",
        text=f"{by.name} writes to you as a connector of “{round.name}”:\n\n{text}\n\n"
        "You answer on the site. Neither of you sees the other's address.",
        path=f"/rounds/{round.slug}/connectors/requests",
        at=at,
    )
    return made


def answer(
    session: Session, introduction: Introduction, text: str, *, by: Account, at: datetime
) -> None:
    """Answer a request, once; raises Invalid without words, Refused to anybody else."""
    text, connector = text.strip(), introduction.connector
    if connector.account_id != by.id:
        raise Refused("Somebody else was asked.")
    if introduction.answered_at is not None:
        raise Refused("You have answered this already.")
    if not text:
        raise Invalid("Write a word to the person who asked.")
    if len(text) > LONGEST_ASK:
        raise Invalid(f"Use at most {LONGEST_ASK} characters.")
    introduction.answer, introduction.answered_at = text, at
    session.flush()
    round = connector.round
    news.tell(
        session,
        introduction.asked_by,
        round_id=round.id,
        key=f"introduction-answer:{introduction.id}",
        subject=f"{round.name}: {by.name} answers you",
        text=f"You asked {by.name} for an introduction. The answer:\n\n{text}",
        path=f"/rounds/{round.slug}/connectors/{connector.id}",
        at=at,
    )


def _set_areas(session: Session, connector: Connector, areas: Sequence[Area]) -> None:
    session.execute(delete(ConnectorArea).where(ConnectorArea.connector_id == connector.id))
    for area in areas:
        key = {"round_id": connector.round_id, "connector_id": connector.id, "area_id": area.id}
        session.add(ConnectorArea(**key))
    session.flush()
    session.expire(connector, ["areas"])


def _record(session: Session, round: Round, kind: str, account: Account, at: datetime) -> None:
    audit.record(
        session,
        chain=round.id,
        kind=kind,
        at=at,
        actor=account.id,
        side=Side.COMMUNITY,
        body={"account": account.id},
    )
