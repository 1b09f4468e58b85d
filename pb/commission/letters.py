"""Letters with voting codes: asked for, collected once, made again where they were lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from pb import db
from pb.ballots import queries as ballots
from pb.commission.letter_forms import AgainForm, LettersForm
from pb.eligibility import batches, letters, orders, queries, service
from pb.eligibility.addressees import Addressee
from pb.eligibility.models import CodeBatch, Form
from pb.eligibility.orders import Asked
from pb.eligibility.service import IssuedCode, Order
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.rounds.models import Round
from pb.rounds.queries import area as area_of
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("letters", __name__, url_prefix="/rounds/<round:round>/letters")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """What has been given out, and the form for more."""
    return _index(round, _fresh_form(round))


@bp.post("")
@requires(Permission.CODE_ISSUE)
def issue(round: Round):
    """Make letters for people without a code, or show a specimen."""
    form = LettersForm(round, request.form)
    if not form.validate():
        return _index(round, form), 422
    people = _uploaded()
    if people is not None and form.area.data != orders.EVERYBODY:
        form.refuse("people", "Choose an area or a list, not both.")
        return _index(round, form), 422
    asked = _asked(round, form, people)
    try:
        if request.form.get("do") == "specimen":
            return _specimen(round, asked)
        return _carried_out(round, asked, people)
    except Refused as refusal:
        db.session().rollback()
        form.refuse("area" if people is None else "people", str(refusal))
        return _index(round, form, getattr(refusal, "problems", ())), refusal.status


@bp.get("/<int:number>")
@requires(Permission.CONSOLE_READ)
def show(round: Round, number: int):
    """One batch: where it stands, and what can be done with it."""
    return _batch_page(_find(round, number), AgainForm())


@bp.post("/<int:number>/collect")
@requires(Permission.CODE_ISSUE)
def collect(round: Round, number: int):
    """The file of a batch, once; afterwards nobody can read it."""
    batch, database = _find(round, number), db.session()
    folder = current_app.config["DATA_DIR"] / orders.FOLDER
    parcel = batches.collect(database, round, batch, folder, by=guard.me(), at=guard.now())
    database.commit()
    name, size = batches.filename(round, batch), parcel.size()
    parcel.remove()
    return current_app.response_class(
        parcel.read(),
        mimetype=MIMETYPES[name.rsplit(".", 1)[1]],
        headers={"Content-Disposition": f"attachment; filename={name}", "Content-Length": size},
    )


@bp.post("/<int:number>/again")
@requires(Permission.CODE_ISSUE)
def again(round: Round, number: int):
    """Take the codes of a lost batch back, and make new ones for its people."""
    batch, database, form = _find(round, number), db.session(), AgainForm(request.form)
    if not form.validate():
        return _batch_page(batch, form), 422
    people = _uploaded()
    order = replace(batches.order_of(batch), whom=f"Batch {batch.id} again")
    asked = replace(_asked_of(round, order), again=batch.id)
    try:
        batches.revoke_lost(
            database, round, batch,
            voted=ballots.voted_in(database, batch),
            reason=form.reason.data, by=guard.me(), at=guard.now(),
        )  # fmt: skip
        return _carried_out(round, asked, people)
    except Refused as refusal:
        database.rollback()
        form.refuse("reason" if people is None else "people", str(refusal))
        page = _batch_page(_find(round, number), form, getattr(refusal, "problems", ()))
        return page, refusal.status


MIMETYPES = {"pdf": "application/pdf", "zip": "application/zip", "csv": "text/csv"}


def printed(
    round: Round,
    issued: Sequence[IssuedCode],
    asked: Asked | None = None,
    known: Mapping[int, Addressee] | None = None,
) -> str:
    """The page with letters to print; the codes stand only here.

    What was not asked for in particular is said as the last batch said it.
    """
    asked = asked or _asked_of(round, _last_order(round))
    return render_template(
        "commission/letters/printed.html",
        letters=orders.composed(issued, known or {}, asked),
        heads=orders.heads_of(round, asked),
        picture=letters.picture_in_page,
    )


def _carried_out(round: Round, asked: Asked, people: bytes | None) -> Any:
    """Ask for the job and lead to its page, or answer with the letters themselves; commits."""
    database = db.session()
    common = {"by": guard.me(), "at": guard.now(), "keys": current_app.extensions["keys"]}
    if asked.order.form is Form.PAGE:
        entries, known = orders.chosen(database, round, asked, people, common["keys"])
        issued = service.issue_codes(database, round, entries=entries, order=asked.order, **common)
        database.commit()
        return printed(round, issued, asked, known)
    data_dir = current_app.config["DATA_DIR"]
    job = orders.ask(database, round, asked, people, data_dir=data_dir, **common)
    database.commit()
    return redirect(url_for("commission.jobs.show", round=round, number=job.id), 303)


def _asked(round: Round, form: LettersForm, people: bytes | None) -> Asked:
    order = Order(
        Form(form.form.data),
        form.whom(round)[form.area.data] if people is None else "A list with addresses",
        form.language.data,
        letters.printable_only(form.sender.data or ""),
        letters.printable_only(form.desk.data or ""),
    )
    return replace(_asked_of(round, order), area=form.area.data)


def _asked_of(round: Round, order: Order) -> Asked:
    return Asked(
        order,
        town=current_app.config["TOWN_NAME"],
        address=current_app.config["BASE_URL"] + url_for("community.ballots.enter", round=round),
        back=url_for("commission.letters.index", round=round),
    )


def _specimen(round: Round, asked: Asked) -> Any:
    orders.refuse_unprintable(round, asked)
    area = area_of(round, asked.area)
    found = letters.specimen(
        orders.heads_of(round, asked),
        asked.order.language,
        area.name if area else "",
        asked.address,
    )
    name = f"{round.slug}-specimen.pdf"
    return current_app.response_class(
        found,
        mimetype="application/pdf",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _uploaded() -> bytes | None:
    file = request.files.get("people")
    return file.read() if file is not None and file.filename else None


def _find(round: Round, number: int) -> CodeBatch:
    batch = queries.find_batch(db.session(), round, number)
    if batch is None:
        raise NotFound(f"There is no batch number {number} in this round.")
    return batch


def _fresh_form(round: Round) -> LettersForm:
    """The form as the last batch was asked for."""
    last = _last_order(round)
    known = {"language": last.language, "sender": last.sender, "desk": last.desk}
    return LettersForm(round, data=known)


def _last_order(round: Round) -> Order:
    last = next(iter(queries.batches(db.session(), round)), None)
    return batches.order_of(last) if last else Order()


def _index(round: Round, form: LettersForm, problems: Sequence[str] = ()) -> str:
    database = db.session()
    return render_template(
        "commission/letters/index.html",
        form=form,
        problems=problems,
        batches=queries.batches(database, round),
        state=batches.state,
        by_area=queries.by_area(database, round),
    )


def _batch_page(batch: CodeBatch, form: AgainForm, problems: Sequence[str] = ()) -> str:
    return render_template(
        "commission/letters/show.html",
        batch=batch,
        state=batches.state(batch),
        until=batch.ready_at and batch.ready_at + batches.WAITS_FOR,
        mine=batch.issued_by == guard.me().id,
        form=form,
        problems=problems,
    )
