"""The workshops of a round: the list, opening one, its public screen and what came out of it."""

from collections.abc import Mapping, Sequence
from secrets import randbelow

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import workshop_news, workshop_places
from pb.community.workshop_forms import WorkshopForm
from pb.community.workshop_places import NUMBER
from pb.errors import Refused
from pb.policy import Permission
from pb.proposals.ideas import queries as ideas
from pb.proposals.ideas import service as idea_service
from pb.proposals.ideas.service import Carried
from pb.purpose.moderation import queries as moderation
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import Hiding
from pb.purpose.workshops import harvesting, pairing, queries, service, stages
from pb.purpose.workshops.models import Kind, Stage, Workshop
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import reads_first, requires

bp = Blueprint("workshops", __name__, url_prefix="/rounds/<round:round>/workshops")


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """All workshops of the round."""
    found = queries.workshops(db.session(), round)
    return render_template(
        "community/workshops/index.html",
        round=round,
        workshops=[(one, stages.at(one, guard.now())) for one in found],
        labels=stages.LABELS,
    )


@bp.get("/new")
@requires(Permission.WORKSHOP_LEAD)
def new(round: Round):
    """The form that opens a workshop."""
    return _form(round, WorkshopForm(round))


@bp.post("")
@requires(Permission.WORKSHOP_LEAD)
@reads_first
def create(round: Round):
    """Open a workshop; a question that is not open comes back with better ones."""
    form = WorkshopForm(round, request.form)
    if request.form.get("use"):  # one of the better questions
        form.question.process_data(request.form["use"][:500])
        return _form(round, form)
    valid = form.validate()
    finding = form.look_at_question(sure="sure" in request.form)
    if not valid or form.errors:
        return _form(round, form, finding, 422)
    database = guard.start_writing()
    try:
        workshop = service.create(
            database,
            round,
            question=form.question.data,
            kind=Kind(form.kind.data),
            by=guard.me(),
            at=guard.now(),
            draw=randbelow,
            area=form.chosen_area,
            lengths=form.lengths,
            everyone_arranges=form.everyone_arranges.data,
        )
    except Refused as refusal:
        database.rollback()
        form.refuse("question", str(refusal))
        return _form(round, form, finding, refusal.status)
    database.commit()
    flash("The workshop is open. People can come in with its code.", "success")
    page = url_for("community.workshop_leading.show", round=round, number=workshop.id)
    return redirect(page, 303)


@bp.get(f"/{NUMBER}")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """What a workshop is about, and once it is finished, what came out of it."""
    workshop = workshop_places.find(round, number)
    database = db.session()
    finished = workshop.stage is Stage.FINISHED
    result = _result(round, workshop) if finished else []
    return render_template(
        "community/workshops/show.html",
        round=round,
        workshop=workshop,
        me=workshop_places.person(workshop),
        people=len(queries.present(database, workshop)),
        labels=stages.LABELS,
        result=harvesting.by_heap(result) if finished else None,
        found=len(result),
        pairs=queries.pairs(database, workshop) if finished else (),
        digest=pairing.lot(workshop.seed),
        can_carry=guard.phase() in (Phase.PURPOSE, Phase.IDEAS),
        carry_when=calendar.LABELS[Phase.IDEAS],
    )


@bp.get(f"/{NUMBER}/screen")
@requires(Permission.ROUND_READ)
def screen(round: Round, number: int):
    """What hangs on the wall: nothing but what everybody may see."""
    workshop = workshop_places.find(round, number)
    piece = "piece" in request.args
    database = db.session()
    marks = queries.marks(database, workshop)
    everything = [] if marks is None else queries.in_order(database, workshop, credits=False)
    if workshop.stage is Stage.FINISHED:
        ids = [one.id for one in everything]
        hidden = _hidden(round, ids, _carried(round, ids))
        everything = [one for one in everything if one.id not in hidden]
    return render_template(
        "community/workshops/_screen.html" if piece else "community/workshops/screen.html",
        round=round,
        workshop=workshop,
        live=workshop_news.live(
            workshop, None, url_for(".screen", round=round, number=number, piece=1)
        ),
        labels=stages.LABELS,
        people=len(queries.present(database, workshop)),
        shown=workshop.shown_id and queries.find_idea(database, workshop, workshop.shown_id),
        marks=marks,
        heaps=harvesting.heaps(everything, marks),
        address=workshop_news.short_address(),
        qr=workshop_news.qr_of(workshop),
    )


@bp.post(f"/{NUMBER}/carrying")
@requires(Permission.WORKSHOP_LEAD)
def carry(round: Round, number: int):
    """Carry the ideas of a finished workshop over into the ideas of the round."""
    workshop, database = workshop_places.find(round, number), db.session()
    found = harvesting.ready(database, workshop)
    ids = [one.workshop_idea_id for one in found]
    hidden = _hidden(round, ids, _carried(round, ids))
    carried = [
        Carried(one.workshop_idea_id, one.text, one.explanation, one.authors, one.area_id)
        for one in found
        if one.workshop_idea_id not in hidden
    ]
    made = idea_service.carry_over(database, round, carried, by=guard.me(), at=guard.now())
    harvesting.note_carried(database, workshop, guard.now())
    database.commit()
    flash(
        f"Carried over: {len(made)} ideas. Everybody who had one is credited."
        if made
        else "They are all among the ideas of the round already.",
        "success",
    )
    return redirect(url_for(".show", round=round, number=number), 303)


def _result(round: Round, workshop: Workshop) -> list[harvesting.Line]:
    """(idea, its number among the ideas of the round, why it is hidden), most marked first."""
    found = queries.harvest(db.session(), workshop)
    ids = [one.workshop_idea_id for one in found]
    number = _carried(round, ids)
    hidden = _hidden(round, ids, number)
    return [(one, number.get(id), hidden.get(id)) for one, id in zip(found, ids, strict=True)]


def _carried(round: Round, ids: Sequence[int]) -> dict[int, int]:
    """Ideas of a workshop → their numbers among the ideas of the round."""
    found = ideas.from_workshop(db.session(), round, ids)
    return {one.workshop_idea_id: one.id for one in found}


def _hidden(round: Round, ids: Sequence[int], number: Mapping[int, int]) -> dict[int, Hiding]:
    """Ideas of a workshop that stewards hid, here or after they were carried over."""
    here = moderation.hidden(db.session(), round, Subject.WORKSHOP_IDEA, ids)
    there = moderation.hidden(db.session(), round, Subject.IDEA, number.values())
    return here | {id: there[one] for id, one in number.items() if one in there}


def _form(round: Round, form: WorkshopForm, finding=None, status: int = 200):
    page = render_template(
        "community/workshops/form.html",
        round=round,
        form=form,
        finding=finding,
        minutes=stages.MINUTES,
        has_errors=status >= 400,
    )
    return page, status
