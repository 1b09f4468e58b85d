"""Whose voices are heard: people by part of town, and invitations to parts that are silent."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from wtforms import TextAreaField

from pb import db, qr
from pb.errors import NotFound, PhaseClosed, Refused
from pb.policy import Permission
from pb.proposals.voices import queries, service
from pb.proposals.voices.models import LONGEST, AreaInvitation
from pb.rounds import queries as rounds
from pb.rounds.models import Area, Round
from pb.web import guard
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("voices", __name__, url_prefix="/rounds/<round:round>/purpose/voices")
INVITATION = "/invitations/<int(max=2147483647):number>"


class InviteForm(Form):
    """What a steward writes to the people of an area."""

    text = TextAreaField(
        "Your invitation",
        description=f"Everybody can read it. Ask one open question. At most {LONGEST} characters.",
    )


@bp.get("")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """How many people have been heard, by part of town, and who was invited."""
    database = db.session()
    invitations = queries.invitations(database, round)
    return render_template(
        "community/voices/show.html",
        round=round,
        meter=queries.meter(database, round, guard.now()),
        invitations=invitations,
        invited=_newest(invitations),
        this_week=service.week_of(round, guard.now()),
        open=guard.phase() in service.PHASES,
    )


def _newest(invitations) -> dict[int, AreaInvitation]:
    """The newest invitation of every area; they come newest first."""
    return {one.area_id: one for one in reversed(invitations)}


@bp.get("/<area>/invitation")
@requires(Permission.VOICE_INVITE)
def new(round: Round, area: str):
    """The form of an invitation, with words to begin from."""
    place = _area(round, area)
    return _form(round, place, InviteForm(data={"text": _words(place)}), 200)


@bp.post("/<area>/invitation")
@requires(Permission.VOICE_INVITE)
def invite(round: Round, area: str):
    """Invite the people of an area; if it does not fit, the text comes back as it was."""
    place, form, database = _area(round, area), InviteForm(request.form), db.session()
    try:
        made = service.invite(
            database, round, place, form.text.data or "", by=guard.me(), at=guard.now()
        )
    except PhaseClosed:
        raise
    except Refused as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return _form(round, place, form, refusal.status)
    database.commit()
    flash("The invitation is public. Now print the poster and take it there.", "success")
    return redirect(url_for(".invitation", round=round, number=made.id), 303)


@bp.get(INVITATION)
@requires(Permission.ROUND_READ)
def invitation(round: Round, number: int):
    """What the people of an area were told, and where they can be heard."""
    return render_template(
        "community/voices/invitation.html", round=round, invitation=_find(round, number)
    )


@bp.get(f"{INVITATION}/poster")
@requires(Permission.ROUND_READ)
def poster(round: Round, number: int):
    """The invitation on a page to print, with a code for phones."""
    address = current_app.config["BASE_URL"] + url_for("community.ideas.index", round=round)
    return render_template(
        "community/voices/poster.html",
        round=round,
        invitation=_find(round, number),
        address=address,
        qr=qr.svg(address),
    )


def _words(area: Area) -> str:
    return (
        f"We have heard little about {area.name} so far, and we would like to. "
        "What would make life there better? One sentence is enough."
    )


def _area(round: Round, slug: str) -> Area:
    found = rounds.area(round, slug)
    if found is None or found.city_wide:
        raise NotFound(f"“{round.name}” has no such part of town.")
    return found


def _find(round: Round, number: int) -> AreaInvitation:
    found = queries.find_invitation(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no invitation {number} in “{round.name}”.")
    return found


def _form(round: Round, area: Area, form: InviteForm, status: int) -> tuple[str, int]:
    last = queries.latest(db.session(), area)
    waits = last is not None and last.week >= service.week_of(round, guard.now())
    page = render_template(
        "community/voices/form.html",
        round=round,
        area=area,
        form=form,
        already=service.already(round, last) if waits and status == 200 else None,
        has_errors=status != 200,
    )
    return page, status
