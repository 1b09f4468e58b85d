"""The desk: a clerk checks who somebody is, and hands out a code."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.audit.models import Entry
from pb.ballots import queries
from pb.ballots.models import Channel
from pb.ballots.service import AlreadyVoted
from pb.eligibility import entries, roll
from pb.eligibility import service as eligibility
from pb.eligibility.models import RollEntry
from pb.eligibility.service import IssuedCode
from pb.errors import PhaseClosed, Refused
from pb.keys import KeyRing
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side
from pb.rounds.routes import Route

HELP = "desk.help"
CHANGED = (
    "This person’s code was made, replaced or taken back since you looked. "
    "If you have no slip with the new code, you can make another one now."
)
TAKEN_BACK = "The code before was taken back"


class Helper(StrEnum):
    """Who helps a voter to fill in the ballot."""

    COMPANION = "companion"
    DESK = "desk"


def hand_out(
    session: Session,
    round: Round,
    entry: RollEntry,
    *,
    seen: int | None,
    reason: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> IssuedCode:
    """A code for a voter at the desk; one that they had before stops working, for that reason.

    Refused to somebody who has voted on paper, and where `seen`, the number of codes that the clerk
    saw, is not true any more: a page that is loaded again must not replace the code on the slip.
    """
    if queries.voted_by(session, entry) is Channel.PAPER:
        raise AlreadyVoted("This person has voted on paper. A code would be of no use to them.")
    eligibility.hold(session, entry)
    if seen != entry.codes_issued:
        raise Refused(CHANGED)
    if not entry.codes_issued:
        return _first_code(session, round, entry, by=by, at=at, keys=keys)
    reason = reason if entry.code_mac is not None else TAKEN_BACK
    return eligibility.replace_code(session, round, entry, reason=reason, by=by, at=at, keys=keys)


def _first_code(
    session: Session, round: Round, entry: RollEntry, *, by: Account, at: datetime, keys: KeyRing
) -> IssuedCode:
    roll.require_before(round, Phase.COUNTING, at, eligibility.ENDED)
    # As with a code that is replaced: a way that the round does not offer is not counted.
    route = Route.DESK if Route.DESK in round.routes else Route.LETTER_CODE
    issued = entries.first_code(session, round, entry, route=route, at=at, keys=keys)
    roll.record(session, round, "codes.issue", by, at, {"codes": 1})
    return issued


def note_help(session: Session, round: Round, helper: Helper, *, by: Account, at: datetime) -> None:
    """Write in the log that a voter is helped to fill in the ballot; it does not say who."""
    if calendar.phase_at(round, at) is not Phase.VOTING:
        raise PhaseClosed("Voting is not open. Nobody fills in a ballot now.")
    audit.record(
        session, chain=round.id, kind=HELP, at=at, actor=by.id, side=Side.COMMISSION,
        body={"helper": helper.value},
    )  # fmt: skip


def helped(session: Session, round: Round) -> int:
    """How many voters were helped to fill in their ballots."""
    return session.scalar(select(func.count()).where(Entry.chain == round.id, Entry.kind == HELP))
