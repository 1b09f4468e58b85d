"""A steward drafts a document, answers comments and puts it to the vote."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import documents
from pb.community.document_forms import ClauseForm, OpenVoteForm, ReplyForm
from pb.community.documents import DOCUMENT, VERSION, address, find, find_clause
from pb.errors import Invalid, NotFound, Refused
from pb.policy import Permission
from pb.purpose.documents import queries, service, starters
from pb.purpose.documents.models import Clause, Kind, Reply, Version
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("drafts", __name__, url_prefix="/rounds/<round:round>/purpose")
CLAUSE = f"{VERSION}/clauses/<int:clause>"


@bp.post(f"/{DOCUMENT}/drafts")
@requires(Permission.DOCUMENT_DRAFT)
def begin(round: Round, document: str):
    """Begin a draft, from the version in force or the open template where that is asked for."""
    template = request.form.get("start") == "template"
    version = service.begin(
        db.session(),
        round,
        Kind(document),
        by=guard.me(),
        at=guard.now(),
        from_template=template,
    )
    db.session().commit()
    flash("The draft is begun. Everybody can read along and comment.", "success")
    return redirect(address(round, version), 303)


@bp.get(f"{VERSION}/clauses/new")
@requires(Permission.DOCUMENT_DRAFT)
def new(round: Round, document: str, number: int):
    """The form for one more clause."""
    return _form(round, find(round, document, number), ClauseForm())


@bp.post(f"{VERSION}/clauses")
@requires(Permission.DOCUMENT_DRAFT)
def add(round: Round, document: str, number: int):
    """Add a clause at the end of the draft."""
    database, version, form = db.session(), find(round, document, number), ClauseForm(request.form)
    try:
        made = service.add_clause(
            database,
            version,
            heading=form.heading.data,
            text=form.text.data,
            by=guard.me(),
            at=guard.now(),
        )
    except Refused as refusal:
        return _refused(round, version, form, refusal)
    database.commit()
    return redirect(address(round, version, f"clause-{made.id}"), 303)


@bp.get(f"{CLAUSE}/edit")
@requires(Permission.DOCUMENT_DRAFT)
def edit(round: Round, document: str, number: int, clause: int):
    """The form with the clause as it is saved."""
    version = find(round, document, number)
    found = find_clause(version, clause)
    saved = {"heading": found.heading, "text": found.text, "revision": version.revision}
    return _form(round, version, ClauseForm(data=saved), found)


@bp.post(CLAUSE)
@requires(Permission.DOCUMENT_DRAFT)
def save(round: Round, document: str, number: int, clause: int):
    """Save a changed clause."""
    database, version, form = db.session(), find(round, document, number), ClauseForm(request.form)
    found = find_clause(version, clause)
    try:
        service.revise_clause(
            database,
            version,
            found,
            heading=form.heading.data,
            text=form.text.data,
            by=guard.me(),
            at=guard.now(),
            revision=form.seen,
        )
    except Refused as refusal:
        return _refused(round, version, form, refusal, found)
    database.commit()
    return redirect(address(round, version, f"clause-{clause}"), 303)


@bp.post(f"{CLAUSE}/up")
@requires(Permission.DOCUMENT_DRAFT)
def move_up(round: Round, document: str, number: int, clause: int):
    """Put a clause before the one above it."""
    version = find(round, document, number)
    found = find_clause(version, clause)
    service.move_up(db.session(), version, found, by=guard.me(), at=guard.now())
    db.session().commit()
    return redirect(address(round, version, f"clause-{clause}"), 303)


@bp.post(f"{CLAUSE}/removal")
@requires(Permission.DOCUMENT_DRAFT)
def remove(round: Round, document: str, number: int, clause: int):
    """Take a clause out of the draft."""
    version = find(round, document, number)
    found = find_clause(version, clause)
    service.remove_clause(db.session(), version, found, by=guard.me(), at=guard.now())
    db.session().commit()
    flash(f"“{found.heading}” is out of the draft.", "success")
    return redirect(address(round, version), 303)


@bp.post(f"{VERSION}/comments/<int:comment>/reply")
@requires(Permission.DOCUMENT_DRAFT)
def reply(round: Round, document: str, number: int, comment: int):
    """Answer a comment, or say what became of it."""
    database, version, form = db.session(), find(round, document, number), ReplyForm(request.form)
    found = queries.find_comment(database, version, comment)
    if found is None:
        raise NotFound("There is no such comment on this draft.")
    try:
        if form.reply.data not in list(Reply):
            raise Invalid("Choose what becomes of the comment.")
        chosen = Reply(form.reply.data)
        service.reply(database, found, chosen, form.answer.data, by=guard.me(), at=guard.now())
    except Refused as refusal:
        database.rollback()
        form.refuse("answer", str(refusal))
        return documents.page(round, version.kind, version, replying=(comment, form)), 422
    database.commit()
    return redirect(address(round, version, f"clause-{found.clause_id}"), 303)


@bp.post(f"{VERSION}/voting")
@requires(Permission.DOCUMENT_DRAFT)
def open_vote(round: Round, document: str, number: int):
    """Put the draft to the vote."""
    database, version = db.session(), find(round, document, number)
    form = OpenVoteForm(request.form)
    seen = form.revision.data or ""
    try:
        service.open_vote(
            database,
            version,
            by=guard.me(),
            at=guard.now(),
            reason=form.reason.data,
            revision=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1,
        )
    except Refused as refusal:
        database.rollback()
        form.refuse("reason", str(refusal))
        form.revision.data = version.revision
        return documents.page(round, version.kind, version, opening=form), refusal.status
    database.commit()
    flash("The vote is open. Everybody who takes part is told.", "success")
    return redirect(address(round, version), 303)


@bp.post(f"{VERSION}/withdrawal")
@requires(Permission.DOCUMENT_DRAFT)
def withdraw(round: Round, document: str, number: int):
    """Throw a draft away."""
    version = find(round, document, number)
    service.withdraw(db.session(), version, by=guard.me(), at=guard.now())
    db.session().commit()
    flash("The draft was thrown away.", "success")
    return redirect(url_for("community.documents.show", round=round, document=version.kind), 303)


def _form(round: Round, version: Version, form: ClauseForm, clause: Clause | None = None):
    return render_template(
        "community/documents/clause.html",
        round=round,
        version=version,
        name=starters.NAMES[version.kind],
        form=form.named_for(version.kind),
        clause=clause,
        back=address(round, version, clause and f"clause-{clause.id}"),
    )


def _refused(
    round: Round,
    version: Version,
    form: ClauseForm,
    refusal: Refused,
    clause: Clause | None = None,
):
    """The form again, with everything that was typed; saving once more means: this text."""
    db.session().rollback()
    form.refuse("text", str(refusal))
    if isinstance(refusal, service.Stale):
        form.revision.data = version.revision
    return _form(round, version, form, clause), refusal.status
