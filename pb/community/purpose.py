"""What residents and the commission agree on before anybody proposes: one page that leads on."""

from typing import NamedTuple

from flask import Blueprint, render_template

from pb import db
from pb.policy import Permission
from pb.purpose.documents.models import Kind
from pb.purpose.documents.queries import in_force
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("purpose", __name__, url_prefix="/rounds/<round:round>/purpose")


class Practice(NamedTuple):
    """One way of finding the shared purpose, as the page offers it."""

    title: str
    text: str  # one sentence
    endpoint: str  # its address needs nothing but the round


# In the order in which a round does them.
PRACTICES: list[Practice] = [
    Practice(
        "What we agree on",
        "Purpose, principles, charter and glossary: drafted in the open, adopted by vote.",
        "community.documents.index",
    ),
    Practice(
        "Listening",
        "Open questions, what people answer, and what stewards heard in it.",
        "community.listening.index",
    ),
    Practice(
        "Whose voices are heard",
        "How many people have spoken about which part of town, and who is invited.",
        "community.voices.show",
    ),
    Practice(
        "Workshops",
        "One question, many people: think alone, talk in pairs, explain, rank, arrange.",
        "community.workshops.index",
    ),
    Practice(
        "Connectors",
        "Residents who introduce people to each other, and how to become one.",
        "community.connectors.index",
    ),
    Practice(
        "Fair play",
        "How we treat each other, what stewards did about it, and how to appeal.",
        "community.moderation.log",
    ),
]


@bp.get("")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """What this round is for, and the ways in which people agree on it."""
    return render_template(
        "community/purpose/show.html",
        round=round,
        practices=PRACTICES,
        agreed=in_force(db.session(), round, Kind.PURPOSE, guard.now()),
    )
