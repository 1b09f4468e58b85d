"""What became of the funded projects."""

from collections import Counter

from flask import Blueprint, render_template

from pb import db
from pb.delivery import queries
from pb.delivery.models import DeliveryState
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web.guard import requires

bp = Blueprint("delivery", __name__)


@bp.get("/rounds/<round:round>/delivery")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """Every funded project: how far it is, what was promised and what was spent."""
    funded = queries.funded(db.session(), round)
    counts = Counter(progress.state for progress in funded)
    return render_template(
        "community/delivery/show.html",
        round=round,
        funded=funded,
        counts=[(state, counts[state]) for state in DeliveryState],
    )
