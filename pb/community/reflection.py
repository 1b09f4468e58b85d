"""Looking back at the phases of a round: both sides write, and nobody drowns the other."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import charter
from pb.community.reflection_forms import TOPICS, LineForm
from pb.errors import NotFound, PhaseClosed, Refused
from pb.policy import Permission
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import hidden
from pb.reflection import queries, service, windows
from pb.reflection.models import LINES_EACH, Line, Topic
from pb.reflection.windows import Window
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("reflection", __name__, url_prefix="/rounds/<round:round>/looking-back")


@bp.get("")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """What can be looked back at, the lessons of this round, and what it made of earlier ones."""
    database, now = db.session(), guard.now()
    return render_template(
        "community/reflection/show.html",
        round=round,
        windows=windows.windows(database, round, now),
        counts=queries.line_counts(database, round),
        lessons=queries.lessons(database, round),
        suggestions=queries.suggestions(database, round),
        survey=windows.survey_window(database, round, now),
    )


@bp.get("/<phase>")
@requires(Permission.ROUND_READ)
def board(round: Round, phase: str):
    """The lines about one phase, and the form for one more."""
    return _board(round, _window(round, phase), LineForm(), 200)


@bp.post("/<phase>/lines")
@requires(Permission.REFLECTION_WRITE)
def write(round: Round, phase: str):
    """Add a line; if it does not fit, the form comes back as it was."""
    window, form, database = _window(round, phase), LineForm(request.form), db.session()
    windows.require_open(database, round, window.phase, guard.now())
    if not form.validate():
        return _board(round, window, form, 422)
    about = (window.phase, Topic(form.topic.data))
    try:
        charter.require(round)
        service.write(database, round, *about, by=guard.me(), **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return _board(round, window, form, refusal.status)
    database.commit()
    flash("Thank you. Your line is there for everybody to read.", "success")
    return redirect(url_for(".board", round=round, phase=phase), 303)


@bp.post("/lines/<int:number>/removal")
@requires(Permission.REFLECTION_WRITE)
def take_back(round: Round, number: int):
    """Take one's own line back."""
    line, database = _line(round, number), db.session()
    service.take_back(database, line, by=guard.me(), at=guard.now())
    database.commit()
    flash("Your line is gone.", "success")
    return redirect(url_for(".board", round=round, phase=line.phase), 303)


@bp.post("/lines/<int:number>/support")
@requires(Permission.REFLECTION_WRITE)
def support(round: Round, number: int):
    """Say “me too”, or no longer."""
    line, database = _line(round, number), db.session()
    wanted = request.form.get("wanted") == "yes"
    service.support(database, line, wanted, by=guard.me(), at=guard.now())
    database.commit()
    back = url_for(".board", round=round, phase=line.phase, _anchor=f"line-{line.id}")
    return redirect(back, 303)


def _window(round: Round, phase: str) -> Window:
    found = windows.window(db.session(), round, phase, guard.now())
    if found is None or found.phase is Phase.REFLECTION:
        raise NotFound(f"“{round.name}” has no such phase to look back at.")
    return found


def _line(round: Round, number: int) -> Line:
    found = queries.find_line(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no line {number} about “{round.name}”.")
    return found


def _board(round: Round, window: Window, form: LineForm, status: int):
    database, reader = db.session(), guard.viewer().account
    lines = queries.board(database, round, window, reader)
    ids = [one.line.id for shown in lines.values() for one in shown]
    page = render_template(
        "community/reflection/board.html",
        round=round,
        window=window,
        board=lines,
        hidden=hidden(database, round, Subject.REFLECTION, ids),
        topics=TOPICS,
        each=LINES_EACH,
        form=form,
        has_errors=status != 200,
    )
    return page, status
