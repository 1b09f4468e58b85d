"""Seats and appointments."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.errors import Invalid, Refused
from pb.rounds import people
from pb.rounds.models import SIDE_OF, Appointment, Phase, Role, Seat, Side
from tests import make
from tests.conftest import NOW


@pytest.fixture
def town(session):
    return make.round_(session, Phase.IDEAS)


@pytest.fixture
def olga(session, town):
    return make.appointed(session, town, Role.COMMISSIONER)


def appoint(session, town, account, role, by, **kwargs):
    return people.appoint(session, town, account, role, by=by, at=NOW, **kwargs)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_held_from_now_on_and_logged_without_a_name(session, town, olga, role):
    ana = make.account(session, "Ana Maria")
    appoint(session, town, ana, role, olga)

    assert people.roles_at(session, town, ana, NOW) == {role}
    assert people.roles_at(session, town, ana, NOW - timedelta(seconds=1)) == frozenset()
    assert people.find_seat(session, town, ana).side is SIDE_OF[role]
    entry = log.entries(session, town.id)[-1]
    assert entry.kind == "appointment.start"
    assert "Ana" not in str(entry.body)


def test_nobody_holds_roles_on_both_sides(session, town, olga):
    with pytest.raises(Refused, match="on the side of the commission"):
        appoint(session, town, olga, Role.STEWARD, olga)

    resident = make.account(session)
    make.proposal(session, town, resident)
    with pytest.raises(Refused, match="on the side of the community"):
        appoint(session, town, resident, Role.REVIEWER, olga)


def test_one_person_can_sit_on_another_side_of_another_round(session, town, olga):
    elsewhere = make.round_(session, Phase.IDEAS)
    appoint(session, elsewhere, olga, Role.STEWARD, olga)
    assert people.roles_at(session, elsewhere, olga, NOW) == {Role.STEWARD}


def test_nobody_gets_the_same_role_twice(session, town, olga):
    with pytest.raises(Refused, match="already commissioner"):
        appoint(session, town, olga, Role.COMMISSIONER, olga)


def test_a_closed_account_gets_no_role(session, town, olga):
    gone = make.account(session, disabled_at=NOW)
    with pytest.raises(Refused, match="is closed"):
        appoint(session, town, gone, Role.CLERK, olga)


def test_an_appointment_ends_by_itself_on_its_day(session, town, olga):
    ana = make.account(session)
    appoint(session, town, ana, Role.STEWARD, olga, ends_at=NOW + timedelta(days=1))

    assert people.roles_at(session, town, ana, NOW + timedelta(hours=23)) == {Role.STEWARD}
    assert people.roles_at(session, town, ana, NOW + timedelta(days=1)) == frozenset()


@pytest.mark.parametrize("days", [0, -1])
def test_an_appointment_does_not_end_before_it_starts(session, town, olga, days):
    with pytest.raises(Invalid, match="end in the future"):
        appoint(
            session,
            town,
            make.account(session),
            Role.CLERK,
            olga,
            ends_at=NOW + timedelta(days=days),
        )


def test_a_role_can_be_taken_back_in_the_same_moment(session, town, olga):
    ana = make.account(session)
    appointment = appoint(session, town, ana, Role.CLERK, olga)
    people.end(session, appointment, by=olga, at=NOW)
    session.commit()

    assert people.roles_at(session, town, ana, NOW + timedelta(seconds=1)) == frozenset()
    assert log.entries(session, town.id)[-1].kind == "appointment.end"


def test_an_appointment_ends_once(session, town, olga):
    appointment = appoint(session, town, make.account(session), Role.CLERK, olga)
    people.end(session, appointment, by=olga, at=NOW + timedelta(days=1))
    with pytest.raises(Refused, match="has ended already"):
        people.end(session, appointment, by=olga, at=NOW + timedelta(days=2))


def test_the_last_commissioner_stays_until_there_is_another(session, town, olga):
    (mine,) = people.holders(session, town, NOW)[Role.COMMISSIONER]
    with pytest.raises(Refused, match="appoint another one first"):
        people.end(session, mine, by=olga, at=NOW)

    other = make.account(session)
    appoint(session, town, other, Role.COMMISSIONER, olga)
    people.end(session, mine, by=other, at=NOW)
    later = NOW + timedelta(seconds=1)
    assert [a.account for a in people.holders(session, town, later)[Role.COMMISSIONER]] == [other]


def test_appointments_are_found_only_in_their_round(session, town, olga):
    elsewhere = make.round_(session, Phase.IDEAS)
    appointment = appoint(session, town, make.account(session), Role.CLERK, olga)

    assert people.find_appointment(session, town, appointment.id) is appointment
    assert people.find_appointment(session, elsewhere, appointment.id) is None
    assert people.find_appointment(session, town, 999_999) is None


# What the database refuses, whatever the code does


def refused_by_the_database(session, *rows):
    session.add_all(rows)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_the_database_refuses_a_second_seat(session, town, olga):
    row = {"round_id": town.id, "account_id": olga.id, "side": "community"}
    with pytest.raises(IntegrityError):
        session.execute(sa.insert(Seat).values(**row))
    session.rollback()


def test_the_database_refuses_to_move_a_seat_with_a_role_to_the_other_side(session, town, olga):
    with pytest.raises(IntegrityError):
        session.execute(
            sa.update(Seat).where(Seat.account_id == olga.id).values(side=Side.COMMUNITY)
        )
        session.flush()
    session.rollback()


@pytest.mark.parametrize(
    ("role", "side"),
    [(role, side) for role in Role for side in Side if SIDE_OF[role] is not side],
)
def test_the_database_refuses_a_role_of_the_other_side(session, town, role, side):
    ana = make.account(session)
    make.seat(session, town, ana, side)
    refused_by_the_database(
        session,
        Appointment(
            round_id=town.id, account_id=ana.id, side=side, role=role, starts_at=NOW, ends_at=None
        ),
    )


def test_the_database_refuses_a_role_without_a_seat(session, town):
    ana = make.account(session)
    refused_by_the_database(
        session,
        Appointment(
            round_id=town.id,
            account_id=ana.id,
            side=Side.COMMUNITY,
            role=Role.STEWARD,
            starts_at=NOW,
            ends_at=None,
        ),
    )


def test_the_database_refuses_an_appointment_that_ends_before_it_starts(session, town):
    ana = make.account(session)
    make.seat(session, town, ana, Side.COMMUNITY)
    refused_by_the_database(
        session,
        Appointment(
            round_id=town.id,
            account_id=ana.id,
            side=Side.COMMUNITY,
            role=Role.STEWARD,
            starts_at=NOW,
            ends_at=NOW,
        ),
    )
