"""Taking a vote out of the box, unread, between the close and the seal."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pb import db
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.ballots.sealing import SPACE, fresh, slots_of
from pb.eligibility.models import RollEntry
from pb.errors import Refused
from pb.keys import KeyRing
from pb.rounds.models import Round


def take_out(session: Session, round: Round, entry: RollEntry, *, keys: KeyRing) -> None:
    """Remove the mark and the ballot of an entry, in one transaction, without looking into it.

    Refused once the box is sealed or its key destroyed, and unless there is exactly one of each.
    """
    db.lock(session, SPACE, round.id)
    if fresh(session, round).sealed_at is not None:
        raise Refused("The ballot box is sealed. No vote can be taken out any more.")
    slot = slots_of(round, keys)(entry.id)
    mark = delete(TurnoutMark).where(
        TurnoutMark.round_id == round.id, TurnoutMark.entry_id == entry.id
    )
    ballot = delete(LiveBallot).where(LiveBallot.round_id == round.id, LiveBallot.slot == slot)
    removed = [session.execute(statement).rowcount for statement in (mark, ballot)]
    if removed != [1, 1]:
        raise Refused("The box does not hold one vote of this entry. Nothing was taken out.")
