"""Help: how it works, accessibility, privacy, and who may do what."""

from flask import Blueprint, current_app, render_template

from pb.community import decisions
from pb.web.guard import public

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/how-it-works")
@public
def how_it_works():
    """From an idea to a bench in the park, and how votes are counted."""
    rules = current_app.extensions["rules"].values()
    return render_template("community/help/how_it_works.html", rules=rules)


@bp.get("/accessibility")
@public
def accessibility():
    """How these pages can be used by everybody, and what is missing."""
    return render_template("community/help/accessibility.html")


@bp.get("/privacy")
@public
def privacy():
    """What is stored, who can see it, and what is not protected."""
    return render_template("community/help/privacy.html")


@bp.get("/roles")
@public
def roles():
    """Who may do what, in every round."""
    return render_template("community/help/roles.html", decisions=decisions.table())
