"""The workshop of an address as it is by the clock, and whose place in it this browser holds."""

from flask import Response, current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from pb import db
from pb.errors import Refused
from pb.purpose.workshops import moving, queries, stages
from pb.purpose.workshops.models import Participant, Workshop
from pb.rounds.models import Round
from pb.web import guard

KEPT = 30 * 24 * 3600  # seconds; longer than a workshop without a room
NUMBER = "<int:number>"


def find(round: Round, number: int) -> Workshop:
    """The workshop of this round, at the stage that the clock says; raises NotFound."""
    return up_to_date(queries.find(db.session(), round, number))


def up_to_date(workshop: Workshop) -> Workshop:
    """Note the stages that have begun by the clock: whoever looks first draws the pairs."""
    if stages.due(workshop, guard.now()):
        database = guard.start_writing()
        moving.catch_up(database, workshop, guard.now())
        database.commit()
    return workshop


def person(workshop: Workshop) -> Participant | None:
    """Who this browser is in the workshop: by account, or by the cookie of somebody without one."""
    account, database = guard.viewer().account, db.session()
    found = account and queries.find_by_account(database, workshop, account)
    return found or _by_cookie(workshop)


def mine(round: Round, number: int) -> tuple[Workshop, Participant]:
    """The workshop and who this browser is in it; raises Refused where it is nobody."""
    workshop = find(round, number)
    found = person(workshop)
    if found is None:
        raise Refused(
            "This browser has no place in this workshop. Come in with the code, "
            "which stands on the screen in the room."
        )
    return workshop, found


def remember(response: Response, workshop: Workshop, person: Participant) -> None:
    """Let this browser come back; somebody with an account is known by it and needs no cookie."""
    if person.account_id is None:
        response.set_cookie(
            _name(workshop),
            _signer(workshop).dumps(person.id),
            max_age=KEPT,
            path=_path(workshop),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )


def forget(response: Response, workshop: Workshop) -> None:
    """Let nobody come back with this browser."""
    response.delete_cookie(_name(workshop), path=_path(workshop))


def _by_cookie(workshop: Workshop) -> Participant | None:
    try:
        number = _signer(workshop).loads(request.cookies.get(_name(workshop), ""))
    except BadSignature:
        return None
    found = queries.find_participant(db.session(), workshop, number)
    return found if found is not None and found.account_id is None else None


def _name(workshop: Workshop) -> str:
    return f"pb_workshop_{workshop.id}"


def _path(workshop: Workshop) -> str:
    return url_for("community.workshops.show", round=workshop.round, number=workshop.id)


def _signer(workshop: Workshop) -> URLSafeSerializer:
    # The seed makes the cookie good for this workshop alone, whatever its number was before.
    return URLSafeSerializer(current_app.secret_key, salt=f"workshop:{workshop.seed}")
