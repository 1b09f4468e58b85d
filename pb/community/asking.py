"""Stewards ask open questions, and write answers down; the commission suggests questions."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import listening
from pb.community.listening_forms import (
    OnBehalfForm,
    QuestionForm,
    ReasonForm,
    SuggestionForm,
)
from pb.errors import NotFound, PhaseClosed, Refused, Unfit
from pb.policy import Permission
from pb.purpose.listening import answering, asking, checker, queries
from pb.purpose.listening.models import Suggestion
from pb.rounds.models import Round
from pb.texts import one_line
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("asking", __name__, url_prefix="/rounds/<round:round>/listening")


@bp.get("/new")
@requires(Permission.QUESTION_ASK)
def new(round: Round):
    """The form of a new question; `?suggestion=` takes up what the commission suggested."""
    data = QuestionForm.usual(round, guard.now())
    if suggestion := _suggestion(round, request.args.get("suggestion")):
        area = suggestion.area.slug if suggestion.area else ""
        data |= {"text": suggestion.text, "why": suggestion.why, "area": area}
    return _page(round, QuestionForm(round, data=data), 200, suggestion=suggestion)


@bp.post("")
@requires(Permission.QUESTION_ASK)
def create(round: Round):
    """Ask it; a question that is not open comes back with better ones to pick from."""
    form, database = QuestionForm(round, request.form), db.session()
    suggestion = _suggestion(round, request.form.get("suggestion"))
    more = {"suggestion": suggestion}
    if picked := _picked(form):
        return _page(round, picked, 200, **more)
    if not form.validate():
        return _page(round, form, 422, **more)
    try:
        made = asking.ask(
            database,
            round,
            by=guard.me(),
            **form.fields,
            at=guard.now(),
            suggestion=suggestion,
        )
    except PhaseClosed:
        raise
    except Refused as refusal:
        return _refused(round, form, refusal, **more)
    database.commit()
    flash("The question is asked. Everybody can answer it now.", "success")
    return redirect(asking.path(round, made), 303)


@bp.get("/<int:number>/change")
@requires(Permission.QUESTION_ASK)
def edit(round: Round, number: int):
    """The form of a question that nobody has answered yet."""
    question = listening.find(round, number)
    data = {
        "text": question.text,
        "why": question.why,
        "area": question.area.slug if question.area else "",
        "closes": question.closes_at.astimezone(round.zone).date(),
    }
    return _page(round, QuestionForm(round, data=data), 200, question=question)


@bp.post("/<int:number>/change")
@requires(Permission.QUESTION_ASK)
def change(round: Round, number: int):
    """Change a question that nobody has answered yet."""
    question, form = listening.find(round, number), QuestionForm(round, request.form)
    if picked := _picked(form):
        return _page(round, picked, 200, question=question)
    if not form.validate():
        return _page(round, form, 422, question=question)
    try:
        asking.revise(db.session(), question, by=guard.me(), **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        return _refused(round, form, refusal, question=listening.find(round, number))
    db.session.commit()
    flash("The question is changed.", "success")
    return redirect(asking.path(round, question), 303)


@bp.get("/<int:number>/on-behalf")
@requires(Permission.ANSWER_ENTER)
def on_behalf(round: Round, number: int):
    """The form for what a workshop, or somebody who is not online, said."""
    question = listening.find(round, number)
    answering.require_open(question, guard.now())
    return listening.form_page(question, OnBehalfForm(round), 200)


@bp.post("/<int:number>/on-behalf")
@requires(Permission.ANSWER_ENTER)
def enter(round: Round, number: int):
    """Write it down."""
    question, form = listening.find(round, number), OnBehalfForm(round, request.form)
    answering.require_open(question, guard.now())
    if not form.validate():
        return listening.form_page(question, form, 422)
    try:
        answering.enter(db.session(), question, by=guard.me(), **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        return listening.refused(question, form, refusal)
    db.session.commit()
    flash("It is there. You can write down the next one.", "success")
    return redirect(url_for(".on_behalf", round=round, number=number), 303)


@bp.get("/suggestions/new")
@requires(Permission.QUESTION_SUGGEST)
def new_suggestion(round: Round):
    """The form of a question that the commission would like to have asked."""
    return _page(round, SuggestionForm(round), 200)


@bp.post("/suggestions")
@requires(Permission.QUESTION_SUGGEST)
def suggest(round: Round):
    """Suggest it to the stewards."""
    form = SuggestionForm(round, request.form)
    if picked := _picked(form):
        return _page(round, picked, 200)
    if not form.validate():
        return _page(round, form, 422)
    try:
        asking.suggest(db.session(), round, by=guard.me(), **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        return _refused(round, form, refusal)
    db.session.commit()
    flash("The stewards see your question now. You get a note when one answers.", "success")
    return redirect(url_for("community.listening.index", round=round), 303)


@bp.get("/suggestions/<int:number>")
@requires(Permission.QUESTION_ASK)
def suggestion(round: Round, number: int):
    """What the commission suggests: ask it, or say why not."""
    return _suggestion_page(round, _waiting(round, number), ReasonForm(), 200)


@bp.post("/suggestions/<int:number>/refusal")
@requires(Permission.QUESTION_ASK)
def turn_down(round: Round, number: int):
    """Say why it is not asked."""
    found, form = _waiting(round, number), ReasonForm(request.form)
    given = {"by": guard.me(), "reason": form.reason.data or "", "at": guard.now()}
    try:
        asking.turn_down(db.session(), round, found, **given)
    except Unfit as refusal:
        form.refuse_all(refusal.faults)
        return _suggestion_page(round, found, form, refusal.status)
    db.session.commit()
    flash("The commission reads your reason in its notes.", "success")
    return redirect(url_for("community.listening.index", round=round), 303)


def _picked(form: SuggestionForm) -> SuggestionForm | None:
    """The form with the better wording that was picked, to be looked at before it is sent."""
    better = one_line(request.form.get("use"))
    if better:
        form.text.data = better
    return form if better else None


def _suggestion(round: Round, number: str | None) -> Suggestion | None:
    if number is None or not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return queries.find_suggestion(db.session(), round, int(number))


def _waiting(round: Round, number: int) -> Suggestion:
    found = queries.find_suggestion(db.session(), round, number)
    if found is None:
        raise NotFound("This suggestion has been answered, or was never made.")
    return found


def _suggestion_page(round: Round, found: Suggestion, form: ReasonForm, status: int):
    page = render_template(
        "community/listening/suggestion.html", round=round, suggestion=found, form=form
    )
    return page, status


def _refused(round: Round, form: SuggestionForm, refusal: Refused, **more: Any):
    """The form again; what was typed stays, and better wordings stand beside it."""
    db.session.rollback()
    if isinstance(refusal, Unfit):
        form.refuse_all(refusal.faults)
        better = checker.check(one_line(form.text.data)).suggestions if form.text.data else ()
        return _page(round, form, refusal.status, better=better, **more)
    return _page(round, form, refusal.status, refusal=str(refusal), **more)


def _page(round: Round, form: SuggestionForm, status: int, **more: Any) -> tuple[str, int]:
    given: dict[str, Any] = {"question": None, "suggestion": None, "better": (), "refusal": None}
    page = render_template(
        "community/listening/ask.html",
        round=round,
        form=form,
        asks=isinstance(form, QuestionForm),
        has_errors=status >= 400,
        **{**given, **more},
    )
    return page, status
