"""Saying who pays whom in a round."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Unfit
from pb.rounds.changes import log
from pb.rounds.models import Round
from pb.rounds.pay.models import LONGEST, Pay
from pb.texts import clean

# In the order of the pages; the names are columns of `Pay`.
QUESTIONS = {
    "platform": "Who pays for this platform, and who runs its server?",
    "facilitators": "Who pays those who lead workshops and meetings?",
    "stewards": "What do stewards and connectors get, and from whom?",
    "auditors": "Who pays the auditors?",
}


def said(session: Session, round: Round) -> Pay | None:
    """What the commission has said; None where it has not."""
    return session.get(Pay, round.id)


def say(
    session: Session, round: Round, answers: Mapping[str, str], *, by: Account, at: datetime
) -> Pay:
    """Answer all four questions; the log shows what was said before.

    Raises Unfit with a sentence for every answer that is missing or too long.
    """
    given = {name: clean(answers.get(name)) for name in QUESTIONS}
    faults = {name: fault for name, text in given.items() if (fault := _fault(text))}
    if faults:
        raise Unfit(faults)
    before = said(session, round)
    changes = {name: (before and getattr(before, name), text) for name, text in given.items()}
    made = session.merge(Pay(round_id=round.id, **given))
    session.flush()
    log(session, round, "round.pay", changes, by=by, at=at)
    return made


def _fault(text: str) -> str | None:
    if not text:
        return "Say it in a sentence. If nobody is paid, write that."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters; now it is {len(text)}."
    return None
