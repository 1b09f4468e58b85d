"""Typing a sheet: two people read the same, or nothing is counted.

A reading is kept as fingerprints only. The choices themselves pass through: the second of two equal
readings goes into the box.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.ballots import service as box
from pb.ballots import sheet as sheets
from pb.ballots.models import Channel
from pb.ballots.paper.models import (
    SETTLED,
    Invalidity,
    PaperBatch,
    PaperReading,
    PaperSheet,
    SheetState,
)
from pb.ballots.paper.steps import hold, require_open
from pb.ballots.sealing import fresh
from pb.db import canonical
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, NotFound, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.tally.ballots import Ballot

VOTER, REASON = "voter", "reason"  # parts of a reading; the others are “list SLUG”


@dataclass(frozen=True)
class Reading:
    """What one person reads on a sheet: whose it is and its lists by area id, or a reason."""

    voter: RollEntry | None = None
    lists: Mapping[int, Ballot] = field(default_factory=dict)
    reason: Invalidity | None = None
    doubtful: bool = False  # a mark that two people have to look at together


def read(
    session: Session,
    batch: PaperBatch,
    number: int,
    reading: Reading,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> PaperSheet:
    """Take down what one person reads on a sheet; settle it once two people read the same.

    Who types again replaces what they typed before. Sheets may be typed after voting has closed,
    until their batch is closed: they were handed in before.
    """
    hold(session, batch)
    round = fresh(session, batch.round)
    require_open(session, round, batch, by, at)
    if not 0 < number <= batch.issued:
        raise Invalid(f"Batch {batch.number} has the sheets 1 to {batch.issued:,}.")
    if reading.reason is None and reading.voter is None:
        raise Invalid("Type the voter’s number, or choose why the sheet does not count.")
    sheet = _unsettled(session, batch, number)
    mine = _take_down(session, sheet, _prints(round, batch, number, reading, keys), reading, by)
    others = _others(session, mine)
    agrees = next((one for one in others if _agree(one, mine)), None)
    if agrees is not None:
        _settle(session, round, sheet, reading, (agrees.clerk_id, by.id), at=at, keys=keys)
    elif others:
        sheet.state = SheetState.DIFFERS
    session.flush()
    return sheet


def take_back(
    session: Session, batch: PaperBatch, number: int, *, by: Account, at: datetime
) -> None:
    """Forget what this person typed under this number, as if they had not.

    Raises NotFound where they typed nothing, Refused once the sheet is settled or the batch closed.
    """
    hold(session, batch)
    require_open(session, fresh(session, batch.round), batch, by, at)
    # Numbers that were never issued are not looked up: SQLite cannot hold the largest of them.
    sheet = _typed(session, batch, number) if 0 < number <= batch.issued else None
    mine = sheet and session.get(PaperReading, (batch.id, number, by.id), populate_existing=True)
    if mine is None:
        raise NotFound(f"You have typed no sheet {number} of batch {batch.number}.")
    others = _others(session, mine)
    session.delete(mine)
    session.flush()  # before its sheet, which it refers to
    if not others:
        session.delete(sheet)
    elif len(others) == 1:
        sheet.state = SheetState.WAITING
    session.flush()


def _unsettled(session: Session, batch: PaperBatch, number: int) -> PaperSheet:
    """The sheet of this number, made when it is typed for the first time."""
    sheet = _typed(session, batch, number)
    if sheet is None:
        sheet = PaperSheet(
            batch_id=batch.id, number=number, round_id=batch.round_id, state=SheetState.WAITING
        )
        session.add(sheet)
        session.flush()
    return sheet


def _typed(session: Session, batch: PaperBatch, number: int) -> PaperSheet | None:
    """The sheet of this number if anybody has typed it; refused once it is settled."""
    sheet = session.get(PaperSheet, (batch.id, number), populate_existing=True)
    if sheet is not None and sheet.state in SETTLED:
        raise Refused(f"Sheet {number} is settled already: two people typed the same.")
    return sheet


def _prints(
    round: Round, batch: PaperBatch, number: int, reading: Reading, keys: KeyRing
) -> dict[str, str]:
    """A reading as fingerprints: under a key outside the database, and for this sheet alone."""

    def mac(part: str, value: str | int) -> str:
        return keys.mac(round.id, Purpose.BALLOTS, "paper", batch.id, number, part, value).hex()

    if reading.reason is not None:
        return {REASON: mac(REASON, reading.reason)}
    slugs = {area.id: area.slug for area in round.areas}
    kind = round.ballot_limits.kind
    lists = {
        f"list {slugs[area_id]}": canonical(sheets.canonical(ballot, kind).to_json()).decode()
        for area_id, ballot in reading.lists.items()
        if ballot.choices
    }
    return {VOTER: mac(VOTER, reading.voter.id)} | {
        part: mac(part, value) for part, value in lists.items()
    }


def _take_down(
    session: Session, sheet: PaperSheet, prints: dict[str, str], reading: Reading, by: Account
) -> PaperReading:
    """Keep this person's reading in place of the one before."""
    key = (sheet.batch_id, sheet.number, by.id)
    mine = session.get(PaperReading, key) or PaperReading(
        batch_id=sheet.batch_id, number=sheet.number, clerk_id=by.id, round_id=sheet.round_id
    )
    mine.prints, mine.doubtful = prints, reading.doubtful
    session.add(mine)
    session.flush()
    return mine


def _others(session: Session, mine: PaperReading) -> list[PaperReading]:
    query = select(PaperReading).where(
        PaperReading.batch_id == mine.batch_id,
        PaperReading.number == mine.number,
        PaperReading.clerk_id != mine.clerk_id,
    )
    return list(session.scalars(query.order_by(PaperReading.clerk_id)))


def _agree(one: PaperReading, other: PaperReading) -> bool:
    return one.prints == other.prints and not one.doubtful and not other.doubtful


def _settle(
    session: Session,
    round: Round,
    sheet: PaperSheet,
    reading: Reading,
    hands: tuple[int, int],
    *,
    at: datetime,
    keys: KeyRing,
) -> None:
    """Put the ballot into the box, or note why not; what was typed is deleted."""
    reason, invalid_lists = reading.reason, 0
    if reason is None:
        reason, invalid_lists = _cast(session, round, reading, at=at, keys=keys)
    sheet.state = SheetState.INVALID if reason else SheetState.COUNTED
    sheet.reason, sheet.invalid_lists = reason, invalid_lists
    sheet.first_by, sheet.second_by = hands
    session.execute(
        delete(PaperReading).where(
            PaperReading.batch_id == sheet.batch_id, PaperReading.number == sheet.number
        )
    )


def _cast(
    session: Session, round: Round, reading: Reading, *, at: datetime, keys: KeyRing
) -> tuple[Invalidity | None, int]:
    """Cast the lists that keep their limits: why the sheet does not count, or None and the number
    of lists that do not."""
    sheet = sheets.blank(session, round, reading.voter)
    own = sheet.by_area
    # Sheets that were printed before a withdrawal may name the project: its mark says nothing.
    lists = {
        area_id: one.without(own[area_id].gone) if area_id in own else one
        for area_id, one in reading.lists.items()
    }
    filled = {area_id: one for area_id, one in lists.items() if one.choices}
    good = {
        area_id: one
        for area_id, one in filled.items()
        if area_id in own and not own[area_id].problems(one)
    }
    if (filled and not good) or sheet.problems(good):
        return Invalidity.OVER_LIMIT, 0
    # Handed in before the close, whenever it is typed.
    last = calendar.span(round, Phase.VOTING).closes_at - timedelta(microseconds=1)
    try:
        box.cast(
            session, round, reading.voter, good,
            channel=Channel.PAPER, now=at, received=min(at, last), keys=keys,
        )  # fmt: skip
    except box.AlreadyVoted:
        return Invalidity.ALREADY_VOTED, 0
    return None, len(filled) - len(good)
