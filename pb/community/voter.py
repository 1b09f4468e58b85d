"""The voter in this browser: who came in by which route, and for how long."""

from datetime import UTC, datetime
from functools import cache, lru_cache

from flask import current_app, request, session
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from pb import db
from pb.accounts import limits
from pb.ballots import service
from pb.eligibility import entries
from pb.eligibility.models import RollEntry, Voter
from pb.eligibility.queries import find_voter
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.routes import Route
from pb.web import guard, kiosk


def entry_of(round: Round) -> Voter | None:
    """The voter in this browser; nobody if their code was replaced since they came in."""
    entry_id = guard.voter_entry(round)
    entry = find_voter(db.session(), entry_id) if entry_id else None
    if entry is None or entry.round_id != round.id:
        return None
    came_with = session.get("code_number", {}).get(str(round.id), entry.codes_issued)
    if came_with != entry.codes_issued or _has_form_of_another(round, entry):
        return None
    return entry


def _has_form_of_another(round: Round, entry: Voter) -> bool:
    """Whether the form was made for somebody whose code was entered in this browser before.

    Once it is too late to enter a code, `begun_at` refuses such a form.
    """
    made = _made(_stamps(), request.form.get("begun", ""))
    return guard.phase() is Phase.VOTING and made is not None and made[:2] != (round.id, entry.id)


def hold_open(database: Session, slug: str) -> None:
    """Before a ballot is cast: keep the box open, and ask for the voter in the same question."""
    entry_ids = (session.get("voter") or {}).values()  # one at most, see `open_session`
    service.hold_open(database, slug, next(iter(entry_ids), None))


def route() -> Route | None:
    """The route by which the voter in this browser came in."""
    return Route(session["route"]) if "route" in session else None


def net() -> str:
    """The net from which this request comes."""
    return limits.net_of(request.remote_addr)


def open_session(round: Round, entry: RollEntry, shared: bool, route: Route | None = None) -> None:
    """Let a voter in; whoever voted here before is forgotten. Without a route: by code.

    A kiosk is shared, whichever way they came.
    """
    close_session()
    session["voter"] = {str(round.id): entry.id}
    session["code_number"] = {str(round.id): entry.codes_issued}
    session["shared"] = shared or kiosk.current() is not None
    session["route"] = route or entries.route_of_code(entry)
    guard.seen()


def close_session() -> None:
    """Forget the voter."""
    for name in ("voter", "code_number", "shared", "route", "receipt", "seen", "typed", "request"):
        session.pop(name, None)


def stamp(round: Round, entry: Voter) -> str:
    """The signed moment at which this voter began the form that is on the screen."""
    begun = begun_at(round, entry) or guard.now()
    return _stamps().dumps([round.id, entry.id, begun.timestamp()])


def begun_at(round: Round, entry: Voter) -> datetime | None:
    """When the form that was sent was begun, if it tells, and was made for this voter."""
    made = _made(_stamps(), request.form.get("begun", ""))
    if made is None or made[:2] != (round.id, entry.id):
        return None
    return datetime.fromtimestamp(made[2], UTC)


@lru_cache(maxsize=64)  # a ballot that is sent asks two or three times
def _made(stamps: URLSafeSerializer, begun: str) -> tuple[int, int, float] | None:
    """What the stamp of a form says: the round, the entry, and when it was begun."""
    try:
        round_id, entry_id, at = stamps.loads(begun)
    except (BadSignature, ValueError, TypeError):
        return None
    return round_id, entry_id, at


def require_in_time(round: Round, entry: Voter) -> None:
    """Refuse (PhaseClosed) a form that was begun, or came, too late to count.

    Of a sealed box `cast` tells by itself.
    """
    if round.sealed_at is None:
        calendar.require_in_time(round, guard.now(), begun_at(round, entry))


def late_until(round: Round) -> datetime | None:
    """Until when a ballot that was begun in time may still come; None while voting is open."""
    closes_at = calendar.span(round, Phase.VOTING).closes_at
    return closes_at + calendar.GRACE if guard.now() >= closes_at else None


def _stamps() -> URLSafeSerializer:
    return _stamps_of(current_app.secret_key)


@cache
def _stamps_of(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="begun")
