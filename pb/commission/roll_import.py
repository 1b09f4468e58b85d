"""Bringing a list of voters in: the file, its columns, the job; and taking it back."""

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)

from pb import db
from pb.commission import roll as list_of_voters
from pb.commission.roll_import_forms import ColumnsForm, ImportForm, UndoForm, columns_form
from pb.eligibility import importing, people, queries, roll, uploads
from pb.eligibility.columns import Choices
from pb.eligibility.models import RollImport, RollUpload
from pb.errors import Invalid, NotFound, Refused
from pb.notices import jobs
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("roll_import", __name__, url_prefix="/rounds/<round:round>/voters")
SHOWN_LINES = 5


@bp.url_value_preprocessor
def allow_a_large_file(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A register of a city is larger than anything else that is sent here."""
    if endpoint == f"commission.{bp.name}.upload":
        request.max_content_length = uploads.LARGEST


@bp.post("/import")
@requires(Permission.ROLL_IMPORT)
def upload(round: Round):
    """Take a file, and go on to what its columns are."""
    form, file, database = ImportForm(request.form), request.files.get("file"), db.session()
    if file is None or not file.filename:
        form.refuse("file", "Choose a file.")
        return list_of_voters.page(round, imports=form), 422
    try:
        kept = uploads.keep(
            database, round, file.stream, file.filename,
            by=guard.me(), at=guard.now(), data_dir=_data_dir(),
        )  # fmt: skip
    except Invalid as refusal:
        form.refuse("file", str(refusal))
        return list_of_voters.page(round, imports=form), refusal.status
    database.commit()
    return redirect(url_for(".columns", round=round, number=kept.id), 303)


@bp.get("/import/<int:number>")
@requires(Permission.ROLL_IMPORT)
def columns(round: Round, number: int):
    """Which column is what, with good guesses, and the first lines of the file."""
    kept = _upload(round, number)
    if uploads.is_read_now(db.session(), kept):
        return redirect(url_for("commission.jobs.show", round=round, number=kept.job_id), 303)
    preview = uploads.preview_of(kept, _data_dir())
    choices = Choices.from_json(kept.choices) if kept.choices else preview.guess
    form = columns_form(preview.header)(data=ColumnsForm.data_of(choices))
    return _columns_page(round, kept, preview, form)


@bp.post("/import/<int:number>")
@requires(Permission.ROLL_IMPORT)
def start(round: Round, number: int):
    """Let a worker read the file by what was chosen."""
    database, kept = db.session(), _upload(round, number)
    if uploads.is_read_now(database, kept):
        return redirect(url_for("commission.jobs.show", round=round, number=kept.job_id), 303)
    preview = uploads.preview_of(kept, _data_dir())
    form = columns_form(preview.header)(request.form)
    if not form.validate():
        return _columns_page(round, kept, preview, form), 422
    try:
        roll.Standard.of(database, round, form.chosen)
    except Invalid as refusal:
        return _columns_page(round, kept, preview, form, refusal.problems), 422
    here = url_for(".columns", round=round, number=kept.id)
    job = jobs.ask(
        database,
        importing.KIND,
        at=guard.now(),
        by=guard.me().id,
        round_id=round.id,
        payload={
            "upload": kept.id,
            "title": "Bringing in the list of voters",
            "back": url_for("commission.roll.show", round=round),
            "again": {"href": here, "text": "Look at the columns, or see all mistakes"},
        },
    )
    kept.choices, kept.job_id = form.chosen.to_json(), job.id
    database.commit()
    return redirect(url_for("commission.jobs.show", round=round, number=job.id), 303)


@bp.post("/import/<int:number>/discard")
@requires(Permission.ROLL_IMPORT)
def discard(round: Round, number: int):
    """Delete a file without reading it."""
    database, kept = db.session(), _upload(round, number)
    if uploads.is_read_now(database, kept):
        raise Refused("This file is being read just now. Wait until that is done.")
    uploads.forget(database, kept)
    database.commit()
    uploads.remove(kept, _data_dir())
    flash("The file is deleted. Nothing was brought in.", "success")
    return redirect(url_for("commission.roll.show", round=round), 303)


@bp.get("/import/<int:number>/mistakes.csv")
@requires(Permission.ROLL_IMPORT)
def mistakes(round: Round, number: int):
    """All mistakes of a file, for a spreadsheet."""
    path = uploads.mistakes_path(_upload(round, number), _data_dir())
    if not path.exists():
        raise NotFound("This file has not been read yet.")
    name = f"{round.slug}-mistakes.csv"
    answer = send_file(path, mimetype="text/csv", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/imports/<int:number>/undo")
@requires(Permission.ROLL_IMPORT)
def ask_undo(round: Round, number: int):
    """What taking a list back means."""
    made = _import(round, number)
    importing.require_undoable(db.session(), round, made, guard.now())
    return _undo_page(made, UndoForm())


@bp.post("/imports/<int:number>/undo")
@requires(Permission.ROLL_IMPORT)
def undo(round: Round, number: int):
    """Let a worker take the people of one list off the roll again."""
    form, database, made = UndoForm(request.form), db.session(), _import(round, number)
    importing.require_undoable(database, round, made, guard.now())
    if not form.validate():
        return _undo_page(made, form), 422
    job = jobs.ask(
        database,
        importing.KIND_UNDO,
        at=guard.now(),
        by=guard.me().id,
        round_id=round.id,
        payload={
            "import": made.id,
            "reason": form.reason.data,
            "title": "Taking the list back",
            "back": url_for("commission.roll.show", round=round),
        },
    )
    database.commit()
    return redirect(url_for("commission.jobs.show", round=round, number=job.id), 303)


def _data_dir() -> Path:
    return current_app.config["DATA_DIR"]


def _upload(round: Round, number: int) -> RollUpload:
    kept = uploads.find(db.session(), round, number)
    if kept is None or not uploads.path(kept, _data_dir()).exists():
        raise NotFound("This file is not here any more: it was read, or has waited for a day.")
    return kept


def _import(round: Round, number: int) -> RollImport:
    found = next((one for one in queries.imports(db.session(), round) if one.id == number), None)
    if found is None:
        raise NotFound("There is no such list in this round.")
    return found


def _columns_page(
    round: Round,
    kept: RollUpload,
    preview: uploads.Preview,
    form: ColumnsForm,
    problems: tuple[str, ...] = (),
) -> str:
    examples = [
        [value for line in preview.lines if place < len(line) and (value := line[place])][:3]
        for place in range(len(preview.header))
    ]
    return render_template(
        "commission/roll/columns.html",
        upload=kept,
        form=form,
        examples=examples,
        header=preview.header,
        lines=preview.lines[:SHOWN_LINES],
        problems=problems,
        rules=people.rules(db.session(), round),
        age_day=roll.age_day(db.session(), round),
        erased_from=people.erased_from(db.session(), round),
    )


def _undo_page(made: RollImport, form: UndoForm) -> str:
    return render_template("commission/roll/undo.html", made=made, form=form)
