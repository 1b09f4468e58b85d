"""Handing a role on: the list and the notes of a term, for those who go and those who come."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.terms_forms import LineForm, NoteForm
from pb.errors import NotFound, Refused
from pb.rounds import people
from pb.rounds.models import Appointment, Round
from pb.rounds.terms import handover, queries
from pb.web import guard
from pb.web.guard import signed_in

bp = Blueprint("handovers", __name__, url_prefix="/rounds/<round:round>/people/handovers")
NUMBER = "<int:number>"


@bp.get(f"/{NUMBER}")
@signed_in
def show(round: Round, number: int):
    """What is handed on, what is still missing, and what has been taken over."""
    return _page(round, _find(round, number))


@bp.post(f"/{NUMBER}/ticks")
@signed_in
def tick(round: Round, number: int):
    """Save the ticks: what is handed on, or, for others, what they have taken over."""
    appointment = _find(round, number)
    own = appointment.account_id == guard.me().id
    verb = handover.mark if own else handover.take
    ticked, common = request.form.getlist("ticked"), {"by": guard.me(), "at": guard.now()}
    try:
        for name in request.form.getlist("changeable"):
            verb(db.session(), appointment, name, name in ticked, **common)
    except Refused as refusal:
        db.session.rollback()
        return _page(round, _find(round, number), refusal=str(refusal)), refusal.status
    db.session.commit()
    flash("Saved.", "success")
    return _to(round, number)


@bp.post(f"/{NUMBER}/lines")
@signed_in
def add_line(round: Round, number: int):
    """Put an own line on the list."""
    form, appointment = LineForm(request.form), _find(round, number)
    text = form.line.data or ""
    try:
        handover.add_line(db.session(), appointment, text, by=guard.me())
    except Refused as refusal:
        db.session.rollback()
        form.refuse("line", str(refusal))
        return _page(round, _find(round, number), line=form), refusal.status
    db.session.commit()
    flash("It is on the list.", "success")
    return _to(round, number)


@bp.post(f"/{NUMBER}/notes")
@signed_in
def leave_note(round: Round, number: int):
    """Leave a note for those who come after."""
    form, appointment = NoteForm(request.form), _find(round, number)
    text = form.note.data or ""
    try:
        handover.leave_note(db.session(), appointment, text, by=guard.me(), at=guard.now())
    except Refused as refusal:
        db.session.rollback()
        form.refuse("note", str(refusal))
        return _page(round, _find(round, number), note=form), refusal.status
    db.session.commit()
    flash("Your note is there for whoever comes after you.", "success")
    return _to(round, number)


def _page(round: Round, appointment: Appointment, *, line=None, note=None, refusal=None) -> str:
    database = db.session()
    return render_template(
        "community/terms/handover.html",
        round=round,
        now=guard.now(),
        term=appointment,
        own=appointment.account_id == guard.me().id,
        lines=handover.checklist(database, appointment),
        notes=queries.notes(database, appointment),
        complete=handover.complete(database, appointment),
        after=handover.successors(database, appointment, guard.now()),
        line_form=line or LineForm(),
        note_form=note or NoteForm(),
        form=line or note,
        refusal=refusal,
    )


def _find(round: Round, number: int) -> Appointment:
    found = people.find_appointment(db.session(), round, number)
    if found is None:
        raise NotFound("There is no such term in this round.")
    if not handover.may_read(db.session(), found, guard.me(), guard.now()):
        abort(403)
    return found


def _to(round: Round, number: int):
    return redirect(url_for(".show", round=round, number=number), 303)
