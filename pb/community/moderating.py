"""The stewards' desk: reports to answer, appeals to decide, measures to take back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.moderation_forms import AnswerForm, DecisionForm, LiftForm
from pb.community.moderation_words import SUBJECTS
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.purpose.moderation import appeals, queries, rules, service
from pb.purpose.moderation.models import Appeal, Measure, Report, Verdict
from pb.rounds.models import Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("moderating", __name__, url_prefix="/rounds/<round:round>/moderation")


@bp.get("/inbox")
@requires(Permission.POST_MODERATE)
def inbox(round: Round):
    """What waits for a steward, the most urgent first."""
    database, now, me = db.session(), guard.now(), guard.me()
    return render_template(
        "community/moderation/inbox.html",
        round=round,
        now=now,
        reports=queries.open_reports(database, round),
        answerable=queries.answerable(database, round, me, now),
        appeals=queries.open_appeals(database, round),
        decidable=queries.decidable(database, round, me, now),
        standing=[one for one in queries.measures(database, round) if one.stands],
        subjects=SUBJECTS,
    )


@bp.get("/reports/<int:number>")
@requires(Permission.POST_MODERATE)
def report(round: Round, number: int):
    """A report with the post as it was, and the form of the answer."""
    found = _report(round, number)
    return _report_page(round, found, _answer_form(round, found))


@bp.post("/reports/<int:number>")
@requires(Permission.POST_MODERATE)
def answer(round: Round, number: int):
    """Answer a report: hide the post, take a step, or leave it."""
    database, found = db.session(), _report(round, number)
    form = _answer_form(round, found, request.form)
    if not form.validate():
        return _report_page(round, found, form), 422
    try:
        taken = service.answer(database, found, by=guard.me(), **form.what, at=guard.now())
    except Refused as refusal:
        database.rollback()
        return _report_page(round, _report(round, number), form, str(refusal)), refusal.status
    database.commit()
    flash("Done. They have been told." if taken else "Answered. The post stays.", "success")
    return redirect(url_for(".inbox", round=round), 303)


@bp.get("/appeals/<int:number>")
@requires(Permission.APPEAL_DECIDE)
def appeal(round: Round, number: int):
    """An appeal with what it is about, and the form of the decision."""
    return _appeal_page(round, _appeal(round, number), DecisionForm())


@bp.post("/appeals/<int:number>")
@requires(Permission.APPEAL_DECIDE)
def decide(round: Round, number: int):
    """Decide on an appeal."""
    database, found, form = db.session(), _appeal(round, number), DecisionForm(request.form)
    if not form.validate():
        return _appeal_page(round, found, form), 422
    said = {"verdict": Verdict(form.verdict.data), "reason": form.reason.data}
    try:
        appeals.decide(database, round, found, by=guard.me(), **said, at=guard.now())
    except Refused as refusal:
        database.rollback()
        return _appeal_page(round, _appeal(round, number), form, str(refusal)), refusal.status
    database.commit()
    flash("Decided. The person who appealed has been told.", "success")
    return redirect(url_for("community.moderation.log", round=round), 303)


@bp.post("/measures/<int:number>/lift")
@requires(Permission.POST_MODERATE)
def lift(round: Round, number: int):
    """Take a measure back."""
    database, form = db.session(), LiftForm(request.form)
    found = queries.find_measure(database, round, number)
    if found is None:
        raise NotFound("There is no such measure in this round.")
    if not form.validate():
        return measure_page(round, found, lifting=form), 422
    appeals.lift(database, round, found, by=guard.me(), reason=form.reason.data, at=guard.now())
    database.commit()
    flash("Taken back. The person whom it concerned has been told.", "success")
    return redirect(url_for(".inbox", round=round), 303)


def measure_page(
    round: Round,
    measure: Measure,
    *,
    appealing: Form | None = None,
    lifting: Form | None = None,
    refusal: str | None = None,
) -> str:
    """What was done, by which rule and why; for the person concerned and for stewards."""
    form = appealing or lifting
    return render_template(
        "community/moderation/measure.html",
        round=round,
        measure=measure,
        mine=measure.person_id == guard.me().id,
        appealing=appealing,
        lifting=lifting or LiftForm(),
        form=form,
        refusal=refusal,
        judges=queries.judges(db.session(), round, measure, guard.now()),
        subjects=SUBJECTS,
    )


def _report(round: Round, number: int) -> Report:
    found = queries.find_report(db.session(), round, number)
    if found is None:
        raise NotFound("There is no such report in this round.")
    return found


def _appeal(round: Round, number: int) -> Appeal:
    found = queries.find_appeal(db.session(), round, number)
    if found is None:
        raise NotFound("There is no such appeal in this round.")
    return found


def _answer_form(round: Round, report: Report, data: object = None) -> AnswerForm:
    database, author = db.session(), report.author_id
    steps = queries.possible_steps(database, round, author, guard.now()) if author else []
    clauses = rules.binding(database, round, author, report.written_at)
    return AnswerForm(clauses, steps, data, data={"clause": report.clause_key, "step": "none"})


def _report_page(round: Round, report: Report, form: AnswerForm, refusal: str | None = None) -> str:
    database, now = db.session(), guard.now()
    author = report.author_id
    return render_template(
        "community/moderation/answer.html",
        round=round,
        report=report,
        form=form,
        refusal=refusal,
        others=[one for one in queries.same_post(database, report) if one.id != report.id],
        before=queries.steps_of(database, round, author, now) if author else [],
        may_answer=guard.me().id in queries.moderators(database, round, report, now),
        subjects=SUBJECTS,
        memory=queries.MEMORY.days,
    )


def _appeal_page(
    round: Round, appeal: Appeal, form: DecisionForm, refusal: str | None = None
) -> str:
    measure = queries.find_measure(db.session(), round, appeal.measure_id)
    return render_template(
        "community/moderation/appeal.html",
        round=round,
        appeal=appeal,
        measure=measure,
        form=form,
        refusal=refusal,
        may_decide=guard.me().id in queries.judges(db.session(), round, measure, guard.now()),
        subjects=SUBJECTS,
    )
