"""Answering the survey: once for each person, and without a trace to them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid, PhaseClosed, Refused
from pb.reflection import windows
from pb.reflection.survey.models import BEST, AgeClass, SurveyAnswer, SurveyMark, Way
from pb.rounds import people
from pb.rounds.models import Area, Round, Side
from pb.texts import one_line

LONGEST_WORDS = 280
# In the order of the page; the names are columns of `SurveyAnswer`.
QUESTIONS = {
    "easy": "Was it easy to take part?",
    "understood": "Did you understand why projects won or lost?",
    "heard": "Did you feel heard?",
    "fair": "Were the residents’ side and the money side fair to each other?",
    "again": "Would you take part again?",
}
SCALE = {1: "Not at all", 2: "Rather not", 3: "Partly", 4: "Mostly", 5: "Completely"}


@dataclass(frozen=True)
class Answers:
    """What somebody answered; a question that is missing was not answered."""

    marks: Mapping[str, int] = field(default_factory=dict)
    area: Area | None = None
    age: AgeClass | None = None
    way: Way | None = None
    words: str = ""
    may_publish: bool = False


def has_answered(session: Session, round: Round, account: Account) -> bool:
    """Whether this person has answered."""
    return session.get(SurveyMark, (round.id, account.id)) is not None


def answer(
    session: Session,
    round: Round,
    answers: Answers,
    *,
    by: Account,
    at: datetime,
    draw: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Store the answers of a resident, and apart from them that this person has answered.

    Raises PhaseClosed outside its time, Invalid for answers off the scale, and Refused to the
    commission’s side and to whoever has answered. The log does not tell: it has times.
    """
    window = windows.survey_window(session, round, at)
    if not window.open:
        raise PhaseClosed("The survey is not open now.")
    seat = people.find_seat(session, round, by)
    if seat is not None and seat.side is Side.COMMISSION:
        raise Refused("The survey asks the residents. The commission looks back line by line.")
    _require_fitting(round, answers)
    if has_answered(session, round, by):
        raise Refused("You have answered already. Everybody answers once.")
    session.add(SurveyMark(round_id=round.id, account_id=by.id))
    words = one_line(answers.words)
    session.add(
        SurveyAnswer(
            round_id=round.id,
            key=draw(32),
            **{name: answers.marks.get(name) for name in QUESTIONS},
            area_id=answers.area.id if answers.area else None,
            age=answers.age,
            way=answers.way,
            words=words,
            may_publish=bool(words) and answers.may_publish,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("You have answered already. Everybody answers once.") from error


def _require_fitting(round: Round, answers: Answers) -> None:
    strange = set(answers.marks) - set(QUESTIONS)
    if strange or any(not 1 <= mark <= BEST for mark in answers.marks.values()):
        raise Invalid("Choose one of the answers that are offered.")
    if answers.area is not None and answers.area.round_id != round.id:
        raise Invalid("Choose one of the areas of this round.")
    if len(one_line(answers.words)) > LONGEST_WORDS:
        raise Invalid(f"Use at most {LONGEST_WORDS} characters for your line.")
