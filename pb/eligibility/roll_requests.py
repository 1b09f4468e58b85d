"""“Not on the list?”: people ask to be put on the roll, and two officers answer.

Who asks is encrypted with a key of the round that lies outside the database, and erased two weeks
after the answer, or after voting. The log tells how requests were decided, and never whose.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from nacl.secret import SecretBox
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import canonical
from pb.eligibility import codes, crockford, entries, queries, roll
from pb.eligibility.models import RequestState, RollRequest
from pb.eligibility.service import IssuedCode
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.notices import outbox
from pb.notices.jobs import Tools
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, PhaseDates, Round, Side
from pb.rounds.routes import Route

WORKING_DAYS = 5  # until a request has to be answered
KEPT = timedelta(days=14)  # personal data, after the answer or after voting
LENGTH = 12  # characters of a reference, each of five bits
SATURDAY = 5


@dataclass(frozen=True)
class Person:
    """What somebody who asks writes about themselves."""

    name: str
    contact: str
    why: str


def ask(
    session: Session,
    round: Round,
    person: Person,
    area: Area | None,
    *,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits = secrets.randbits,
) -> str:
    """Put a request into the queue; returns the reference with which its state is looked up."""
    _require_open(round, at)
    reference = crockford.encode(bits(5 * LENGTH), LENGTH)
    session.add(
        RollRequest(
            round_id=round.id,
            area_id=area.id if area and not area.city_wide else None,
            reference_mac=_reference_mac(keys, round, reference),
            content=_box(keys, round.id).encrypt(canonical(asdict(person))),
            state=RequestState.OPEN,
            asked_at=at,
            due_at=due(at, round.zone),
        )
    )
    session.flush()
    return crockford.grouped(reference)


def due(at: datetime, zone: ZoneInfo, days: int = WORKING_DAYS) -> datetime:
    """The end of the last of so many working days (Monday to Friday) after a moment."""
    day = at.astimezone(zone).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return datetime.combine(day + timedelta(days=1), time(), zone)


def person_of(request: RollRequest, keys: KeyRing) -> Person | None:
    """Who asked; None once that is erased."""
    if request.content is None:
        return None
    return Person(**json.loads(_box(keys, request.round_id).decrypt(request.content)))


def propose(
    session: Session,
    round: Round,
    request: RollRequest,
    *,
    accept: bool,
    area: Area | None,
    person: str = "",
    reason: str = "",
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> None:
    """Say how a request should be answered; another officer decides.

    `person` is the number in the town's register, if there is one; `reason` is for the person who
    asked, and a refusal needs one.
    """
    _require_open(round, at)
    request = _held(session, request)
    if request.decided:
        raise Refused("This request has been decided already.")
    if not accept and not reason.strip():
        raise Invalid("Give a reason: the person who asked will read it.")
    hashed = None
    if accept and (number := roll.normalised(person)):
        hashed = keys.mac(round.id, Purpose.ROLL, "person", number)
        _refuse_known(session, round, number, keys)
    area_id, by_id = (area.id if area and not area.city_wide else None), by.id
    request.state, request.accept = RequestState.PROPOSED, accept
    request.area_id, request.person_mac, request.reason = area_id, hashed, reason.strip()
    request.proposed_by, request.proposed_side = by_id, Side.COMMISSION
    session.flush()


def proposal_digest(request: RollRequest) -> str:
    """What is proposed for a request and by whom, in a short form that a page can carry along."""
    person = request.person_mac and bytes(request.person_mac).hex()
    said = [request.proposed_by, request.accept, request.area_id, person, request.reason]
    return hashlib.sha256(canonical(said)).hexdigest()


def decide(
    session: Session,
    round: Round,
    request: RollRequest,
    *,
    confirm: bool,
    seen: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> None:
    """Confirm what another officer proposed, or send the request back to be looked at again.

    `seen` is the digest of the proposal that the officer saw; refused if it is another one by now.
    """
    _require_open(round, at)
    request = _held(session, request)
    if request.state is not RequestState.PROPOSED:
        raise Refused("Nothing is proposed for this request now.")
    if request.proposed_by == by.id:
        raise Refused("You proposed this yourself. Another officer has to decide.")
    if seen != proposal_digest(request):
        raise Refused("The proposal was changed. Look at it again.")
    if not confirm:
        request.state, request.accept = RequestState.OPEN, None
        request.proposed_by = request.proposed_side = None
        session.flush()
        return
    if request.accept:
        request.entry_id = _onto_the_roll(session, round, request, keys)
    request.state = RequestState.ACCEPTED if request.accept else RequestState.REFUSED
    request.decided_by, request.decided_side, request.decided_at = by.id, Side.COMMISSION, at
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="request.decide",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"request": request.id, "answer": str(request.state)},
    )


def tell(
    session: Session,
    round: Round,
    request: RollRequest,
    person: Person | None,
    *,
    page: str,
    at: datetime,
) -> None:
    """Mail somebody whose request was answered, if they left an e-mail address.

    `page` is where they look the answer up. The mail holds neither the answer nor a code.
    """
    if person is None or not outbox.ADDRESS.fullmatch(person.contact):
        return
    outbox.put(
        session,
        key=f"request-answered:{request.id}",
        recipient=person.contact,
        subject=f"{round.name}: your request is answered",
        text=f"You asked to be put on the list of voters of “{round.name}”. "
        f"There is an answer. Open this page and enter your reference:\n\n{page}\n",
        at=at,
        round_id=round.id,
    )


def hand_code(
    session: Session, round: Round, request: RollRequest, *, at: datetime, keys: KeyRing
) -> IssuedCode:
    """The code of somebody whose request was accepted: once, on paper or for the reference."""
    _require_open(round, at)
    request = _held(session, request)
    if request.state is not RequestState.ACCEPTED:
        raise Refused("There is a code only once the request is accepted.")
    entry = entries.find(session, round, request.entry_id)
    return entries.first_code(session, round, entry, route=Route.LETTER_CODE, at=at, keys=keys)


def find(session: Session, round: Round, number: int) -> RollRequest | None:
    """The request with this number."""
    return session.scalars(
        select(RollRequest).where(RollRequest.round_id == round.id, RollRequest.id == number)
    ).first()


def find_by_reference(
    session: Session, round: Round, typed: str, *, keys: KeyRing
) -> RollRequest | None:
    """The request behind a typed reference; raises Mistyped before any look-up."""
    reference = crockford.parse(typed, LENGTH)
    return session.scalars(
        select(RollRequest).where(
            RollRequest.round_id == round.id,
            RollRequest.reference_mac == _reference_mac(keys, round, reference),
        )
    ).first()


def of_round(session: Session, round: Round) -> Sequence[RollRequest]:
    """All requests; those that wait come first, by the day on which they are due."""
    waits = RollRequest.decided_at.is_(None)
    return session.scalars(
        select(RollRequest)
        .where(RollRequest.round_id == round.id)
        .order_by(waits.desc(), RollRequest.due_at, RollRequest.id)
    ).all()


def erase_due(session: Session, at: datetime) -> int:
    """Erase who asked where that is no longer needed; returns in how many requests."""
    over = select(PhaseDates.round_id).where(
        PhaseDates.phase == Phase.VOTING, PhaseDates.closes_at <= at - KEPT
    )
    erased = session.execute(
        update(RollRequest)
        .where(
            RollRequest.content.is_not(None),
            sa.or_(RollRequest.decided_at <= at - KEPT, RollRequest.round_id.in_(over)),
        )
        .values(content=None, erased_at=at)
        .returning(RollRequest.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(erased)


def erase_requests(tools: Tools) -> None:
    """The tick that erases who asked, once it is due."""
    with Session(tools.engine) as session, session.begin():
        erase_due(session, tools.clock())


def _require_open(round: Round, at: datetime) -> None:
    if calendar.ORDER.index(calendar.phase_at(round, at)) >= calendar.ORDER.index(Phase.COUNTING):
        raise PhaseClosed("Voting has ended: nobody can be put on the list any more.")


def _held(session: Session, request: RollRequest) -> RollRequest:
    """The request as it stands now, held until this transaction ends."""
    session.refresh(request, with_for_update=True)
    return request


def _refuse_known(session: Session, round: Round, person: str, keys: KeyRing) -> None:
    known = queries.find_by_person(session, round, person, keys)
    if known is not None:
        raise Refused(
            "This person is on the list already, as number "
            f"{queries.number_of(session, known)}. Replace their code instead."
        )


def _onto_the_roll(session: Session, round: Round, request: RollRequest, keys: KeyRing) -> int:
    hashed = request.person_mac or keys.mac(round.id, Purpose.ROLL, "request", request.id)
    area = next((area for area in round.areas if area.id == request.area_id), None)
    entry = entries.add_entry(session, round, hashed, area)
    if entry is None:
        raise Refused("This person has come onto the list meanwhile. Send the request back.")
    return entry.id


def _reference_mac(keys: KeyRing, round: Round, reference: str) -> bytes:
    return keys.mac(round.id, Purpose.REQUESTS, "reference", reference)


def _box(keys: KeyRing, round_id: int) -> SecretBox:
    return SecretBox(keys.key(round_id, Purpose.REQUESTS))
