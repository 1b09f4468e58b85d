"""Counter-signed acts: the public list, and the second hand of the stewards."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import ceremony
from pb.ballots import queries as ballots
from pb.eligibility import queries as roll
from pb.errors import Invalid, NotFound
from pb.policy import Permission
from pb.results import acts as deeds
from pb.rounds import acts, queries
from pb.rounds.models import Act, Round, Side
from pb.web import guard
from pb.web.guard import requires
from pb.web.opening import TwoSheetsForm, opening_form

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
        voided=ballots.voided(db.session(), round),
        describe=deeds.describe,
        needs_sheets=deeds.needs_sheets,
        entry_number=_entry_number,
        withdrawals=queries.withdrawals(db.session(), round),
    )


@bp.get("/<int:number>/opening")
@requires(Permission.ACT_CONFIRM)
def opening(round: Round, number: int):
    """Where the second hand types key sheets to open the box."""
    act = _act(round, number, for_update=False)
    if not act.open or not deeds.needs_sheets(act):
        raise NotFound("No box waits to be opened here.")
    return _opening(round, act, _opening_form(act))


@bp.post("/<int:number>/confirmation")
@requires(Permission.ACT_CONFIRM)
def confirm(round: Round, number: int):
    """Put the steward's hand to an act, and carry it out."""
    act, keys = _act(round, number), current_app.extensions["keys"]
    form = _opening_form(act, request.form) if deeds.needs_sheets(act) else None
    if form is not None and not form.validate():
        return _opening(round, act, form), 422
    rules, sheets = current_app.extensions["rules"], form.sheets if form else ()
    common = {"by": guard.me(), "at": guard.now(), "keys": keys, "rules": rules}
    try:
        deeds.confirm(db.session(), act, **common, sheets=sheets)
    except Invalid as refusal:
        db.session().rollback()
        if form is None:
            raise
        form.refuse("first", str(refusal))
        return _opening(round, act, form), refusal.status
    db.session().commit()
    deeds.after_commit(current_app.extensions["engine"], act, keys, rules)
    flash(f"Confirmed: {acts.TITLES[act.kind].lower()}.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/<int:number>/refusal")
@requires(Permission.ACT_CONFIRM)
def refuse(round: Round, number: int):
    """Turn an act down; the commission may ask again."""
    act = _act(round, number)
    common = {"by": guard.me(), "at": guard.now(), "keys": current_app.extensions["keys"]}
    deeds.withdraw(db.session(), act, side=Side.COMMUNITY, **common)
    db.session().commit()
    flash("Turned down. Nothing was changed. The commission may ask again.", "success")
    return redirect(url_for(".index", round=round), 303)


def _act(round: Round, number: int, *, for_update: bool = True) -> Act:
    act = queries.find_act(db.session(), round, number, for_update=for_update)
    if act is None:
        raise NotFound("There is no such act in this round.")
    return act


def _opening_form(act: Act, data: Any = None) -> TwoSheetsForm:
    keys = current_app.extensions["keys"]
    return opening_form(ceremony.waiting(db.session(), act.round, keys) is not None, data)


def _opening(round: Round, act: Act, form: TwoSheetsForm) -> str:
    return render_template(
        "community/acts/opening.html",
        round=round,
        act=act,
        form=form,
        waiting=ceremony.waiting(db.session(), round, current_app.extensions["keys"]),
        describe=deeds.describe,
    )


def _entry_number(act: Act) -> int | None:
    """The number on the roll of the vote that an act would take out, for the hands only."""
    entry = deeds.entry_of(db.session(), act)
    return None if entry is None else roll.number_of(db.session(), entry)
