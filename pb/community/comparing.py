"""Two to four projects side by side, with the ballot carried along."""

from flask import Blueprint, redirect, render_template, request, url_for

from pb.community import ballot_pages, returning, voter
from pb.community.filled import fill
from pb.policy import Permission
from pb.rounds.models import Round
from pb.web.guard import reads_first, requires

bp = Blueprint("comparing", __name__, url_prefix="/rounds/<round:round>/vote/compare")
LEAST, MOST = 2, 4


@bp.post("")
@requires(Permission.BALLOT_SEND)
@reads_first
def show(round: Round):
    """The projects that were marked for comparing."""
    entry = voter.entry_of(round)
    if entry is None:
        return returning.ask(round)
    voter.require_in_time(round, entry)
    filled = fill(ballot_pages.sheet_of(round, entry), request.form)
    marked = set(request.form.getlist("compare"))
    found = [
        (one, project)
        for one in filled.sections
        for project in one.section.projects
        if str(project.number) in marked
    ]
    if not LEAST <= len(found) <= MOST:
        sentence = f"Mark {LEAST} to {MOST} projects to compare; {len(found)} "
        sentence += "is marked." if len(found) == 1 else "are marked."
        return ballot_pages.ballot(round, entry, filled, sentence)
    numbers = {project.number for _, project in found}
    here = {("project", str(number)) for number in numbers}
    return render_template(
        "community/ballots/compare.html",
        found=found,
        # The ticks of these projects stand in the table, where they can be changed.
        carried=[field for field in filled.fields if field not in here],
        begun=voter.stamp(round, entry),
        draft=ballot_pages.draft_key(round, entry),
        finds=[(name, text) for name, text in request.form.items() if name.startswith("find-")],
    )


@bp.get("")
@requires(Permission.BALLOT_CAST)
def again(round: Round):
    """An address that only takes forms leads back to the ballot when it is typed."""
    return redirect(url_for("community.ballots.choose", round=round), 303)
