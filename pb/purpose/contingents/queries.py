"""What is left of a person's posts, and when more come back."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.purpose.contingents.models import ContingentRules, Kind, PostCount
from pb.rounds.models import Round


@dataclass(frozen=True)
class Left:
    """What a person can still post on a topic; with `waits_for`, others come first."""

    left: int
    of: int
    until: datetime  # when the day's posts, or the person's turn, come back
    waits_for: int = 0  # people


def rules(session: Session, round: Round) -> ContingentRules:
    """The limits of a round, or the defaults where it chose none."""
    return session.get(ContingentRules, round.id) or ContingentRules(
        round_id=round.id, per_day=3, one_turn=False, others=3, hours=24
    )


def midnight(round: Round, now: datetime) -> datetime:
    """When the next day begins where the round is."""
    tomorrow = now.astimezone(round.zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), round.zone)


def left(
    session: Session, round: Round, account: Account, kind: Kind, topic_id: int, now: datetime
) -> Left:
    """What this person can still post on this topic today."""
    chosen, day = rules(session, round), midnight(round, now)
    key = (round.id, kind, topic_id, account.id)
    mine = session.get(PostCount, key, populate_existing=True)
    if mine is None:
        return Left(chosen.per_day, chosen.per_day, day)
    used = mine.posts if mine.day == now.astimezone(round.zone).date() else 0
    rest = max(chosen.per_day - used, 0)
    turn = mine.at + timedelta(hours=chosen.hours)
    if rest and chosen.one_turn and now < turn:
        missing = chosen.others - _people_since(session, mine)
        if missing > 0:
            return Left(0, chosen.per_day, turn, missing)
    return Left(rest, chosen.per_day, day)


def _people_since(session: Session, mine: PostCount) -> int:
    return session.scalars(
        select(func.count()).where(
            PostCount.round_id == mine.round_id,
            PostCount.kind == mine.kind,
            PostCount.topic_id == mine.topic_id,
            PostCount.at > mine.at,
        )
    ).one()
