"""The start page, a round, its people and its log."""

import json
import math

from flask import Blueprint, Response, current_app, render_template, request

from pb import db
from pb.audit import queries as log_queries
from pb.audit import service as audit
from pb.community import deciding, decisions
from pb.community.stand import counts, stand
from pb.policy import Permission
from pb.proposals.recusals import service as recusals
from pb.purpose.documents.models import Kind
from pb.purpose.documents.queries import in_force
from pb.rounds import calendar, queries
from pb.rounds.models import Phase, Round
from pb.rounds.people import appointments, holders
from pb.rounds.terms import interests
from pb.rounds.terms.second_hand import second_hand
from pb.web import guard
from pb.web.guard import public, requires

bp = Blueprint("rounds", __name__)
LOG_PAGE = 50
URGENT = (Phase.VOTING, Phase.IDEAS)  # where residents can do something today


@bp.get("/")
@public
def home():
    """All published rounds, with what can be done in each."""
    rounds = [(round, stand(round, guard.now())) for round in queries.published(db.session())]
    rounds.sort(key=lambda row: URGENT.index(row[1].phase) if row[1].phase in URGENT else 2)
    return render_template(
        "community/rounds/home.html",
        running=[row for row in rounds if not row[1].past],
        past=[row for row in rounds if row[1].past],
    )


@bp.get("/rounds/<round:round>")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """What this round is about, where it stands and what comes next."""
    proposals, projects = counts(db.session(), round)
    return render_template(
        "community/rounds/show.html",
        round=round,
        stand=stand(round, guard.now()),
        stages=calendar.stages(round, guard.now()),
        rule=current_app.extensions["rules"].get(round.rule_id),
        proposals=proposals,
        projects=projects,
        waiting=queries.open_acts(db.session(), round),
        agreed=in_force(db.session(), round, Kind.PURPOSE, guard.now()),
        hand=second_hand(db.session(), round, guard.now()),
    )


@bp.get("/rounds/<round:round>/people")
@requires(Permission.ROUND_READ)
def people(round: Round):
    """Who holds which role, and who decides what."""
    database, now = db.session(), guard.now()
    found = appointments(database, round)
    serving = [one for one in found if not one.over(now) and one.role not in deciding.UNLISTED]
    serving_now = serving_in(round)
    return render_template(
        "community/rounds/people.html",
        round=round,
        serving=serving,
        past=[one for one in found if one.over(now)],
        said=serving_now.said,
        now=now,
        hand=serving_now.hand,
        decisions=deciding.table(serving_now),
    )


def serving_in(round: Round) -> deciding.Serving:
    """Who serves in a round now, with what they declared and from what they stepped back."""
    database, now = db.session(), guard.now()
    return deciding.Serving(
        holders(database, round, now),
        interests.declared(database, round),
        recusals.recusals(database, round),
        second_hand(database, round, now),
    )


@bp.get("/rounds/<round:round>/log")
@requires(Permission.ROUND_READ)
def log(round: Round):
    """The public log, newest first, a page at a time."""
    database = db.session()
    size = queries.log_size(database, round)
    pages = max(1, math.ceil(size / LOG_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "community/rounds/log.html",
        round=round,
        entries=queries.log_page(database, round, page, LOG_PAGE),
        size=size,
        page=page,
        pages=pages,
        head=log_queries.head(database, round.id),
        title=decisions.title,
        actor=decisions.actor,
        appointments=appointments(database, round),
    )


@bp.get("/rounds/<round:round>/log.jsonl")
@requires(Permission.ROUND_READ)
def log_file(round: Round):
    """The whole log, one JSON object a line, oldest first, as it was hashed."""
    lines = [
        json.dumps({**audit.content(entry), "hash": entry.hash}, ensure_ascii=False)
        for entry in log_queries.entries(db.session(), round.id)
    ]
    name = f"{round.slug}-log.jsonl"
    return Response(
        "".join(f"{line}\n" for line in lines),
        mimetype="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.get("/healthz")
@public
def health():
    """Whether the server answers."""
    return {"status": "ok"}
