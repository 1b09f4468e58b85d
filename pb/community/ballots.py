"""The ballot: looking at the projects, entering with a code, choosing, checking, sending."""

from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from markupsafe import Markup

from pb import db, qr
from pb.accounts import limits
from pb.ballots import checkpoints, queries, receipts
from pb.ballots.models import Channel
from pb.ballots.service import cast as cast_ballot
from pb.community import ballot_pages, returning, voter
from pb.community.ballot_forms import EnterForm, FilterForm, ReceiptForm
from pb.community.filled import fill
from pb.eligibility import codes
from pb.eligibility import queries as roll
from pb.eligibility.crockford import Mistyped
from pb.errors import Invalid, NotFound
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.queries import area as area_of
from pb.web import guard, kiosk
from pb.web.guard import begins_with, reads_first, requires, start_writing
from pb.web.kiosk import AFTER_RECEIPT

bp = Blueprint("ballots", __name__, url_prefix="/rounds/<round:round>")
PER_PAGE = 48


@bp.get("/projects")
@requires(Permission.ROUND_READ)
def projects(round: Round):
    """The projects on the frozen ballot, with filters."""
    if round.frozen_at is None:
        raise NotFound("The list of projects is not fixed yet. Look at the proposals instead.")
    form = FilterForm(round, queries.topics(db.session(), round), request.args)
    valid = form.validate()
    found = queries.projects(
        db.session(),
        round,
        area=area_of(round, form.area.data),
        topic=form.topic.data,
        text=form.text.data or "",
        most=form.most.data if valid else None,
    )
    page = request.args.get("page", 1, type=int)
    return render_template(
        "community/ballots/projects.html",
        form=form,
        found=ballot_pages.in_lot_order(round, found),
        page=min(max(page, 1), max(1, -(-len(found) // PER_PAGE))),
        per_page=PER_PAGE,
        filters={name: value for name in form.data if (value := request.args.get(name))},
    ), 200 if valid else 422


@bp.get("/projects/<int:number>")
@requires(Permission.ROUND_READ)
def project(round: Round, number: int):
    """One project on the frozen ballot."""
    found = queries.find_project(db.session(), round, number)
    if found is None or round.frozen_at is None:
        raise NotFound(f"There is no project number {number} on the ballot of “{round.name}”.")
    return render_template("community/ballots/project.html", project=found)


@bp.get("/vote")
@requires(Permission.VOTING_ENTER)
def enter(round: Round):
    """The field for the code; a link in a letter may fill it in."""
    code = request.args.get("code", "")[:60]
    if code and kiosk.current() is not None:
        # Everybody sees the address at a kiosk, and the next person could go back to it.
        session["typed"] = code
        return redirect(url_for(".enter", round=round), 303)
    form = EnterForm(data={"code": code or session.pop("typed", "")})
    return render_template(
        "community/ballots/enter.html",
        form=form,
        entry=voter.entry_of(round),
        carried=[],
        ended=False,
    )


@bp.post("/vote")
@requires(Permission.VOTING_ENTER)
@reads_first
def start(round: Round):
    """Let a voter in by code; wrong codes count against the address they come from."""
    form, database = EnterForm(request.form), db.session()
    if not form.validate():
        return _ask_again(form)
    try:
        code = codes.parse(form.code.data)
        if limits.are_braked(database, voter.net(), guard.now()):
            database = start_writing()
            waits_as = codes.mac(_keys(), round.id, code).hex()
            limits.check_code(database, voter.net(), waits_as, guard.now())
    except (limits.TooMany, Mistyped) as refusal:
        database.commit()
        form.refuse("code", str(refusal))
        return _ask_again(form, refusal)
    entry = roll.find_by_code(database, round, code, _keys())
    if entry is None:
        database = start_writing()
        limits.count_code(database, voter.net(), guard.now())
        database.commit()
        form.refuse("code", "No letter of this round has this code. Was it replaced by a new one?")
        return _ask_again(form)
    voter.open_session(round, entry, form.shared.data or kiosk.current() is not None)
    if returning.carried():
        filled = fill(ballot_pages.sheet_of(round, entry), request.form)
        return ballot_pages.ballot(round, entry, filled, back=True)
    return redirect(url_for(".choose", round=round), 303)


@bp.get("/vote/ballot")
@requires(Permission.BALLOT_CAST)
def choose(round: Round):
    """The empty ballot."""
    entry = voter.entry_of(round)
    if entry is None:
        return redirect(url_for(".enter", round=round), 303)
    return ballot_pages.ballot(round, entry, fill(ballot_pages.sheet_of(round, entry)))


@bp.post("/vote/ballot")
@requires(Permission.BALLOT_SEND)
@reads_first
def change(round: Round):
    """The ballot again, with everything that was filled in before."""
    entry = voter.entry_of(round)
    if entry is None:
        return returning.ask(round)
    voter.require_in_time(round, entry)
    filled = fill(ballot_pages.sheet_of(round, entry), request.form)
    return ballot_pages.ballot(round, entry, filled)


@bp.post("/vote/check")
@requires(Permission.BALLOT_SEND)
@reads_first
def check(round: Round):
    """What the ballot says, and what is wrong with it, before it is sent."""
    entry = voter.entry_of(round)
    if entry is None:
        return returning.ask(round)
    voter.require_in_time(round, entry)
    filled = fill(ballot_pages.sheet_of(round, entry), request.form)
    return ballot_pages.review(round, entry, filled)


@bp.post("/vote/send")
@requires(Permission.BALLOT_SEND)
@begins_with(voter.hold_open)
@reads_first
def cast(round: Round):
    """Put the ballot into the box; the answer comes only once it is safely stored."""
    entry = voter.entry_of(round)
    if entry is None:
        return returning.ask(round)
    filled = fill(ballot_pages.sheet_of(round, entry), request.form)
    if not filled.readable or (filled.empty and not request.form.get("empty")):
        voter.require_in_time(round, entry)
        return ballot_pages.review(round, entry, filled, refused=True)
    database = start_writing()
    try:
        receipt = cast_ballot(
            database,
            round,
            entry,
            filled.lists,
            channel=Channel.WEB,
            now=guard.now(),
            keys=_keys(),
            submission=request.form.get("submission", "")[:64] or None,
            begun=voter.begun_at(round, entry),
            route=voter.route(),
        )
    except Invalid:  # of which the page says more than the error does
        return ballot_pages.review(round, entry, filled, refused=True)
    g.stored = True  # perhaps: if the answer to the commit gets lost, nobody knows
    database.commit()
    told, revision = session.get("receipt", {}).get(str(round.id)), receipt.revision
    if told and told[0] == receipt.code:  # the same form again
        revision = told[2]
    session["receipt"] = {str(round.id): [receipt.code, receipt.at.isoformat(), revision]}
    return redirect(url_for(".receipt", round=round), 303)


@bp.get("/vote/check", endpoint="check_again")
@bp.get("/vote/send", endpoint="cast_again")
@requires(Permission.BALLOT_CAST)
def start_over(round: Round):
    """Addresses that only take forms lead back to the ballot when they are typed."""
    return redirect(url_for(".choose", round=round), 303)


@bp.get("/vote/receipt")
@requires(Permission.RECEIPT_READ)
def receipt(round: Round):
    """The receipt of the ballot that was sent from this browser."""
    kept = session.get("receipt", {}).get(str(round.id))
    if kept is None:
        return redirect(url_for(".enter", round=round), 303)
    shared, entry = session.get("shared", False), voter.entry_of(round)
    draft = ballot_pages.draft_name(round, entry) if entry else None
    if shared and request.method != "HEAD":  # which shows it to nobody
        voter.close_session()
    return render_template(
        "community/ballots/receipt.html",
        code=kept[0],
        at=datetime.fromisoformat(kept[1]),
        revision=kept[2],
        shared=shared,
        draft=draft,
        qr=_qr(round, kept[0]),
        wait=AFTER_RECEIPT,
        voting=calendar.span(round, Phase.VOTING),
        results=calendar.span(round, Phase.RESULTS),
    )


@bp.post("/vote/leave")
@requires(Permission.RECEIPT_READ)
def leave(round: Round):
    """Forget the voter in this browser; what was not sent is gone."""
    voter.close_session()
    flash("You have left the ballot. This browser has forgotten your code.", "success")
    there = ".enter" if kiosk.current() is not None else "community.rounds.show"
    response = redirect(url_for(there, round=round), 303)
    response.headers["Clear-Site-Data"] = '"cache"'  # nobody goes back to what was chosen
    return response


@bp.get("/receipts", endpoint="receipts")
@requires(Permission.ROUND_READ)
def receipts_page(round: Round):
    """Where a voter can look the own receipt up."""
    return _receipts(round, ReceiptForm())


@bp.post("/receipts")
@requires(Permission.ROUND_READ)
@reads_first
def find_receipt(round: Round):
    """Whether a ballot is among those that were counted."""
    form, found = ReceiptForm(request.form), None
    if form.validate() and round.sealed_at is not None:
        try:
            found = queries.find_receipt(db.session(), round, form.receipt.data)
        except Mistyped as refusal:
            form.refuse("receipt", str(refusal))
    return _receipts(round, form, found), 422 if form.errors else 200


@bp.get("/receipts.txt")
@requires(Permission.ROUND_READ)
def receipt_list(round: Round):
    """All receipts with their commitments, sorted, for whoever does not want to ask.

    While the box is open, those that were in it at least an hour ago.
    """
    if round.sealed_at is not None:
        found = queries.commitments(db.session(), round)
    else:
        listed = checkpoints.published(db.session(), round, guard.now())
        if listed is None:
            raise NotFound("No list of receipts is published yet.")
        found = checkpoints.listed(listed)
    lines = (f"{receipts.code(commitment)}  {commitment.hex()}\n" for commitment in found)
    return current_app.response_class("".join(lines), mimetype="text/plain")


def _keys():
    return current_app.extensions["keys"]


def _qr(round: Round, code: str) -> Markup:
    """The receipt for a phone; what stands after # in an address reaches no server."""
    page = f"{current_app.config['BASE_URL']}{url_for('.receipts', round=round)}#{code}"
    return qr.svg(page)


def _ask_again(form: EnterForm, refusal: Exception | None = None) -> Any:
    page = render_template(
        "community/ballots/enter.html",
        form=form,
        entry=None,
        carried=returning.carried(),
        ended=False,
    )
    if isinstance(refusal, limits.TooMany):
        return page, refusal.status, {"Retry-After": str(refusal.retry_after)}
    return page, 422


def _receipts(round: Round, form: ReceiptForm, found: bool | None = None) -> str:
    return render_template(
        "community/ballots/receipts.html",
        form=form,
        found=found,
        listed=checkpoints.published(db.session(), round, guard.now()),
        voting=calendar.span(round, Phase.VOTING),
    )
