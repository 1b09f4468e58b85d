"""The list of voters, their codes, and the turnout."""

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import queries as ballots
from pb.commission import letters
from pb.commission.roll_forms import ImportForm, ReplaceForm, TakeBackForm
from pb.eligibility import queries, service
from pb.errors import Invalid
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
    return _page(round)


@bp.post("/import")
@requires(Permission.ROLL_IMPORT)
def import_(round: Round):
    """Read a list of voters, all of it or nothing."""
    form, file, database = ImportForm(request.form), request.files.get("file"), db.session()
    if file is None or not file.filename:
        form.refuse("file", "Choose a file.")
        return _page(round, imports=form), 422
    try:
        made = service.import_roll(
            database, round, file.read(), file.filename,
            by=guard.me(), at=guard.now(), keys=_keys(),
        )  # fmt: skip
    except Invalid as refusal:
        form.refuse("file", str(refusal))
        return _page(round, imports=form, problems=refusal.problems), 422
    database.commit()
    flash(f"{made.entries:,} people are on the list of voters now.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.post("/codes/take-back")
@requires(Permission.ROLL_IMPORT)
def take_back(round: Round):
    """Make all codes worthless, before voting, so that new ones can be given out."""
    form, database = TakeBackForm(request.form, prefix="all-"), db.session()
    if not form.validate():
        return _page(round, take_back=form), 422
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
        return _page(round, replace=form), 422
    if form.person.data:
        entry = queries.find_by_person(database, round, form.person.data, _keys())
    else:
        entry = queries.find_by_number(database, round, int(form.number.data))
    if entry is None:
        named = "person" if form.person.data else "number"
        form.refuse(named, "Nobody on the list of voters has this number.")
        return _page(round, replace=form), 422
    issued = service.replace_code(
        database, round, entry,
        reason=form.reason.data, by=guard.me(), at=guard.now(), keys=_keys(),
    )  # fmt: skip
    database.commit()
    return letters.printed(round, [issued])


def _keys():
    return current_app.extensions["keys"]


def _page(
    round: Round,
    *,
    imports: ImportForm | None = None,
    take_back: TakeBackForm | None = None,
    replace: ReplaceForm | None = None,
    problems: Sequence[str] = (),
) -> str:
    """The page with all its forms; the one that was sent comes back as it was."""
    database = db.session()
    sent = imports or take_back or replace
    reached = calendar.ORDER.index(guard.phase())
    return render_template(
        "commission/roll/show.html",
        by_area=queries.by_area(database, round),
        imports=queries.imports(database, round),
        turnout=ballots.turnout(database, round),
        fewest=ballots.FEWEST_SHOWN,
        voting_began=reached >= calendar.ORDER.index(Phase.VOTING),
        sent=sent,
        has_errors=bool(sent and sent.errors),
        problems=problems,
        import_form=imports or ImportForm(),
        take_back_form=take_back or TakeBackForm(prefix="all-"),
        replace_form=replace or ReplaceForm(),
    )
