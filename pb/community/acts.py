"""Counter-signed acts: the public list, and the second hand of the stewards."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from pb import db
from pb.errors import NotFound
from pb.policy import Permission
from pb.results import acts as deeds
from pb.rounds import acts, queries
from pb.rounds.models import Act, Round, Side
from pb.web import guard
from pb.web.guard import requires

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
        describe=deeds.describe,
        withdrawals=queries.withdrawals(db.session(), round),
    )


@bp.post("/<int:number>/confirmation")
@requires(Permission.ACT_CONFIRM)
def confirm(round: Round, number: int):
    """Put the steward's hand to an act, and carry it out."""
    act, keys = _act(round, number), current_app.extensions["keys"]
    rules = current_app.extensions["rules"]
    deeds.confirm(db.session(), act, by=guard.me(), at=guard.now(), keys=keys, rules=rules)
    db.session().commit()
    deeds.after_commit(current_app.extensions["engine"], act, keys, rules)
    flash(f"Confirmed: {acts.TITLES[act.kind].lower()}.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/<int:number>/refusal")
@requires(Permission.ACT_CONFIRM)
def refuse(round: Round, number: int):
    """Turn an act down; the commission may ask again."""
    act = _act(round, number)
    acts.withdraw(db.session(), act, by=guard.me(), side=Side.COMMUNITY, at=guard.now())
    db.session().commit()
    flash("Turned down. Nothing was changed. The commission may ask again.", "success")
    return redirect(url_for(".index", round=round), 303)


def _act(round: Round, number: int) -> Act:
    act = queries.find_act(db.session(), round, number, for_update=True)
    if act is None:
        raise NotFound("There is no such act in this round.")
    return act
