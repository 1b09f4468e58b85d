"""The team of a round, and whose hand its acts need: one page of the set-up."""

from datetime import date, datetime, time, timedelta

from flask import abort, flash, redirect, render_template, request, url_for

from pb import db
from pb.accounts import queries as accounts
from pb.commission.setup import bp
from pb.commission.team_forms import AppointForm, ConfirmationForm
from pb.errors import Invalid, NotFound, Refused
from pb.policy import Permission
from pb.rounds import calendar, people, service
from pb.rounds.models import SIDE_OF, Phase, Role, Round, Side
from pb.rounds.terms import service as terms
from pb.rounds.terms.models import Fallback
from pb.rounds.terms.queries import open_invitations
from pb.rounds.terms.second_hand import second_hand, set_stewardship, terms_of
from pb.web import guard
from pb.web.guard import requires


@bp.get("/team")
@requires(Permission.TEAM_APPOINT)
def team(round: Round):
    """Who holds which role, and who confirms."""
    return _team(round, _appoint_form(round))


@bp.post("/team")
@requires(Permission.TEAM_APPOINT)
def appoint(round: Round):
    """Give a role to the account with this address."""
    form, database = _appoint_form(round, request.form), db.session()
    if not form.validate():
        return _team(round, form), 422
    account = accounts.find_by_email(database, form.email.data)
    if account is None:
        form.refuse("email", "Nobody has an account with this address. Ask them to make one first.")
        return _team(round, form), 422
    role = Role(form.role.data)
    invites = SIDE_OF[role] is Side.COMMUNITY
    verb = terms.invite if invites else people.appoint
    ends_at = _after(form.ends_on.data, round)
    try:
        _call(verb, round, account, role, ends_at=ends_at, deputy_for=form.holder)
    except Refused as refusal:
        database.rollback()
        at_fault = "deputy_for" if form.holder else "ends_on"
        form.refuse(at_fault if isinstance(refusal, Invalid) else "email", str(refusal))
        return _team(round, form), refusal.status
    database.commit()
    waits = f"{account.name} is invited, and becomes {role} by saying yes."
    flash(waits if invites else f"{account.name} is now {role} of this round.", "success")
    return redirect(url_for(".team", round=round), 303)


@bp.post("/team/<int:number>/end")
@requires(Permission.TEAM_APPOINT)
def end_appointment(round: Round, number: int):
    """End an appointment today."""
    database = db.session()
    appointment = people.find_appointment(database, round, number)
    if appointment is None:
        raise NotFound("There is no such appointment in this round.")
    people.end(database, appointment, by=guard.me(), at=guard.now())
    database.commit()
    flash(f"{appointment.account.name} is no longer {appointment.role} of this round.", "success")
    return redirect(url_for(".team", round=round), 303)


@bp.post("/team/<int:number>/further")
@requires(Permission.TEAM_APPOINT)
def offer_further_term(round: Round, number: int):
    """Offer a further term; residents say yes to it first."""
    database = db.session()
    appointment = people.find_appointment(database, round, number)
    if appointment is None:
        raise NotFound("There is no such appointment in this round.")
    terms.renew(database, appointment, by=guard.me(), at=guard.now())
    database.commit()
    asked = SIDE_OF[appointment.role] is Side.COMMUNITY
    name = appointment.account.name
    flash(f"{name} is asked to go on." if asked else f"{name} has a further term.", "success")
    return redirect(url_for(".team", round=round), 303)


@bp.post("/confirmation")
@requires(Permission.ROUND_SETUP)
def save_confirmation(round: Round):
    """Say who puts the second hand to an act."""
    form = ConfirmationForm(request.form)
    if not form.validate():
        abort(400)
    _call(service.set_confirmation, round, form.stewards.data == "yes")
    if form.required.data is not None:
        _call(set_stewardship, round, form.required.data, Fallback(form.fallback.data))
    db.session().commit()
    flash("Saved.", "success")
    return redirect(url_for(".team", round=round), 303)


def _call(verb, round: Round, *args, **kwargs) -> None:
    """Call a service with the things that every one of them needs."""
    verb(db.session(), round, *args, **kwargs, by=guard.me(), at=guard.now())


def _after(last: date | None, round: Round) -> datetime | None:
    """The end of a day in the round's zone."""
    if last is None:
        return None
    return calendar.to_utc(datetime.combine(last, time()) + timedelta(days=1), round.zone)


def _appoint_form(round: Round, data=None) -> AppointForm:
    found = people.appointments(db.session(), round)
    with_deputies = [one for one in found if not one.over(guard.now()) and not one.deputy_for_id]
    return AppointForm(with_deputies, data)


def _team(round: Round, form):
    database, now = db.session(), guard.now()
    found = people.appointments(database, round)
    serving = [a for a in found if a.ends_at is None or a.ends_at > now]
    required, fallback = terms_of(database, round)
    stewards = "yes" if round.stewards_confirm else "no"
    asked = open_invitations(database, round)
    return render_template(
        "commission/setup/team.html",
        round=round,
        form=form,
        serving=serving,
        past=[a for a in found if a not in serving],
        sides=SIDE_OF,
        invitations=asked,
        going_on={(one.account_id, one.role) for one in asked}
        | {(one.account_id, one.role) for one in serving if one.starts_at > now},
        hand=second_hand(database, round, now),
        confirmation=ConfirmationForm(
            data={"stewards": stewards, "required": required, "fallback": fallback}
        ),
        voting=calendar.span(round, Phase.VOTING),
    )
