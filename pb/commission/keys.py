"""The key of the ballot box: envelopes or none, the three sheets, the test, handing a sheet in."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from wtforms import RadioField, SelectChoice

from pb import db
from pb.ballots import ceremony, envelope
from pb.errors import Refused
from pb.policy import Permission
from pb.rounds import queries
from pb.rounds.models import Act, ActKind, Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires
from pb.web.opening import SheetForm, TwoSheetsForm

bp = Blueprint("keys", __name__, url_prefix="/rounds/<round:round>/key")


class SecrecyForm(Form):
    encrypted = RadioField(
        "While voting is open, ballots lie in",
        choices=[
            SelectChoice(
                "yes",
                "Closed envelopes",
                render_kw={"hint": "Nobody can read them before the count, whoever has the server"},
            ),
            SelectChoice(
                "no",
                "Open envelopes",
                render_kw={"hint": "For an assembly, or to try things out. Voters are told so"},
            ),
        ],
    )


def holders(round: Round) -> tuple[str, str, str]:
    """Who keeps which of the three sheets."""
    second = "the steward" if round.stewards_confirm else "the second commissioner"
    return "the commissioner", second, "the auditor"


@bp.get("")
@requires(Permission.CONSOLE_READ)
def show(round: Round):
    """Where the key stands, and what comes next."""
    return _page(round)


@bp.post("/envelopes")
@requires(Permission.ROUND_SETUP)
def choose(round: Round):
    """Say whether ballots lie in closed envelopes."""
    form = SecrecyForm(request.form)
    if not form.validate():
        return _page(round, choose=form), 422
    encrypted = form.encrypted.data == "yes"
    ceremony.choose(db.session(), round, encrypted, by=guard.me(), at=guard.now())
    db.session().commit()
    flash("Saved.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.post("/sheets")
@requires(Permission.KEY_MAKE)
def make(round: Round):
    """Make the key, and show its three sheets this once."""
    sheets = ceremony.make_key(db.session(), round, by=guard.me(), at=guard.now())
    db.session().commit()
    return render_template(
        "commission/keys/sheets.html",
        round=round,
        sheets=[(who, words.split()) for who, words in zip(holders(round), sheets, strict=True)],
        fingerprint=envelope.fingerprint(round.box_key),
    )


@bp.post("/test")
@requires(Permission.KEY_MAKE)
def test(round: Round):
    """Open a test envelope with two sheets."""
    form, database = TwoSheetsForm(request.form), db.session()
    if not form.validate():
        return _page(round, test=form), 422
    try:
        ceremony.test_key(database, round, form.sheets, by=guard.me(), at=guard.now())
    except Refused as refusal:
        database.rollback()
        form.refuse("second", str(refusal))
        return _page(round, test=form), refusal.status
    database.commit()
    flash("The test envelope was opened. The ballot can be frozen with this key.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.post("/waiting")
@requires(Permission.SHEET_HAND_IN)
def hand_in(round: Round):
    """Let one sheet wait, hidden, for the second."""
    form, database = SheetForm(request.form), db.session()
    if not form.validate():
        return _page(round, hand_in=form), 422
    common = {"by": guard.me(), "at": guard.now(), "keys": _keys()}
    try:
        ceremony.hand_in(database, round, form.words.data, **common)
    except Refused as refusal:
        database.rollback()
        form.refuse("words", str(refusal))
        return _page(round, hand_in=form), refusal.status
    database.commit()
    flash("Your key sheet waits, hidden, for the second one.", "success")
    return redirect(url_for(".show", round=round), 303)


@bp.post("/waiting/end")
@requires(Permission.SHEET_HAND_IN)
def take_back(round: Round):
    """Forget the sheet that waits."""
    ceremony.take_back(db.session(), round, _keys())
    db.session().commit()
    flash("The key sheet was forgotten.", "success")
    return redirect(url_for(".show", round=round), 303)


def _keys():
    return current_app.extensions["keys"]


def _page(
    round: Round,
    *,
    choose: SecrecyForm | None = None,
    test: TwoSheetsForm | None = None,
    hand_in: SheetForm | None = None,
) -> str:
    database = db.session()
    counting: Act | None = queries.open_act(database, round, ActKind.COUNT)
    return render_template(
        "commission/keys/show.html",
        round=round,
        holders=holders(round),
        fingerprint=envelope.fingerprint(round.box_key) if round.box_key else None,
        sent=choose or test or hand_in,
        has_errors=bool(choose or test or hand_in),
        choose=choose or SecrecyForm(data={"encrypted": "yes" if round.encrypted else "no"}),
        test=test or TwoSheetsForm(),
        hand_in=hand_in or SheetForm(),
        counting=counting,
        waiting=ceremony.waiting(database, round, _keys()) if counting else None,
    )
