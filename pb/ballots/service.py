"""Casting a ballot, in one short transaction; sealing stands in `pb.ballots.sealing`."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from pb import db
from pb.ballots import envelope, receipts, sheet
from pb.ballots.cleaning import after_seal
from pb.ballots.models import Channel, LiveBallot, TurnoutMark
from pb.ballots.sealing import SPACE, SealSummary, import_sealed, seal
from pb.eligibility import queries as roll
from pb.eligibility.models import RollEntry, Voter
from pb.errors import PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.rounds import calendar, kept
from pb.rounds.models import PhaseDates, Round
from pb.rounds.routes import Route
from pb.tally.ballots import Ballot

__all__ = ["AlreadyVoted", "Receipt", "SealSummary", "after_seal", "cast", "import_sealed", "seal"]


ON_PAPER = "You have voted on paper. That ballot counts, and cannot be replaced by another."
SEALED = "Voting has ended and the ballot box is sealed. This was not counted."
VOTED = "This person has voted already, and that ballot counts."


class AlreadyVoted(Refused):
    """A ballot of this entry is in the box, and this one may not take its place."""


# What may change while voting is open: the box may be sealed, the voting extended.
MAY_CHANGE = (
    select(Round.sealed_at, PhaseDates.phase, PhaseDates.opens_at, PhaseDates.closes_at)
    .join(PhaseDates, PhaseDates.round_id == Round.id)
    .where(Round.id == bindparam("id"))
)


# One row, whether there is such an entry or not.
HOLD = select(
    func.hold_open(bindparam("space"), bindparam("slug")), *roll.VOTER.selected_columns
).select_from(
    select(literal(1)).subquery().outerjoin(RollEntry, RollEntry.id == bindparam("entry_id"))
)
BALLOT = ("round_id", "slot", "commitment", "content")
HELD = "box held open"  # noted of a transaction that holds it


@dataclass(frozen=True)
class Receipt:
    """The voter's proof that the ballot is in the box; it says nothing about the choices."""

    code: str
    at: datetime
    revision: int  # how often this voter has sent a ballot


@dataclass(frozen=True)
class _Ready:
    """A ballot in its envelope, where the round has envelopes, and its place in the box."""

    slot: bytes
    commitment: bytes
    content: bytes


def cast(
    session: Session,
    round: Round,
    entry: RollEntry | Voter,
    lists: Mapping[int, Ballot],
    *,
    channel: Channel,
    now: datetime,
    keys: KeyRing,
    received: datetime | None = None,
    submission: str | None = None,
    begun: datetime | None = None,
    route: Route | None = None,
) -> Receipt:
    """Put a ballot into the box, in place of the one that this entry has cast before.

    `lists` maps area ids to lists of project codes. `received` is when the ballot arrived, where
    that was before `now`; `begun` is when its form was begun, which may win it a little grace;
    `route` is how the voter came, for the count of routes. The same lists sent again under the same
    `submission` get the same receipt. Raises PhaseClosed outside voting, Invalid for a ballot
    beyond its limits, and AlreadyVoted where a ballot on paper would replace another or be
    replaced.
    """
    ready = _make_ready(round, entry, lists, keys, submission)  # before anybody waits for us
    if not db.noted(session, HELD):
        db.lock(session, SPACE, round.id, shared=True)
        _read_again(session, round)
    _require_open(round, received or now, begun)
    if entry.round_id != round.id:
        raise Refused("This code belongs to another round.")
    sheet.blank(session, round, entry).check(lists)
    revision = _mark_and_put(session, round, entry, channel, route, ready)
    return Receipt(receipts.code(ready.commitment), now, revision)


def hold_open(session: Session, slug: str, entry_id: int | None) -> None:
    """Keep the box of a round from being sealed until the transaction ends.

    A round that is looked up afterwards need not be read again when the ballot is cast; its
    revision and the voter's entry come with the same question. On SQLite only a transaction that
    writes could do that, and reading comes in one before it.
    """
    if session.get_bind().dialect.name == "postgresql":
        asked = {"space": SPACE, "slug": slug, "entry_id": entry_id}
        revision, *entry = db.run(session, HOLD, asked)
        kept.see(session, slug, revision)
        db.note(session, roll.SEEN, Voter(*entry))
        db.note(session, HELD)


def _read_again(session: Session, round: Round) -> None:
    """Bring what may have changed since the request began to what it is in this transaction."""
    if kept.is_same(session, round):
        return
    found = session.execute(MAY_CHANGE, {"id": round.id}).all()
    dates = {phase: (opens_at, closes_at) for _, phase, opens_at, closes_at in found}
    set_committed_value(round, "sealed_at", found[0].sealed_at)
    for row in round.dates:
        for name, value in zip(("opens_at", "closes_at"), dates[row.phase], strict=True):
            set_committed_value(row, name, value)


def _require_open(round: Round, received: datetime, begun: datetime | None) -> None:
    if round.sealed_at is not None:
        raise PhaseClosed(SEALED)
    calendar.require_in_time(round, received, begun)


def _mark_and_put(
    session: Session,
    round: Round,
    entry: RollEntry | Voter,
    channel: Channel,
    route: Route | None,
    ready: _Ready,
) -> int:
    """Mark the entry as having voted and lay the ballot into its slot; how often the entry has.

    A look before the insert would let two requests at once pass. Only a ballot from the web
    replaces another from the web; beside paper, whichever is first counts.
    """
    dialect = session.get_bind().dialect.name
    row = {"round_id": round.id, "entry_id": entry.id, "channel": channel, "route": route}
    ballot = {"round_id": round.id, **vars(ready)}
    if dialect == "postgresql":
        marked = db.run(session, marking_and_putting(), row | ballot)
    else:
        marked = db.run(session, marking(dialect), row)
        if marked is not None:
            db.run(session, putting(dialect), ballot)
    if marked is None:
        raise AlreadyVoted(ON_PAPER if channel is Channel.WEB else VOTED)
    return marked[0]


@cache
def marking(dialect: str) -> Any:
    """Marks an entry as having voted; put together once, which takes longer than the statement."""
    table = TurnoutMark.__table__.c
    names = ("round_id", "entry_id", "channel", "route")
    statement = db.INSERTS[dialect](TurnoutMark.__table__).values(
        {name: bindparam(name) for name in names} | {"revision": 1}
    )
    latest = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["round_id", "entry_id"],
        set_={"revision": table.revision + 1, "route": latest.route},
        where=(table.channel == Channel.WEB) & (latest.channel == Channel.WEB),
    ).returning(table.revision)


@cache
def putting(dialect: str) -> Any:
    """Lays a ballot into its slot, in place of the one that lies there."""
    insert = db.INSERTS[dialect](LiveBallot.__table__)
    return _in_place(insert.values({name: bindparam(name) for name in BALLOT}))


@cache
def marking_and_putting() -> Any:
    """Both in one statement, as only PostgreSQL can: the ballot is put where a mark was made."""
    marked = marking("postgresql").cte("marked")
    ballot = [bindparam(name, type_=LiveBallot.__table__.c[name].type) for name in BALLOT]
    insert = db.INSERTS["postgresql"](LiveBallot.__table__)
    put = _in_place(insert.from_select(BALLOT, select(*ballot).select_from(marked)))
    return select(marked.c.revision).add_cte(put.cte("put"))


def _in_place(insert: Any) -> Any:
    latest = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["round_id", "slot"],
        set_={"commitment": latest.commitment, "content": latest.content},
    )


def _make_ready(
    round: Round,
    entry: RollEntry | Voter,
    lists: Mapping[int, Ballot],
    keys: KeyRing,
    submission: str | None,
) -> _Ready:
    """A ballot ready for the box; whether it may go into it is another question."""
    try:
        mac = keys.hasher(round.id, Purpose.BALLOTS)
    except FileNotFoundError:  # destroyed when the box was sealed
        raise PhaseClosed(SEALED) from None
    nonce = secrets.token_hex(16)
    if submission is not None:
        nonce = mac("nonce", entry.id, submission).hex()[:32]
    content = db.canonical(_content(round, lists, nonce))
    commitment = receipts.commitment(content)
    if round.encrypted:
        content = envelope.close(round.box_key, content)
    return _Ready(mac("slot", entry.id), commitment, content)


def _content(round: Round, lists: Mapping[int, Ballot], nonce: str) -> dict[str, Any]:
    """The ballot as it is stored: the lists that are not empty, in one spelling."""
    kind = round.ballot_limits.kind
    filled = {
        area.slug: sheet.canonical(lists[area.id], kind).to_json()
        for area in round.areas
        if area.id in lists and lists[area.id].choices
    }
    return {"round": round.slug, "lists": filled, "nonce": nonce}
