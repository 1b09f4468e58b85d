"""What can be looked at before the box is opened: who came to vote, and never what they chose.

Votes are judged while nobody can read them, so that nobody can be judged by their choice.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.ballots import checkpoints, turnout
from pb.ballots.models import Channel, TurnoutMark
from pb.ballots.turnout import FEWEST_SHOWN, Turnout
from pb.eligibility.models import RollEntry
from pb.rounds.models import Round

OFTEN = 10  # times that one voter sends a ballot before it stands out
TIMES = 3  # as high as usual: what stands out among hours and areas


@dataclass(frozen=True)
class Hour:
    """How many people more had voted at a checkpoint than at the one before."""

    at: datetime
    voted: int
    more: int


@dataclass(frozen=True)
class Oversight:
    """The turnout from every side, and what stands out, in sentences."""

    turnout: Turnout
    by_channel: dict[Channel, int]
    by_revision: dict[int, int]  # how often a ballot was sent → by how many voters
    replaced: int  # voters whose code had been replaced
    hours: tuple[Hour, ...]
    alarms: int
    voided: int
    remarks: tuple[str, ...]


def oversight(session: Session, round: Round) -> Oversight:
    """Everything that may be known about the votes of a round before they are opened."""
    found = turnout.of_round(session, round)
    by_revision = _counted(session, round, TurnoutMark.revision)
    hours = _hours(session, round)
    alarms = checkpoints.alarms(session, round)
    return Oversight(
        turnout=found,
        by_channel=_counted(session, round, TurnoutMark.channel),
        by_revision=by_revision,
        replaced=_replaced(session, round),
        hours=hours,
        alarms=alarms,
        voided=turnout.voided(session, round),
        remarks=tuple(_remarks(found, by_revision, hours, alarms)),
    )


def _counted(session: Session, round: Round, column) -> dict:
    """How many marks have which value of a column, by value."""
    query = select(column, func.count()).where(TurnoutMark.round_id == round.id)
    return dict(session.execute(query.group_by(column).order_by(column)).all())


def _replaced(session: Session, round: Round) -> int:
    marked = (RollEntry.round_id == TurnoutMark.round_id) & (RollEntry.id == TurnoutMark.entry_id)
    new = RollEntry.code_mac.is_not(None)  # one that was only taken back is not replaced
    return (
        session.scalar(
            select(func.count())
            .select_from(TurnoutMark)
            .join(RollEntry, marked)
            .where(TurnoutMark.round_id == round.id, RollEntry.codes_issued > 1, new)
        )
        or 0
    )


def _hours(session: Session, round: Round) -> tuple[Hour, ...]:
    """The steps between checkpoints: marks themselves carry no time."""
    found, before = [], 0
    for entry in checkpoints.taken(session, round):
        voted = entry.body["voted"]
        found.append(Hour(entry.at, voted, voted - before))
        before = voted
    return tuple(found)


def _remarks(
    turnout: Turnout, by_revision: dict[int, int], hours: tuple[Hour, ...], alarms: int
) -> list[str]:
    found = []
    if alarms:
        found.append("Marks and ballots were not equally many at a checkpoint. See the log.")
    for one in turnout.by_area:
        usual = turnout.voted * one.entitled
        if one.shown and one.voted * turnout.entitled > TIMES * usual:
            name = one.area.name if one.area else "the voters without an area"
            found.append(f"In {name} the turnout is more than {TIMES} times that of all together.")
    if often := sum(many for times, many in by_revision.items() if times >= OFTEN):
        found.append(f"{often:,} voters sent a ballot {OFTEN} times or more.")
    steps = sorted(hour.more for hour in hours)
    usual = steps[len(steps) // 2] if steps else 0
    busy = [h for h in hours if h.more >= FEWEST_SHOWN and h.more > TIMES * usual]
    if busy:
        found.append(
            f"{len(busy)} checkpoints show more than {TIMES} times as many new voters as usual; "
            f"the most are {max(hour.more for hour in busy):,}."
        )
    return found
