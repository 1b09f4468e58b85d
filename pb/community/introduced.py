"""Who came by a connector's link: remembered in their browser until they take part.

A view that stores something that a resident does calls `took_part(round)` before it stores it,
in the same transaction.
"""

from flask import current_app, session

from pb import db
from pb.purpose.connectors import arrivals
from pb.rounds.models import Round
from pb.web import guard

KEPT = "brought"  # in the session: round → code; stays when somebody signs in


def remember(round: Round, code: str) -> None:
    """Remember by whose link this browser came; the first one counts."""
    kept = session.get(KEPT, {})
    session[KEPT] = {str(round.id): code, **kept}


def forget(round: Round) -> None:
    """Forget it, because it was counted or the person does not want it."""
    kept = {key: code for key, code in session.get(KEPT, {}).items() if key != str(round.id)}
    session[KEPT] = kept


def code_of(round: Round) -> str | None:
    """The code of the link by which this browser came to the round, if by any."""
    return session.get(KEPT, {}).get(str(round.id))


def took_part(round: Round) -> None:
    """Count the person for the connector whose link they came by, if by any."""
    code = code_of(round)
    if code is not None:
        keys = current_app.extensions["keys"]
        arrivals.took_part(db.session(), round, guard.me(), code, keys=keys, at=guard.now())
