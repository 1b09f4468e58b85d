"""How far a job is."""

from flask import Blueprint, render_template

from pb import db
from pb.errors import NotFound
from pb.notices import jobs
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web.guard import requires

bp = Blueprint("jobs", __name__, url_prefix="/rounds/<round:round>/jobs")


@bp.get("/<int:number>")
@requires(Permission.CONSOLE_READ)
def show(round: Round, number: int):
    """One job of this round; the page looks again by itself until it is over."""
    job = jobs.find(db.session(), round.id, number)
    if job is None:
        raise NotFound(f"There is no job number {number} in this round.")
    return render_template("commission/jobs/show.html", job=job)
