"""Ballots on paper: batches, printing, typing, looking together, closing."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import desk
from pb.ballots.paper import queries, reading, service, typed
from pb.ballots.paper.models import SETTLED, PaperBatch, PaperSheet, SheetState
from pb.ballots.paper.service import Counts
from pb.commission.paper_forms import CountForm, IssueForm, SheetForm, sheet_form
from pb.errors import Invalid, NotFound, Refused
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.queries import area as area_of
from pb.web import guard
from pb.web.filters import money
from pb.web.guard import requires

bp = Blueprint("paper", __name__, url_prefix="/rounds/<round:round>/paper")
MOST_PRINTED = 100  # sheets on one page, which a browser has to lay out for printing


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """All batches, and a form for a new one."""
    return _index(round, IssueForm(round))


@bp.post("/batches")
@requires(Permission.PAPER_ISSUE)
def issue(round: Round):
    """Make a batch of numbered sheets."""
    form, database = IssueForm(round, request.form), db.session()
    if not form.validate():
        return _index(round, form), 422
    try:
        batch = service.issue(
            database, round, place=form.place.data, area=area_of(round, form.area.data),
            sheets=form.sheets.data, by=guard.me(), at=guard.now(),
        )  # fmt: skip
    except Refused as refusal:
        database.rollback()
        form.refuse("place", str(refusal))
        return _index(round, form), refusal.status
    database.commit()
    flash(f"Batch {batch.number} has {batch.issued:,} sheets. Print them now.", "success")
    return redirect(url_for(".show", round=round, number=batch.number), 303)


@bp.get("/batches/<int:number>")
@requires(Permission.CONSOLE_READ)
def show(round: Round, number: int):
    """Where the sheets of a batch are, and what is still to be done."""
    batch = _batch(round, number)
    return _show(batch, CountForm(obj=batch))


@bp.get("/batches/<int:number>/print")
@requires(Permission.PAPER_ISSUE)
def print_(round: Round, number: int):
    """The sheets to print: one page for every list, with the number of the sheet."""
    batch = _batch(round, number)
    first = min(max(request.args.get("first", 1, type=int), 1), batch.issued)
    return render_template(
        "commission/paper/print.html",
        batch=batch,
        numbers=range(first, min(first + MOST_PRINTED, batch.issued + 1)),
        starts=range(1, batch.issued + 1, MOST_PRINTED),
        most=MOST_PRINTED,
        sections=queries.sections(db.session(), batch),
        large=request.args.get("large") == "1",
        voting=calendar.span(round, Phase.VOTING),
    )


@bp.get("/batches/<int:number>/type")
@requires(Permission.PAPER_ENTER)
def enter(round: Round, number: int):
    """The form for one sheet after the other."""
    batch = _batch(round, number)
    return _enter(batch, _form(batch))


@bp.post("/batches/<int:number>/type")
@requires(Permission.PAPER_ENTER)
def read(round: Round, number: int):
    """Take down one sheet, and offer the form for the next."""
    batch = _batch(round, number)
    return _read(batch, _enter, url_for(".enter", round=round, number=number))


@bp.get("/batches/<int:number>/sheets/<int:sheet>")
@requires(Permission.PAPER_ENTER)
def look(round: Round, number: int, sheet: int):
    """A sheet that two people have to look at together."""
    batch = _batch(round, number)
    return _look(batch, _form(batch, data={"sheet": str(sheet)}), sheet)


@bp.post("/batches/<int:number>/sheets/<int:sheet>")
@requires(Permission.PAPER_ENTER)
def read_again(round: Round, number: int, sheet: int):
    """What one of the two typed after looking together."""
    batch = _batch(round, number)
    return _read(
        batch,
        lambda batch, form: _look(batch, form, sheet),
        url_for(".show", round=round, number=number),
    )


@bp.post("/batches/<int:number>/sheets/<int:sheet>/take-back")
@requires(Permission.PAPER_ENTER)
def take_back(round: Round, number: int, sheet: int):
    """Forget what the person who asks typed under a number, such as a wrong one."""
    batch, database = _batch(round, number), db.session()
    reading.take_back(database, batch, sheet, by=guard.me(), at=guard.now())
    database.commit()
    flash(f"Your reading of sheet {sheet} is taken back.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


@bp.post("/batches/<int:number>/counts")
@requires(Permission.PAPER_ENTER)
def count(round: Round, number: int):
    """Take down how many sheets are where."""
    batch, form, database = _batch(round, number), CountForm(request.form), db.session()
    if not form.validate():
        return _show(batch, form), 422
    try:
        counts = Counts(**{**form.data, "explanation": form.explanation.data or ""})
        service.count(database, batch, counts, by=guard.me(), at=guard.now())
    except Invalid as refusal:
        database.rollback()
        form.refuse("explanation" if form.missing.data else "returned", str(refusal))
        return _show(batch, form), refusal.status
    database.commit()
    flash("The counts are kept.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


@bp.post("/batches/<int:number>/close")
@requires(Permission.PAPER_ENTER)
def close(round: Round, number: int):
    """Close a batch that balances."""
    batch, database = _batch(round, number), db.session()
    service.close(database, batch, by=guard.me(), at=guard.now())
    database.commit()
    flash(f"Batch {number} is closed. Its totals are in the public log.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


def _batch(round: Round, number: int) -> PaperBatch:
    batch = queries.find_batch(db.session(), round, number)
    if batch is None:
        raise NotFound(f"There is no batch {number} of paper ballots.")
    return batch


def _form(batch: PaperBatch, *args: Any, **kwargs: Any) -> SheetForm:
    return sheet_form(queries.sections(db.session(), batch), *args, **kwargs)


def _index(round: Round, form: IssueForm) -> str:
    database = db.session()
    batches = queries.batches(database, round)
    return render_template(
        "commission/paper/index.html",
        batches=[(batch, queries.progress(database, batch)) for batch in batches],
        totals=queries.totals(database, round),
        helped=desk.helped(database, round),
        form=form,
        why=queries.WHY,
    )


def _show(batch: PaperBatch, form: CountForm) -> str:
    database = db.session()
    return render_template(
        "commission/paper/show.html",
        batch=batch,
        form=form,
        progress=queries.progress(database, batch),
        sheets=queries.sheets(database, batch),
        readings=queries.readings(database, batch),
        problems=service.imbalances(database, batch) if batch.open else [],
        why=queries.WHY,
        me=guard.me(),
    )


def _enter(batch: PaperBatch, form: SheetForm) -> str:
    database = db.session()
    waiting = [
        number
        for number, typed_by in queries.readings(database, batch).items()
        if len(typed_by) == 1 and typed_by[0].clerk_id != guard.me().id
    ]
    return render_template(
        "commission/paper/enter.html",
        batch=batch,
        form=form,
        example=typed.example,
        progress=queries.progress(database, batch),
        waiting=waiting,
    )


def _look(batch: PaperBatch, form: SheetForm, number: int) -> str:
    database = db.session()
    found = queries.readings(database, batch).get(number, [])
    # Whoever types second must not learn here that the first was in doubt about a mark.
    if len(found) < 2:
        raise NotFound(f"Sheet {number} of batch {batch.number} does not wait for a look.")
    form.voter.render_kw = {"autofocus": True}
    return render_template(
        "commission/paper/look.html",
        batch=batch,
        form=form,
        number=number,
        example=typed.example,
        readings=found,
        differing=queries.differing(found),
    )


def _read(batch: PaperBatch, page: Callable[[PaperBatch, SheetForm], str], done: str) -> Any:
    """Take down what was typed; the page again with a sentence where that cannot be."""
    form, database = _form(batch, request.form), db.session()
    number = form.number(batch) if form.validate() else None
    read_here = number and form.reading(database, batch.round, _keys())
    if not read_here:
        return page(batch, form), 422
    try:
        sheet = reading.read(
            database, batch, number, read_here, by=guard.me(), at=guard.now(), keys=_keys()
        )
    except Refused as refusal:
        database.rollback()
        form.refuse("sheet", str(refusal))
        return page(batch, form), refusal.status
    database.commit()
    flash(*_told(sheet, form))
    return redirect(done, 303)


def _told(sheet: PaperSheet, form: SheetForm) -> tuple[str, str]:
    """What became of the sheet, in a sentence, and whether that is good news."""
    name = f"Sheet {sheet.number}"
    if sheet.state is SheetState.DIFFERS:
        return f"{name}: not the same as before. Two people have to look at it together.", "warning"
    if sheet.state is SheetState.INVALID:
        return f"{name} does not count: {queries.WHY[sheet.reason].lower()}.", "warning"
    if sheet.state is SheetState.COUNTED and sheet.invalid_lists:
        lists = "one list" if sheet.invalid_lists == 1 else f"{sheet.invalid_lists} lists"
        return f"{name} counts, but {lists} of it does not keep the limits.", "warning"
    if sheet.state in SETTLED:
        return f"{name} counts.", "success"
    over = [
        f"{section.area.name}: {' '.join(problem.describe(money) for problem in problems)}"
        for section, problems in _over(form)
    ]
    if over:
        return f"{name} waits for a second person. This will not count: {' '.join(over)}", "warning"
    return f"{name} waits for a second person.", "success"


def _over(form: SheetForm) -> list[tuple[Any, list]]:
    """The lists that were typed and do not keep their limits."""
    if form.reason.data:
        return []
    found = []
    for section, field in form.lists:
        ballot = typed.read(field.data or "", section)
        if ballot is not None and (problems := section.problems(ballot)):
            found.append((section, problems))
    return found


def _keys():
    return current_app.extensions["keys"]
