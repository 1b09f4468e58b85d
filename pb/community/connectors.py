"""Connectors: who can introduce people where, asking them, and offering it oneself."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db, qr
from pb.community import introduced
from pb.community.connector_forms import AnswerForm, AskForm, OfferForm
from pb.errors import NotFound, Refused, Unfit
from pb.policy import Permission
from pb.purpose.connectors import queries, service
from pb.purpose.connectors.models import Connector, Introduction
from pb.rounds import people
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import reads_first, requires

bp = Blueprint("connectors", __name__, url_prefix="/rounds/<round:round>/connectors")
NUMBER = "<int(max=2147483647):number>"


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """Who can introduce people, by part of town and by name."""
    found = queries.listed(db.session(), round, guard.now())
    account = guard.viewer().account
    return render_template(
        "community/connectors/index.html",
        round=round,
        areas=queries.by_area(round, found),
        together=queries.together(db.session(), round),
        asked=queries.asked_by(db.session(), round, account) if account else (),
    )


@bp.get(f"/{NUMBER}")
@requires(Permission.CONNECTOR_ASK)
def show(round: Round, number: int):
    """The form to ask a connector, and what came of it."""
    return _ask_page(round, _find(round, number), AskForm())


@bp.post(f"/{NUMBER}")
@requires(Permission.CONNECTOR_ASK)
def ask(round: Round, number: int):
    """Ask a connector for an introduction."""
    form, connector = AskForm(request.form), _find(round, number)
    try:
        service.ask(db.session(), connector, form.text.data or "", by=guard.me(), at=guard.now())
    except Refused as refusal:
        db.session.rollback()
        form.refuse("text", str(refusal))
        return _ask_page(round, _find(round, number), form), refusal.status
    db.session.commit()
    flash(f"{connector.account.name} gets a note. The answer comes to your notes.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


@bp.get("/mine")
@requires(Permission.CONNECTOR_OFFER)
def mine(round: Round):
    """Offer introductions, change the offer, and the link to hand out."""
    found = queries.find_mine(db.session(), round, guard.me())
    chosen = {"text": found.text, "areas": [a.slug for a in found.areas]} if found else {}
    return _mine(round, OfferForm(round, data=chosen))


@bp.post("/mine")
@requires(Permission.CONNECTOR_OFFER)
def offer(round: Round):
    """Put oneself on the list, or change what it says."""
    form = OfferForm(round, request.form)
    areas = [area for area in round.areas if area.slug in (form.areas.data or ())]
    try:
        service.offer(
            db.session(),
            round,
            guard.me(),
            text=form.text.data or "",
            areas=areas,
            at=guard.now(),
        )
    except Refused as refusal:
        db.session.rollback()
        faults = refusal.faults if isinstance(refusal, Unfit) else {"text": str(refusal)}
        form.validate()
        form.refuse_all(faults)
        return _mine(round, form), refusal.status
    db.session.commit()
    flash("You are on the list. Everybody can read it; nobody sees your address.", "success")
    return redirect(url_for(".mine", round=round), 303)


@bp.post("/mine/leave")
@requires(Permission.CONNECTOR_OFFER)
def leave(round: Round):
    """Take the offer back."""
    found = queries.find_mine(db.session(), round, guard.me())
    if found is None:
        raise NotFound("You offer no introductions.")
    service.leave(db.session(), found, by=guard.me(), at=guard.now())
    db.session.commit()
    flash("You are off the list. Thank you for what you did.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.get("/mine/poster")
@requires(Permission.CONNECTOR_ANSWER)
def poster(round: Round):
    """The link as a poster to print."""
    found = _my_offer(round)
    link = _link(round, found)
    return render_template(
        "community/connectors/poster.html", round=round, connector=found, link=link, qr=qr.svg(link)
    )


@bp.get("/requests")
@requires(Permission.CONNECTOR_ANSWER)
def requests(round: Round):
    """What this connector was asked."""
    return _requests(round)


@bp.post(f"/requests/{NUMBER}")
@requires(Permission.CONNECTOR_ANSWER)
def answer(round: Round, number: int):
    """Answer somebody who asked for an introduction."""
    form = AnswerForm(request.form, prefix=f"ask-{number}-")
    asked = db.session().get(Introduction, number)
    connector = _my_offer(round)
    if asked is None or asked.connector_id != connector.id:
        raise NotFound("Nobody has asked you that.")
    try:
        service.answer(db.session(), asked, form.text.data or "", by=guard.me(), at=guard.now())
    except Refused as refusal:
        db.session.rollback()
        form.refuse("text", str(refusal))
        return _requests(round, number, form), refusal.status
    db.session.commit()
    flash("Your answer is with the person who asked.", "success")
    return redirect(url_for(".requests", round=round), 303)


@bp.get("/hello/<code>")
@requires(Permission.ROUND_READ)
def hello(round: Round, code: str):
    """Where a connector's link leads: who invited, what can be done, and what is counted."""
    found = queries.find_by_code(db.session(), round, code[:40])
    if found is None:
        raise NotFound("This link is no longer in use. You are welcome all the same.")
    account = guard.viewer().account
    new = account is None or people.find_seat(db.session(), round, account) is None
    if new and "forgotten" not in request.args:
        introduced.remember(round, found.code)
    return render_template(
        "community/connectors/hello.html",
        round=round,
        connector=found,
        counted=introduced.code_of(round) == found.code,
    )


@bp.post("/hello/<code>/forget")
@requires(Permission.ROUND_READ)
@reads_first
def forget(round: Round, code: str):
    """Do not count this person for anybody."""
    introduced.forget(round)
    flash("You are not counted.", "success")
    return redirect(url_for(".hello", round=round, code=code, forgotten=1), 303)


def _find(round: Round, number: int) -> Connector:
    found = queries.listed(db.session(), round, guard.now())
    connector = next((one for one in found if one.id == number), None)
    if connector is None:
        raise NotFound("This person offers no introductions now.")
    return connector


def _my_offer(round: Round) -> Connector:
    found = queries.find_mine(db.session(), round, guard.me())
    if found is None or found.left_at is not None:
        raise NotFound("First say in which parts of town you can introduce people.")
    return found


def _mine(round: Round, form: OfferForm) -> str:
    found = queries.find_mine(db.session(), round, guard.me())
    there = found is not None and found.left_at is None
    return render_template(
        "community/connectors/mine.html",
        round=round,
        form=form,
        connector=found if there else None,
        link=_link(round, found) if there else None,
        band=queries.band_of(found.brought) if there else "",
        waiting=sum(one.answered_at is None for one in queries.asked_of(db.session(), found))
        if there
        else 0,
    )


def _ask_page(round: Round, connector: Connector, form: AskForm) -> str:
    asked = queries.asked_by(db.session(), round, guard.me())
    return render_template(
        "community/connectors/show.html",
        round=round,
        connector=connector,
        form=form,
        asked=[one for one in asked if one.connector_id == connector.id],
        own=connector.account_id == guard.me().id,
    )


def _requests(round: Round, number: int | None = None, form: AnswerForm | None = None) -> str:
    asked = queries.asked_of(db.session(), _my_offer(round))
    return render_template(
        "community/connectors/requests.html",
        round=round,
        asked=asked,
        form=form,
        forms={
            one.id: form if form and one.id == number else AnswerForm(prefix=f"ask-{one.id}-")
            for one in asked
        },
    )


def _link(round: Round, connector: Connector) -> str:
    page = url_for("community.connectors.hello", round=round, code=connector.code)
    return f"{current_app.config['BASE_URL']}{page}"
