"""Looking up the roll."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from pb import db
from pb.eligibility import codes, roll
from pb.eligibility.models import CodeBatch, RollEntry, RollImport, Voter, VoterClass
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Area, Round

IN_ONE_QUERY = 1000  # values of one IN (…)


@dataclass(frozen=True)
class AreaRoll:
    """How many people of one area are on the roll, and how many of them have a code."""

    area: Area | None  # None: people who vote city-wide only
    entries: int
    with_code: int


@dataclass(frozen=True)
class ClassRoll:
    """How many people of one class are on the roll."""

    voter_class: VoterClass
    entries: int


# Of the table and not of the class, put together once: every page of a ballot begins with it.
ENTRY = RollEntry.__table__.c
VOTER = select(*(ENTRY[name] for name in Voter._fields)).where(ENTRY.id == bindparam("id"))
SEEN = "voter seen"  # noted of a transaction that has read an entry along with something else


def find_voter(session: Session, entry_id: int) -> Voter | None:
    """What a ballot needs to know of an entry."""
    seen = db.noted(session, SEEN)
    if seen is not None and seen.id == entry_id:
        return seen
    found = db.run(session, VOTER, {"id": entry_id})
    return None if found is None else Voter._make(found)


def find_by_code(session: Session, round: Round, code: str, keys: KeyRing) -> RollEntry | None:
    """The entry that a code belongs to; `code` as `codes.parse` returns it."""
    return session.scalars(
        select(RollEntry).where(
            RollEntry.round_id == round.id, RollEntry.code_mac == codes.mac(keys, round.id, code)
        )
    ).first()


def find_by_person(session: Session, round: Round, person: str, keys: KeyRing) -> RollEntry | None:
    """The entry of a person, by their number in the town's register."""
    hashed = keys.mac(round.id, Purpose.ROLL, "person", roll.normalised(person))
    return session.scalars(
        select(RollEntry).where(RollEntry.round_id == round.id, RollEntry.person_mac == hashed)
    ).first()


def find_by_number(session: Session, round: Round, number: int) -> RollEntry | None:
    """The entry with this number on the roll, from 1 in the order of import."""
    if not 0 < number < 2**31:
        return None
    return session.scalars(
        select(RollEntry).where(RollEntry.round_id == round.id, RollEntry.number == number)
    ).first()


def number_of(session: Session, entry: RollEntry) -> int:
    """The number of an entry on the roll, from 1 in the order of import."""
    return entry.number


def entry_ids(session: Session, round: Round) -> Sequence[int]:
    """The entries of a round by their numbers: in the order of import."""
    return session.scalars(
        select(RollEntry.id).where(RollEntry.round_id == round.id).order_by(RollEntry.number)
    ).all()


def lacking_a_code(
    session: Session, round: Round, wanted: Sequence[int] | None = None, *, hold: bool = False
) -> list[RollEntry]:
    """The entries that have no code now, of all or of the `wanted` (ids), in their order.

    With `hold` nobody else can give them one until this transaction ends.
    """
    query = (
        select(RollEntry)
        .where(RollEntry.round_id == round.id, RollEntry.code_mac.is_(None))
        .order_by(RollEntry.number)
        .execution_options(populate_existing=True)
    )
    if hold:
        query = query.with_for_update()
    if wanted is None:
        return list(session.scalars(query))
    found = {}
    for start in range(0, len(wanted), IN_ONE_QUERY):
        part = query.where(RollEntry.id.in_(wanted[start : start + IN_ONE_QUERY]))
        found.update((entry.id, entry) for entry in session.scalars(part))
    return [found[entry_id] for entry_id in wanted if entry_id in found]


def in_area_lacking_a_code(session: Session, round: Round, area: Area | None) -> list[RollEntry]:
    """The entries of one area, or of no area, that have no code; in the order of the roll."""
    return list(
        session.scalars(
            select(RollEntry)
            .where(
                RollEntry.round_id == round.id,
                RollEntry.code_mac.is_(None),
                RollEntry.area_id == (area and area.id),
            )
            .order_by(RollEntry.number)
        )
    )


def batches(session: Session, round: Round) -> Sequence[CodeBatch]:
    """The batches of codes that were given out, newest first."""
    return session.scalars(
        select(CodeBatch).where(CodeBatch.round_id == round.id).order_by(CodeBatch.id.desc())
    ).all()


def find_batch(session: Session, round: Round, batch_id: int) -> CodeBatch | None:
    """One batch of codes of this round."""
    return session.scalars(
        select(CodeBatch).where(CodeBatch.round_id == round.id, CodeBatch.id == batch_id)
    ).first()


def batch_of_job(session: Session, job_id: int) -> CodeBatch | None:
    """The batch that a job made last; one that began again has made more than one."""
    return session.scalars(
        select(CodeBatch)
        .where(CodeBatch.job_id == job_id)
        .order_by(CodeBatch.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def entries_of(session: Session, batch: CodeBatch, *, with_code: bool) -> list[RollEntry]:
    """The entries of a batch whose code still works, or those whose code was revoked with it."""
    has_code = RollEntry.code_mac.is_not(None)
    return list(
        session.scalars(
            select(RollEntry)
            .where(
                RollEntry.round_id == batch.round_id,
                RollEntry.code_batch_id == batch.id,
                has_code if with_code else ~has_code,
            )
            .order_by(RollEntry.number)
        )
    )


def by_area(session: Session, round: Round) -> list[AreaRoll]:
    """The size of the roll, by the order of the areas; city-wide voters last."""
    found = {
        area_id: (entries, with_code)
        for area_id, entries, with_code in session.execute(
            select(RollEntry.area_id, func.count(), func.count(RollEntry.code_mac))
            .where(RollEntry.round_id == round.id)
            .group_by(RollEntry.area_id)
        )
    }
    areas = [area for area in round.areas if not area.city_wide or area.id in found]
    return [
        AreaRoll(area, *found.get(area.id if area else None, (0, 0)))
        for area in (*areas, *([None] if None in found else []))
    ]


def by_class(session: Session, round: Round) -> list[ClassRoll]:
    """The size of the roll by class, in the order of the classes, without empty ones."""
    found = dict(
        session.execute(
            select(RollEntry.voter_class, func.count())
            .where(RollEntry.round_id == round.id)
            .group_by(RollEntry.voter_class)
        ).all()
    )
    return [ClassRoll(one, found[one]) for one in VoterClass if one in found]


def imports(session: Session, round: Round) -> Sequence[RollImport]:
    """The lists that were read into the roll, oldest first."""
    return session.scalars(
        select(RollImport).where(RollImport.round_id == round.id).order_by(RollImport.id)
    ).all()
