"""Requests to be put on the roll: two officers, a due date, and nothing kept for longer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.audit import queries as log
from pb.db import Base
from pb.eligibility import codes, queries, roll_requests, service
from pb.eligibility.models import RequestState, RollEntry, RollRequest
from pb.errors import Invalid, PhaseClosed, Refused
from pb.notices.jobs import Tools
from pb.notices.models import Message
from pb.rounds import calendar
from pb.rounds.models import Phase, Role, Round
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW

PERSON = roll_requests.Person("Ana Núñez", "ana@example.org", "I moved here in March.")
AREAS = {"north": 5_00, "town": 5_00}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.VOTING, areas=AREAS, projects={"park": ("town", 1_00)})


@pytest.fixture
def clerk(session, round):
    return make.appointed(session, round, Role.CLERK)


@pytest.fixture
def commissioner(session, round):
    return make.appointed(session, round, Role.COMMISSIONER)


@pytest.fixture
def asked(session, round, keys):
    """`asked()` is a request in the queue, with its reference."""

    def asked(person=PERSON, at=NOW):
        area = make.area(round, "north")
        reference = roll_requests.ask(session, round, person, area, at=at, keys=keys)
        session.commit()
        return roll_requests.find_by_reference(session, round, reference, keys=keys), reference

    return asked


@pytest.fixture
def propose(session, round, clerk, keys):
    def propose(request, by=clerk, at=NOW, **answer):
        answer = {"accept": True, "area": make.area(round, "north")} | answer
        roll_requests.propose(session, round, request, by=by, at=at, keys=keys, **answer)
        session.commit()

    return propose


@pytest.fixture
def decide(session, round, commissioner, keys):
    def decide(request, by=commissioner, confirm=True, at=NOW, seen=None):
        seen = seen or roll_requests.proposal_digest(request)
        common = {"seen": seen, "by": by, "at": at, "keys": keys}
        roll_requests.decide(session, round, request, confirm=confirm, **common)
        session.commit()

    return decide


def test_who_asks_is_encrypted_and_the_officers_can_read_it(session, keys, asked):
    request, reference = asked()

    assert roll_requests.person_of(request, keys) == PERSON
    for table in Base.metadata.sorted_tables:
        for row in session.execute(sa.select(table)):
            assert "Núñez" not in str(row) and "ana@" not in str(row)
            assert reference.replace("-", "") not in str(row)


@pytest.mark.parametrize(
    ("asked_at", "due_at"),
    [
        ("2026-05-04T12:00", "2026-05-12T00:00"),  # Monday → the end of next Monday
        ("2026-05-08T12:00", "2026-05-16T00:00"),  # Friday → the end of next Friday
        ("2026-05-09T12:00", "2026-05-16T00:00"),  # Saturday → the end of next Friday
        ("2026-10-23T12:00", "2026-10-31T00:00"),  # over the end of summer time
    ],
)
def test_an_answer_is_due_after_five_working_days_in_the_zone_of_the_round(asked_at, due_at):
    zone = ZoneInfo("Europe/Amsterdam")
    found = roll_requests.due(datetime.fromisoformat(asked_at).replace(tzinfo=UTC), zone)
    assert found == datetime.fromisoformat(due_at).replace(tzinfo=zone)


def test_an_accepted_request_is_an_entry_of_the_roll(session, round, keys, asked, propose, decide):
    request, _ = asked()
    propose(request, person=" a 17 ")
    decide(request)

    entry = queries.find_by_person(session, round, "A17", keys)
    assert request.state is RequestState.ACCEPTED
    assert (request.entry_id, entry.area.slug) == (entry.id, "north")
    assert not entry.self_declared
    newest = list(log.entries(session, round.id))[-1]
    assert (newest.kind, newest.body["answer"]) == ("request.decide", "accepted")
    assert "Ana" not in str(newest.body)


def test_who_proposes_does_not_decide(session, asked, propose, decide, commissioner):
    request, _ = asked()
    propose(request, by=commissioner)
    with pytest.raises(Refused, match="Another officer"):
        decide(request)
    session.rollback()
    assert session.scalars(select(RollEntry)).all() == []


def test_the_database_refuses_one_hand_and_the_wrong_side(session, round, asked, clerk):
    request, _ = asked()
    resident = make.appointed(session, round, Role.STEWARD)
    values = {
        "state": "refused", "accept": False, "reason": "No.", "decided_at": NOW,
        "proposed_by": clerk.id, "proposed_side": "commission",
        "decided_by": clerk.id, "decided_side": "commission",
    }  # fmt: skip
    for wrong in ({}, {"decided_by": resident.id, "decided_side": "community"}, {"reason": ""}):
        found = values | wrong
        if wrong == {"reason": ""}:
            found["decided_by"] = make.appointed(session, round, Role.COMMISSIONER).id
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.update(RollRequest).values(found))
        session.rollback()


def test_a_refusal_needs_a_reason_that_the_person_can_read(session, asked, propose, decide):
    request, _ = asked()
    with pytest.raises(Invalid, match="Give a reason"):
        propose(request, accept=False, reason=" ")
    session.rollback()
    propose(request, accept=False, reason="You are registered in another town.")
    decide(request)
    assert request.state is RequestState.REFUSED
    assert session.scalars(select(RollEntry)).all() == []


def test_a_request_sent_back_can_be_proposed_again(asked, propose, decide):
    request, _ = asked()
    propose(request, accept=False, reason="Unclear.")
    decide(request, confirm=False)
    assert (request.state, request.proposed_by) == (RequestState.OPEN, None)
    propose(request)
    decide(request)
    with pytest.raises(Refused, match="Nothing is proposed"):
        decide(request)
    with pytest.raises(Refused, match="decided already"):
        propose(request)


@pytest.mark.parametrize(
    "changed",
    [
        {"accept": False, "reason": "Not from here."},
        {"area": None},
        {"person": "B18"},
        {"reason": "Welcome."},
        {"by": Role.COMMISSIONER},
    ],
)
def test_what_is_decided_is_what_was_seen(session, round, asked, propose, decide, changed):
    request, _ = asked()
    propose(request, person="A17")
    seen = roll_requests.proposal_digest(request)
    if "by" in changed:
        changed = {"by": make.appointed(session, round, changed["by"])}
    propose(request, **({"person": "A17"} | changed))
    for confirm in (True, False):
        with pytest.raises(Refused, match="The proposal was changed"):
            decide(request, confirm=confirm, seen=seen)
        session.rollback()
    assert request.state is RequestState.PROPOSED
    decide(request)


def test_nobody_comes_onto_the_roll_twice(session, round, keys, asked, propose, decide):
    first, second = asked()[0], asked()[0]
    propose(first, person="A17")
    propose(second, person="A17")
    decide(first)
    with pytest.raises(Refused, match="meanwhile"):
        decide(second)
    session.rollback()
    with pytest.raises(Refused, match="on the list already, as number 1"):
        propose(second, person="A17")


def test_a_request_is_decided_once_however_many_do_so_at_once(
    app, session, round, keys, asked, propose
):
    request, _ = asked()
    propose(request, accept=False, reason="You are on the list of Westby.")
    officers = [make.appointed(session, round, Role.COMMISSIONER).id for _ in range(6)]
    request_id, round_id = request.id, round.id
    seen = roll_requests.proposal_digest(request)
    session.rollback()

    def decide(n):
        with Session(app.extensions["engine"]) as own, own.begin():
            there, by = own.get_one(Round, round_id), own.get_one(Account, officers[n])
            here = own.get_one(RollRequest, request_id)
            roll_requests.decide(
                own, there, here, confirm=True, seen=seen, by=by, at=NOW, keys=keys
            )

    found = in_parallel(6, decide)
    assert found.count(None) == 1
    assert sum(isinstance(one, Refused) for one in found) == 5
    kinds = [entry.kind for entry in log.entries(session, round_id)]
    assert kinds.count("request.decide") == 1


def test_the_code_is_handed_over_once(session, round, keys, asked, propose, decide):
    request, _ = asked()
    with pytest.raises(Refused, match="only once the request is accepted"):
        roll_requests.hand_code(session, round, request, at=NOW, keys=keys)
    propose(request)
    decide(request)
    issued = roll_requests.hand_code(session, round, request, at=NOW, keys=keys)
    session.commit()
    found = queries.find_by_code(session, round, codes.parse(issued.printed), keys)
    assert found.id == request.entry_id
    with pytest.raises(Refused, match="given out already"):
        roll_requests.hand_code(session, round, request, at=NOW, keys=keys)


def test_a_replaced_code_is_not_handed_over_again(
    session, round, keys, asked, propose, decide, clerk
):
    request, _ = asked()
    propose(request)
    decide(request)
    entry = session.get(RollEntry, request.entry_id)
    service.replace_code(session, round, entry, reason="Lost", by=clerk, at=NOW, keys=keys)
    with pytest.raises(Refused, match="given out already"):
        roll_requests.hand_code(session, round, request, at=NOW, keys=keys)


def test_after_voting_nobody_comes_onto_the_roll(session, round, asked, propose, decide):
    request, _ = asked()
    propose(request)
    closes = calendar.span(round, Phase.VOTING).closes_at
    for late in (lambda: decide(request, at=closes), lambda: asked(at=closes)):
        with pytest.raises(PhaseClosed, match="Voting has ended"):
            late()
        session.rollback()


def test_who_asked_is_erased_two_weeks_after_the_answer(session, keys, asked, propose, decide):
    request, other = asked()[0], asked()[0]
    propose(request)
    decide(request)

    assert roll_requests.erase_due(session, NOW + timedelta(days=14, seconds=-1)) == 0
    assert roll_requests.erase_due(session, NOW + timedelta(days=14)) == 1
    session.refresh(request)
    session.refresh(other)
    assert roll_requests.person_of(request, keys) is None
    assert roll_requests.person_of(other, keys) == PERSON


def test_who_got_no_answer_is_erased_two_weeks_after_voting(session, round, keys, asked):
    request, _ = asked()
    closes = calendar.span(round, Phase.VOTING).closes_at
    assert roll_requests.erase_due(session, closes + timedelta(days=13)) == 0
    assert roll_requests.erase_due(session, closes + timedelta(days=14)) == 1
    assert roll_requests.erase_due(session, closes + timedelta(days=15)) == 0


@pytest.mark.parametrize(
    ("contact", "mails"), [("ana@example.org", 1), ("0123 456789", 0), ("ana@example", 0)]
)
def test_an_answer_is_mailed_where_there_is_an_address(session, round, asked, contact, mails):
    person = roll_requests.Person("Ana", contact, "I live here.")
    request, _ = asked(person)
    roll_requests.tell(session, round, request, person, page="https://pb.example/x", at=NOW)
    found = session.scalars(select(Message)).all()
    assert [mail.recipient for mail in found] == [contact] * mails


def test_the_tick_erases_what_is_due(app, session, keys, tmp_path, asked, clock, round):
    request, _ = asked()
    tools = Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)
    clock.now = calendar.span(round, Phase.VOTING).closes_at + timedelta(days=14)
    session.rollback()

    roll_requests.erase_requests(tools)

    session.refresh(request)
    assert (request.content, request.erased_at) == (None, clock.now)
