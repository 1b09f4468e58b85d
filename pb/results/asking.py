"""What a counter-signed act asks for, and what is at hand when it is carried out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from pb import audit
from pb.eligibility.models import RollEntry
from pb.keys import KeyRing
from pb.rounds.models import Act, ActKind, Round
from pb.tally.rules import Rule


@dataclass(frozen=True)
class Asked:
    """An act that somebody has in mind, at a moment.

    `closes_at` is for an extension, the number of a `project` for a withdrawal; `entry` is for a
    vote that is taken out, with a `salt` because the digest of what was asked for is public.
    """

    session: Session
    round: Round
    at: datetime
    closes_at: datetime | None = None
    project: int | None = None
    entry: RollEntry | None = None
    salt: str = ""


@dataclass(frozen=True)
class Confirmed:
    """An act with both hands, about to be carried out."""

    session: Session
    act: Act
    at: datetime
    keys: KeyRing
    rules: Mapping[str, Rule]
    sheets: Sequence[str] = ()  # of the key, as they were typed: one or two, for a count


@dataclass(frozen=True)
class Deed:
    """One kind of act: what may stand in its way, exactly what is asked for, what it does."""

    require: Callable[[Asked], None]  # refuses in a sentence
    payload: Callable[[Asked], dict[str, Any]]
    carry_out: Callable[[Confirmed], None]


def asked_again(session: Session, act: Act, at: datetime) -> Asked:
    """What a waiting act asks for, as things are at this moment."""
    project, entry = project_number(act), entry_of(session, act)
    salt = act.payload.get("salt") or ""
    return Asked(session, act.round, at, closes_at(act), project, entry, salt)


def closes_at(act: Act) -> datetime | None:
    """The new end of the voting that an act asks for, if it is an extension."""
    end = act.payload.get("closes_at")
    return end and datetime.fromisoformat(end)


def entry_of(session: Session, act: Act) -> RollEntry | None:
    """The entry of the roll whose vote an act takes out, if that is what it does."""
    number = act.payload.get("entry")
    return session.get(RollEntry, number) if number is not None else None


def project_number(act: Act) -> int | None:
    """The number of the project that an act withdraws, if it does."""
    return act.payload.get("number") if act.kind is ActKind.WITHDRAW_PROJECT else None


def moment(at: datetime) -> str:
    """A moment with one spelling, whatever zone it came in."""
    return at.astimezone(UTC).isoformat()


def record(confirmed: Confirmed, kind: str, body: dict[str, Any]) -> None:
    """Leave the trace of an act that was carried out in the public log."""
    act = confirmed.act
    audit.record(
        confirmed.session,
        chain=act.round_id,
        kind=kind,
        at=confirmed.at,
        actor=act.confirmed_by,
        side=act.confirmed_side,
        body={"act": act.id, **body},
    )
