"""A new round that takes its set-up from an older one."""

from datetime import UTC, datetime

import pytest

from pb.audit import queries as log
from pb.errors import Refused
from pb.rounds import calendar, people, queries, service
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.rounds.setting_up import ENDS, OPENS, complete, schedule


def test_a_copy_takes_the_set_up_and_leaves_people_and_proposals_behind(session, olga, town):
    complete(session, town, olga)
    make.proposal(session, town, make.account(session))
    make.entry(session, town)
    other = make.officer(session)

    copy = service.copy(session, town, name="Next", slug="next", by=other, at=NOW)
    session.commit()

    for field in ("purpose", "who_may_vote", "currency", "time_zone", "limits", "rule_id"):
        assert getattr(copy, field) == getattr(town, field)
    assert (copy.rule_params, copy.ties) == (town.rule_params, town.ties)
    assert [(a.slug, a.budget, a.city_wide) for a in copy.areas] == [("town", 100_00, True)]
    assert copy.areas[0].id != town.areas[0].id
    assert people.roles_at(session, copy, other, NOW) == {Role.COMMISSIONER}
    assert people.roles_at(session, copy, olga, NOW) == frozenset()
    assert copy.published_at is None and copy.frozen_at is None
    assert [task.key for task in service.missing(session, copy, NOW)] == ["team"]
    assert log.entries(session, copy.id)[0].body["copied_from"] == town.slug


def test_a_copy_moves_the_dates_to_the_same_weekdays_of_next_year(session, olga, town):
    schedule(session, town, olga)
    copy = service.copy(session, town, name="Next", slug="next", by=olga, at=NOW)

    local = [span.opens_at.astimezone(copy.zone) for span in calendar.spans(copy)]
    assert local[0].replace(tzinfo=None) == datetime(2027, 5, 31, 9)  # a Monday, as before
    assert [at.hour for at in local] == [9, 9, 9, 18, 12]
    assert [at.weekday() for at in local] == [at.weekday() for at in OPENS.values()]


def test_a_copy_leaves_out_dates_that_would_fall_into_a_missing_hour(session, olga, town):
    sunday = datetime(2029, 4, 1, 2, 30)  # its match in 2030 is the day on which the clocks jump
    later = {phase: at.replace(year=2029) for phase, at in OPENS.items()}
    schedule(session, town, olga, {**later, Phase.PURPOSE: sunday}, ENDS.replace(year=2029))

    copy = service.copy(
        session, town, name="Next", slug="next", by=olga, at=datetime(2029, 6, 1, tzinfo=UTC)
    )

    assert copy.dates == []
    assert "dates" in [task.key for task in service.missing(session, copy)]


def test_a_copy_of_an_empty_round_is_an_empty_round(session, olga, town):
    copy = service.copy(session, town, name="Next", slug="next", by=olga, at=NOW)
    assert (copy.areas, copy.dates, copy.limits, copy.rule_id) == ([], [], None, None)


def test_a_copy_needs_an_address_of_its_own(session, olga, town):
    with pytest.raises(Refused, match="already a round"):
        service.copy(session, town, name="Next", slug=town.slug, by=olga, at=NOW)


def test_people_may_copy_public_rounds_and_their_own(session, olga, town):
    public = make.round_(session, Phase.IDEAS)
    hidden = make.round_(session, Phase.SETUP)
    found = queries.starting_points(session, olga)

    assert set(found) == {town, public}
    assert hidden not in found
