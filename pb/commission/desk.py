"""The desk: find somebody on the list of voters, hand out a code, note help."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import desk
from pb.ballots import queries as ballots
from pb.ballots.desk import Helper
from pb.commission.desk_forms import REASONS, FindForm, HandOutForm, HelpForm
from pb.eligibility import queries
from pb.eligibility.models import RollEntry
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("desk", __name__, url_prefix="/rounds/<round:round>/desk")
NOBODY = "Nobody on the list of voters has this number."


@bp.get("")
@requires(Permission.CODE_ISSUE)
def show(round: Round):
    """The fields to find somebody by."""
    return _page(round)


@bp.post("/find")
@requires(Permission.CODE_ISSUE)
def find(round: Round):
    """What the list of voters says of one person; the number stays out of the address."""
    form, database = FindForm(request.form), db.session()
    if not form.validate():
        return _page(round, find_form=form), 422
    if form.person.data:
        entry = queries.find_by_person(database, round, form.person.data, _keys())
    else:
        entry = queries.find_by_number(database, round, int(form.number.data))
    if entry is None:
        form.refuse("person" if form.person.data else "number", NOBODY)
        return _page(round, find_form=form), 422
    number = str(queries.number_of(database, entry))
    return _found(round, entry, HandOutForm(data={"number": number}))


@bp.post("/code")
@requires(Permission.CODE_ISSUE)
def hand_out(round: Round):
    """A code on a slip; this answer is the only place where it stands."""
    form, database = HandOutForm(request.form), db.session()
    entry = _entry(round, form.number.data or "")
    if not form.validate():
        return _found(round, entry, form), 422
    try:
        issued = desk.hand_out(
            database, round, entry, seen=form.codes.data,
            reason=REASONS.get(form.reason.data, REASONS["lost"]),
            by=guard.me(), at=guard.now(), keys=_keys(),
        )  # fmt: skip
    except Refused as refusal:
        database.rollback()
        form.refuse("identity", str(refusal))
        # Looked up again: the list that the person came with may be taken back meanwhile.
        return _found(round, _entry(round, form.number.data), form), refusal.status
    database.commit()
    address = current_app.config["BASE_URL"] + url_for("community.ballots.enter", round=round)
    return render_template(
        "commission/desk/slip.html",
        one=issued,
        address=address.split("://")[-1],
        voting=calendar.span(round, Phase.VOTING),
    )


@bp.post("/help")
@requires(Permission.CODE_ISSUE)
def note_help(round: Round):
    """Note that somebody is helped; it does not say who."""
    form, database = HelpForm(request.form), db.session()
    if not form.validate():
        return _page(round, help_form=form), 422
    desk.note_help(database, round, Helper(form.helper.data), by=guard.me(), at=guard.now())
    database.commit()
    flash("Noted, without a name.", "success")
    return redirect(url_for(".show", round=round), 303)


def _entry(round: Round, number: str) -> RollEntry:
    found = None
    if number.isascii() and number.isdecimal() and len(number) < 10:
        found = queries.find_by_number(db.session(), round, int(number))
    if found is None:
        raise NotFound(NOBODY)
    return found


def _page(
    round: Round, find_form: FindForm | None = None, help_form: HelpForm | None = None
) -> str:
    sent = find_form or help_form
    find_form = find_form or FindForm()
    find_form.person.render_kw = {"autofocus": True}
    return render_template(
        "commission/desk/show.html",
        find_form=find_form,
        help_form=help_form or HelpForm(),
        sent=sent,
        has_errors=bool(sent and sent.errors),
        helped=desk.helped(db.session(), round),
    )


def _found(round: Round, entry: RollEntry, form: HandOutForm) -> str:
    return render_template(
        "commission/desk/found.html",
        form=form,
        entry=entry,
        number=form.number.data,
        voted=ballots.voted_by(db.session(), entry),
    )


def _keys():
    return current_app.extensions["keys"]
