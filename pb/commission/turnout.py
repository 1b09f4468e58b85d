"""Before the box is opened: the turnout from every side, and votes that two persons take out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from pb import db
from pb.ballots.oversight import oversight
from pb.ballots.turnout import FEWEST_SHOWN
from pb.eligibility import queries as roll
from pb.errors import Refused
from pb.policy import Permission
from pb.results import acts
from pb.rounds import queries
from pb.rounds.models import ActKind, Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("turnout", __name__, url_prefix="/rounds/<round:round>/turnout")


class VoidForm(Form):
    number = StringField(
        "Number on the list of voters",
        description="As it stands on the letter: No. 123.",
        validators=[
            DataRequired("Enter the number of the voter."),
            Regexp(r"^[0-9]{1,9}$", message="Enter a number in figures, such as 123."),
        ],
    )
    reason = TextAreaField(
        "Reason",
        description="Everybody can read it. Do not write who it is.",
        validators=[
            DataRequired("Give a reason: everybody can read it."),
            Length(max=1000, message="Use at most 1,000 characters."),
        ],
    )


@bp.get("")
@requires(Permission.COUNT_READ)
def show(round: Round):
    """Turnout by area, channel and hour; nothing that tells a choice."""
    return _page(round, VoidForm())


@bp.post("")
@requires(Permission.ACT_ASK)
def void(round: Round):
    """Ask to take one vote out of the box, unread."""
    form, database = VoidForm(request.form), db.session()
    if not form.validate():
        return _page(round, form), 422
    entry = roll.find_by_number(database, round, int(form.number.data))
    common = {"by": guard.me(), "reason": form.reason.data, "at": guard.now()}
    try:
        acts.ask(database, round, ActKind.VOID_VOTE, **common, entry=entry)
    except Refused as refusal:
        database.rollback()
        form.refuse("number", str(refusal))
        return _page(round, form), refusal.status
    database.commit()
    flash("Asked for: take a vote out of the box. It waits for the second hand.", "success")
    return redirect(url_for("commission.acts.index", round=round), 303)


def _page(round: Round, form: VoidForm) -> str:
    return render_template(
        "commission/turnout/show.html",
        round=round,
        form=form,
        found=oversight(db.session(), round),
        fewest=FEWEST_SHOWN,
        asked=queries.open_act(db.session(), round, ActKind.VOID_VOTE),
    )
