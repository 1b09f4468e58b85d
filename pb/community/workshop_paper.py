"""Taking part without a phone: a steward types what stands on paper, and prints the sheets."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import workshop_places
from pb.community.idea_forms import numbers
from pb.community.workshop_forms import PersonForm
from pb.community.workshop_places import NUMBER
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.purpose.workshops import queries, service, stages, writing
from pb.purpose.workshops.models import IDEAS_EACH, LENGTHS, Pair, Stage, Workshop
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint(
    "workshop_paper", __name__, url_prefix=f"/rounds/<round:round>/workshops/{NUMBER}/paper"
)
PAIR = "/pairs/<int:pair>"


@dataclass
class Sheet:
    """What was typed from a pair's paper, and why it could not be kept."""

    texts: list[str]
    ticked: list[int]
    why: str = ""
    faults: dict[int, str] = field(default_factory=dict)  # place on the sheet → sentence


@bp.get("")
@requires(Permission.WORKSHOP_LEAD)
def index(round: Round, number: int):
    """Who takes part on paper, and in which pairs they are."""
    return _index(workshop_places.find(round, number), PersonForm(round))


@bp.post("/people")
@requires(Permission.WORKSHOP_LEAD)
def add(round: Round, number: int):
    """Add somebody who has no phone."""
    workshop, form = workshop_places.find(round, number), PersonForm(round, request.form)
    if not form.validate():
        return _index(workshop, form, 422)
    name = form.name.data
    try:
        service.join(
            db.session(),
            workshop,
            name=name,
            at=guard.now(),
            area=form.chosen_area,
            on_paper=True,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse("name", str(refusal))
        return _index(workshop, form, refusal.status)
    db.session.commit()
    flash(f"{name} takes part on paper.", "success")
    return redirect(url_for(".index", round=round, number=number), 303)


@bp.get("/sheets")
@requires(Permission.WORKSHOP_LEAD)
def sheets(round: Round, number: int):
    """What is printed: instructions, slips for ideas, and a sheet for marks."""
    workshop = workshop_places.find(round, number)
    ideas = queries.in_order(db.session(), workshop) if workshop.marks_each else []
    return render_template(
        "community/workshops/sheets.html",
        round=round,
        workshop=workshop,
        ideas=ideas,
        slips=IDEAS_EACH,
        labels=stages.LABELS,
        minutes={stage: workshop.lengths[stage.value] // 60 for stage in stages.TIMED},
    )


@bp.get(PAIR)
@requires(Permission.WORKSHOP_LEAD)
def pair(round: Round, number: int, pair: int):
    """The paper of one pair: its ideas, or its marks."""
    workshop = workshop_places.find(round, number)
    return _pair_page(workshop, _on_paper(workshop, pair))


@bp.post(f"{PAIR}/ideas")
@requires(Permission.WORKSHOP_LEAD)
def save_ideas(round: Round, number: int, pair: int):
    """Keep the ideas of a pair as they stand on its paper."""
    workshop = workshop_places.find(round, number)
    found = _on_paper(workshop, pair)
    sheet = Sheet(texts=[request.form.get(f"idea-{n}", "") for n in _places()], ticked=[])
    for place, text in zip(_places(), sheet.texts, strict=True):
        try:
            _keep(workshop, found, place, text)
        except Refused as refusal:
            sheet.faults[place] = sheet.why = str(refusal)
    if sheet.why:
        db.session.rollback()
        return _pair_page(workshop, found, sheet)
    db.session.commit()
    flash(f"The ideas of pair {pair} are kept.", "success")
    return redirect(url_for(".index", round=round, number=number), 303)


@bp.post(f"{PAIR}/marks")
@requires(Permission.WORKSHOP_LEAD)
def save_marks(round: Round, number: int, pair: int):
    """Give the marks that a pair made on paper, and note that it is done."""
    workshop, database = workshop_places.find(round, number), db.session()
    found = _on_paper(workshop, pair)
    ticked = [one for text in request.form.getlist("mark") for one in numbers([text])]
    try:
        for idea in queries.marks_of(database, found) - set(ticked):
            writing.unmark(database, workshop, found, idea, guard.now())
        for idea in ticked:
            writing.mark(database, workshop, found, idea, guard.now())
        if "done" in request.form:
            writing.finish_marking(database, workshop, found, guard.now())
    except Refused as refusal:
        database.rollback()
        return _pair_page(workshop, found, Sheet([], ticked, str(refusal)))
    database.commit()
    flash(f"The marks of pair {pair} are kept.", "success")
    return redirect(url_for(".index", round=round, number=number), 303)


def _keep(workshop: Workshop, pair: Pair, place: int, text: str) -> None:
    """One line of the paper: a new idea, other words for it, or none any more."""
    database, now = db.session(), guard.now()
    ideas = {one.slot: one for one in queries.ideas(database, workshop) if one.pair_id == pair.id}
    idea, plain = ideas.get(place), " ".join(text.split())
    if idea is None and plain:
        writing.add_idea(database, workshop, pair, plain, now)
    elif idea is not None and not plain:
        writing.drop_idea(database, workshop, pair, idea.id, now)
    elif idea is not None and plain != idea.text:
        writing.change_idea(database, workshop, pair, idea.id, plain, now)


def _on_paper(workshop: Workshop, number: int) -> Pair:
    """The pair with this number; raises Refused where all of its people have a phone."""
    pairs = queries.pairs(db.session(), workshop)
    found = next((one for one in pairs if one.number == number), None)
    if found is None:
        raise NotFound("There is no such pair in this workshop.")
    if not any(one.on_paper for one in found.present):
        raise Refused("Nobody in this pair takes part on paper: they write for themselves.")
    return found


def _places() -> range:
    return range(1, IDEAS_EACH + 1)


def _index(workshop: Workshop, form: PersonForm, status: int = 200) -> Any:
    database = db.session()
    html = render_template(
        "community/workshops/paper.html",
        round=workshop.round,
        workshop=workshop,
        form=form,
        has_errors=status >= 400,
        people=[one for one in queries.present(database, workshop) if one.on_paper],
        pairs={one.id: one for one in queries.pairs(database, workshop)},
        labels=stages.LABELS,
        takes_people=workshop.stage in service.TAKES_PEOPLE,
    )
    return html, status


def _pair_page(workshop: Workshop, pair: Pair, typed: Sheet | None = None) -> Any:
    database = db.session()
    ideas = queries.in_order(database, workshop)
    own = {one.slot: one.text for one in ideas if one.pair_id == pair.id}
    sheet = Sheet([own.get(place, "") for place in _places()], [])
    sheet.ticked = list(queries.marks_of(database, pair))
    html = render_template(
        "community/workshops/paper_pair.html",
        round=workshop.round,
        workshop=workshop,
        pair=pair,
        ideas=ideas if workshop.stage is Stage.RANK else [],
        sheet=typed or sheet,
        most=LENGTHS["idea"],
        labels=stages.LABELS,
        has_errors=bool(typed and typed.why),
    )
    return html, 409 if typed and typed.why else 200
