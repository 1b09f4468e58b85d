"""Making this computer a place to vote, in a library or a town hall."""

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import logout_user
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from pb.policy import Permission
from pb.rounds.models import Round
from pb.web import kiosk
from pb.web.forms import Form
from pb.web.guard import requires

bp = Blueprint("kiosk", __name__, url_prefix="/rounds/<round:round>/kiosk")
LEAST, MOST = kiosk.MINUTES[0], kiosk.MINUTES[-1]


class KioskForm(Form):
    minutes = IntegerField(
        "After how many minutes does it forget somebody who went away?",
        description="Choices that were not sent are lost then. Ten minutes suit most people.",
        validators=[
            InputRequired("Enter a number of minutes."),
            NumberRange(min=LEAST, max=MOST, message=f"Enter a number from {LEAST} to {MOST}."),
        ],
    )


@bp.get("")
@requires(Permission.KIOSK_SET)
def show(round: Round):
    """What a kiosk does, and the way to make this computer one."""
    return _page(round, KioskForm(data={"minutes": kiosk.USUAL_MINUTES}))


@bp.post("")
@requires(Permission.KIOSK_SET)
def begin(round: Round):
    """Make this browser a kiosk; the officer is signed out, for the next person is a voter."""
    form = KioskForm(request.form)
    if not form.validate():
        return _page(round, form), 422
    logout_user()
    session.clear()
    response = redirect(url_for("community.kiosk.start", round=round), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    kiosk.begin(response, round.slug, form.minutes.data, secure=secure)
    return response


@bp.post("/end")
@requires(Permission.KIOSK_SET)
def end(round: Round):
    """Make this browser an ordinary one again."""
    response = redirect(url_for(".show", round=round), 303)
    kiosk.end(response)
    flash("This computer is no kiosk any more.", "success")
    return response


def _page(round: Round, form: KioskForm) -> str:
    return render_template("commission/kiosk/show.html", round=round, form=form)
