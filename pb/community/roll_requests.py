"""“Not on the list?”: asking to be put on the roll, and looking up the answer."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for

from pb import db
from pb.accounts import limits
from pb.community import voter
from pb.community.entering_forms import ReferenceForm, RequestForm
from pb.eligibility import entries, roll_requests
from pb.eligibility.crockford import Mistyped
from pb.eligibility.models import RollRequest
from pb.errors import Refused
from pb.policy import Permission
from pb.rounds.models import Round
from pb.rounds.queries import area as area_of
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("roll_requests", __name__, url_prefix="/rounds/<round:round>/not-on-the-list")


@bp.get("")
@requires(Permission.REQUEST_MAKE)
def new(round: Round):
    """The form of a request."""
    return render_template("community/roll_requests/new.html", form=RequestForm(round))


@bp.post("")
@requires(Permission.REQUEST_MAKE)
def create(round: Round):
    """Put the request into the queue of the officers."""
    form, database = RequestForm(round, request.form), db.session()
    if not form.validate():
        return _again("new", form)
    try:
        limits.spend(database, limits.REQUESTS, voter.net(), guard.now())
    except limits.TooMany as refusal:
        form.refuse("name", str(refusal))
        return _again("new", form, refusal)
    person = roll_requests.Person(form.name.data, form.contact.data, form.why.data)
    area = area_of(round, form.chosen_area)
    reference = roll_requests.ask(database, round, person, area, at=guard.now(), keys=_keys())
    database.commit()
    session["request"] = {str(round.id): reference}
    return redirect(url_for(".made", round=round), 303)


@bp.get("/made")
@requires(Permission.REQUEST_MAKE)
def made(round: Round):
    """The reference of the request that was made in this browser."""
    reference = session.get("request", {}).get(str(round.id))
    if reference is None:
        return redirect(url_for(".new", round=round), 303)
    due = roll_requests.due(guard.now(), round.zone)
    return render_template("community/roll_requests/made.html", reference=reference, due=due)


@bp.get("/answer")
@requires(Permission.ROUND_READ)
def answer(round: Round):
    """Where the state of a request is looked up."""
    form = ReferenceForm(data={"reference": session.get("request", {}).get(str(round.id), "")})
    return render_template("community/roll_requests/answer.html", form=form, found=None)


@bp.post("/answer")
@requires(Permission.ROUND_READ)
def find(round: Round):
    """The state of the request with this reference."""
    form = ReferenceForm(request.form)
    found = _found(round, form)
    if not isinstance(found, RollRequest):
        return found
    entry = entries.find(db.session(), round, found.entry_id) if found.entry_id else None
    return render_template(
        "community/roll_requests/answer.html",
        form=form,
        found=found,
        number=entry and entry.number,
        has_code=bool(entry and entry.codes_issued),
    )


@bp.post("/code")
@requires(Permission.REQUEST_MAKE)
def code(round: Round):
    """The voting code of an accepted request: shown once, to whoever has the reference."""
    found = _found(round, ReferenceForm(request.form))
    if not isinstance(found, RollRequest):
        return found
    issued = roll_requests.hand_code(db.session(), round, found, at=guard.now(), keys=_keys())
    db.session().commit()
    return render_template("community/roll_requests/code.html", issued=issued)


def _found(round: Round, form: ReferenceForm) -> RollRequest | Any:
    """The request, or the page that says what is wrong; wrong references count."""
    if not form.validate():
        return _again("answer", form)
    database = db.session()
    try:
        limits.check(database, limits.REFERENCES, voter.net(), guard.now())
        found = roll_requests.find_by_reference(database, round, form.reference.data, keys=_keys())
    except (limits.TooMany, Mistyped) as refusal:
        form.refuse("reference", str(refusal))
        return _again("answer", form, refusal)
    if found is None:
        limits.count(database, limits.REFERENCES, voter.net(), guard.now())
        database.commit()
        form.refuse("reference", "There is no request with this reference in this round.")
        return _again("answer", form)
    return found


def _again(page: str, form: Form, refusal: Refused | None = None) -> Any:
    text = render_template(f"community/roll_requests/{page}.html", form=form, found=None)
    if isinstance(refusal, limits.TooMany):
        return text, refusal.status, {"Retry-After": str(refusal.retry_after)}
    return text, refusal.status if refusal else 422


def _keys():
    return current_app.extensions["keys"]
