"""The screen of the steward who leads a workshop."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from pb import db
from pb.community import workshop_news, workshop_places
from pb.community.workshop_places import NUMBER
from pb.community.workshop_writing import move_chosen
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.purpose.workshops import arranging, harvesting, moving, queries, service, stages, writing
from pb.purpose.workshops.models import Stage, Workshop
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint(
    "workshop_leading", __name__, url_prefix=f"/rounds/<round:round>/workshops/{NUMBER}/leading"
)
MORE_MINUTES = {True: (1, 2, 5, 10), False: (60, 360, 1440)}  # in a room, and not


@bp.get("")
@requires(Permission.WORKSHOP_LEAD)
def show(round: Round, number: int):
    """Who is in, how far they are, and what comes next."""
    workshop = workshop_places.find(round, number)
    if "piece" in request.args:
        return render_template("community/workshops/_leading.html", **_seen(workshop))
    return _page(workshop)


@bp.post("/stage")
@requires(Permission.WORKSHOP_LEAD)
def move_on(round: Round, number: int):
    """Begin the next stage now."""
    seen = request.form.get("seen", "")
    if seen not in list(Stage):
        raise NotFound("There is no such stage.")

    def act(workshop: Workshop) -> None:
        moving.move_on(db.session(), workshop, seen=Stage(seen), by=guard.me(), at=guard.now())

    return _do(round, number, act)


@bp.post("/time")
@requires(Permission.WORKSHOP_LEAD)
def more_time(round: Round, number: int):
    """Give the stage more time."""
    typed = request.form.get("minutes", "")
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
    return _do(
        round, number, lambda workshop: moving.extend(db.session(), workshop, minutes, guard.now())
    )


@bp.post("/shown")
@requires(Permission.WORKSHOP_LEAD)
def next_idea(round: Round, number: int):
    """Put up the next idea; with `heard`, note that the one before was explained aloud."""
    typed = request.form.get("seen", "")
    seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

    def act(workshop: Workshop) -> None:
        database = db.session()
        if "heard" in request.form and seen is not None and seen == workshop.shown_id:
            _note_heard(workshop, seen)
        if request.form.get("heard") != "only":
            moving.show_next(database, workshop, seen=seen, at=guard.now())

    return _do(round, number, act)


@bp.post("/groups")
@requires(Permission.WORKSHOP_LEAD)
def name_group(round: Round, number: int):
    """Name a group of ideas."""
    name = request.form.get("name", "")
    return _do(
        round,
        number,
        lambda workshop: arranging.name_cluster(db.session(), workshop, name, guard.now()),
        typed=name,
    )


@bp.post("/groups/<int:group>/removal")
@requires(Permission.WORKSHOP_LEAD)
def drop_group(round: Round, number: int, group: int):
    """Take a group apart; its ideas stay."""
    return _do(
        round,
        number,
        lambda workshop: arranging.drop_cluster(db.session(), workshop, group, guard.now()),
    )


@bp.post("/arranging")
@requires(Permission.WORKSHOP_LEAD)
def arrange(round: Round, number: int):
    """Put ideas in groups: all whose list was changed."""
    return _do(round, number, move_chosen)


@bp.post("/people/<int:person>/leaving")
@requires(Permission.WORKSHOP_LEAD)
def let_go(round: Round, number: int, person: int):
    """Note that somebody has gone; who was alone with them joins another pair."""

    def act(workshop: Workshop) -> None:
        found = queries.find_participant(db.session(), workshop, person)
        if found is None:
            raise NotFound("There is nobody like that in this workshop.")
        service.leave(db.session(), workshop, found, guard.now())

    return _do(round, number, act)


def _note_heard(workshop: Workshop, idea_id: int) -> None:
    database = db.session()
    idea = queries.find_idea(database, workshop, idea_id)
    if idea.explained_by:
        return
    pair = queries.pair(database, workshop, idea.pair_id)
    names = " and ".join(one.name for one in pair.present)
    writing.explain(database, workshop, idea, by=names[:200], at=guard.now())


def _do(round: Round, number: int, act: Callable[[Workshop], Any], typed: str = "") -> Any:
    """Do it and go back to the screen; or show the screen with the reason why not."""
    workshop = workshop_places.find(round, number)
    try:
        act(workshop)
    except NotFound:
        raise
    except Refused as refusal:
        db.session.rollback()
        return _page(workshop, refusal, typed)
    db.session.commit()
    return redirect(url_for("community.workshop_leading.show", round=round, number=number), 303)


def _page(workshop: Workshop, refusal: Refused | None = None, typed: str = "") -> Any:
    html = render_template(
        "community/workshops/leading.html",
        refusal=refusal and str(refusal),
        typed=typed,
        has_errors=refusal is not None,
        **_seen(workshop),
    )
    return html, refusal.status if refusal else 200


def _seen(workshop: Workshop) -> dict[str, Any]:
    """All that the steward may see: of notes, only how many there are."""
    database, stage = db.session(), workshop.stage
    ideas = (
        queries.in_order(database, workshop, credits=False) if stages.ORDER.index(stage) > 1 else []
    )
    marks = queries.marks(database, workshop)
    pairs = queries.pairs(database, workshop)
    here = url_for(
        "community.workshop_leading.show", round=workshop.round, number=workshop.id, piece=1
    )
    return {
        "round": workshop.round,
        "workshop": workshop,
        "live": workshop_news.live(workshop, None, here),
        "labels": stages.LABELS,
        "step": stages.ORDER.index(stage),
        "following": stages.following(stage) if stage is not Stage.FINISHED else None,
        "people": queries.present(database, workshop),
        "pairs": [pair for pair in pairs if pair.present],
        "notes": queries.count_notes(database, workshop),
        "ideas": ideas,
        "ideas_of": {pair.id: sum(idea.pair_id == pair.id for idea in ideas) for pair in pairs},
        "shown": next((one for one in ideas if one.id == workshop.shown_id), None),
        "place": next((n for n, one in enumerate(ideas, 1) if one.id == workshop.shown_id), 0),
        "marks": marks,
        "heaps": harvesting.heaps(ideas, marks) if workshop.marks_each else (),
        "clusters": queries.clusters(database, workshop),
        "more_minutes": MORE_MINUTES[workshop.live],
        "address": workshop_news.short_address(),
        "qr": workshop_news.qr_of(workshop),
    }
