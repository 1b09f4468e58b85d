"""Telling the stewards that a post breaks a rule."""

from flask import Blueprint, flash, redirect, render_template, request

from pb import db
from pb.community import posts
from pb.community.moderation_forms import ReportForm
from pb.errors import Refused
from pb.policy import Permission
from pb.purpose.moderation import rules, service
from pb.purpose.moderation.models import Post
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("reporting", __name__, url_prefix="/rounds/<round:round>/report")


@bp.get("/<kind>/<int:number>")
@requires(Permission.POST_REPORT)
def new(round: Round, kind: str, number: int):
    """The form of a report: which rule, and why."""
    post = posts.find(db.session(), round, kind, number)
    return _page(round, post, ReportForm(rules.of_post(db.session(), round, post)))


@bp.post("/<kind>/<int:number>")
@requires(Permission.POST_REPORT)
def create(round: Round, kind: str, number: int):
    """Send the report to the stewards."""
    database, me = db.session(), guard.me()
    post = posts.find(database, round, kind, number)
    form = ReportForm(rules.of_post(database, round, post), request.form)
    if not form.validate():
        return _page(round, post, form), 422
    cited = {"clause": form.clause.data, "reason": form.reason.data}
    try:
        service.report(database, round, post, by=me, **cited, at=guard.now())
    except Refused as refusal:
        database.rollback()
        return _page(round, post, form, str(refusal)), refusal.status
    database.commit()
    flash("Thank you. A steward will look at it and answer you in your notes.", "success")
    return redirect(post.path, 303)


def _page(round: Round, post: Post, form: ReportForm, refusal: str | None = None) -> str:
    return render_template(
        "community/moderation/report.html", round=round, post=post, form=form, refusal=refusal
    )
