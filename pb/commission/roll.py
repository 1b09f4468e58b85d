"""The list of voters, their codes, and the turnout."""

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import turnout
from pb.commission import letters
from pb.commission.roll_forms import ReplaceForm, TakeBackForm
from pb.commission.roll_import_forms import CLASSES, EraseForm, FindForm, ImportForm
from pb.eligibility import people, queries, service, uploads
from pb.eligibility.models import RollEntry
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("roll", __name__, url_prefix="/rounds/<round:round>/voters")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def show(round: Round):
    """How many may vote, have codes, have voted; and what can be done about it."""
    return page(round)


@bp.post("/codes/take-back")
@requires(Permission.ROLL_IMPORT)
def take_back(round: Round):
    """Make all codes worthless, before voting, so that new ones can be given out."""
    form, database = TakeBackForm(request.form, prefix="all-"), db.session()
    if not form.validate():
        return page(round, take_back=form), 422
    service.take_back_codes(database, round, reason=form.reason.data, by=guard.me(), at=guard.now())
    database.commit()
    flash("All codes are taken back. Give out new ones before voting opens.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.post("/codes/replace")
@requires(Permission.CODE_ISSUE)
def replace(round: Round):
    """A new code for one voter; the old one stops working."""
    form, database = ReplaceForm(request.form), db.session()
    if not form.validate():
        return page(round, replace=form), 422
    if form.person.data:
        entry = queries.find_by_person(database, round, form.person.data, _keys())
    else:
        entry = queries.find_by_number(database, round, int(form.number.data))
    if entry is None:
        named = "person" if form.person.data else "number"
        form.refuse(named, "Nobody on the list of voters has this number.")
        return page(round, replace=form), 422
    issued = service.replace_code(
        database, round, entry,
        reason=form.reason.data, by=guard.me(), at=guard.now(), keys=_keys(),
    )  # fmt: skip
    database.commit()
    return letters.printed(round, [issued])


def _keys():
    return current_app.extensions["keys"]


def page(
    round: Round,
    *,
    imports: ImportForm | None = None,
    take_back: TakeBackForm | None = None,
    replace: ReplaceForm | None = None,
    find: FindForm | None = None,
    erase: EraseForm | None = None,
    found: Sequence[RollEntry] | None = None,
    problems: Sequence[str] = (),
) -> str:
    """The page with all its forms; the one that was sent comes back as it was."""
    database = db.session()
    sent = imports or take_back or replace or find or erase
    reached = calendar.ORDER.index(guard.phase())
    return render_template(
        "commission/roll/show.html",
        by_area=queries.by_area(database, round),
        imports=queries.imports(database, round),
        waiting=uploads.waiting(database, round),
        rules=people.rules(database, round),
        kept=people.kept(database, round),
        erased_from=people.erased_from(database, round),
        classes=CLASSES,
        by_class=turnout.by_class(database, round),
        found=found,
        turnout=turnout.of_round(database, round),
        fewest=turnout.FEWEST_SHOWN,
        voting_began=reached >= calendar.ORDER.index(Phase.VOTING),
        sent=sent,
        has_errors=bool(sent and sent.errors),
        problems=problems,
        import_form=imports or ImportForm(),
        take_back_form=take_back or TakeBackForm(prefix="all-"),
        replace_form=replace or ReplaceForm(),
        find_form=find or FindForm(prefix="find-"),
        erase_form=erase or EraseForm(prefix="erase-"),
    )
