"""Counter-signed acts, as the commission asks for them."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from wtforms import SelectChoice

from pb import db
from pb.commission.forms import AskForm
from pb.errors import Refused
from pb.policy import Permission
from pb.proposals import withdrawal
from pb.results import acts as deeds
from pb.rounds import acts, calendar, queries
from pb.rounds.models import ActKind, Phase, Round, Side
from pb.rounds.terms import second_hand as terms
from pb.web import guard, second_hand
from pb.web.guard import requires

# Where a refusal stands, for acts that say more than their reason.
FIELDS = {ActKind.EXTEND_VOTING: "closes_at", ActKind.WITHDRAW_PROJECT: "project"}

DOOR = "commission"

bp = Blueprint("acts", __name__, url_prefix="/rounds/<round:round>/acts")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """All acts of the round, and what can be asked for now."""
    return _page(round, AskForm(data={"kind": request.args.get("kind")}))


@bp.post("")
@requires(Permission.ACT_ASK)
def ask(round: Round):
    """Ask for an act."""
    form, database = AskForm(request.form), db.session()
    _offer(form, round)
    if not form.validate():
        return _page(round, form), 422
    kind = ActKind(form.kind.data)
    try:
        common = {"by": guard.me(), "reason": form.reason.data, "at": guard.now()}
        deeds.ask(database, round, kind, **common, **_details(form, round, kind))
    except Refused as refusal:
        database.rollback()
        form.refuse(FIELDS.get(kind, "kind"), str(refusal))
        return _page(round, form), refusal.status
    database.commit()
    flash(f"Asked for: {acts.TITLES[kind].lower()}. It waits for the second hand.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/<int:number>/withdrawal")
@requires(Permission.ACT_ASK)
def withdraw(round: Round, number: int):
    """Take an act back while it waits."""
    act = second_hand.find(round, number)
    common = {"by": guard.me(), "at": guard.now(), "keys": current_app.extensions["keys"]}
    deeds.withdraw(db.session(), act, side=Side.COMMISSION, **common)
    db.session().commit()
    flash("Taken back. Nothing was changed.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.get("/<int:number>/opening")
@requires(Permission.ACT_CONFIRM_ALONE)
def opening(round: Round, number: int):
    """Where the second hand types key sheets to open the box."""
    return second_hand.opening(round, number, DOOR)


@bp.post("/<int:number>/confirmation")
@requires(Permission.ACT_CONFIRM_ALONE)
def confirm(round: Round, number: int):
    """Put the second hand to an act, where the round has no stewards or too few of them."""
    if not terms.second_hand(db.session(), round, guard.now()).on_commission:
        raise Refused("In this round a steward confirms. Ask one to look at the page of acts.")
    return second_hand.confirm(round, number, DOOR)


def _details(form: AskForm, round: Round, kind: ActKind) -> dict[str, Any]:
    """What an act of this kind says besides its reason."""
    if kind is ActKind.EXTEND_VOTING and form.closes_at.data:
        return {"closes_at": calendar.to_utc(form.closes_at.data, round.zone)}
    if kind is ActKind.WITHDRAW_PROJECT and (form.project.data or "").isdecimal():
        return {"project": int(form.project.data[:9])}
    return {}


def _page(round: Round, form: AskForm):
    database = db.session()
    return render_template(
        "commission/acts/index.html",
        round=round,
        form=form,
        choices=_offer(form, round),
        blocked=_blocked(round),
        acts=queries.acts(database, round),
        titles=acts.TITLES,
        describe=deeds.describe,
        needs_sheets=deeds.needs_sheets,
        entry_number=second_hand.entry_number,
        hand=terms.second_hand(db.session(), round, guard.now()),
        stand_ins=terms.stand_ins(db.session(), queries.acts(db.session(), round)),
        withdrawals=queries.withdrawals(database, round),
        voting=calendar.span(round, Phase.VOTING),
    )


def _offer(form: AskForm, round: Round) -> list[ActKind]:
    """Let the form offer what can be asked for now, beside what was chosen already."""
    form.project.choices = [SelectChoice("", "Choose a project")]
    if round.frozen_at is not None:
        form.project.choices += [
            SelectChoice(str(project.number), f"{project.number}. {project.title}")
            for project in withdrawal.withdrawable(db.session(), round)
        ]
    found = []
    for kind in ActKind:
        waits = queries.open_act(db.session(), round, kind)
        if not waits and deeds.obstacle(db.session(), round, kind, at=guard.now()) is None:
            found.append(kind)
    chosen = [ActKind(form.kind.data)] if form.kind.data in list(ActKind) else []
    form.kind.choices = [
        SelectChoice(kind.value, acts.TITLES[kind]) for kind in dict.fromkeys([*found, *chosen])
    ]
    return found


def _blocked(round: Round) -> str | None:
    """Why the next act of the round cannot be asked for yet."""
    if round.published_at is None:
        kind = ActKind.PUBLISH_ROUND
    elif round.frozen_at is None:
        kind = ActKind.FREEZE_BALLOT
    else:
        return None
    return deeds.obstacle(db.session(), round, kind, at=guard.now())
