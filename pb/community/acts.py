"""Counter-signed acts: the public list, and the second hand of the stewards."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from pb import db
from pb.ballots import turnout
from pb.policy import Permission
from pb.results import acts as deeds
from pb.rounds import acts, queries
from pb.rounds.models import Round, Side
from pb.rounds.terms import second_hand as terms
from pb.web import guard, second_hand
from pb.web.guard import requires

DOOR = "community"

bp = Blueprint("acts", __name__, url_prefix="/rounds/<round:round>/acts")


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """Every act: who asked, who confirmed, when and why."""
    return render_template(
        "community/acts/index.html",
        round=round,
        acts=queries.acts(db.session(), round),
        titles=acts.TITLES,
        voided=turnout.voided(db.session(), round),
        describe=deeds.describe,
        needs_sheets=deeds.needs_sheets,
        entry_number=second_hand.entry_number,
        hand=terms.second_hand(db.session(), round, guard.now()),
        stand_ins=terms.stand_ins(db.session(), queries.acts(db.session(), round)),
        withdrawals=queries.withdrawals(db.session(), round),
    )


@bp.get("/<int:number>/opening")
@requires(Permission.ACT_CONFIRM)
def opening(round: Round, number: int):
    """Where the second hand types key sheets to open the box."""
    return second_hand.opening(round, number, DOOR)


@bp.post("/<int:number>/confirmation")
@requires(Permission.ACT_CONFIRM)
def confirm(round: Round, number: int):
    """Put the steward's hand to an act, and carry it out."""
    return second_hand.confirm(round, number, DOOR)


@bp.post("/<int:number>/refusal")
@requires(Permission.ACT_CONFIRM)
def refuse(round: Round, number: int):
    """Turn an act down; the commission may ask again."""
    act = second_hand.find(round, number)
    common = {"by": guard.me(), "at": guard.now(), "keys": current_app.extensions["keys"]}
    deeds.withdraw(db.session(), act, side=Side.COMMUNITY, **common)
    db.session().commit()
    flash("Turned down. Nothing was changed. The commission may ask again.", "success")
    return redirect(url_for(".index", round=round), 303)
