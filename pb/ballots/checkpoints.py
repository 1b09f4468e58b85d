"""Every hour the log says how many people have voted, and gives a fingerprint of the box.

A ballot that disappears from the box, or is put into it by somebody else than a voter, changes
what the log has told already. The commitments themselves are published an hour late, and only
where enough of them are new, so that nobody learns from the list when somebody voted.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from pb import audit, db
from pb.audit.models import Entry
from pb.ballots.models import CommitmentList, LiveBallot, TurnoutMark
from pb.ballots.sealing import SPACE, fresh
from pb.notices.jobs import Tools
from pb.rounds.models import Round

KIND = "box.checkpoint"
ALARM = "box.alarm"
FEWEST_NEW = 20  # commitments, before a new list is published
LAG = timedelta(hours=1)
SIZE = 32  # bytes of a commitment


def take(session: Session, round: Round, *, at: datetime) -> Entry | None:
    """Write a checkpoint into the log, unless nothing has changed since the last one.

    Where marks and ballots are not equally many, an alarm is written beside it. The fingerprint
    of the box comes only with a list for publication: of fewer new ballots it would tell, once
    all receipts are known, which of them came in which hour.
    """
    db.lock(session, SPACE, round.id)
    if fresh(session, round).sealed_at is not None:  # meanwhile, while this waited
        return None
    commitments = session.scalars(
        select(LiveBallot.commitment)
        .where(LiveBallot.round_id == round.id)
        .order_by(LiveBallot.commitment)
    ).all()
    voted = session.scalar(select(func.count()).where(TurnoutMark.round_id == round.id))
    body = {"voted": voted, "ballots": len(commitments)}
    last = latest(session, round)
    before = last.body if last else {"voted": 0, "ballots": 0}
    if _list(session, round, commitments, at):
        body["commitments"] = hashlib.sha256(b"".join(commitments)).hexdigest()
    elif all(before[name] == number for name, number in body.items()):
        return None
    entry = audit.record(session, chain=round.id, kind=KIND, at=at, body=body)
    if voted != len(commitments):
        alarm = {"voted": voted, "ballots": len(commitments)}
        audit.record(session, chain=round.id, kind=ALARM, at=at, body=alarm)
    return entry


def latest(session: Session, round: Round) -> Entry | None:
    """The newest checkpoint of a round."""
    return session.scalars(
        select(Entry)
        .where(Entry.chain == round.id, Entry.kind == KIND)
        .order_by(Entry.seq.desc())
        .limit(1)
    ).first()


def taken(session: Session, round: Round) -> Sequence[Entry]:
    """All checkpoints of a round, oldest first."""
    return session.scalars(
        select(Entry).where(Entry.chain == round.id, Entry.kind == KIND).order_by(Entry.seq)
    ).all()


def alarms(session: Session, round: Round) -> int:
    """How often marks and ballots were not equally many."""
    found = select(func.count()).where(Entry.chain == round.id, Entry.kind == ALARM)
    return session.scalar(found) or 0


def due(session: Session, now: datetime) -> list[int]:
    """The rounds with votes in an open box that have no checkpoint of this hour."""
    voted = exists().where(TurnoutMark.round_id == Round.id)
    open_boxes = select(Round).where(Round.sealed_at.is_(None), voted).order_by(Round.id)
    hour = now.replace(minute=0, second=0, microsecond=0)
    found = []
    for round in session.scalars(open_boxes):
        last = latest(session, round)
        if last is None or last.at < hour:
            found.append(round.id)
    return found


def tick(tools: Tools) -> None:
    """Take the checkpoints that are due, each in a transaction of its own."""
    now = tools.clock()
    with Session(db.read_only(tools.engine)) as session:
        waiting = due(session, now)
    for number in waiting:
        with Session(tools.engine) as session, session.begin():
            take(session, session.get_one(Round, number), at=now)


def published(session: Session, round: Round, now: datetime) -> CommitmentList | None:
    """The newest list of commitments that may be shown: it is at least an hour old."""
    return session.scalars(
        select(CommitmentList)
        .where(CommitmentList.round_id == round.id, CommitmentList.at <= now - LAG)
        .order_by(CommitmentList.at.desc())
        .limit(1)
    ).first()


def listed(found: CommitmentList) -> list[bytes]:
    """The commitments of a list, sorted."""
    whole = found.commitments
    return [whole[start : start + SIZE] for start in range(0, len(whole), SIZE)]


def _list(session: Session, round: Round, commitments: Sequence[bytes], at: datetime) -> bool:
    """Keep the list for publication where enough is new, and drop those that a newer one replaces.

    What is shown now stays, and what will be.
    """
    mine = CommitmentList.round_id == round.id
    kept = session.scalars(select(CommitmentList).where(mine).order_by(CommitmentList.at.desc()))
    earlier = kept.all()
    known = set(listed(earlier[0])) if earlier else set()
    if len(set(commitments) - known) < FEWEST_NEW:
        return False
    session.add(CommitmentList(round_id=round.id, at=at, commitments=b"".join(commitments)))
    session.flush()
    shown = next((one.at for one in earlier if one.at <= at - LAG), None)
    if shown is not None:
        session.execute(delete(CommitmentList).where(mine, CommitmentList.at < shown))
    return True
