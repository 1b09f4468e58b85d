"""The home page of the console, new rounds, and where each round stands."""

from babel.dates import format_datetime
from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import SelectChoice

from pb import db
from pb.commission.forms import NewRoundForm
from pb.commission.next_steps import counts, next_step
from pb.errors import Refused
from pb.policy import Permission
from pb.rounds import calendar, queries, service
from pb.rounds.models import Round
from pb.web import guard
from pb.web.filters import LOCALE
from pb.web.guard import requires, signed_in

bp = Blueprint("rounds", __name__)


@bp.get("/")
@signed_in
def home():
    """My rounds: where each stands, its next date and what waits."""
    database, now = db.session(), guard.now()
    rounds = [
        {
            "round": round,
            "phase": calendar.phase_at(round, now),
            "deadline": _deadline(round, now),
            "step": next_step(database, round, now),
        }
        for round in queries.of_commission(database, guard.me())
    ]
    return render_template("commission/rounds/home.html", rounds=rounds)


@bp.get("/rounds/new")
@requires(Permission.ROUND_CREATE)
def new():
    """The form for a new round, empty or from an earlier one."""
    form = NewRoundForm(data={"start": request.args.get("from", "")})
    return _form(form)


@bp.post("/rounds/new")
@requires(Permission.ROUND_CREATE)
def create():
    """Open a round; who opens it is its first commissioner."""
    form, database = NewRoundForm(request.form), db.session()
    earlier = _offer(form)
    if not form.validate():
        return _form(form), 422
    slug = form.slug.data or service.slug_for(form.name.data)
    common = {"name": form.name.data, "slug": slug, "by": guard.me(), "at": guard.now()}
    try:
        if form.start.data:
            round = service.copy(database, earlier[form.start.data], **common)
        else:
            currency, zone = form.currency.data.upper(), form.time_zone.data
            round = service.create(database, **common, currency=currency, time_zone=zone)
    except Refused as refusal:
        database.rollback()
        form.refuse("slug", str(refusal))
        return _form(form), refusal.status
    database.commit()
    flash(f"“{round.name}” is open for set-up. Only its team can see it.", "success")
    return redirect(url_for("commission.setup.tasks", round=round), 303)


@bp.get("/rounds/<round:round>")
@requires(Permission.CONSOLE_READ)
def show(round: Round):
    """Where the round is, the next step, what is done and the numbers that matter."""
    database, now = db.session(), guard.now()
    return render_template(
        "commission/rounds/show.html",
        round=round,
        step=next_step(database, round, now),
        tasks=service.tasks(database, round, now),
        counts=counts(database, round),
        stages=calendar.stages(round, now),
        upcoming=calendar.next_span(round, now),
        waiting=queries.open_acts(database, round),
    )


def _form(form: NewRoundForm):
    _offer(form)
    return render_template("commission/rounds/new.html", form=form)


def _offer(form: NewRoundForm) -> dict[str, Round]:
    """Fill in the rounds that this person may copy."""
    earlier = {r.slug: r for r in queries.starting_points(db.session(), guard.me())}
    form.start.choices = [SelectChoice("", "An empty round")] + [
        SelectChoice(slug, f"A copy of “{round.name}”") for slug, round in earlier.items()
    ]
    return earlier


def _deadline(round: Round, now) -> str | None:
    """The next date in words, in the zone of the round."""
    span = calendar.next_span(round, now)
    if span is None:
        return None
    at = format_datetime(span.opens_at.astimezone(round.zone), "d MMMM y, HH:mm", locale=LOCALE)
    return f"{span.label}: {at}"
