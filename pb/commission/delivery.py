"""Telling the public how the funded projects get on."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.commission.proposal_forms import ReportForm
from pb.delivery import queries, service
from pb.delivery.queries import Progress
from pb.errors import Invalid, NotFound
from pb.policy import Permission
from pb.proposals.queries import LARGEST_NUMBER
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("delivery", __name__, url_prefix="/rounds/<round:round>/delivery")
NUMBER = f"<int(max={LARGEST_NUMBER}):number>"


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """The funded projects, and which of them need news."""
    return render_template(
        "commission/delivery/index.html", round=round, funded=queries.funded(db.session(), round)
    )


@bp.get(f"/{NUMBER}")
@requires(Permission.CONSOLE_READ)
def show(round: Round, number: int):
    """A funded project with its news, and the form for more."""
    progress = _find(round, number)
    return _page(round, progress, ReportForm(round, data={"state": progress.state}), 200)


@bp.post(f"/{NUMBER}/milestones")
@requires(Permission.DELIVERY_REPORT)
def report(round: Round, number: int):
    """Publish news of a funded project."""
    progress, form, database = _find(round, number), ReportForm(round, request.form), db.session()
    if not form.validate():
        return _page(round, progress, form, 422)
    try:
        service.report(database, progress.project, by=guard.me(), **form.news, at=guard.now())
    except Invalid as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return _page(round, progress, form, 422)
    database.commit()
    flash(f"The news of “{progress.project.title}” is public.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


def _find(round: Round, number: int) -> Progress:
    found = queries.find_funded(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no funded project {number} in “{round.name}”.")
    return found


def _page(round: Round, progress: Progress, form: ReportForm, status: int):
    page = render_template(
        "commission/delivery/show.html",
        round=round,
        progress=progress,
        form=form,
        has_errors=status != 200,
    )
    return page, status
