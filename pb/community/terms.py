"""Terms of office for everybody to read, and the page of those who serve or are asked to."""

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community.terms_forms import AwayForm, InterestsForm, RecusalForm
from pb.errors import NotFound, Refused
from pb.policy import Permission
from pb.proposals import queries as proposals
from pb.proposals.recusals import service as recusals
from pb.rounds import calendar, people
from pb.rounds.models import Appointment, Round
from pb.rounds.terms import handover, interests, queries, service
from pb.rounds.terms.second_hand import second_hand
from pb.web import guard
from pb.web.guard import requires, signed_in

bp = Blueprint("terms", __name__, url_prefix="/rounds/<round:round>/people")


@bp.get("/terms")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """Who held what and when, what they declared, and from what they stepped back."""
    database, now = db.session(), guard.now()
    return render_template(
        "community/terms/index.html",
        round=round,
        now=now,
        services=queries.succession(database, round),
        next_end=queries.next_end(database, round, now),
        invitations=queries.open_invitations(database, round),
        declared=interests.declared(database, round),
        recusals=recusals.recusals(database, round),
        hand=second_hand(database, round, now),
    )


@bp.get("/mine")
@signed_in
def mine(round: Round):
    """Invitations to answer, one's own roles, and what they ask of one."""
    number = request.args.get("proposal", type=int)  # from whose page somebody came
    return _mine(round, recusal=RecusalForm(data={"number": number}))


@bp.post("/invitations/<int:number>/answer")
@signed_in
def answer(round: Round, number: int):
    """Say yes or no to an invitation to serve."""
    invitation = queries.find_invitation(db.session(), round, number, guard.me())
    if invitation is None:
        raise NotFound("There is no such invitation for you.")
    yes = request.form.get("answer") == "yes"
    verb = service.accept if yes else service.decline
    verb(db.session(), invitation, by=guard.me(), at=guard.now())
    db.session().commit()
    flash("Thank you. You serve now." if yes else "You said no. Thank you for answering.")
    return redirect(url_for(".mine" if yes else "community.rounds.show", round=round), 303)


@bp.post("/appointments/<int:number>/end")
@signed_in
def resign(round: Round, number: int):
    """Step down oneself."""
    service.resign(db.session(), _own(round, number), by=guard.me(), at=guard.now())
    db.session().commit()
    flash("You have stepped down. Thank you for what you did.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/appointments/<int:number>/away")
@signed_in
def be_away(round: Round, number: int):
    """Say from when to when one is away."""
    appointment = _own(round, number)
    form = _away_form(number, request.form)
    if not form.validate():
        return _mine(round, away=form, number=number), 422
    first, last = _midnight(form.first.data, round), _midnight(form.last.data, round, 1)
    common = {"by": guard.me(), "at": guard.now()}
    try:
        service.be_away(db.session(), appointment, first, last, **common)
    except Refused as refusal:
        db.session().rollback()
        form.refuse("last", str(refusal))
        return _mine(round, away=form, number=number), refusal.status
    db.session().commit()
    flash("Noted. Your deputy steps in while you are away, if you have one.", "success")
    return redirect(url_for(".mine", round=round), 303)


@bp.post("/appointments/<int:number>/back")
@signed_in
def come_back(round: Round, number: int):
    """End one's absence."""
    service.come_back(db.session(), _own(round, number), by=guard.me(), at=guard.now())
    db.session().commit()
    flash("Welcome back.", "success")
    return redirect(url_for(".mine", round=round), 303)


@bp.post("/interests")
@signed_in
def declare(round: Round):
    """Say publicly what interests one has."""
    form = InterestsForm(request.form)
    common = {"by": guard.me(), "at": guard.now()}
    try:
        interests.declare(db.session(), round, form.text.data or "", **common)
    except Refused as refusal:
        db.session().rollback()
        form.refuse("text", str(refusal))
        return _mine(round, declaration=form), refusal.status
    db.session().commit()
    flash("Everybody can read your declaration now.", "success")
    return redirect(url_for(".mine", round=round), 303)


@bp.post("/recusals")
@signed_in
def recuse(round: Round):
    """Step back from what is decided about a proposal."""
    form = RecusalForm(request.form)
    if not form.validate():
        return _mine(round, recusal=form), 422
    number = form.number.data
    known = 0 < number <= proposals.LARGEST_NUMBER
    proposal = proposals.find(db.session(), round, number) if known else None
    if proposal is None or not proposal.public:
        form.refuse("number", f"There is no proposal {number} in this round.")
        return _mine(round, recusal=form), 422
    try:
        recusals.recuse(
            db.session(), proposal, form.reason.data or "", by=guard.me(), at=guard.now()
        )
    except Refused as refusal:
        db.session().rollback()
        form.refuse("reason", str(refusal))
        return _mine(round, recusal=form), refusal.status
    db.session().commit()
    flash(f"You take no part in what is decided about “{proposal.title}”.", "success")
    return redirect(url_for(".mine", round=round), 303)


def _mine(round: Round, *, declaration=None, recusal=None, away=None, number=None):
    database, now = db.session(), guard.now()
    appointments = queries.mine(database, round, guard.me(), now)
    said = interests.declared(database, round).get(guard.me().id)
    return render_template(
        "community/terms/mine.html",
        round=round,
        now=now,
        invitations=queries.invited(database, round, guard.me()),
        appointments=appointments,
        handed_on=handover.readable(database, round, guard.me(), now),
        said=said,
        declaration=declaration or InterestsForm(data={"text": said.text if said else ""}),
        recusal=recusal or RecusalForm(),
        aways={
            one.id: away if away and one.id == number else _away_form(one.id)
            for one in appointments
        },
        form=declaration or recusal or away,
    )


def _away_form(number: int, data=None) -> AwayForm:
    """The form of one of several roles on a page: every field has a name of its own."""
    return AwayForm(data, prefix=f"role-{number}-")


def _own(round: Round, number: int) -> Appointment:
    found = people.find_appointment(db.session(), round, number)
    if found is None or found.account_id != guard.me().id:
        raise NotFound("You hold no such role in this round.")
    return found


def _midnight(day, round: Round, more: int = 0) -> datetime:
    start = datetime.combine(day, datetime.min.time()) + timedelta(days=more)
    return calendar.to_utc(start, round.zone)
