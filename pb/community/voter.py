"""The voter in this browser: who came in by which route, and for how long."""

from flask import request, session

from pb import db
from pb.accounts import limits
from pb.eligibility import entries
from pb.eligibility.models import RollEntry
from pb.rounds.models import Round
from pb.rounds.routes import Route
from pb.web import guard


def entry_of(round: Round) -> RollEntry | None:
    """The voter in this browser; nobody if their code was replaced since they came in."""
    entry_id = guard.voter_entry(round)
    entry = db.session().get(RollEntry, entry_id) if entry_id else None
    if entry is None or entry.round_id != round.id:
        return None
    came_with = session.get("code_number", {}).get(str(round.id), entry.codes_issued)
    return entry if came_with == entry.codes_issued else None


def route() -> Route | None:
    """The route by which the voter in this browser came in."""
    return Route(session["route"]) if "route" in session else None


def net() -> str:
    """The net from which this request comes."""
    return limits.net_of(request.remote_addr)


def open_session(round: Round, entry: RollEntry, shared: bool, route: Route | None = None) -> None:
    """Let a voter in; whoever voted here before is forgotten. Without a route: by code."""
    close_session()
    session["voter"] = {str(round.id): entry.id}
    session["code_number"] = {str(round.id): entry.codes_issued}
    session["shared"] = shared
    session["route"] = route or entries.route_of_code(entry)


def close_session() -> None:
    """Forget the voter."""
    for name in ("voter", "code_number", "shared", "route", "receipt"):
        session.pop(name, None)
