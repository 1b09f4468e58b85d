"""The voter in this browser: who came in with a code, and for how long."""

from flask import session

from pb import db
from pb.eligibility.models import RollEntry
from pb.rounds.models import Round
from pb.web import guard


def entry_of(round: Round) -> RollEntry | None:
    """The voter in this browser; nobody if their code was replaced since they came in."""
    entry_id = guard.voter_entry(round)
    entry = db.session().get(RollEntry, entry_id) if entry_id else None
    if entry is None or entry.round_id != round.id:
        return None
    came_with = session.get("code_number", {}).get(str(round.id), entry.codes_issued)
    return entry if came_with == entry.codes_issued else None


def open_session(round: Round, entry: RollEntry, shared: bool) -> None:
    """Let a voter in; whoever voted here before is forgotten."""
    close_session()
    session["voter"] = {str(round.id): entry.id}
    session["code_number"] = {str(round.id): entry.codes_issued}
    session["shared"] = shared
    guard.seen()


def close_session() -> None:
    """Forget the voter."""
    for name in ("voter", "code_number", "shared", "receipt", "seen", "typed"):
        session.pop(name, None)
