"""A steward writes ideas down for people who are not online."""

from flask import Blueprint, flash, redirect, request, url_for

from pb import db
from pb.community.idea_forms import OnBehalfForm
from pb.community.ideas import form_page, refused
from pb.errors import PhaseClosed, Refused
from pb.policy import Permission
from pb.proposals.ideas import queries, service
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("on_behalf", __name__, url_prefix="/rounds/<round:round>/ideas/on-behalf")


@bp.get("")
@requires(Permission.IDEA_ENTER)
def new(round: Round):
    """The form for what somebody said."""
    return form_page(round, OnBehalfForm(round), 200)


@bp.post("")
@requires(Permission.IDEA_ENTER)
def create(round: Round):
    """Put it on the list; first show ideas that say nearly the same."""
    form, database = OnBehalfForm(round, request.form), db.session()
    if not form.validate():
        return form_page(round, form, 422)
    found = () if "different" in request.form else queries.alike(database, round, form.text.data)
    if found:
        return form_page(round, form, 200, alike=found)
    try:
        by, name = guard.me(), form.name.data or ""
        service.enter(database, round, by=by, name=name, **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        return refused(round, form, refusal)
    database.commit()
    flash("It is on the list. You can write down the next one.", "success")
    return redirect(url_for(".new", round=round), 303)
