"""Setting up a round: a list of tasks, one page each."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from pb import db
from pb.commission import ballot_forms, route_forms
from pb.commission import setup_forms as forms
from pb.commission.practices import PRACTICES
from pb.commission.rule_forms import rule_form
from pb.errors import Refused
from pb.policy import Permission
from pb.reflection import queries as reflection
from pb.rounds import calendar, service
from pb.rounds.models import Round
from pb.rounds.routes import set_routes
from pb.rounds.service import AreaRow
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("setup", __name__, url_prefix="/rounds/<round:round>/setup")


@bp.get("")
@requires(Permission.CONSOLE_READ)
def tasks(round: Round):
    """The task list: what is done, what is missing, what comes next."""
    found = service.tasks(db.session(), round, guard.now())
    left = reflection.waiting(db.session(), round)
    return render_template(
        "commission/setup/tasks.html", round=round, tasks=found, practices=PRACTICES, lessons=left
    )


@bp.get("/basics")
@requires(Permission.ROUND_SETUP)
def basics(round: Round):
    """Name, purpose and who may vote."""
    return _show("basics", round, forms.BasicsForm(obj=round))


@bp.post("/basics")
@requires(Permission.ROUND_SETUP)
def save_basics(round: Round):
    form = forms.BasicsForm(request.form)
    return _save("basics", round, form, lambda: _call(service.describe, round, **form.data), "name")


@bp.get("/money")
@requires(Permission.ROUND_SETUP)
def money(round: Round):
    """Areas and their budgets; without any, the whole town is suggested."""
    rows = list(round.areas) or [{"name": "Whole town", "city_wide": True}]
    form = forms.money_form(round.currency)(data={"rows": rows})
    return _show("money", round, _with_rows(form))


@bp.post("/money")
@requires(Permission.ROUND_SETUP)
def save_money(round: Round):
    """Save the areas, or only show more empty rows, with everything typed still there."""
    form = forms.money_form(round.currency)(request.form)
    if "more" in request.form:
        return _show("money", round, _with_rows(form))

    def save() -> None:
        _call(service.set_areas, round, _areas(form))

    return _save("money", round, form, save, "rows")


@bp.get("/dates")
@requires(Permission.ROUND_SETUP)
def dates(round: Round):
    """Which phases there are and when they open; `?usual=1` fills in a sensible plan."""
    zone = round.zone
    opens = {span.phase: _wall(span.opens_at, zone) for span in calendar.spans(round)}
    ends = _wall(round.dates[-1].closes_at, zone) if round.dates else None
    if not opens and request.args.get("usual"):
        opens, ends = calendar.usual(_wall(guard.now(), zone))
    data = {f"{phase}_opens": at for phase, at in opens.items()}
    data |= {f"{phase}_on": True for phase in opens}
    form = forms.dates_form()(data={**data, "ends": ends, "time_zone": round.time_zone})
    return _show("dates", round, form)


@bp.post("/dates")
@requires(Permission.ROUND_SETUP)
def save_dates(round: Round):
    form = forms.dates_form()(request.form)
    opens = {phase: form.opening(phase).data for phase in calendar.DATED if form.uses(phase)}

    def save() -> None:
        zone = form.time_zone.data
        _call(service.schedule, round, opens, form.ends.data, time_zone=zone)

    return _save("dates", round, form, save, "time_zone")


@bp.get("/ballot")
@requires(Permission.ROUND_SETUP)
def ballot(round: Round):
    """What one list of a ballot may hold."""
    form = ballot_forms.ballot_form(round.currency, round.areas)(data=ballot_forms.chosen(round))
    return _show("ballot", round, form)


@bp.post("/ballot")
@requires(Permission.ROUND_SETUP)
def save_ballot(round: Round):
    """Save them; a rule that cannot count such ballots is no longer chosen."""
    form = ballot_forms.ballot_form(round.currency, round.areas)(request.form)
    before = round.rule_id

    def save() -> None:
        rules, held = current_app.extensions["rules"], form.holds_to_budget
        areas = form.area_limits
        _call(service.set_limits, round, form.limits, within_budget=held, areas=areas, rules=rules)
        if before and round.rule_id is None:
            flash(f"“{rules[before].title}” cannot count such ballots. Choose a rule.", "warning")

    return _save("ballot", round, form, save, "max_length")


@bp.get("/rule")
@requires(Permission.ROUND_SETUP)
def rule(round: Round):
    """How the votes are counted, and what decides between projects that are level."""
    data = {f"{round.rule_id}__{name}": str(value) for name, value in round.rule_params.items()}
    if round.ties and round.ties[0].startswith("lot:"):
        data |= {"ties": "lot", "lot": round.ties[0].removeprefix("lot:")}
    elif round.ties:
        data["ties"] = ",".join(round.ties)
    form = _rule_form(round)(data={"rule": round.rule_id or "equal-shares", **data})
    return _show("rule", round, form)


@bp.post("/rule")
@requires(Permission.ROUND_SETUP)
def save_rule(round: Round):
    form, rules = _rule_form(round)(request.form), current_app.extensions["rules"]

    def save() -> None:
        given, ties = form.given(), form.tie_keys()
        _call(service.set_rule, round, form.rule.data, given, ties, rules=rules)

    return _save("rule", round, form, save, "rule")


@bp.get("/routes")
@requires(Permission.ROUND_SETUP)
def routes(round: Round):
    """How people get to their ballot."""
    return _show("routes", round, route_forms.RoutesForm(data=route_forms.chosen(round)))


@bp.post("/routes")
@requires(Permission.ROUND_SETUP)
def save_routes(round: Round):
    form = route_forms.RoutesForm(request.form)
    field = "where" if form.desk.data else "letter_code"
    return _save("routes", round, form, lambda: _call(set_routes, round, form.chosen()), field)


def _call(verb, round: Round, *args, **kwargs) -> None:
    """Call a service with the things that every one of them needs."""
    verb(db.session(), round, *args, **kwargs, by=guard.me(), at=guard.now())


def _show(task: str, round: Round, form):
    service.refuse_if_frozen(round)
    return render_template(
        f"commission/setup/{task}.html",
        round=round,
        form=form,
        phases=[(p, calendar.LABELS[p], calendar.ABOUT[p]) for p in calendar.DATED],
        rules=[(rule.id, rule.title) for rule in current_app.extensions["rules"].values()],
    )


def _save(task: str, round: Round, form, save, field: str):
    """Save a task and go back to the list, or show what is wrong with all that was typed."""
    service.refuse_if_frozen(round)
    if not form.validate():
        return _show(task, round, form), 422
    try:
        save()
    except Refused as refusal:
        db.session().rollback()
        for sentence in getattr(refusal, "problems", (str(refusal),)):
            form.refuse(field, sentence)
        return _show(task, round, form), refusal.status
    db.session().commit()
    flash("Saved.", "success")
    return redirect(url_for(".tasks", round=round), 303)


def _with_rows(form):
    for _ in range(forms.EMPTY_ROWS):
        form.rows.append_entry()
    return form


def _areas(form) -> list[AreaRow]:
    rows = [entry.form for entry in form.rows if not entry.form.empty]
    return [
        AreaRow(
            name=row.name.data,
            budget=row.budget.data,
            city_wide=row.city_wide.data,
            about=row.about.data or "",
            slug=row.slug.data or None,
        )
        for row in rows
        if not row.remove.data
    ]


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _rule_form(round: Round):
    limits = round.ballot_limits
    return rule_form(current_app.extensions["rules"], round.ties, limits and limits.kind)
