"""The queue of those who are not on the list of voters: one officer proposes, another decides."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import turnout
from pb.commission import letters
from pb.commission.request_forms import ProposeForm
from pb.eligibility import declaring, entries, roll_requests
from pb.eligibility.models import RequestState, RollRequest
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.queries import area as area_of
from pb.rounds.routes import offered
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("roll_requests", __name__, url_prefix="/rounds/<round:round>/requests")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """All requests without who asks, and how voters came to their ballots."""
    database, now = db.session(), guard.now()
    found = roll_requests.of_round(database, round)
    return render_template(
        "commission/roll_requests/index.html",
        found=found,
        waiting=[one for one in found if not one.decided],
        overdue=[one for one in found if not one.decided and one.due_at <= now],
        voting_began=calendar.ORDER.index(guard.phase()) >= calendar.ORDER.index(Phase.VOTING),
        offered=offered(round),
        by_route=turnout.by_route(database, round),
        fewest=turnout.FEWEST_SHOWN,
        declared=declaring.declared(database, round),
    )


@bp.get("/<int:number>")
@requires(Permission.REQUEST_READ)
def show(round: Round, number: int):
    """One request, with who asks until that is erased."""
    found = _find(round, number)
    slug = next((area.slug for area in round.areas if area.id == found.area_id), "")
    return _page(round, found, ProposeForm(round, data={"area": slug}))


@bp.post("/<int:number>/proposal")
@requires(Permission.REQUEST_PROPOSE)
def propose(round: Round, number: int):
    """Say how the request should be answered."""
    found, form, database = _find(round, number), ProposeForm(round, request.form), db.session()
    if not form.validate():
        return _page(round, found, form), 422
    try:
        roll_requests.propose(
            database,
            round,
            found,
            accept=form.answer.data == "accept",
            area=area_of(round, form.area.data),
            person=form.person.data or "",
            reason=form.reason.data or "",
            by=guard.me(),
            at=guard.now(),
            keys=_keys(),
        )
    except Refused as refusal:
        database.rollback()
        form.refuse("person" if form.answer.data == "accept" else "reason", str(refusal))
        return _page(round, _find(round, number), form), refusal.status
    database.commit()
    flash("Proposed. A commissioner other than you decides.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/<int:number>/decision")
@requires(Permission.REQUEST_DECIDE)
def decide(round: Round, number: int):
    """Confirm what another officer proposed, or send it back."""
    found, database, confirm = _find(round, number), db.session(), "confirm" in request.form
    person = roll_requests.person_of(found, _keys())
    roll_requests.decide(
        database, round, found,
        confirm=confirm, seen=request.form.get("proposal", ""),
        by=guard.me(), at=guard.now(), keys=_keys(),
    )  # fmt: skip
    if confirm:
        page = current_app.config["BASE_URL"]
        page += url_for("community.roll_requests.answer", round=round)
        roll_requests.tell(database, round, found, person, page=page, at=guard.now())
    database.commit()
    told = {
        RequestState.ACCEPTED: "Accepted. The person is on the list of voters now.",
        RequestState.REFUSED: "Refused. The person can read the reason.",
    }
    flash(told.get(found.state, "Sent back. Somebody can look at it again."), "success")
    return redirect(url_for(".show", round=round, number=number), 303)


@bp.post("/<int:number>/letter")
@requires(Permission.CODE_ISSUE)
def letter(round: Round, number: int):
    """A letter with the code of an accepted request; this answer is the only one that shows it."""
    database = db.session()
    issued = roll_requests.hand_code(
        database, round, _find(round, number), at=guard.now(), keys=_keys()
    )
    database.commit()
    return letters.printed(round, [issued])


def _find(round: Round, number: int) -> RollRequest:
    found = roll_requests.find(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no request number {number} in this round.")
    return found


def _page(round: Round, found: RollRequest, form: ProposeForm) -> Any:
    entry = entries.find(db.session(), round, found.entry_id) if found.entry_id else None
    return render_template(
        "commission/roll_requests/show.html",
        found=found,
        person=roll_requests.person_of(found, _keys()),
        form=form,
        own=found.proposed_by == guard.me().id,
        proposal=roll_requests.proposal_digest(found),
        number=entry and entry.number,
        has_code=bool(entry and entry.codes_issued),
    )


def _keys():
    return current_app.extensions["keys"]
