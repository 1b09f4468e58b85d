"""The official sign-in: an OpenID Connect provider says whose number in the register this is."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for

from pb import db, policy
from pb.community import voter
from pb.eligibility import queries as roll
from pb.errors import NotFound
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds import queries as rounds
from pb.rounds.models import Phase, Round
from pb.rounds.routes import Route
from pb.web import guard, oidc
from pb.web.guard import public, requires

bp = Blueprint("official", __name__)


@bp.get("/rounds/<round:round>/vote/official")
@requires(Permission.VOTING_ENTER)
def about(round: Round):
    """What will happen, and two ways on: with a device of one's own, or a shared one."""
    _require(round)
    name = current_app.config["OIDC_NAME"]
    return render_template("community/entering/official.html", name=name)


@bp.get("/rounds/<round:round>/vote/official/go")
@requires(Permission.VOTING_ENTER)
def go(round: Round):
    """Off to the provider; the way back is one address for all rounds, as providers want it."""
    _require(round)
    shared = request.args.get("shared") == "1"
    return redirect(oidc.begin(_way_back(), round=round.slug, shared=shared), 303)


@bp.get("/official-sign-in/return")
@public
def come_back():
    """Back from the provider, with an answer to the question of this browser or with none."""
    who, remembered = oidc.finish()
    round = rounds.find(db.session(), remembered["round"])
    if round is None or not policy.may_see(guard.viewer(), round):
        raise NotFound("There is no such round.")
    g.round = round
    _require(round)
    calendar.require(round, guard.now(), Phase.VOTING)
    entry = roll.find_by_person(db.session(), round, who, current_app.extensions["keys"])
    if entry is None:
        name = current_app.config["OIDC_NAME"]
        return render_template("community/entering/unknown.html", name=name), 404
    voter.open_session(round, entry, remembered["shared"], Route.OFFICIAL)
    return redirect(url_for("community.ballots.choose", round=round), 303)


def _way_back() -> str:
    return current_app.config["BASE_URL"] + url_for(".come_back")


def _require(round: Round) -> None:
    if Route.OFFICIAL not in round.routes:
        raise NotFound(f"“{round.name}” does not offer this way to vote.")
