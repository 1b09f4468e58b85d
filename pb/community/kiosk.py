"""A kiosk between two voters: it forgets the one before and asks the next for a code."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import logout_user

from pb.community import voter
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web import kiosk
from pb.web.guard import requires

bp = Blueprint("kiosk", __name__, url_prefix="/rounds/<round:round>")


@bp.get("/kiosk")
@requires(Permission.ROUND_READ)
def start(round: Round):
    """Where a kiosk goes by itself when nobody does anything; elsewhere it changes nothing."""
    if kiosk.current() is not None:
        somebody = "voter" in session
        voter.close_session()
        logout_user()  # who signs in at a kiosk does not stay for the next person
        if somebody and request.args.get("after") == "nothing":
            flash("Nobody did anything here for a while. What was not sent is forgotten.")
    return redirect(url_for("community.ballots.enter", round=round), 303)
