"""Moderation as everybody sees it: the rules, the public log, and what concerns oneself."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.moderating import measure_page
from pb.community.moderation_forms import AppealForm
from pb.community.moderation_words import APPEALS, KINDS, SUBJECTS, done, outcome
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.purpose.moderation import appeals, queries, rules
from pb.purpose.moderation.models import Kind, Measure, Report
from pb.rounds.models import Round, Side
from pb.web import guard
from pb.web.guard import requires, signed_in

bp = Blueprint("moderation", __name__, url_prefix="/rounds/<round:round>/moderation")
COLUMNS = ("date", "done", "days", "post", "rule", "charter_version", "reported_by", "outcome")


@bp.get("")
@requires(Permission.ROUND_READ)
def log(round: Round):
    """What stewards did in this round: which rule, which step, which outcome; no text, no name."""
    database = db.session()
    found = queries.measures(database, round)
    reports = queries.reports(database, round)
    return render_template(
        "community/moderation/log.html",
        round=round,
        measures=found,
        counts=Counter(one.kind for one in found),
        appeals=Counter(queries.appeal_state(one) for one in found),
        reports=len(reports),
        open=sum(one.open for one in reports),
        from_commission=sum(one.reporter_side is Side.COMMISSION for one in reports),
        left=_left(reports, found),
        kinds=KINDS,
        states=APPEALS,
        subjects=SUBJECTS,
        done=done,
        outcome=outcome,
    )


@bp.get("/log.csv")
@requires(Permission.ROUND_READ)
def log_csv(round: Round):
    """The same lines as a table for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(round, one) for one in queries.measures(db.session(), round))
    name = f"{round.slug}-moderation.csv"
    return Response(
        text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.get("/rules")
@requires(Permission.ROUND_READ)
def rules_page(round: Round):
    """The rules that hold now: those of the charter, or the four ground rules."""
    found = rules.in_force(db.session(), round, guard.now())
    return render_template("community/moderation/rules.html", round=round, clauses=found)


@bp.get("/mine")
@signed_in
def mine(round: Round):
    """What stewards did about me or my posts, and what became of my reports."""
    database, me = db.session(), guard.me()
    return render_template(
        "community/moderation/mine.html",
        round=round,
        measures=queries.concerning(database, round, me),
        reports=queries.reported_by(database, round, me),
        standing=queries.standing(database, round, me, guard.now()),
        subjects=SUBJECTS,
        done=done,
        outcome=outcome,
    )


@bp.get("/measures/<int:number>")
@requires(Permission.MEASURE_APPEAL)
def measure(round: Round, number: int):
    """What was done, by which rule and why; with the form of an appeal for whom it concerns."""
    return measure_page(round, _measure(round, number), appealing=AppealForm())


@bp.post("/measures/<int:number>/appeal")
@requires(Permission.MEASURE_APPEAL)
def appeal(round: Round, number: int):
    """Appeal against it."""
    database, found, form = db.session(), _measure(round, number), AppealForm(request.form)
    if not form.validate():
        return measure_page(round, found, appealing=form), 422
    try:
        said = {"by": guard.me(), "text": form.text.data}
        appeals.appeal(database, round, found, **said, at=guard.now())
    except Refused as refusal:
        database.rollback()
        found = _measure(round, number)
        return measure_page(round, found, appealing=form, refusal=str(refusal)), refusal.status
    database.commit()
    flash("Your appeal is in. Somebody else decides, and you will be told.", "success")
    return redirect(url_for(".measure", round=round, number=number), 303)


def _measure(round: Round, number: int) -> Measure:
    """The measure, for whom it concerns and for stewards; to others it does not exist."""
    found = queries.find_measure(db.session(), round, number)
    steward = guard.allows(Permission.POST_MODERATE)
    if found is None or not (steward or found.person_id == guard.me().id):
        raise NotFound("There is no such page for you.")
    return found


def _left(reports: Sequence[Report], measures: Sequence[Measure]) -> int:
    """How many reports were answered by leaving the post as it was."""
    acted = {(one.subject, one.subject_id, one.at) for one in measures}
    answered = [one for one in reports if not one.open]
    return sum((one.subject, one.subject_id, one.answered_at) not in acted for one in answered)


def _row(round: Round, measure: Measure) -> tuple[object, ...]:
    return (
        measure.at.astimezone(round.zone).date(),
        Kind(measure.kind),
        measure.days or "",
        measure.subject,
        f"{measure.clause_number}. {measure.clause_heading}",
        measure.clause_version or "",
        measure.report.reporter_side,
        "taken-back" if measure.lift else queries.appeal_state(measure),
    )
