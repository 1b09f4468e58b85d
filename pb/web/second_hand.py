"""Putting the second hand to an act, and opening the box with it: the same steps at both doors."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.ballots import ceremony
from pb.eligibility import queries as roll
from pb.errors import Invalid, NotFound
from pb.results import acts as deeds
from pb.rounds import acts, queries
from pb.rounds.models import Act, Round
from pb.web import guard
from pb.web.opening import TwoSheetsForm, opening_form

CLEANED_LATER = (
    "Clearing the disk of what the open box held is not finished yet: it goes on behind the pages."
)


def find(round: Round, number: int, *, for_update: bool = True) -> Act:
    """The act with this number; raises NotFound where the round has none."""
    act = queries.find_act(db.session(), round, number, for_update=for_update)
    if act is None:
        raise NotFound("There is no such act in this round.")
    return act


def opening(round: Round, number: int, door: str) -> str:
    """The page where key sheets are typed; raises NotFound where no box waits for them."""
    act = find(round, number, for_update=False)
    if not act.open or not deeds.needs_sheets(act):
        raise NotFound("No box waits to be opened here.")
    return _opening(round, act, _form(act), door)


def confirm(round: Round, number: int, door: str):
    """Put the second hand to an act, carry it out and say so, or show the form of sheets again."""
    act, keys = find(round, number), current_app.extensions["keys"]
    form = _form(act, request.form) if deeds.needs_sheets(act) else None
    if form is not None and not form.validate():
        return _opening(round, act, form, door), 422
    rules, sheets = current_app.extensions["rules"], form.sheets if form else ()
    common = {"by": guard.me(), "at": guard.now(), "keys": keys, "rules": rules}
    try:
        deeds.confirm(db.session(), act, **common, sheets=sheets)
    except Invalid as refusal:
        db.session().rollback()
        if form is None:
            raise
        form.refuse("first", str(refusal))
        return _opening(round, act, form, door), refusal.status
    db.session().commit()
    cleaned = deeds.after_commit(current_app.extensions["engine"], act, keys, rules)
    more = "" if cleaned else f" {CLEANED_LATER}"
    flash(f"Confirmed: {acts.TITLES[act.kind].lower()}.{more}", "success")
    return redirect(url_for(".index", round=round), 303)


def entry_number(act: Act) -> int | None:
    """The number on the roll of the vote that an act would take out, for the hands only."""
    entry = deeds.entry_of(db.session(), act)
    return None if entry is None else roll.number_of(db.session(), entry)


def _waiting(round: Round) -> Any:
    return ceremony.waiting(db.session(), round, current_app.extensions["keys"])


def _form(act: Act, data: Any = None) -> TwoSheetsForm:
    return opening_form(_waiting(act.round) is not None, data)


def _opening(round: Round, act: Act, form: TwoSheetsForm, door: str) -> str:
    return render_template(
        "acts/opening.html",
        round=round,
        act=act,
        form=form,
        door=door,
        waiting=_waiting(round),
        describe=deeds.describe,
    )
