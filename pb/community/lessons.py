"""Lessons of a round: proposed by anybody, adopted by both sides, looked after by somebody."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.reflection_forms import CloseForm, LessonForm
from pb.errors import Invalid, NotFound, Refused
from pb.policy import Permission
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import hidden
from pb.reflection import lessons, queries, service
from pb.reflection.models import Lesson, Line
from pb.rounds import calendar
from pb.rounds.models import Role, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("lessons", __name__, url_prefix="/rounds/<round:round>/looking-back")


@bp.get("/lines/<int:number>/lesson")
@requires(Permission.REFLECTION_WRITE)
def new(round: Round, number: int):
    """The form that makes a lesson of a line."""
    line = _line(round, number)
    if line.lesson is not None:
        return _to(line.lesson)
    service.require_visible(db.session(), round, line)
    return _form(round, line, LessonForm.of(line), 200)


@bp.post("/lines/<int:number>/lesson")
@requires(Permission.REFLECTION_WRITE)
def propose(round: Round, number: int):
    """Propose the lesson to both sides."""
    line, form, database = _line(round, number), LessonForm(request.form), db.session()
    given = {"text": form.text.data or "", "due": form.due_phase}
    try:
        lesson = lessons.propose(database, line, **given, by=guard.me(), at=guard.now())
    except Invalid as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return _form(round, line, form, 422)
    database.commit()
    flash("The lesson is proposed. A steward and a commissioner can adopt it.", "success")
    return _to(lesson)


@bp.get("/lessons/<int:number>")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """A lesson from the line it came from to what later rounds made of it."""
    lesson = _find(round, number)
    return _page(lesson, CloseForm(lesson.adopted), 200)


@bp.post("/lessons/<int:number>/adoption")
@requires(Permission.LESSON_ADOPT)
def adopt(round: Round, number: int):
    """Put one's hand under it."""
    lesson, database = _find(round, number), db.session()
    lessons.adopt(database, lesson, by=guard.me(), at=guard.now())
    database.commit()
    waiting = "Your hand is under it. It waits for a hand of the other side."
    flash("The lesson is adopted." if lesson.adopted else waiting, "success")
    return _to(lesson)


@bp.post("/lessons/<int:number>/owner")
@requires(Permission.REFLECTION_WRITE)
def own(round: Round, number: int):
    """Look after a lesson from now on, or no longer."""
    lesson, database = _find(round, number), db.session()
    verb = lessons.hand_back if request.form.get("wanted") == "no" else lessons.take_on
    verb(database, lesson, by=guard.me(), at=guard.now())
    database.commit()
    thanks = "Thank you for looking after it."
    flash(thanks if lesson.owner_id else "Somebody else can look after it now.", "success")
    return _to(lesson)


@bp.post("/lessons/<int:number>/role")
@requires(Permission.LESSON_ADOPT)
def give_to_role(round: Round, number: int):
    """Let the holders of a role look after it."""
    lesson, database, role = _find(round, number), db.session(), request.form.get("role")
    if role not in lessons.OWNERS:
        raise Invalid("Choose one of the roles that are offered.")
    lessons.give_to_role(database, lesson, Role(role), by=guard.me(), at=guard.now())
    database.commit()
    flash(f"The {role}s look after it.", "success")
    return _to(lesson)


@bp.post("/lessons/<int:number>/end")
@requires(Permission.REFLECTION_WRITE)
def close(round: Round, number: int):
    """Say what became of it."""
    lesson, database = _find(round, number), db.session()
    form = CloseForm(lesson.adopted, request.form)
    if not form.validate():
        return _page(lesson, form, 422)
    given, words = form.chosen, form.outcome.data or ""
    try:
        lessons.close(database, lesson, given, words, by=guard.me(), at=guard.now())
    except Refused as refusal:
        database.rollback()
        form.refuse("outcome", str(refusal))
        return _page(_find(round, number), form, refusal.status)
    database.commit()
    flash("Saved. Everybody can read what became of it.", "success")
    return _to(lesson)


def _find(round: Round, number: int) -> Lesson:
    found = queries.find_lesson(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no lesson {number} of “{round.name}”.")
    return found


def _line(round: Round, number: int) -> Line:
    found = queries.find_line(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no line {number} about “{round.name}”.")
    return found


def _to(lesson: Lesson):
    round = db.session().get_one(Round, lesson.round_id)
    return redirect(url_for(".show", round=round, number=lesson.id), 303)


def _form(round: Round, line: Line, form: LessonForm, status: int):
    page = render_template(
        "community/reflection/new_lesson.html",
        round=round,
        line=line,
        form=form,
        has_errors=status != 200,
    )
    return page, status


def _page(lesson: Lesson, form: CloseForm, status: int):
    database, me, viewer = db.session(), guard.viewer().account, guard.viewer()
    hands = {Role.STEWARD, Role.COMMISSIONER} & viewer.roles
    page = render_template(
        "community/reflection/lesson.html",
        round=lesson.round,
        lesson=lesson,
        hiding=hidden(database, lesson.round, Subject.REFLECTION, [lesson.line_id]).get(
            lesson.line_id
        ),
        form=form,
        may_adopt=me is not None and lessons.may_adopt(database, lesson, me, guard.now()),
        is_hand=bool(hands),
        is_owner=me is not None and lesson.owner_id == me.id,
        roles=lessons.OWNERS,
        phase_name=calendar.LABELS.get,
        has_errors=status != 200,
    )
    return page, status
