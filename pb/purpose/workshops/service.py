"""Opening a workshop, coming in and leaving."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.eligibility import crockford
from pb.errors import Invalid, Refused
from pb.purpose.workshops import moving, pairing, queries, stages
from pb.purpose.workshops.models import LENGTHS, Kind, Pair, Participant, Stage, Workshop
from pb.rounds import people
from pb.rounds.models import Area, Round, Side

CODE_LENGTH = 4  # and a check character: short enough to be read out
MOST = 500  # people in one workshop
TAKES_PEOPLE = (Stage.LOBBY, Stage.OWN, *moving.IN_PAIRS)
LONGEST = 14 * stages.DAY
CLOSED = "This workshop takes nobody in any more. Its page shows what comes out of it."


def create(
    session: Session,
    round: Round,
    *,
    question: str,
    kind: Kind,
    by: Account,
    at: datetime,
    draw: Callable[[int], int],
    area: Area | None = None,
    lengths: dict[Stage, int] | None = None,
    everyone_arranges: bool = False,
) -> Workshop:
    """Open a workshop; `draw(n)` gives a random number below n. Raises Invalid."""
    people.take_seat(session, round, by, Side.COMMUNITY)
    workshop = Workshop(
        round=round,
        area=area,
        question=written(question, "question"),
        kind=kind,
        code=_free_code(session, draw),
        seed=f"{draw(2**128):032x}",
        lengths=_lengths(kind, lengths or {}),
        everyone_arranges=everyone_arranges,
        led_by=by.id,
        stage_began_at=at,
        created_at=at,
    )
    session.add(workshop)
    session.flush()
    body = {"workshop": workshop.id, "seed_digest": pairing.lot(workshop.seed)}
    moving.note(session, workshop, "workshop.create", by.id, at, body)
    return workshop


def join(
    session: Session,
    workshop: Workshop,
    *,
    name: str,
    at: datetime,
    account: Account | None = None,
    area: Area | None = None,
    on_paper: bool = False,
) -> Participant:
    """Take part under a name; somebody with an account comes back as who they were.

    Raises Invalid without a name, and Refused once the ideas are ranked or the room is full.
    """
    queries.lock(session, workshop)
    found = account and queries.find_by_account(session, workshop, account)
    if found:
        return _come_back(session, workshop, found, at)
    if workshop.stage not in TAKES_PEOPLE:
        raise Refused(CLOSED)
    count = session.scalar(select(func.count()).where(Participant.workshop_id == workshop.id))
    if count >= MOST:
        raise Refused(f"{MOST} people are in this workshop already: there is no more room.")
    if account is not None:
        people.take_seat(session, workshop.round, account, Side.COMMUNITY)
    person = Participant(
        round_id=workshop.round_id,
        workshop_id=workshop.id,
        number=count + 1,
        name=written(name, "name"),
        account_id=account and account.id,
        side=Side.COMMUNITY if account else None,
        area_id=area and area.id,
        on_paper=on_paper,
        joined_at=at,
        seen_at=at,
    )
    session.add(person)
    session.flush()
    _place_late(session, workshop, person)
    moving.changed(session, workshop)
    return person


def leave(session: Session, workshop: Workshop, person: Participant, at: datetime) -> None:
    """Note that somebody has left; who was alone with them joins another pair."""
    queries.lock(session, workshop)
    if person.left_at is not None:
        return
    person.left_at = at
    session.flush()
    if person.pair_id is not None and workshop.stage in moving.IN_PAIRS:
        _join_the_one_left(session, workshop, person.pair_id)
    moving.changed(session, workshop, pair_id=person.pair_id)


def come_back(session: Session, workshop: Workshop, person: Participant, at: datetime) -> None:
    """Take one's place again after leaving; raises Refused once the ideas are ranked."""
    queries.lock(session, workshop)
    if workshop.stage not in TAKES_PEOPLE:
        raise Refused(CLOSED)
    _come_back(session, workshop, person, at)


def see(person: Participant, at: datetime) -> None:
    """Note a sign of life."""
    person.seen_at = max(person.seen_at, at)


def written(text: str, what: str) -> str:
    """A text in one line, not empty and not too long; raises Invalid."""
    plain = " ".join(text.split())
    if not plain:
        raise Invalid("Enter a name." if what == "name" else "Write something first.")
    if len(plain) > LENGTHS[what]:
        raise Invalid(
            f"That is {len(plain)} characters long. At most {LENGTHS[what]} fit: shorten it."
        )
    return plain


def read_code(typed: str) -> str:
    """The code of a workshop as somebody typed it; raises Invalid where it cannot be one."""
    return crockford.parse(typed, CODE_LENGTH)


def _free_code(session: Session, draw: Callable[[int], int]) -> str:
    for _ in range(50):
        code = crockford.encode(draw(32**CODE_LENGTH), CODE_LENGTH)
        if session.scalar(select(Workshop.id).where(Workshop.code == code)) is None:
            return code
    raise Refused("No free code was found. Try again.")


def _lengths(kind: Kind, chosen: dict[Stage, int]) -> dict[str, int]:
    if any(not 60 <= seconds <= LONGEST for seconds in chosen.values()):
        raise Invalid("A stage lasts between one minute and two weeks.")
    named = {stage.value: seconds for stage, seconds in chosen.items()}
    return {**stages.default_lengths(kind), **named}


def _come_back(
    session: Session, workshop: Workshop, person: Participant, at: datetime
) -> Participant:
    see(person, at)
    if person.left_at is not None and workshop.stage in TAKES_PEOPLE:
        person.left_at = person.pair_id = None
        session.flush()
        _place_late(session, workshop, person)
        moving.changed(session, workshop)
    return person


def _place_late(session: Session, workshop: Workshop, person: Participant) -> None:
    """Somebody who comes after the draw joins a pair, or waits in a new one for the next."""
    if workshop.stage in moving.IN_PAIRS:
        _put_into_a_pair(session, workshop, person)


def _join_the_one_left(session: Session, workshop: Workshop, pair_id: int) -> None:
    pair = queries.pair(session, workshop, pair_id)
    if len(pair.present) == 1:
        _put_into_a_pair(session, workshop, pair.present[0], besides=pair)


def _put_into_a_pair(
    session: Session, workshop: Workshop, person: Participant, besides: Pair | None = None
) -> None:
    every = queries.pairs(session, workshop)
    pairs = [pair for pair in every if pair is not besides]
    number = pairing.third_place(
        workshop.seed, [(pair.number, len(pair.present)) for pair in pairs]
    )
    if number is None and besides is not None:
        return  # nobody else is there to join
    pair = next((pair for pair in pairs if pair.number == number), None)
    if pair is None:
        pair = Pair(workshop_id=workshop.id, number=len(every) + 1)
        session.add(pair)
        session.flush()
    person.pair_id = pair.id
    moving.changed(session, workshop, pair_id=pair.id)
