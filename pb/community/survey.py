"""The survey at the end of a round: five questions, then what everybody answered."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.reflection_forms import SurveyForm
from pb.errors import Invalid, PhaseClosed
from pb.policy import Permission
from pb.reflection import windows
from pb.reflection.survey import queries, service
from pb.reflection.survey.queries import Findings
from pb.reflection.survey.suppression import FEWEST
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("survey", __name__, url_prefix="/rounds/<round:round>/survey")


@bp.get("")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """The questions while it is open, the answers once it is closed."""
    window = windows.survey_window(db.session(), round, guard.now())
    if window.closed:
        return _findings(round)
    return _questions(round, SurveyForm(round), 200)


@bp.post("")
@requires(Permission.SURVEY_ANSWER)
def answer(round: Round):
    """Store the answers; they cannot be changed, because nobody could find them again."""
    form, database = SurveyForm(round, request.form), db.session()
    try:
        service.answer(database, round, form.answers, by=guard.me(), at=guard.now())
    except Invalid as refusal:
        database.rollback()
        form.refuse("words", str(refusal))
        return _questions(round, form, 422)
    database.commit()
    flash("Thank you. Your answers are stored without your name.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.get("/results.csv")
@requires(Permission.ROUND_READ)
def data(round: Round):
    """The numbers of the page, for a spreadsheet."""
    text = queries.csv_text(_closed(round))
    name = f"{round.slug}-survey.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/lines")
@requires(Permission.SURVEY_READ)
def lines(round: Round):
    """What people wrote for the stewards only."""
    _closed(round)
    found = queries.lines(db.session(), round, published=False)
    return render_template("community/reflection/survey_lines.html", round=round, lines=found)


def _closed(round: Round) -> Findings:
    if not windows.survey_window(db.session(), round, guard.now()).closed:
        raise PhaseClosed("The answers show once the survey is closed.")
    return queries.findings(db.session(), round)


def _findings(round: Round):
    return render_template(
        "community/reflection/survey_results.html",
        round=round,
        found=_closed(round),
        fewest=FEWEST,
        questions=service.QUESTIONS,
    )


def _questions(round: Round, form: SurveyForm, status: int):
    database, me = db.session(), guard.viewer().account
    page = render_template(
        "community/reflection/survey.html",
        round=round,
        form=form,
        window=windows.survey_window(database, round, guard.now()),
        done=me is not None and service.has_answered(database, round, me),
        answered=queries.answered(database, round),
        fewest=FEWEST,
        has_errors=status != 200,
    )
    return page, status
