"""Ways to the ballot without a letter: a link by e-mail, and a declaration of one's own."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from pb import db
from pb.accounts import limits
from pb.community import voter
from pb.community.entering_forms import DeclareForm, LinkForm, UseLinkForm
from pb.eligibility import contacts, declaring, entries, links
from pb.eligibility.models import ContactKind
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.rounds.models import Round
from pb.rounds.queries import area as area_of
from pb.rounds.routes import Route, option
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("entering", __name__, url_prefix="/rounds/<round:round>/vote")
DAY = 24 * 3600


@bp.get("/email")
@requires(Permission.VOTING_ENTER)
def email(round: Round):
    """The form that asks for a link."""
    _require(round, Route.EMAIL_LINK)
    return render_template("community/entering/email.html", form=LinkForm())


@bp.post("/email")
@requires(Permission.VOTING_ENTER)
def send_link(round: Round):
    """Mail a link if the address is on the roll; the answer is the same if it is not."""
    _require(round, Route.EMAIL_LINK)
    form, database, now = LinkForm(request.form), db.session(), guard.now()
    if not form.validate():
        return _again("email", form)
    address = form.email.data
    try:
        limits.spend(database, limits.MAIL_NET, voter.net(), now)
        hashed = contacts.mac(_keys(), round.id, ContactKind.EMAIL, address).hex()
        limits.spend(database, limits.MAIL_TO, hashed, now)
    except limits.TooMany as refusal:
        form.refuse("email", str(refusal))
        return _again("email", form, refusal)
    links.send_links(
        database, round, address, page=lambda token: _page(round, token), at=now, keys=_keys()
    )
    database.commit()
    return redirect(url_for(".sent", round=round), 303)


@bp.get("/email/sent")
@requires(Permission.VOTING_ENTER)
def sent(round: Round):
    """What happens next, whether there is a link or not."""
    _require(round, Route.EMAIL_LINK)
    return render_template("community/entering/sent.html")


@bp.get("/link/<token>")
@requires(Permission.VOTING_ENTER)
def link(round: Round, token: str):
    """A button: programs that look into mail open pages, but press nothing."""
    _require(round, Route.EMAIL_LINK)
    entry = links.find(db.session(), round, token, at=guard.now(), keys=_keys())
    page = render_template(
        "community/entering/link.html", form=UseLinkForm(), token=token, entry=entry
    )
    return page, 200 if entry else 404


@bp.post("/link/<token>")
@requires(Permission.VOTING_ENTER)
def use_link(round: Round, token: str):
    """Use the link up and go to the ballot."""
    _require(round, Route.EMAIL_LINK)
    form, database = UseLinkForm(request.form), db.session()
    entry = links.redeem(database, round, token, at=guard.now(), keys=_keys())
    database.commit()
    voter.open_session(round, entry, form.shared.data, Route.EMAIL_LINK)
    return redirect(url_for("community.ballots.choose", round=round), 303)


@bp.get("/declaration")
@requires(Permission.VOTING_ENTER)
def declaration(round: Round):
    """The form of a declaration."""
    _require(round, Route.SELF_DECLARATION)
    form = DeclareForm(round, declaring.least_age(round))
    return render_template("community/entering/declaration.html", form=form)


@bp.post("/declaration")
@requires(Permission.VOTING_ENTER)
def declare(round: Round):
    """Take the declaration; this answer is the only one that shows the code."""
    _require(round, Route.SELF_DECLARATION)
    form, database = DeclareForm(round, declaring.least_age(round), request.form), db.session()
    if not form.validate():
        return _again("declaration", form)
    try:
        # Refused ones count too: else names could be tried out one after the other.
        limits.spend(database, _declarations(round), f"{round.id} {voter.net()}", guard.now())
        issued = declaring.declare(
            database,
            round,
            name=form.name.data,
            born=form.born.data if "born" in form else None,
            area=area_of(round, form.chosen_area),
            at=guard.now(),
            keys=_keys(),
        )
    except Refused as refusal:
        if not isinstance(refusal, limits.TooMany):
            database.commit()
        form.refuse("name", str(refusal))
        return _again("declaration", form, refusal)
    entry = entries.find(database, round, issued.entry_id)
    database.commit()
    voter.open_session(round, entry, form.shared.data)
    return render_template("community/entering/declared.html", issued=issued)


def _require(round: Round, route: Route) -> None:
    if route not in round.routes:
        raise NotFound(f"“{round.name}” does not offer this way to vote.")


def _declarations(round: Round) -> limits.Limit:
    """How many declarations may come from one net in a day."""
    most = option(round, Route.SELF_DECLARATION, "per_net")
    return limits.Limit("declaration", tries=most, seconds=DAY)


def _again(page: str, form: Form, refusal: Refused | None = None) -> Any:
    """The form as it was filled in, with what is wrong."""
    text = render_template(f"community/entering/{page}.html", form=form)
    if isinstance(refusal, limits.TooMany):
        return text, refusal.status, {"Retry-After": str(refusal.retry_after)}
    return text, refusal.status if refusal else 422


def _page(round: Round, token: str) -> str:
    return current_app.config["BASE_URL"] + url_for(".link", round=round, token=token)


def _keys():
    return current_app.extensions["keys"]
