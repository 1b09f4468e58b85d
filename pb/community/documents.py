"""The documents of a round: reading them on any day, commenting on drafts, voting, accepting."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import charter, introduced
from pb.community.document_forms import CommentForm, OpenVoteForm, VoteForm
from pb.errors import Invalid, NotFound, Refused
from pb.policy import Permission
from pb.purpose.contingents import service as contingents
from pb.purpose.contingents.models import Kind as Post
from pb.purpose.documents import diff, queries, service, starters
from pb.purpose.documents.models import Choice, Clause, Kind, Version
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import hidden
from pb.rounds import calendar
from pb.rounds.models import Round, Side
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("documents", __name__, url_prefix="/rounds/<round:round>/purpose")
DOCUMENT = "<any(purpose,principles,charter,glossary):document>"
VERSION = f"/{DOCUMENT}/versions/<int:number>"


@bp.get("/documents")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """Which documents there are, and where each stands."""
    database, now = db.session(), guard.now()
    current = queries.all_in_force(database, round, now)
    latest = {one.kind: one for one in reversed(queries.versions(database, round))}
    return render_template(
        "community/documents/index.html",
        round=round,
        kinds=list(Kind),
        current=current,
        open={kind: one for kind, one in latest.items() if not one.voted_at(now)},
        names=starters.NAMES,
        about=starters.ABOUT,
    )


@bp.get(f"/{DOCUMENT}")
@requires(Permission.ROUND_READ)
def show(round: Round, document: str):
    """The version in force today, or on the day in `?on=`."""
    kind, on, fault = Kind(document), None, None
    try:
        on = _day(request.args.get("on"))
        at = min(_end_of(on, round), guard.now()) if on else guard.now()
    except (ValueError, OverflowError, Invalid):
        at, fault = guard.now(), "Enter a day, such as 2026-05-31."
    version = queries.in_force(db.session(), round, kind, at)
    status = 422 if fault else 200
    return page(round, kind, version, on=on, fault=fault, asks_day=True), status


@bp.get(VERSION)
@requires(Permission.ROUND_READ)
def version(round: Round, document: str, number: int):
    """One version: a draft with what people say about it, a vote, or what it decided."""
    return page(round, Kind(document), find(round, document, number))


@bp.get(f"/{DOCUMENT}/compare")
@requires(Permission.ROUND_READ)
def compare(round: Round, document: str):
    """What changed between two versions, word by word."""
    kind = Kind(document)
    versions = queries.versions(db.session(), round, kind)
    chosen = {one.number: one for one in versions}
    new = chosen.get(request.args.get("new", type=int)) or next(iter(versions), None)
    old = chosen.get(request.args.get("old", type=int))
    if old is None and new is not None:
        old = next((one for one in versions if one.number < new.number), new)
    return render_template(
        "community/documents/compare.html",
        round=round,
        kind=kind,
        name=starters.NAMES[kind],
        versions=versions,
        old=old,
        new=new,
        changes=diff.compare(old.clauses, new.clauses) if new else [],
    )


@bp.post(f"{VERSION}/clauses/<int:clause>/comments")
@requires(Permission.DOCUMENT_COMMENT)
def comment(round: Round, document: str, number: int, clause: int):
    """Say something about a clause of a draft."""
    database, found, form = db.session(), find(round, document, number), CommentForm(request.form)
    about = find_clause(found, clause)
    try:
        introduced.took_part(round)
        charter.require(round)
        moderation.require_may_post(database, round, guard.me(), guard.now())
        if guard.viewer().side is not Side.COMMISSION:
            spent = database, round, guard.me(), Post.COMMENT, found.id, guard.now()
            contingents.spend(*spent)
        service.comment(database, found, about, form.text.data, by=guard.me(), at=guard.now())
    except Refused as refusal:
        database.rollback()
        form.refuse("text", str(refusal))
        return page(round, found.kind, found, said=(clause, form)), refusal.status
    database.commit()
    flash("Your comment is there. A steward will answer it.", "success")
    return redirect(address(round, found, f"clause-{clause}"), 303)


@bp.post(f"{VERSION}/vote")
@requires(Permission.DOCUMENT_VOTE)
def vote(round: Round, document: str, number: int):
    """Vote on a version, or change one's vote."""
    database, found, form = db.session(), find(round, document, number), VoteForm(request.form)
    if form.choice.data not in list(Choice):
        form.refuse("choice", "Choose yes, no, or to abstain.")
        return page(round, found.kind, found, ballot=form), 422
    service.vote(database, found, Choice(form.choice.data), by=guard.me(), at=guard.now())
    database.commit()
    flash("You have voted. You can change your vote until the vote closes.", "success")
    return redirect(address(round, found), 303)


@bp.post("/charter/acceptance")
@requires(Permission.CHARTER_ACCEPT)
def accept(round: Round):
    """Accept the charter in force, on whichever side of the round."""
    charter.require(round)
    db.session().commit()
    flash("You have accepted the charter.", "success")
    return redirect(url_for(".show", round=round, document=Kind.CHARTER), 303)


def page(round: Round, kind: Kind, version: Version | None, **more: Any) -> str:
    """The page of a document; `more` brings back a form that was refused."""
    database, now, account = db.session(), guard.now(), guard.viewer().account
    versions = queries.versions(database, round, kind)
    tallies = queries.tallies(database, versions, now)
    drafted = version is not None and not version.voted_at(now)
    mine = account and version and queries.vote_of(database, version, account.id)
    seats = kind is Kind.CHARTER and version is not None and version.voted_at(now)
    comments = queries.comments(database, version) if version else {}
    numbers = [one.id for clause in comments.values() for one in clause]
    given: dict[str, Any] = {
        "round": round,
        "kind": kind,
        "name": starters.NAMES[kind],
        "about": starters.ABOUT[kind],
        "version": version,
        "versions": versions,
        "tallies": tallies,
        "comments": comments,
        "hidden": hidden(database, round, Subject.COMMENT, numbers),
        "drafted": drafted,
        "open": next((one for one in versions if not one.voted_at(now)), None),
        "mine": mine,
        "sides": queries.accepted_by_side(database, version) if seats else None,
        "asked": charter.asked(round) if account else None,
        "ballot": VoteForm(data={"choice": mine}),
        "opening": OpenVoteForm(data={"revision": version and version.revision}),
        "terms": queries.terms(database, round),
        "said": None,
        "replying": None,
        "on": None,
        "fault": None,
        "refusal": None,
        "asks_day": False,
    }
    return render_template("community/documents/show.html", **{**given, **more})


def find(round: Round, document: str, number: int) -> Version:
    """The version in the address; raises NotFound."""
    found = queries.find(db.session(), round, Kind(document), number)
    if found is None:
        raise NotFound(f"There is no version {number} of this document.")
    return found


def find_clause(version: Version, number: int) -> Clause:
    """The clause in the address; raises NotFound."""
    found = queries.find_clause(db.session(), version, number)
    if found is None:
        raise NotFound("There is no such clause in this version.")
    return found


def address(round: Round, version: Version, anchor: str | None = None) -> str:
    """The page of a version."""
    return url_for(
        "community.documents.version",
        round=round,
        document=version.kind,
        number=version.number,
        _anchor=anchor,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _end_of(day: date, round: Round) -> datetime:
    after = datetime.combine(day + timedelta(days=1), time())
    return calendar.to_utc(after, round.zone) - timedelta(microseconds=1)
