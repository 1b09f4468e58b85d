"""The oversight page: what officers can and cannot do to votes, and who watches them."""

from typing import NamedTuple

from flask import Blueprint, render_template

from pb import db
from pb.audit import queries as log_queries
from pb.community import powers
from pb.policy import Permission
from pb.proposals.recusals import service as recusals
from pb.rounds import people
from pb.rounds.models import Role, Round
from pb.rounds.pay import service as pay
from pb.rounds.terms import interests
from pb.web import guard
from pb.web.guard import requires

WATCHED = tuple(role for role in Role if role is not Role.CONNECTOR)
bp = Blueprint("oversight", __name__, url_prefix="/rounds/<round:round>/oversight")


class Safeguard(NamedTuple):
    """Something that makes the officers less alone, and whether this round has it."""

    text: str
    there: bool


@bp.get("")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """What officers can do to votes, what stops misuse, and where it would show."""
    held = people.holders(db.session(), round, guard.now())
    return render_template(
        "community/oversight/show.html",
        round=round,
        powers=powers.table(round),
        never=powers.NEVER,
        safeguards=_safeguards(round, held),
        auditors=held[Role.AUDITOR],
        stewards=held[Role.STEWARD],
        serving=[one for role in WATCHED for one in held[role]],
        declared=interests.declared(db.session(), round),
        recusals=recusals.recusals(db.session(), round),
        pay=pay.said(db.session(), round),
        pay_questions=pay.QUESTIONS,
        head=log_queries.head(db.session(), round.id),
    )


def _safeguards(round: Round, held) -> list[Safeguard]:
    confirmed = round.stewards_confirm and bool(held[Role.STEWARD])
    return [
        Safeguard(
            "Residents confirm every step that decides money."
            if confirmed
            else "No resident confirms the steps that decide money: another commissioner does.",
            confirmed,
        ),
        Safeguard(
            "Ballots lie in closed envelopes; it takes two key sheets to open the box."
            if round.encrypted
            else "Ballots lie in the box without envelopes: whoever runs the server could see how "
            "a project is doing, but not who voted for it.",
            round.encrypted,
        ),
        Safeguard(
            "Auditors read everything but personal data."
            if held[Role.AUDITOR]
            else "Nobody has been appointed auditor.",
            bool(held[Role.AUDITOR]),
        ),
        Safeguard("Anybody can download the sealed ballots and count them again.", True),
    ]
