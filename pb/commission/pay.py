"""Who pays whom: what the commission has to say about it at set-up."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import TextAreaField

from pb import db
from pb.errors import Unfit
from pb.policy import Permission
from pb.rounds.models import Round
from pb.rounds.pay import service
from pb.rounds.pay.models import LONGEST
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("pay", __name__, url_prefix="/rounds/<round:round>/setup/who-pays-whom")


class PayForm(Form):
    """One answer to each question."""

    platform = TextAreaField(service.QUESTIONS["platform"])
    facilitators = TextAreaField(service.QUESTIONS["facilitators"])
    stewards = TextAreaField(service.QUESTIONS["stewards"])
    auditors = TextAreaField(service.QUESTIONS["auditors"])


@bp.get("")
@requires(Permission.ROUND_SETUP)
def show(round: Round):
    """The answers as they are."""
    return _page(round, PayForm(obj=service.said(db.session(), round))), 200


@bp.post("")
@requires(Permission.ROUND_SETUP)
def save(round: Round):
    """Save them, or say beside each question what is missing."""
    form, database = PayForm(request.form), db.session()
    answers = {name: form[name].data or "" for name in service.QUESTIONS}
    try:
        service.say(database, round, answers, by=guard.me(), at=guard.now())
    except Unfit as refusal:
        database.rollback()
        form.refuse_all(refusal.faults)
        return _page(round, form), refusal.status
    database.commit()
    flash("Saved. It stands on the oversight page of the round.", "success")
    return redirect(url_for("commission.setup.tasks", round=round), 303)


def _page(round: Round, form: PayForm) -> str:
    return render_template(
        "commission/pay/show.html",
        round=round,
        form=form,
        longest=LONGEST,
        has_errors=bool(form.errors),
    )
