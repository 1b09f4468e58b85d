"""Looking at paper ballots: batches, sheets that wait, and totals. None of it tells a choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.ballots import sheet
from pb.ballots.paper.models import (
    SETTLED,
    Invalidity,
    PaperBatch,
    PaperReading,
    PaperSheet,
    SheetState,
)
from pb.ballots.sheet import Section
from pb.rounds.models import Area, Round

WHY = {
    Invalidity.NOT_ON_ROLL: "Not on the list of voters",
    Invalidity.ALREADY_VOTED: "Has voted already",
    Invalidity.UNSIGNED: "The voter’s number or signature is missing",
    Invalidity.LATE: "Handed in too late",
    Invalidity.UNREADABLE: "Cannot be read",
    Invalidity.SPOILED: "Spoiled: crossed out or torn",
    Invalidity.OVER_LIMIT: "No list keeps its limits",
}


@dataclass(frozen=True)
class Progress:
    """How many sheets of a batch have come how far."""

    counted: int
    invalid: int
    waiting: int  # typed by one person
    differs: int

    @property
    def settled(self) -> int:
        return self.counted + self.invalid


@dataclass(frozen=True)
class Totals:
    """The paper ballots of a whole round."""

    batches: int
    counted: int
    invalid: Mapping[Invalidity, int]  # only reasons that occur
    invalid_lists: int  # lists that do not count on ballots that do


def batches(session: Session, round: Round) -> Sequence[PaperBatch]:
    """The batches of a round by number."""
    return session.scalars(
        select(PaperBatch).where(PaperBatch.round_id == round.id).order_by(PaperBatch.number)
    ).all()


def find_batch(session: Session, round: Round, number: int) -> PaperBatch | None:
    """The batch of this number."""
    if not 0 < number < 2**31:
        return None
    return session.scalars(
        select(PaperBatch).where(PaperBatch.round_id == round.id, PaperBatch.number == number)
    ).first()


def unclosed(session: Session, round: Round) -> Sequence[int]:
    """The numbers of the batches that are not closed."""
    return session.scalars(
        select(PaperBatch.number)
        .where(PaperBatch.round_id == round.id, PaperBatch.closed_at.is_(None))
        .order_by(PaperBatch.number)
    ).all()


def progress(session: Session, batch: PaperBatch) -> Progress:
    """How far the sheets of a batch have come."""
    found = dict(
        session.execute(
            select(PaperSheet.state, func.count())
            .where(PaperSheet.batch_id == batch.id)
            .group_by(PaperSheet.state)
        ).all()
    )
    return Progress(**{state.value: found.get(state, 0) for state in SheetState})


def sheets(session: Session, batch: PaperBatch) -> Sequence[PaperSheet]:
    """The sheets of a batch that were typed, by number."""
    return session.scalars(
        select(PaperSheet).where(PaperSheet.batch_id == batch.id).order_by(PaperSheet.number)
    ).all()


def readings(session: Session, batch: PaperBatch) -> Mapping[int, list[PaperReading]]:
    """What was typed of sheets that are not settled, by sheet number."""
    found: dict[int, list[PaperReading]] = {}
    query = select(PaperReading).where(PaperReading.batch_id == batch.id)
    for reading in session.scalars(query.order_by(PaperReading.number, PaperReading.clerk_id)):
        found.setdefault(reading.number, []).append(reading)
    return found


def differing(readings: Sequence[PaperReading]) -> set[str]:
    """The parts of a sheet (“voter”, “reason”, slugs of areas) in which readings do not agree."""
    parts = {part for reading in readings for part in reading.prints}
    return {part for part in parts if len({reading.prints.get(part) for reading in readings}) > 1}


def sections(session: Session, batch: PaperBatch) -> tuple[Section, ...]:
    """The lists that are printed on the sheets of a batch."""
    return sheet.blank_for(session, batch.round, batch.area_id).sections


def totals(session: Session, round: Round) -> Totals:
    """What became of all paper ballots of a round."""
    rows = session.execute(
        select(
            PaperSheet.state, PaperSheet.reason, func.count(), func.sum(PaperSheet.invalid_lists)
        )
        .where(PaperSheet.round_id == round.id, PaperSheet.state.in_(SETTLED))
        .group_by(PaperSheet.state, PaperSheet.reason)
    ).all()
    return Totals(
        batches=len(batches(session, round)),
        counted=sum(n for state, _, n, _ in rows if state is SheetState.COUNTED),
        invalid={reason: n for _, reason, n, _ in sorted(rows, key=_order) if reason},
        invalid_lists=sum(lists for *_, lists in rows),
    )


def areas(round: Round) -> list[Area]:
    """The areas whose voters can be given sheets of their own."""
    return [area for area in round.areas if not area.city_wide]


def _order(row: tuple) -> int:
    return list(Invalidity).index(row[1]) if row[1] else -1
