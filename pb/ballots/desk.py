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
from pb.eligibility import service as eligibility
from pb.eligibility.models import RollEntry
from pb.eligibility.service import IssuedCode
from pb.errors import PhaseClosed
from pb.keys import KeyRing
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side

HELP = "desk.help"


class Helper(StrEnum):
    """Who helps a voter to fill in the ballot."""

    COMPANION = "companion"
    DESK = "desk"


def hand_out(
    session: Session,
    round: Round,
    entry: RollEntry,
    *,
    reason: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> IssuedCode:
    """A code for a voter at the desk; one that they had before stops working, for that reason.

    Refused to somebody who has voted on paper.
    """
    if queries.voted_by(session, entry) is Channel.PAPER:
        raise AlreadyVoted("This person has voted on paper. A code would be of no use to them.")
    common = {"by": by, "at": at, "keys": keys}
    if entry.code_mac is not None:
        return eligibility.replace_code(session, round, entry, reason=reason, **common)
    [issued] = eligibility.issue_codes(session, round, entries=[entry], **common)
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
