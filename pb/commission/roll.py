"""The list of voters, their codes, and the turnout."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from pb import db
from pb.ballots import queries as ballots
from pb.commission.roll_forms import IssueForm, ReplaceForm, TakeBackForm
from pb.commission.roll_import_forms import CLASSES, EraseForm, FindForm, ImportForm
from pb.eligibility import people, queries, service, uploads
from pb.eligibility.models import RollEntry
from pb.eligibility.service import IssuedCode
from pb.errors import Invalid, Refused
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.queries import area as area_of
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("roll", __name__, url_prefix="/rounds/<round:round>/voters")
MOST_LETTERS = 3_000  # on one page, which a browser has to lay out for printing
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def show(round: Round):
    """How many may vote, have codes, have voted; and what can be done about it."""
    return page(round)


@bp.post("/codes")
@requires(Permission.CODE_ISSUE)
def issue(round: Round):
    """Give out codes: this answer is the only place where they stand."""
    form, database = IssueForm(round, request.form), db.session()
    if not form.validate():
        return page(round, issue=form), 422
    try:
        issued = _issued(round, form)
    except Refused as refusal:
        database.rollback()
        field = "register" if form.how.data == "register" else "area"
        form.refuse(field, str(refusal))
        return page(round, issue=form, problems=getattr(refusal, "problems", ())), refusal.status
    database.commit()
    if form.how.data == "letters":
        return _letters(round, issued)
    return _csv(round, issued, with_person=form.how.data == "register")


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
    return _letters(round, [issued])


def _keys():
    return current_app.extensions["keys"]


def page(
    round: Round,
    *,
    imports: ImportForm | None = None,
    issue: IssueForm | None = None,
    take_back: TakeBackForm | None = None,
    replace: ReplaceForm | None = None,
    find: FindForm | None = None,
    erase: EraseForm | None = None,
    found: Sequence[RollEntry] | None = None,
    problems: Sequence[str] = (),
) -> str:
    """The page with all its forms; the one that was sent comes back as it was."""
    database = db.session()
    sent = imports or issue or take_back or replace or find or erase
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
        by_class=ballots.turnout_by_class(database, round),
        found=found,
        turnout=ballots.turnout(database, round),
        fewest=ballots.FEWEST_SHOWN,
        voting_began=reached >= calendar.ORDER.index(Phase.VOTING),
        sent=sent,
        has_errors=bool(sent and sent.errors),
        problems=problems,
        import_form=imports or ImportForm(),
        issue_form=issue or IssueForm(round),
        take_back_form=take_back or TakeBackForm(prefix="all-"),
        replace_form=replace or ReplaceForm(),
        find_form=find or FindForm(prefix="find-"),
        erase_form=erase or EraseForm(prefix="erase-"),
    )


def _issued(round: Round, form: IssueForm) -> list[IssuedCode]:
    database, common = db.session(), {"by": guard.me(), "at": guard.now(), "keys": _keys()}
    if form.how.data == "register":
        file = request.files.get("register")
        if file is None or not file.filename:
            raise Invalid("Choose the list of voters again.")
        return service.issue_for_register(database, round, file.read(), **common)
    entries = _entries(round, form.area.data)
    issued = service.issue_codes(database, round, entries=entries, **common)
    if form.how.data == "letters" and len(issued) > MOST_LETTERS:
        raise Invalid(
            f"{len(issued):,} letters are too many for one page; {MOST_LETTERS:,} fit. "
            "Choose an area, or a list."
        )
    return issued


def _entries(round: Round, slug: str) -> Sequence[RollEntry] | None:
    """The entries of an area, of city-wide voters (“-”), or None for everybody."""
    if not slug:
        return None
    area = area_of(round, slug)
    query = select(RollEntry).where(RollEntry.round_id == round.id).order_by(RollEntry.number)
    return db.session().scalars(query.where(RollEntry.area_id == (area and area.id))).all()


def _letters(round: Round, issued: list[IssuedCode]) -> Any:
    address = current_app.config["BASE_URL"] + url_for("community.ballots.enter", round=round)
    return render_template(
        "commission/roll/letters.html",
        issued=issued,
        address=address.split("://")[-1],
        voting=calendar.span(round, Phase.VOTING),
    )


def _csv(round: Round, issued: list[IssuedCode], *, with_person: bool) -> Any:
    """The codes as a file; a cell never starts like a formula of a spreadsheet."""
    address = current_app.config["BASE_URL"] + url_for("community.ballots.enter", round=round)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*(["person"] if with_person else []), "number", "area", "code", "link"])
    for one in issued:
        person = [one.person] if with_person else []
        row = [*person, one.number, one.area, one.printed, f"{address}?code={one.printed}"]
        table.writerow([_harmless(cell) for cell in row])
    name = f"{round.slug}-{'printer' if with_person else 'codes'}.csv"
    return current_app.response_class(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if str(cell).startswith(FORMULAS) else cell
