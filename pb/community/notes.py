"""What a person is told: their notes, and whether these come by mail too."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.notices import news
from pb.web import guard
from pb.web.guard import signed_in

bp = Blueprint("notes", __name__, url_prefix="/notes")


@bp.get("")
@signed_in
def index():
    """The notes of the person at the screen, newest first."""
    return render_template(
        "community/notes/index.html", notes=news.notes_of(db.session(), guard.me())
    )


@bp.post("/read")
@signed_in
def read():
    """Take all notes as read."""
    news.mark_read(db.session(), guard.me(), at=guard.now())
    db.session.commit()
    return redirect(url_for(".index"), 303)


@bp.post("/mail")
@signed_in
def mail():
    """Choose whether notes come by mail."""
    wanted = request.form.get("mail") == "yes"
    news.choose_mail(guard.me(), wanted)
    db.session.commit()
    flash("Notes will come by mail too." if wanted else "Notes stay on this page.", "success")
    return redirect(url_for(".index"), 303)
