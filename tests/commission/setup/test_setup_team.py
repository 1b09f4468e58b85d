"""Who holds which role in a round."""

from datetime import datetime

import pytest

from pb.rounds import people
from pb.rounds.models import Phase, Role
from tests import make
from tests.commission.setup.typed import fresh, holder, setup
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"email": "nobody@example.org"}, 422, "Nobody has an account with this address."),
        ({"email": ""}, 422, "Enter the e-mail address of an account."),
        ({"role": "king"}, 422, "Not a valid choice"),
        ({"ends_on": ["31", "2", "2027"]}, 422, "There is no day 31 in February 2027."),
        ({"ends_on": ["", "2", "2027"]}, 422, "Enter a day, month and year"),
        ({"ends_on": ["1", "1", "2020"]}, 422, "An appointment has to end in the future."),
    ],
)
def test_bad_appointments_are_refused(session, desk, town, changed, status, sentence):
    person = make.account(session)
    page = desk.post(setup("team"), {"email": person.email, "role": "steward", **changed}, status)
    assert sentence in page.text
    assert not people.roles_at(session, fresh(session), person, NOW)


def test_a_commissioner_cannot_become_a_steward_too(desk, town, olga):
    page = desk.post(setup("team"), {"email": olga.email, "role": "steward"}, 409)
    assert "Nobody sits on both sides of one round." in page.text


def test_an_appointment_runs_until_the_end_of_its_last_day(session, desk, town):
    person = make.account(session)
    data = {"email": person.email, "role": "clerk", "ends_on": ["31", "12", "2026"]}
    desk.post(setup("team"), data)

    held = holder(session, fresh(session), Role.CLERK)
    assert held.ends_at == datetime.fromisoformat("2026-12-31T23:00+00:00")


def test_an_appointment_is_ended_and_stays_readable(session, desk, town, clock):
    person = make.account(session, "Clara")
    desk.post(setup("team"), {"email": person.email, "role": "clerk"})
    held = holder(session, fresh(session), Role.CLERK)

    desk.post(setup(f"team/{held.id}/end"))
    clock.now = clock.now.replace(hour=13)

    page = desk.get(setup("team"))
    assert "Who served before" in page.text and "Clara" in page.text
    desk.post(setup(f"team/{held.id}/end"), status=409)


def test_appointments_of_other_rounds_are_not_found(session, desk, town):
    other = make.round_(session, Phase.IDEAS)
    make.appointed(session, other, Role.CLERK)
    held = holder(session, other, Role.CLERK)
    desk.post(setup(f"team/{held.id}/end"), status=404)
    desk.post(setup("team/99999/end"), status=404)


def test_the_last_commissioner_stays(session, desk, town):
    held = holder(session, town, Role.COMMISSIONER)
    page = desk.post(setup(f"team/{held.id}/end"), status=409)
    assert "appoint another one first" in page.text


def test_who_confirms_is_chosen_before_publishing_only(session, desk, town):
    desk.post(setup("confirmation"), {"stewards": "no"})
    assert not fresh(session).stewards_confirm
    desk.post(setup("confirmation"), {"stewards": "perhaps"}, 400)

    town = fresh(session)
    town.published_at = NOW
    session.commit()
    desk.post(setup("confirmation"), {"stewards": "yes"}, 409)
    assert "settled before the round was published" in desk.get(setup("team")).text
