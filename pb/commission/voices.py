"""How much one person may post, and how documents are voted on: the round's own numbers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import BooleanField, IntegerField

from pb import db
from pb.errors import Unfit
from pb.policy import Permission
from pb.purpose.contingents import queries, service
from pb.purpose.contingents.models import MOST_A_DAY, MOST_HOURS, MOST_OTHERS
from pb.purpose.documents import queries as documents
from pb.purpose.documents import voting
from pb.rounds.models import Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("voices", __name__, url_prefix="/rounds/<round:round>/setup/voices")


class VoicesForm(Form):
    per_day = IntegerField(
        "How many ideas a day, and how many comments on one draft, may one person write?",
        description=f"From 1 to {MOST_A_DAY}, counted from midnight where the round is.",
    )
    one_turn = BooleanField(
        "One after the other",
        description="Whoever has written waits until others have, or until some hours have passed.",
    )
    others = IntegerField(
        "After how many other people is it a person’s turn again?",
        description=f"From 1 to {MOST_OTHERS}. Only for one after the other.",
    )
    hours = IntegerField(
        "Or after how many hours at the latest?",
        description=f"From 1 to {MOST_HOURS}. Only for one after the other.",
    )

    days = IntegerField(
        "For how many days is a vote on a document open?",
        description="From 1 to 60. It holds for votes that open from now on.",
    )
    votes_needed = IntegerField(
        "How many people have to vote at least?",
        description="With fewer votes a document is not adopted.",
    )


LIMITS = ("per_day", "others", "hours")
TERMS = ("days", "votes_needed")


@bp.get("")
@requires(Permission.ROUND_SETUP)
def show(round: Round):
    """The limits as they are."""
    limits, terms = queries.rules(db.session(), round), documents.terms(db.session(), round)
    chosen = {"days": terms.days, "votes_needed": terms.votes_needed}
    return _page(round, VoicesForm(obj=limits, data=chosen)), 200


@bp.post("")
@requires(Permission.ROUND_SETUP)
def save(round: Round):
    """Save them, or say beside each field what does not fit."""
    form, database = VoicesForm(request.form), db.session()
    given = {name: form[name].data or 0 for name in (*LIMITS, *TERMS)}
    limits = {name: given[name] for name in LIMITS} | {"one_turn": form.one_turn.data}
    try:
        service.set_rules(database, round, **limits, by=guard.me(), at=guard.now())
        voting.set_terms(database, round, **{name: given[name] for name in TERMS})
    except Unfit as refusal:
        database.rollback()
        form.refuse_all(refusal.faults)
        return _page(round, form), refusal.status
    database.commit()
    flash("Saved.", "success")
    return redirect(url_for("commission.setup.tasks", round=round), 303)


def _page(round: Round, form: VoicesForm) -> str:
    return render_template(
        "commission/voices/show.html", round=round, form=form, has_errors=bool(form.errors)
    )
