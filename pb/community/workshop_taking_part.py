"""Taking part in a workshop, on a phone: with its code, and without an account."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import charter, introduced, workshop_news, workshop_places
from pb.community.workshop_forms import JoinForm
from pb.community.workshop_places import NUMBER
from pb.errors import Refused
from pb.policy import Permission
from pb.purpose.moderation import service as moderation
from pb.purpose.workshops import harvesting, queries, service, stages
from pb.purpose.workshops.models import (
    IDEAS_EACH,
    LENGTHS,
    Pair,
    Participant,
    Stage,
    Workshop,
    WorkshopIdea,
)
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import reads_first, requires

bp = Blueprint("taking_part", __name__, url_prefix="/rounds/<round:round>/workshops")


@dataclass(frozen=True)
class Said:
    """What somebody typed that could not be kept, and why."""

    where: str  # the id of its field
    text: str
    why: str


@bp.get("/join")
@requires(Permission.WORKSHOP_JOIN)
def enter(round: Round):
    """The way in: the code, which the QR code brings along, and a name."""
    account = guard.viewer().account
    known = {"name": account.name} if account else {}
    form = JoinForm(round, data={"code": request.args.get("code", "")[:20], **known})
    return render_template("community/workshops/join.html", round=round, form=form)


@bp.post("/join")
@requires(Permission.WORKSHOP_JOIN)
@reads_first
def join(round: Round):
    """Take a place; who has one already in this browser goes back to it."""
    form = JoinForm(round, request.form)
    valid = form.validate()
    try:
        workshop = workshop_news.by_code(form.code.data)
        if workshop.round_id != round.id:
            return _lead_on(workshop)
        workshop_places.up_to_date(workshop)
        me = workshop_places.person(workshop)
    except Refused as refusal:
        form.refuse("code", str(refusal))
        return _form(round, form, refusal.status)
    if not valid and me is None:
        return _form(round, form, 422)
    try:
        me = _take_place(workshop, me, form)
    except Refused as refusal:
        db.session.rollback()
        form.refuse("name", str(refusal))
        return _form(round, form, refusal.status)
    response = _to(workshop)
    workshop_places.remember(response, workshop, me)
    return response


def _take_place(workshop: Workshop, me: Participant | None, form: JoinForm) -> Participant:
    database, account = guard.start_writing(), guard.viewer().account
    if me is None:
        if account is not None:
            introduced.took_part(workshop.round)
        charter.require(workshop.round)
        if account is not None:
            moderation.require_not_paused(database, workshop.round, account, guard.now())
        me = service.join(
            database,
            workshop,
            name=form.name.data,
            at=guard.now(),
            account=account,
            area=form.chosen_area,
        )
    elif me.left_at is not None:
        service.come_back(database, workshop, me, guard.now())
    service.see(me, guard.now())
    database.commit()
    return me


@bp.get(f"/{NUMBER}/place")
@requires(Permission.WORKSHOP_JOIN)
def show(round: Round, number: int):
    """The page of one person, at the stage of the workshop."""
    workshop = workshop_places.find(round, number)
    me = workshop_places.person(workshop)
    if me is None:
        return redirect(url_for(".enter", round=round), 303)
    if "piece" in request.args:
        return render_template("community/workshops/_place.html", **seen(workshop, me))
    return page(workshop, me)


@bp.post(f"/{NUMBER}/place/leaving")
@requires(Permission.WORKSHOP_JOIN)
def leave(round: Round, number: int):
    """Go away; the place stays, for who comes back with this browser."""
    workshop, me = workshop_places.mine(round, number)
    service.leave(db.session(), workshop, me, guard.now())
    db.session.commit()
    return _to(workshop)


@bp.post(f"/{NUMBER}/place/return")
@requires(Permission.WORKSHOP_JOIN)
def come_back(round: Round, number: int):
    """Take one's place again."""
    workshop, me = workshop_places.mine(round, number)
    service.come_back(db.session(), workshop, me, guard.now())
    db.session.commit()
    return _to(workshop)


@bp.post(f"/{NUMBER}/place/forgetting")
@requires(Permission.WORKSHOP_JOIN)
def forget(round: Round, number: int):
    """Leave, and let nobody come back with this browser: it belongs to somebody else."""
    workshop, me = workshop_places.mine(round, number)
    service.leave(db.session(), workshop, me, guard.now())
    db.session.commit()
    flash("You have left, and this browser has forgotten you.", "success")
    response = redirect(url_for("community.workshops.show", round=round, number=number), 303)
    workshop_places.forget(response, workshop)
    return response


def page(workshop: Workshop, me: Participant, said: Said | None = None, status: int = 200) -> Any:
    """The page of one person, with what could not be kept."""
    shown = seen(workshop, me)
    html = render_template(
        "community/workshops/place.html",
        said=said,
        fields=_fields(workshop, shown["mine"]),
        has_errors=said is not None,
        **shown,
    )
    return html, status


def _fields(workshop: Workshop, mine: list[WorkshopIdea]) -> set[str]:
    """The fields that the page has at this stage: what was typed elsewhere is shown as text."""
    if workshop.stage is Stage.OWN:
        return {"note"}
    if workshop.stage is Stage.PAIR:
        new = {"idea"} if len(mine) < IDEAS_EACH else set()
        return new | {f"idea-{idea.id}" for idea in mine}
    if workshop.stage is Stage.EXPLAIN:
        return {f"explanation-{idea.id}" for idea in mine}
    return {"name"} if workshop.stage is Stage.ARRANGE and workshop.everyone_arranges else set()


def pair_of(me: Participant) -> Pair | None:
    """The pair in which somebody is, with its people as they are now."""
    if me.pair_id is None:
        return None
    return queries.pair(db.session(), db.session().get_one(Workshop, me.workshop_id), me.pair_id)


def seen(workshop: Workshop, me: Participant) -> dict[str, Any]:
    """All that one person may see: of notes, their own alone."""
    database, stage = db.session(), workshop.stage
    pair = pair_of(me)
    own = pair is not None and stage in (Stage.PAIR, Stage.EXPLAIN, Stage.RANK)
    mine = list(queries.ideas_of_pair(database, pair)) if own else []
    ideas = _listed(workshop)
    marks = queries.marks(database, workshop)
    return {
        "round": workshop.round,
        "workshop": workshop,
        "me": me,
        "live": workshop_news.live(
            workshop,
            me,
            url_for(
                "community.taking_part.show", round=workshop.round, number=workshop.id, piece=1
            ),
        ),
        "labels": stages.LABELS,
        "step": stages.ORDER.index(stage),
        "pair": pair,
        "with_whom": [one for one in pair.present if one.id != me.id] if pair else [],
        "notes": queries.notes(database, me) if stage in (Stage.OWN, Stage.PAIR) else (),
        "ideas": ideas,
        "mine": mine,
        "most": IDEAS_EACH,
        "shown": workshop.shown_id and queries.find_idea(database, workshop, workshop.shown_id),
        "given": queries.marks_of(database, pair) if pair else frozenset(),
        "marks": marks,
        "ranked": sorted(ideas, key=lambda idea: -(marks or {}).get(idea.id, 0)),
        "heaps": harvesting.heaps(ideas, marks) if stage is Stage.ARRANGE else (),
        "clusters": queries.clusters(database, workshop) if stage is Stage.ARRANGE else (),
        "lengths": LENGTHS,
        "takes_people": stage in service.TAKES_PEOPLE,
    }


def _listed(workshop: Workshop) -> list[WorkshopIdea]:
    """The ideas of all, at the stages that show them: two hundred people look at once."""
    everything = workshop.stage in (Stage.RANK, Stage.ARRANGE)
    if everything or (workshop.stage is Stage.EXPLAIN and not workshop.live):
        return queries.in_order(db.session(), workshop, credits=False)
    return []


def _lead_on(workshop: Workshop) -> Any:
    """The code is of a workshop in another round: its page asks for the name."""
    return redirect(url_for(".enter", round=workshop.round, code=workshop.code), 303)


def _to(workshop: Workshop) -> Any:
    return redirect(url_for(".show", round=workshop.round, number=workshop.id), 303)


def _form(round: Round, form: JoinForm, status: int) -> Any:
    html = render_template("community/workshops/join.html", round=round, form=form, has_errors=True)
    return html, status
