"""What people in a workshop write and mark: notes, ideas of a pair, explanations, marks, groups."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for

from pb import db
from pb.community import workshop_places
from pb.community.idea_forms import numbers
from pb.community.workshop_places import NUMBER
from pb.community.workshop_taking_part import Said, page, pair_of
from pb.errors import Refused
from pb.policy import Permission
from pb.purpose.moderation import service as moderation
from pb.purpose.workshops import arranging, service, writing
from pb.purpose.workshops.models import Pair, Participant, Workshop
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint(
    "workshop_writing", __name__, url_prefix=f"/rounds/<round:round>/workshops/{NUMBER}/place"
)
Act = Callable[[Workshop, Participant], None]


@bp.post("/notes")
@requires(Permission.WORKSHOP_JOIN)
def keep_note(round: Round, number: int):
    """Keep a note that nobody else will read."""
    text = request.form.get("text", "")

    def act(workshop: Workshop, me: Participant) -> None:
        writing.keep_note(db.session(), workshop, me, text, guard.now())

    return _do(round, number, act, "note", text)


@bp.post("/notes/<int:note>/removal")
@requires(Permission.WORKSHOP_JOIN)
def drop_note(round: Round, number: int, note: int):
    """Take one of one's own notes away."""
    return _do(round, number, lambda _, me: writing.drop_note(db.session(), me, note))


@bp.post("/ideas")
@requires(Permission.WORKSHOP_JOIN)
def add_idea(round: Round, number: int):
    """Write down an idea of the pair."""
    text = request.form.get("text", "")

    def act(workshop: Workshop, me: Participant) -> None:
        writing.add_idea(db.session(), workshop, _pair(me), text, guard.now())

    return _do(round, number, act, "idea", text)


@bp.post("/ideas/<int:idea>")
@requires(Permission.WORKSHOP_JOIN)
def change_idea(round: Round, number: int, idea: int):
    """Put an idea of the pair in other words."""
    text = request.form.get("text", "")

    def act(workshop: Workshop, me: Participant) -> None:
        writing.change_idea(db.session(), workshop, _pair(me), idea, text, guard.now())

    return _do(round, number, act, f"idea-{idea}", text)


@bp.post("/ideas/<int:idea>/removal")
@requires(Permission.WORKSHOP_JOIN)
def drop_idea(round: Round, number: int, idea: int):
    """Take an idea of the pair away."""

    def act(workshop: Workshop, me: Participant) -> None:
        writing.drop_idea(db.session(), workshop, _pair(me), idea, guard.now())

    return _do(round, number, act)


@bp.post("/ideas/<int:idea>/explanation")
@requires(Permission.WORKSHOP_JOIN)
def explain(round: Round, number: int, idea: int):
    """Say in writing what is meant by an idea of the pair."""
    text = request.form.get("text", "")

    def act(workshop: Workshop, me: Participant) -> None:
        database = db.session()
        found = writing.own_idea(database, workshop, _pair(me), idea)
        plain = service.written(text, "explanation")
        writing.explain(database, workshop, found, by=me.name, text=plain, at=guard.now())

    return _do(round, number, act, f"explanation-{idea}", text)


@bp.post("/marks")
@requires(Permission.WORKSHOP_JOIN)
def mark(round: Round, number: int):
    """Give a mark to an idea, or take one back: the button says which."""
    given, taken = (numbers([request.form.get(name, "")]) for name in ("mark", "unmark"))

    def act(workshop: Workshop, me: Participant) -> None:
        for idea in taken:
            writing.unmark(db.session(), workshop, _pair(me), idea, guard.now())
        for idea in given:
            writing.mark(db.session(), workshop, _pair(me), idea, guard.now())

    return _do(round, number, act, anchor="".join(f"idea-{idea}" for idea in (given + taken)[:1]))


@bp.post("/marks/done")
@requires(Permission.WORKSHOP_JOIN)
def finish_marking(round: Round, number: int):
    """Say that the pair is done with marking."""

    def act(workshop: Workshop, me: Participant) -> None:
        writing.finish_marking(db.session(), workshop, _pair(me), guard.now())

    return _do(round, number, act)


@bp.post("/groups")
@requires(Permission.WORKSHOP_JOIN)
def name_group(round: Round, number: int):
    """Name a group of ideas, where everybody may."""
    name = request.form.get("name", "")

    def act(workshop: Workshop, me: Participant) -> None:
        _require_arranging(workshop)
        arranging.name_cluster(db.session(), workshop, name, guard.now())

    return _do(round, number, act, "name", name)


@bp.post("/arranging")
@requires(Permission.WORKSHOP_JOIN)
def arrange(round: Round, number: int):
    """Put ideas in groups, where everybody may."""

    def act(workshop: Workshop, me: Participant) -> None:
        _require_arranging(workshop)
        move_chosen(workshop)

    return _do(round, number, act)


def move_chosen(workshop: Workshop) -> None:
    """Move the ideas whose list was changed in the form; what others moved stays."""
    for name, chosen in request.form.items():
        kind, _, idea = name.partition("-")
        if kind != "group" or chosen == request.form.get(f"was-{idea}", ""):
            continue
        group = (numbers([chosen]) or [-1])[0] if chosen else None
        for found in numbers([idea]):
            arranging.move(db.session(), workshop, found, group, guard.now())


def _do(
    round: Round, number: int, act: Act, where: str = "", text: str = "", anchor: str = ""
) -> Any:
    """Do it and go back to the page; or show the page with the reason and what was typed."""
    workshop, me = workshop_places.mine(round, number)
    try:
        _require_here(me)
        act(workshop, me)
    except Refused as refusal:
        db.session.rollback()
        return page(workshop, me, Said(where, text, str(refusal)), refusal.status)
    service.see(me, guard.now())
    db.session.commit()
    target = url_for("community.taking_part.show", round=round, number=number)
    return redirect(f"{target}#{anchor}" if anchor else target, 303)


def _require_here(me: Participant) -> None:
    if me.left_at is not None:
        raise Refused("You have left this workshop. Come back first.")
    account = guard.viewer().account
    if account is not None and account.id == me.account_id:
        database = db.session()
        workshop = database.get_one(Workshop, me.workshop_id)
        moderation.require_not_paused(database, workshop.round, account, guard.now())


def _pair(me: Participant) -> Pair:
    found = pair_of(me)
    if found is None:
        raise Refused("You are in no pair yet. The next person who comes in joins you.")
    return found


def _require_arranging(workshop: Workshop) -> None:
    if not workshop.everyone_arranges:
        raise Refused("In this workshop the stewards put the ideas in groups. Tell them yours.")
