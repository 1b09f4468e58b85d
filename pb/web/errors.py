"""Every refusal becomes a page with one clear sentence."""

import contextlib

from flask import Flask, current_app, g, render_template, request, url_for
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException

from pb import db
from pb.accounts.limits import TooMany
from pb.errors import Refused

RETRY_AFTER = "5"  # seconds
SENTENCES = {
    400: ("That did not work", "Something in the request was not right. Go back and try again."),
    403: ("This is not yours to do", "Your role in this round does not include this."),
    404: ("There is nothing here", "The address may be mistyped, or the page has moved."),
    405: ("That did not work", "This address cannot be used in this way."),
    413: ("That is too large", "Choose a smaller file."),
    500: ("We made a mistake", "Nothing was changed. Try again in a few minutes."),
    503: ("Not now", "Nothing was changed. Your choices are still in the page before: try again."),
}


def page(code: int, title: str, sentence: str, problems: tuple[str, ...] = ()):
    """An error page with its status."""
    found = g.get("round")
    return (
        render_template(
            "errors/error.html",
            code=code,
            title=title,
            sentence=sentence,
            problems=problems,
            next_href=url_for("community.rounds.show", round=found)
            if found and found.published_at
            else url_for("community.rounds.home"),
            next_text=f"Go to “{found.name}”" if found and found.published_at else "Start page",
        ),
        code,
    )


def refused(error: Refused):
    db.session.rollback()
    titles = {404: "There is nothing here", 422: "Please check this", 429: "Slow down a little"}
    problems = getattr(error, "problems", ())
    body, code = page(
        error.status, titles.get(error.status, "Not possible now"), str(error), problems
    )
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    return body, code, headers


def http(error: HTTPException):
    code = error.code or 500
    db.session.rollback()  # or the page might ask a session that has failed
    title, sentence = SENTENCES.get(code, SENTENCES[400 if code < 500 else 500])
    body, _ = page(code, title, sentence)
    return body, code


def unstorable(error: DataError):
    """What was sent holds something that the database cannot keep, such as NUL on PostgreSQL."""
    current_app.logger.warning("%s: %s", request.endpoint, type(error.orig).__name__)
    return http(BadRequest())


def csrf(error: CSRFError):
    return page(
        400,
        "The page was open too long",
        "For your safety it has to be opened again. Go back: what you typed should still be "
        "there. Reload the page if sending fails again.",
    )


def database(error: SQLAlchemyError):
    """The database is busy, full or gone: this page needs none, and says what is safe."""
    current_app.logger.error("No answer from the database: %s", getattr(error, "orig", error))
    with contextlib.suppress(SQLAlchemyError):
        db.session.rollback()
    g.round = None
    g.setdefault("_login_user", AnonymousUserMixin())  # or the page would ask the database
    if request.endpoint == "community.ballots.cast":
        lost = getattr(error, "connection_invalidated", False)
        body = render_template("errors/not_counted.html", in_doubt=lost and g.get("stored", False))
    else:
        body, _ = page(503, *SENTENCES[503])
    return body, 503, {"Retry-After": RETRY_AFTER}


def init_app(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, csrf)
    for unavailable in (OperationalError, InterfaceError, InternalError, PoolTimeout):
        app.register_error_handler(unavailable, database)
    app.register_error_handler(DataError, unstorable)
    app.register_error_handler(HTTPException, http)
