"""Who may enter: every request passes here before its view, and every endpoint says for whom."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import current_user
from sqlalchemy.orm import Session

from pb import db, policy
from pb.accounts.models import Account
from pb.errors import PhaseClosed
from pb.policy import Permission, Viewer, Who
from pb.rounds import calendar, kept, queries
from pb.rounds.models import Phase, Round

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"  # the endpoint concerns no round and no account
SIGNED_IN = "signed-in"  # any account will do
IDLE = 30 * 60  # seconds after which a voter's code is asked for again
MINUTE = 60
USER = "_user_id"  # where Flask-Login notes in the session who has signed in
SAFE = {"GET", "HEAD", "OPTIONS"}


def public(view: View) -> View:
    """Anybody may use this endpoint."""
    view.access = PUBLIC
    return view


def signed_in(view: View) -> View:
    """Anybody who has signed in may use this endpoint."""
    view.access = SIGNED_IN
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Only holders of the permission may use this endpoint, in the phases of its grant."""

    def mark(view: View) -> View:
        view.access = permission
        return view

    return mark


def reads_first(view: View) -> View:
    """A form that writes nothing, or nothing before its view calls `start_writing`.

    On SQLite a request that may write keeps all others waiting until it ends; on PostgreSQL it
    keeps nobody waiting, and may write from its beginning. The round of the address itself is
    only borrowed: `nothing_borrowed_changed` makes an error of a view that changes it.
    """
    view.reads_first = True
    return view


def begins_with(step: Callable[[Session, str], None]) -> Callable[[View], View]:
    """Take this step, with the round's part of the address, before the round is looked up."""

    def mark(view: View) -> View:
        view.begins_with = step
        return view

    return mark


def start_writing() -> Session:
    """The session of a view that reads first; from here on it can write, until it commits.

    What was read so far stays as it is, and may be older than what is written.
    """
    session, engine = db.session(), current_app.extensions["engine"]
    if session.bind is not engine and engine.dialect.name == "sqlite":
        db.write_from_here(session)
        kept.forget(session)
    elif session.bind is not engine:
        session.commit()
        session.bind = engine
    return session


def check_endpoints(app: Flask) -> None:
    """Refuse to start (RuntimeError) if an endpoint does not say who may use it."""
    for endpoint, view in app.view_functions.items():
        if endpoint != "static" and not hasattr(view, "access"):
            raise RuntimeError(f"{endpoint} does not say who may use it")


def now() -> datetime:
    """The time of this request (UTC), read once from the application's clock."""
    here = g._get_current_object()  # asked many times in a request, and the way to it is long
    if "now" not in here:
        here.now = current_app.extensions["clock"]()
    return here.now


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)


def open_database() -> None:
    """Give the request its session; one that cannot write where the request must not.

    The time of the request is when it came, not when it got through the queue of writers.
    """
    now()
    db.session.remove()
    app, method = current_app._get_current_object(), request.method
    engine, view = app.extensions["engine"], app.view_functions.get(request.endpoint or "")
    waits = hasattr(view, "reads_first") and engine.dialect.name == "sqlite"
    db.session(bind=app.extensions["reader"] if method in SAFE or waits else engine)


def close_database(error: BaseException | None = None) -> None:
    """End the request's transaction; what was not committed is gone."""
    db.session.remove()


def nothing_borrowed_changed(response: Response) -> Response:
    """RuntimeError for a view that changed a borrowed round, which would be lost without a word."""
    borrowed = g.get("borrowed")
    if borrowed is not None and sa.inspect(borrowed).modified:
        raise RuntimeError(f"{request.endpoint} reads first and has changed its round")
    return response


def page_number() -> int:
    """Which page of a list the address asks for; the first where it says nothing sensible."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def me() -> Account:
    """The account that is signed in."""
    return current_user._get_current_object()


def viewer() -> Viewer:
    """The person at the screen."""
    return g.viewer


def phase() -> Phase:
    """The phase of the round that this request is about."""
    return calendar.phase_at(g.round, now())


def voter_entry(round: Round) -> int | None:
    """The roll entry whose code was entered in this browser for this round, not too long ago.

    After the close nobody can enter a code again: who is still choosing then is let finish.
    """
    voter = session.get("voter")
    if not voter:
        return None
    last = session.get("seen")
    if last is not None and now().timestamp() - last > IDLE and not _in_grace(round):
        return None
    return voter.get(str(round.id))


def _in_grace(round: Round) -> bool:
    voting = calendar.span(round, Phase.VOTING)
    return bool(voting) and voting.closes_at <= now() < voting.closes_at + calendar.GRACE


def seen() -> None:
    """Note that the voter in this browser does something; at most once a minute."""
    at = int(now().timestamp())
    if at - session.get("seen", 0) >= MINUTE:
        session["seen"] = at


def allows(permission: Permission, subject: Any = None) -> bool:
    """Whether the person may do this now; templates ask the same question."""
    if not policy.allows(viewer(), permission, subject):
        return False
    return g.round is None or policy.open_in(permission, phase())


def require(permission: Permission, subject: Any) -> None:
    """Refuse (403) a person who holds the permission, but not about this thing."""
    if not policy.allows(viewer(), permission, subject):
        abort(403)


def enter() -> Any:
    """Find the round in the address and let the right people in; else say why not."""
    here = g._get_current_object()  # as in now()
    here.round = None
    view, arguments = current_app.view_functions.get(request.endpoint or ""), request.view_args
    if view is None or request.endpoint == "static":
        return None
    # Whoever has not signed in need not be looked for.
    account = me() if USER in session and current_user.is_authenticated else None
    if "round" in (arguments or {}):
        if hasattr(view, "begins_with"):
            view.begins_with(db.session(), arguments["round"])
        borrow = hasattr(view, "reads_first")
        here.round = queries.find(db.session(), arguments["round"], borrow=borrow)
        here.borrowed = here.round if borrow else None
        if here.round is None:
            abort(404)
        arguments["round"] = here.round
    entry_id = voter_entry(here.round) if here.round else None
    if entry_id is not None:
        seen()
    here.viewer = policy.viewer_of(db.session(), account, here.round, now(), entry_id)
    if here.round and not policy.may_see(here.viewer, here.round):
        abort(404)
    return _admit(view.access, here.viewer, here.round)


def _admit(access: str, viewer: Viewer, round: Round | None) -> Any:
    if access == PUBLIC:
        return None
    if access == SIGNED_IN:
        return None if viewer.account else _ask_to_sign_in()
    permission = Permission(access)
    if not policy.allows(viewer, permission):
        return _turn_away(permission)
    if round and not policy.open_in(permission, calendar.phase_at(round, now())):
        calendar.require(round, now(), *calendar.in_order(policy.GRANTS[permission].phases))
        raise PhaseClosed("This is not open now.")
    return None


def _turn_away(permission: Permission) -> Any:
    """Show the way to those who could get in, refuse the others."""
    if Who.VOTER in policy.GRANTS[permission].to:
        if request.method == "POST":
            return current_app.extensions["ask_for_code"](g.round)
        return redirect(url_for("community.ballots.enter", round=g.round), 303)
    return abort(403) if g.viewer.account else _ask_to_sign_in()


def _ask_to_sign_in() -> Any:
    target = request.full_path.rstrip("?") if request.method in SAFE else None
    return redirect(url_for("community.account.sign_in", next=target), 303)
