"""Choosing the limits of a round, and counting a post against them."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Refused, Unfit
from pb.purpose.contingents import queries
from pb.purpose.contingents.models import (
    MOST_A_DAY,
    MOST_HOURS,
    MOST_OTHERS,
    ContingentRules,
    Kind,
    PostCount,
)
from pb.rounds import people
from pb.rounds.models import Round, Side


class Spent(Refused):
    """The person's posts of the day are used, or it is the others' turn."""


PLACES = {
    Kind.ANSWER: "on this question",
    Kind.COMMENT: "here",
    Kind.IDEA: "among the ideas",
}


def set_rules(
    session: Session,
    round: Round,
    *,
    per_day: int,
    one_turn: bool,
    others: int,
    hours: int,
    by: Account,
    at: datetime,
) -> ContingentRules:
    """Choose the limits of a round; raises Unfit with a sentence for every number out of range.

    They count from the next post on; nothing that was posted is taken back.
    """
    faults = {
        name: f"Enter a number from 1 to {most}."
        for name, value, most in (
            ("per_day", per_day, MOST_A_DAY),
            ("others", others, MOST_OTHERS),
            ("hours", hours, MOST_HOURS),
        )
        if not 1 <= value <= most
    }
    if faults:
        raise Unfit(faults)
    chosen = {"per_day": per_day, "one_turn": one_turn, "others": others, "hours": hours}
    rules = session.merge(ContingentRules(round_id=round.id, **chosen))
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="contingents.set",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body=chosen,
    )
    return rules


def spend(
    session: Session, round: Round, account: Account, kind: Kind, topic_id: int, now: datetime
) -> None:
    """Count one post of a person on a topic.

    Raises Spent where the person's day is used up or it is not their turn. One statement looks
    and counts: of many windows at once, no more come through than are allowed.
    """
    people.take_seat(session, round, account, Side.COMMUNITY)
    row = {
        "round_id": round.id,
        "kind": kind,
        "topic_id": topic_id,
        "account_id": account.id,
        "side": Side.COMMUNITY,
        "day": now.astimezone(round.zone).date(),
        "posts": 1,
        "at": now,
    }
    adding = upsert(session, PostCount).values(row)
    same_day = PostCount.day == adding.excluded.day
    counted = adding.on_conflict_do_update(
        index_elements=["round_id", "kind", "topic_id", "account_id"],
        set_={
            "posts": sa.case((same_day, PostCount.posts + 1), else_=1),
            "day": adding.excluded.day,
            "at": adding.excluded.at,
        },
        where=_may(queries.rules(session, round), same_day, now),
    )
    if session.execute(counted.returning(PostCount.posts)).first() is None:
        raise Spent(_sentence(round, kind, session, account, topic_id, now))


def _may(
    rules: ContingentRules, same_day: sa.ColumnElement[bool], now: datetime
) -> sa.ColumnElement[bool]:
    """The condition on a person's row under which one more post is theirs."""
    fits = sa.or_(sa.not_(same_day), PostCount.posts < rules.per_day)
    if not rules.one_turn:
        return fits
    other = PostCount.__table__.alias("other")
    since = (
        sa.select(sa.func.count())
        .select_from(other)
        .where(
            other.c.round_id == PostCount.round_id,
            other.c.kind == PostCount.kind,
            other.c.topic_id == PostCount.topic_id,
            other.c.at > PostCount.at,
        )
        .correlate(PostCount.__table__)
        .scalar_subquery()
    )
    rested = PostCount.at <= now - timedelta(hours=rules.hours)
    return sa.and_(fits, sa.or_(rested, since >= rules.others))


def _sentence(
    round: Round, kind: Kind, session: Session, account: Account, topic_id: int, now: datetime
) -> str:
    found = queries.left(session, round, account, kind, topic_id, now)
    until = found.until.astimezone(round.zone)
    if found.waits_for:
        others = "one more person has" if found.waits_for == 1 else f"{found.waits_for} others have"
        return (
            f"It is the others’ turn {PLACES[kind]}. Yours comes back when {others} posted, "
            f"and at the latest on {until:%-d %B at %H:%M}."
        )
    posts = "your post" if found.of == 1 else f"your {found.of} posts"
    return (
        f"You have used {posts} for today {PLACES[kind]}. "
        "It is the others’ turn; yours comes back tomorrow at 00:00."
    )
