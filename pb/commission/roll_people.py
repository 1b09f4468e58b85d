"""Who may be on the list of voters, and what is known of these people for how long."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.commission import roll as list_of_voters
from pb.commission.roll_import_forms import EraseForm, FindForm, RulesForm
from pb.eligibility import people, service
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("roll_people", __name__, url_prefix="/rounds/<round:round>/voters")


@bp.get("/rules")
@requires(Permission.ROLL_IMPORT)
def rules(round: Round):
    """Age, classes, and when personal details are erased."""
    return _rules_page(RulesForm.of(people.rules(db.session(), round)))


@bp.post("/rules")
@requires(Permission.ROLL_IMPORT)
def save_rules(round: Round):
    """Save them; they hold for lists that are brought in from now on."""
    form, database = RulesForm(request.form), db.session()
    if not form.validate():
        return _rules_page(form), 422
    service.set_rules(database, round, **form.data, by=guard.me(), at=guard.now())
    database.commit()
    flash("Saved. Lists that you bring in from now on have to fit.", "success")
    return redirect(url_for("commission.roll.show", round=round), 303)


@bp.post("/find")
@requires(Permission.CODE_ISSUE)
def find(round: Round):
    """The entries that can be a person who stands at the desk; nothing of it is in an address."""
    form = FindForm(request.form, prefix="find-")
    if not form.validate():
        return list_of_voters.page(round, find=form), 422
    found = people.find_by_name(
        db.session(), round, form.name.data, form.born.data, current_app.extensions["keys"]
    )
    return list_of_voters.page(round, find=form, found=found)


@bp.post("/erase")
@requires(Permission.PEOPLE_ERASE)
def erase(round: Round):
    """Erase names, addresses and so on before their time."""
    form, database = EraseForm(request.form, prefix="erase-"), db.session()
    if not form.validate():
        return list_of_voters.page(round, erase=form), 422
    erased = people.erase(
        database,
        round,
        reason=form.reason.data,
        by=guard.me().id,
        at=guard.now(),
        keys=current_app.extensions["keys"],
    )
    database.commit()
    flash(f"The personal details of {erased:,} people are erased.", "success")
    return redirect(url_for("commission.roll.show", round=round), 303)


def _rules_page(form: RulesForm) -> str:
    return render_template("commission/roll/rules.html", form=form)
