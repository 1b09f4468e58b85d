"""What every change of a round's set-up has in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Refused
from pb.rounds.models import Round, Side


def refuse_if_frozen(round: Round) -> None:
    """Refuse a change of what voters rely on."""
    if round.frozen_at is not None:
        raise Refused(f"The ballot of “{round.name}” is frozen. Its set-up cannot change any more.")


def log(
    session: Session,
    round: Round,
    kind: str,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    by: Account,
    at: datetime,
) -> None:
    """Write down what became of which field; nothing where all stayed as it was."""
    changed = {
        field: {"old": old, "new": new} for field, (old, new) in changes.items() if old != new
    }
    if changed:
        audit.record(
            session,
            chain=round.id,
            kind=kind,
            at=at,
            actor=by.id,
            side=Side.COMMISSION,
            body={"changed": changed},
        )
