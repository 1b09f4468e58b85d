"""Closing the ballot box for good: ballots are taken apart, sorted and cut loose from voters.

Lists of different areas are separated, so that nobody can be recognised by a rare combination;
sorting leaves no trace of the order in which the ballots came.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session, selectinload

from pb import audit, db
from pb.ballots import queries, receipts, turnout
from pb.ballots.envelope import Opener
from pb.ballots.models import (
    CommitmentList,
    LiveBallot,
    SealedChoice,
    SealedCommitment,
    TurnoutMark,
    WaitingSheet,
)
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.proposals.models import Project
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, Round
from pb.tally.ballots import Ballot

SPACE = 0x5042  # of advisory locks: casting shares the round's lock, sealing holds it alone
BATCH = 5_000
KEY_IS_GONE = (
    "The key that finds a voter’s ballot was destroyed when this box was sealed before: what lies "
    "here is an older copy of it. It stays shut."
)


@dataclass(frozen=True)
class SealSummary:
    """What was in the box: ballots, filled-in lists by area (slug), and the digest of them all."""

    ballots: int
    lists: Mapping[str, int]
    digest: str


def seal(
    session: Session, round: Round, *, at: datetime, keys: KeyRing, opener: Opener | None = None
) -> SealSummary:
    """Seal the box of a round whose voting is over; call `cleaning.after_seal` after the commit.

    `opener` opens the envelopes, where ballots lie in some. Refused unless every ballot is as it
    was cast, and belongs to one turnout mark.
    """
    db.lock(session, SPACE, round.id)
    round = fresh(session, round)
    if round.sealed_at is not None:
        raise Refused("The ballot box is sealed already.")
    if calendar.phase_at(round, at) is not Phase.COUNTING:
        raise PhaseClosed("The ballot box can be sealed once voting has ended.")
    imported = session.scalar(select(_choices_of(round)))
    if not imported and at < calendar.counting_from(round):
        raise PhaseClosed("The last ballots may still be on their way. Wait a few minutes.")
    if round.encrypted and opener is None:
        raise Refused(
            "The ballots lie in closed envelopes. Two key sheets are needed to open them."
        )
    live = session.execute(
        select(LiveBallot.slot, LiveBallot.commitment, LiveBallot.content).where(
            LiveBallot.round_id == round.id
        )
    ).all()
    _compare_with_marks(session, round, [slot for slot, _, _ in live], keys)
    unwrap = opener.open if round.encrypted else bytes
    lists = _open(round, [(commitment, unwrap(content)) for _, commitment, content in live])
    if live and imported:
        raise Refused("The box holds imported ballots besides those that were cast.")
    for area in round.areas:
        _store(session, round, area, sorted(lists.get(area.slug, ())))
    commitments = sorted(commitment for _, commitment, _ in live)
    _insert(
        session,
        SealedCommitment,
        ({"round_id": round.id, "commitment": commitment} for commitment in commitments),
    )
    for model in (LiveBallot, WaitingSheet, CommitmentList):
        session.execute(delete(model).where(model.round_id == round.id))
    round.sealed_at = at
    session.flush()
    return _record(session, round, len(live), at)


def fresh(session: Session, round: Round) -> Round:
    """The round as it stands inside this transaction: it may have been closed or extended."""
    return session.scalars(
        select(Round)
        .where(Round.id == round.id)
        .options(selectinload(Round.dates), selectinload(Round.areas))
        .execution_options(populate_existing=True)
    ).one()


def import_sealed(
    session: Session, round: Round, lists: Mapping[Area, Iterable[Ballot]]
) -> dict[str, int]:
    """Put the ballots of a finished election into the box; returns their number by area (slug).

    They are kept as they were cast, empty ones too, and are sealed and counted like any others.
    """
    if round.sealed_at is not None:
        raise Refused("The ballot box is sealed already.")
    marked = exists().where(TurnoutMark.round_id == round.id)
    if session.scalar(select(marked)) or session.scalar(select(_choices_of(round))):
        raise Refused("There are ballots in the box already.")
    counts = {}
    for area, ballots in lists.items():
        known = set(session.scalars(select(Project.code).where(Project.area_id == area.id)))
        found = sorted(ballots)
        for ballot in found:
            if unknown := [code for code in ballot.choices if code not in known]:
                raise Invalid(f"There is no project {unknown[0]} on the ballot of {area.name}.")
        counts[area.slug] = _store(session, round, area, found)
    return counts


def _choices_of(round: Round) -> sa.Exists:
    return exists().where(SealedChoice.round_id == round.id)


def slots_of(round: Round, keys: KeyRing) -> Callable[[int], bytes]:
    """What finds the slot of an entry of the roll; refused once the key for it is destroyed."""
    try:
        mac = keys.hasher(round.id, Purpose.BALLOTS)
    except FileNotFoundError:
        raise Refused(KEY_IS_GONE) from None
    return lambda entry: mac("slot", entry)


def _compare_with_marks(session: Session, round: Round, slots: list[bytes], keys: KeyRing) -> None:
    """Refuse to seal unless the ballots are exactly those of the marked entries."""
    marked = session.scalars(
        select(TurnoutMark.entry_id).where(TurnoutMark.round_id == round.id)
    ).all()
    if len(slots) != len(marked):
        raise Refused(
            f"The box holds {len(slots):,} ballots, but {len(marked):,} people have voted. "
            "It stays shut until this is explained."
        )
    slot_of = slots_of(round, keys)
    if {slot_of(entry) for entry in marked} != set(slots):
        raise Refused("A ballot in the box belongs to nobody who has voted. It stays shut.")


def _open(round: Round, live: list[tuple[bytes, bytes]]) -> dict[str, list[Ballot]]:
    """The filled-in lists of all ballots by area slug; refuses a ballot that was changed."""
    found: dict[str, list[Ballot]] = {}
    slugs = {area.slug for area in round.areas}
    for commitment, content in live:
        ballot = json.loads(content) if receipts.commitment(content) == commitment else {}
        if ballot.get("round") != round.slug or not slugs >= ballot["lists"].keys():
            raise Refused("A ballot in the box is not as it was cast. The box stays shut.")
        for slug, choices in ballot["lists"].items():
            found.setdefault(slug, []).append(Ballot.from_json(choices))
    return found


def _store(session: Session, round: Round, area: Area, ballots: list[Ballot]) -> int:
    """Write one area's sorted lists, numbered from 1."""
    rows = (
        {"round_id": round.id, "area_id": area.id, "n": n, "choices": ballot.to_json()}
        for n, ballot in enumerate(ballots, 1)
    )
    _insert(session, SealedChoice, rows)
    return len(ballots)


def _insert(session: Session, model: type[db.Base], rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        session.execute(insert(model.__table__), batch)


def _record(session: Session, round: Round, ballots: int, at: datetime) -> SealSummary:
    summary = SealSummary(
        ballots, queries.sealed_counts(session, round), queries.sealed_digest(session, round)
    )
    entitled = session.scalar(
        select(func.count()).select_from(RollEntry).where(RollEntry.round_id == round.id)
    )
    audit.record(
        session,
        chain=round.id,
        kind="box.seal",
        at=at,
        body={
            "ballots": summary.ballots,
            "lists": dict(summary.lists),
            "entitled": entitled,
            "voided": turnout.voided(session, round),
            "digest": summary.digest,
        },
    )
    return summary
