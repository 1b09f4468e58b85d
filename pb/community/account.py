"""Signing in and out, and making an account."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user

from pb import db
from pb.accounts import limits, service
from pb.community import introduced
from pb.community.forms import RegisterForm, SignInForm
from pb.errors import Invalid, Refused
from pb.web import guard
from pb.web.guard import public

bp = Blueprint("account", __name__, url_prefix="/account")

VOTING = ("voter", "code_number", "shared", "route")  # what a voting code leaves in the session


@bp.get("/sign-in")
@public
def sign_in():
    """The sign-in form."""
    return render_template("community/account/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@public
def start_session():
    """Sign in; failures count against the address, so that nobody can guess for long."""
    form, database = SignInForm(request.form), db.session()
    if not form.validate():
        return render_template("community/account/sign_in.html", form=form), 422
    email, brakes = form.email.data.lower(), _brakes(form.email.data.lower())
    for limit, subject in brakes:
        alone = limit is limits.SIGN_IN
        limits.check(database, limit, subject, guard.now(), alone=alone)
    account = service.authenticate(database, email, form.password.data)
    if account is None:
        for limit, subject in brakes:
            limits.count(database, limit, subject, guard.now())
        database.commit()
        form.refuse("password", "The e-mail address or the password is not right.")
        return render_template("community/account/sign_in.html", form=form), 422
    _enter(account)
    database.commit()
    return redirect(_local(request.args.get("next")) or _front_page(account), 303)


@bp.get("/new")
@public
def new():
    """The form for a new account."""
    return render_template("community/account/new.html", form=RegisterForm())


@bp.post("/new")
@public
def create():
    """Make an account and sign in."""
    form, database = RegisterForm(request.form), db.session()
    if form.validate():
        try:
            account = service.register(database, **form.data, at=guard.now())
        except Invalid as refusal:
            form.refuse("password", str(refusal))
        except Refused as refusal:
            form.refuse("email", str(refusal))
        else:
            _enter(account)
            database.commit()
            flash("Welcome. You can now send in proposals.", "success")
            return redirect(
                _local(request.args.get("next")) or url_for("community.rounds.home"), 303
            )
    return render_template("community/account/new.html", form=form), 422


@bp.post("/sign-out")
@public
def end_session():
    """Sign out of this browser."""
    logout_user()
    session.clear()
    flash("You have signed out.", "success")
    return redirect(url_for("community.rounds.home"), 303)


def _brakes(email: str) -> list[tuple[limits.Limit, str]]:
    """What slows down guessing; somebody far away who guesses does not keep the owner out."""
    net = limits.net_of(request.remote_addr)
    return [
        (limits.SIGN_IN, f"{email} {net}"),
        (limits.SIGN_IN_NET, net),
        (limits.SIGN_IN_EVERYWHERE, email),
    ]


def _enter(account) -> None:
    """Start a session of its own: nothing from before the sign-in stays, but a voting code and
    by whose link somebody came."""
    kept = {name: session[name] for name in (*VOTING, introduced.KEPT) if name in session}
    session.clear()
    session.update(kept)
    login_user(account)
    session.permanent = True


def _local(target: str | None) -> str | None:
    """An address on this site, or None: nobody is sent elsewhere after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _front_page(account) -> str:
    """Where this person most likely wants to go."""
    from pb.rounds import queries

    at_work = account.may_open_rounds or queries.of_commission(db.session(), account)
    return "/commission/" if at_work else url_for("community.rounds.home")
