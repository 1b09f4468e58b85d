"""Counting people who came by a connector's link and took part: once each, and never who.

Votes are not counted: nothing here is told of a ballot or a voting code.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.keys import KeyRing, Purpose
from pb.notices import news
from pb.notices.jobs import Tools
from pb.purpose.connectors import queries
from pb.purpose.connectors.models import BroughtIn, Connector, Introduction
from pb.rounds import people
from pb.rounds.models import Round

KEPT = timedelta(days=30)  # an answered request, before it is erased


def took_part(
    session: Session, round: Round, account: Account, code: str, *, keys: KeyRing, at: datetime
) -> bool:
    """Count somebody for the connector whose link they came by, unless they were counted before.

    To be called before what they do is stored: who has a seat took part before they came.
    """
    connector = queries.find_by_code(session, round, code)
    if connector is None or connector.account_id == account.id:
        return False
    if people.find_seat(session, round, account) is not None:
        return False
    mark = keys.mac(round.id, Purpose.BROUGHT_IN, account.id)
    row = {"round_id": round.id, "mark": mark}
    adding = upsert(session, BroughtIn).values(row).on_conflict_do_nothing()
    if not session.execute(adding).rowcount:
        return False
    session.execute(
        update(Connector)
        .where(Connector.id == connector.id)
        .values(
            brought=Connector.brought + 1,
            first_on=func.coalesce(Connector.first_on, at.astimezone(round.zone).date()),
        )
        .execution_options(synchronize_session=False)
    )
    return True


def tick(tools: Tools) -> None:
    """Thank connectors on the day after, and erase requests that were answered long ago."""
    now = tools.clock()
    with Session(tools.engine) as session, session.begin():
        thank(session, now)
        session.execute(delete(Introduction).where(Introduction.answered_at < now - KEPT))


def thank(session: Session, now: datetime) -> None:
    """Tell connectors that somebody took part through them; the day after, so that it is
    not told who it was by telling when."""
    waiting = session.scalars(
        select(Connector).where(Connector.first_on.is_not(None), Connector.thanked_at.is_(None))
    ).all()
    for connector in waiting:
        round = connector.round
        if connector.first_on >= now.astimezone(round.zone).date():
            continue
        connector.thanked_at = now
        news.tell(
            session,
            connector.account_id,
            round_id=round.id,
            key=f"connector-thanks:{connector.id}",
            subject=f"{round.name}: thank you for bringing people in",
            text=f"Somebody who came by your link has taken part in “{round.name}”. Thank you! "
            "We do not say who, and we rank nobody.",
            path=f"/rounds/{round.slug}/connectors/mine",
            at=now,
        )
