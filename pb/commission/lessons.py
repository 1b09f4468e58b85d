"""Lessons that earlier rounds left to this one, and how long this one looks back itself."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import IntegerField, RadioField, SelectChoice, TextAreaField

from pb import db
from pb.errors import Invalid, NotFound, Unfit
from pb.policy import Permission
from pb.reflection import lessons, queries, service, windows
from pb.reflection.models import Lesson
from pb.rounds import calendar
from pb.rounds.models import Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("lessons", __name__, url_prefix="/rounds/<round:round>")


class AnswerForm(Form):
    taken_up = RadioField(
        "What does this round make of it?",
        choices=[SelectChoice("yes", "We take it up"), SelectChoice("no", "Not this time")],
    )
    text = TextAreaField(
        "What changes, or why not this time?",
        description="Everybody can read it, here and on the page of the earlier round.",
    )


class TimesForm(Form):
    days = IntegerField(
        "For how many days after a phase can people look back at it?",
        description="From 1 to 90. While the whole round looks back, every phase is open again.",
    )
    survey_days = IntegerField(
        "For how many days is the survey open?",
        description="From 7 to 365, after the result. A round with a phase of looking back keeps "
        "it open until the end of that phase.",
    )


@bp.get("/lessons")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """Every lesson that was left to this round, and what it made of it."""
    return _index(round, None, AnswerForm(), 200)


@bp.post("/lessons/<int:number>")
@requires(Permission.LESSON_ANSWER)
def answer(round: Round, number: int):
    """Say whether this round takes it up, and what changes or why not."""
    lesson, form, database = _find(round, number), AnswerForm(request.form), db.session()
    if form.taken_up.data not in ("yes", "no"):
        form.taken_up.errors = ["Choose what this round makes of it."]
        return _index(round, lesson, form, 422)
    given = {"taken_up": form.taken_up.data == "yes", "text": form.text.data or ""}
    try:
        lessons.answer(database, round, lesson, **given, by=guard.me(), at=guard.now())
    except Invalid as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return _index(round, lesson, form, 422)
    database.commit()
    flash("Saved.", "success")
    return redirect(url_for(".index", round=round, _anchor=f"lesson-{number}"), 303)


@bp.get("/setup/looking-back")
@requires(Permission.ROUND_SETUP)
def times(round: Round):
    """How long this round looks back."""
    chosen = windows.rules(db.session(), round)
    data = {"days": chosen.days, "survey_days": chosen.survey_days}
    return _times(round, TimesForm(data=data), 200)


@bp.post("/setup/looking-back")
@requires(Permission.ROUND_SETUP)
def save_times(round: Round):
    """Save it, or say beside each field what does not fit."""
    form, database = TimesForm(request.form), db.session()
    given = {"days": form.days.data or 0, "survey_days": form.survey_days.data or 0}
    try:
        service.set_rules(database, round, **given, by=guard.me(), at=guard.now())
    except Unfit as refusal:
        database.rollback()
        form.refuse_all(refusal.faults)
        return _times(round, form, 422)
    database.commit()
    flash("Saved.", "success")
    return redirect(url_for("commission.setup.tasks", round=round), 303)


def _find(round: Round, number: int) -> Lesson:
    found = queries.find_suggestion(db.session(), round, number)
    if found is None:
        raise NotFound("There is no such lesson from an earlier round.")
    return found


def _index(round: Round, answered: Lesson | None, form: AnswerForm, status: int):
    """The list; `answered` is the lesson whose form comes back."""
    found = queries.suggestions(db.session(), round)
    forms = {
        one.lesson.id: AnswerForm(
            data=one.answer
            and {"taken_up": "yes" if one.answer.taken_up else "no", "text": one.answer.text},
        )
        for one in found
    }
    if answered is not None:
        forms[answered.id] = form
    for number, one in forms.items():
        for field in one:
            field.id = f"{field.name}-{number}"
            field.label.field_id = field.id
    page = render_template(
        "commission/lessons/index.html",
        round=round,
        suggestions=found,
        forms=forms,
        phase_name=calendar.LABELS.get,
        form=form,
        has_errors=status != 200,
    )
    return page, status


def _times(round: Round, form: TimesForm, status: int):
    page = render_template(
        "commission/lessons/times.html", round=round, form=form, has_errors=status != 200
    )
    return page, status
