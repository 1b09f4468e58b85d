"""Counter-signed acts: one commissioner asks, a steward confirms.

Who confirms while too few stewards serve stands in `pb.rounds.terms.second_hand`.

What an act does once it is confirmed stands in `pb.results.acts`, which knows every part.
"""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import canonical
from pb.errors import Refused
from pb.rounds import queries
from pb.rounds.models import SIDE_OF, Act, ActKind, Round, Side
from pb.rounds.terms.second_hand import note_stand_in, require_hand

TITLES = {
    ActKind.PUBLISH_ROUND: "Publish the round",
    ActKind.FREEZE_BALLOT: "Freeze the ballot",
    ActKind.EXTEND_VOTING: "Extend the voting",
    ActKind.VOID_VOTE: "Take a vote out of the box",
    ActKind.WITHDRAW_PROJECT: "Withdraw a project from the ballot",
    ActKind.COUNT: "Open the ballot box and count",
    ActKind.PUBLISH_RESULT: "Publish the result",
}


def digest(payload: dict[str, Any]) -> str:
    """SHA-256 of exactly what is asked for, as hex."""
    return hashlib.sha256(canonical(payload)).hexdigest()


def ask(
    session: Session,
    round: Round,
    kind: ActKind,
    payload: dict[str, Any],
    *,
    by: Account,
    reason: str,
    at: datetime,
) -> Act:
    """Ask for an act; refused while another of its kind is waiting."""
    if queries.open_act(session, round, kind):
        raise Refused(f"“{TITLES[kind]}” has already been asked for and waits for a second hand.")
    if not reason.strip():
        raise Refused("Give a reason: everybody can read it.")
    act = Act(
        round=round,
        kind=kind,
        payload=payload,
        payload_digest=digest(payload),
        reason=reason.strip(),
        asked_by=by.id,
        asked_side=Side.COMMISSION,
        asked_at=at,
    )
    session.add(act)
    session.flush()
    _record(session, act, "act.ask", by, Side.COMMISSION, at)
    return act


def confirm(
    session: Session, act: Act, payload: dict[str, Any], *, by: Account, at: datetime
) -> None:
    """Put the second hand to an act; `payload` is what the act would do now.

    Refused if something changed since it was asked for, or to a hand of the wrong side.
    """
    if not act.open:
        raise Refused("This act is no longer waiting.")
    if by.id == act.asked_by:
        raise Refused("The person who asked cannot confirm. It needs a second hand.")
    role, hand = require_hand(session, act, by, at)
    side = SIDE_OF[role]
    if digest(payload) != act.payload_digest:
        raise Refused(
            "Something changed since this was asked for. "
            "The commission has to withdraw it and ask again."
        )
    act.confirmed_by, act.confirmed_side, act.confirmed_at = by.id, side, at
    stood_in = note_stand_in(session, act, role, hand)
    session.flush()
    more = {"fallback": stood_in} if stood_in else {}
    _record(session, act, "act.confirm", by, side, at, **more)


def withdraw(session: Session, act: Act, *, by: Account, side: Side, at: datetime) -> None:
    """Take an act back, or turn it down, while it waits."""
    if not act.open:
        raise Refused("This act is no longer waiting.")
    act.withdrawn_at = at
    session.flush()
    _record(session, act, "act.withdraw", by, side, at)


def _record(
    session: Session, act: Act, kind: str, by: Account, side: Side, at: datetime, **more: Any
) -> None:
    facts = {"act": act.id, "kind": act.kind, "digest": act.payload_digest, "reason": act.reason}
    audit.record(
        session,
        chain=act.round_id,
        kind=kind,
        at=at,
        actor=by.id,
        side=side,
        body={**facts, **more},
    )
