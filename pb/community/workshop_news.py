"""What a page of a workshop asks every few seconds, and the short way in: without a round."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup

from pb import db, qr
from pb.accounts import limits
from pb.community import voter, workshop_places
from pb.community.workshop_forms import CodeForm
from pb.errors import NotFound, Refused
from pb.purpose.workshops import queries, service, stages
from pb.purpose.workshops.models import Participant, Workshop, WorkshopIdea
from pb.purpose.workshops.queries import News
from pb.purpose.workshops.stages import DAY
from pb.web import guard
from pb.web.guard import public, reads_first

bp = Blueprint("workshop_news", __name__)
EVERY = {True: 3, False: 30}  # seconds between two questions: in a room, and not
TWO_DAYS = 2 * DAY
WRONG_CODES = limits.Limit("workshop-code", tries=60, seconds=300)


@dataclass(frozen=True)
class Live:
    """What the script of a page has to know."""

    news: str  # where to ask
    piece: str  # where the new piece of the page is
    tag: str  # what the page shows
    left: int | None  # seconds on the clock
    every: int
    stage: str
    say: str  # what is read out when it changes

    @property
    def clock(self) -> str:
        """The time left as people read it; workshop.js winds it on in the same form."""
        left = self.left or 0
        if left >= TWO_DAYS:
            return f"{left // DAY} days {left // 3600 % 24} h"
        hours, minutes, seconds = left // 3600, left // 60 % 60, left % 60
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@bp.get("/w")
@public
def code():
    """The short address that is read out: it asks for the code."""
    return render_template("community/workshops/code.html", form=CodeForm())


@bp.post("/w")
@public
@reads_first
def go():
    """Lead on to the workshop whose code it is."""
    form = CodeForm(request.form)
    try:
        workshop = by_code(form.code.data)
    except Refused as refusal:
        form.refuse("code", str(refusal))
        return render_template("community/workshops/code.html", form=form), refusal.status
    page = url_for("community.taking_part.enter", round=workshop.round, code=workshop.code)
    return redirect(page, 303)


@bp.get("/workshops/<int:number>/news")
@public
def news(number: int):
    """A tag that changes with what a page shows, and the seconds on the clock; 304 if the same."""
    asked = request.args.get("person", "")
    person = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    found = queries.news(db.session(), number, person)
    if found is not None and found.ends_at is not None and found.ends_at <= guard.now():
        workshop_places.up_to_date(db.session().get_one(Workshop, number))
        found = queries.news(db.session(), number, person)
    if found is None:
        raise NotFound("There is no such workshop.")
    tag = tag_of(found, everything="person" not in request.args)
    response = jsonify(tag=tag, left=seconds_left(found.ends_at))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def tag_of(news: News, *, everything: bool) -> str:
    """What a page compares: all that happens, or what concerns everybody and one pair."""
    if everything:
        return f"v{news.version}"
    return f"b{news.beat}.{news.pair_id or 0}.{news.pair_version or 0}"


def live(workshop: Workshop, person: Participant | None, piece: str) -> Live:
    """What the script of a page has to know; for one person, or for a screen that shows all."""
    who = {"person": person.id} if person else {}
    found = queries.news(db.session(), workshop.id, person and person.id)
    return Live(
        news=url_for("community.workshop_news.news", number=workshop.id, **who),
        piece=piece,
        # A round that is not published has no news: then the page stays as it is.
        tag=tag_of(found, everything=person is None) if found else "none",
        left=seconds_left(workshop.stage_ends_at),
        every=EVERY[workshop.live],
        stage=workshop.stage,
        say=_say(workshop),
    )


def seconds_left(ends_at: datetime | None) -> int | None:
    """Seconds on the clock of the server; None where no clock runs."""
    return None if ends_at is None else max(0, ceil((ends_at - guard.now()).total_seconds()))


def short_address() -> str:
    """What people type who cannot scan the code, without what they need not type."""
    return (current_app.config["BASE_URL"] + url_for("community.workshop_news.code")).split("//")[
        -1
    ]


def qr_of(workshop: Workshop) -> Markup:
    """The way in, for the camera of a phone."""
    way = url_for("community.taking_part.enter", round=workshop.round, code=workshop.code)
    return qr.svg(current_app.config["BASE_URL"] + way)


def by_code(typed: str | None) -> Workshop:
    """The workshop with this code; raises Refused, and slows down who guesses."""
    database, net = db.session(), voter.net()
    code = service.read_code(typed or "")
    limits.check(database, WRONG_CODES, net, guard.now(), alone=False)
    found = queries.find_by_code(database, code)
    if found is None:
        database = guard.start_writing()
        limits.count(database, WRONG_CODES, net, guard.now())
        database.commit()
        raise NotFound("No workshop has this code. Compare it with the code on the screen.")
    return found


def _say(workshop: Workshop) -> str:
    label = stages.LABELS[workshop.stage]
    if workshop.shown_id is None or not workshop.live:
        return f"Now: {label}."
    idea = db.session().get(WorkshopIdea, workshop.shown_id)
    return f"Now: {label}. {idea.text if idea else ''}"
