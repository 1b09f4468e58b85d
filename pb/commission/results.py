"""The count, for the team: what it will do, what came out, and counting again."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from pb import audit, db
from pb.ballots import turnout
from pb.errors import NotFound
from pb.policy import Permission
from pb.results import acts, explanations, queries, service, words
from pb.rounds import queries as rounds
from pb.rounds.acts import TITLES
from pb.rounds.models import ActKind, Round
from pb.web import guard
from pb.web.filters import money
from pb.web.guard import requires

bp = Blueprint("results", __name__)
KINDS = (ActKind.COUNT, ActKind.PUBLISH_RESULT)


@bp.get("/rounds/<round:round>/count")
@requires(Permission.COUNT_READ)
def show(round: Round):
    """Before the count: turnout and what will happen. After it: the result, for the team."""
    database = db.session()
    result = queries.latest(database, round)
    areas = explanations.areas(database, round, result, money) if result else []
    return render_template(
        "commission/results/show.html",
        round=round,
        result=result,
        areas=areas,
        totals=explanations.totals(areas),
        certainty=explanations.how_sure(areas),
        turnout=turnout.of_round(database, round),
        published=queries.published(database, round),
        counted=queries.acts_of(database, result.act_id)[0] if result else None,
        waiting=[act for kind in KINDS if (act := rounds.open_act(database, round, kind))],
        titles=TITLES,
        obstacle=acts.obstacle(database, round, ActKind.PUBLISH_RESULT, at=guard.now()),
        **words.of_round(round, current_app.extensions["rules"]),
    )


@bp.post("/rounds/<round:round>/count/again")
@requires(Permission.COUNT_READ)
def recount(round: Round):
    """Count the sealed ballots once more and say whether the digests agree."""
    database = db.session()
    result = queries.latest(database, round)
    if result is None:
        raise NotFound("The ballots have not been counted yet.")
    agrees = service.recount(database, result, current_app.extensions["rules"])
    audit.record(
        database,
        chain=round.id,
        kind="result.recount",
        at=guard.now(),
        actor=guard.me().id,
        side=guard.viewer().side,
        body={"result": result.number, "digest": result.digest, "agrees": agrees},
    )
    database.commit()
    if agrees:
        flash("Counted again: everything comes out the same, to the last digit.", "success")
    else:
        flash("Counted again: the outcome differs. Do not publish before you know why.", "error")
    return redirect(url_for("commission.results.show", round=round), 303)
