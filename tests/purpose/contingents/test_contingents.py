"""Many people are heard: so many posts a day, and turns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pb.errors import Invalid, Refused
from pb.purpose.contingents import queries, service
from pb.purpose.contingents.models import Kind, PostCount
from pb.purpose.contingents.service import Spent
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

TURNS = {"per_day": 5, "one_turn": True, "others": 2, "hours": 24}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


def post(session, round, account, now=NOW, topic=1, kind=Kind.ANSWER):
    service.spend(session, round, account, kind, topic, now)


def choose(session, round, **rules):
    by = make.appointed(session, round, Role.COMMISSIONER)
    return service.set_rules(session, round, by=by, at=NOW, **rules)


def left(session, round, account, now=NOW):
    return queries.left(session, round, account, Kind.ANSWER, 1, now)


def test_three_posts_a_day_are_everybodys_where_nothing_was_chosen(session, round, ana):
    for expected in (3, 2, 1):
        assert left(session, round, ana).left == expected
        post(session, round, ana)

    with pytest.raises(Spent, match="used your 3 posts for today on this question"):
        post(session, round, ana)
    assert left(session, round, ana).left == 0


def test_they_come_back_at_midnight_where_the_round_is(session, round, ana):
    evening = NOW.replace(hour=21, minute=59)  # 23:59 in Amsterdam
    for _ in range(3):
        post(session, round, ana, evening)

    assert left(session, round, ana, evening).until == NOW.replace(hour=22)
    with pytest.raises(Spent):
        post(session, round, ana, evening + timedelta(seconds=59))
    post(session, round, ana, evening + timedelta(minutes=1))


def test_every_topic_kind_and_person_is_counted_for_itself(session, round, ana):
    for _ in range(3):
        post(session, round, ana)

    post(session, round, ana, topic=2)
    post(session, round, ana, kind=Kind.COMMENT)
    post(session, round, make.account(session, "Ben"))


def test_with_turns_nobody_posts_again_before_others_did(session, round, ana):
    choose(session, round, **TURNS)
    ben, cem = make.account(session, "Ben"), make.account(session, "Cem")
    post(session, round, ana)

    with pytest.raises(Spent, match="when 2 others have posted"):
        post(session, round, ana, NOW + timedelta(minutes=1))
    post(session, round, ben, NOW + timedelta(minutes=2))
    with pytest.raises(Spent, match="when one more person has posted"):
        post(session, round, ana, NOW + timedelta(minutes=3))
    post(session, round, cem, NOW + timedelta(minutes=4))
    post(session, round, ana, NOW + timedelta(minutes=5))


def test_a_turn_comes_back_after_some_hours_even_if_nobody_else_posts(session, round, ana):
    choose(session, round, **TURNS)
    post(session, round, ana)

    assert left(session, round, ana).until == NOW + timedelta(hours=24)
    with pytest.raises(Spent):
        post(session, round, ana, NOW + timedelta(hours=23))
    post(session, round, ana, NOW + timedelta(hours=24))


def test_the_commission_has_no_posts_to_spend(session, round):
    with pytest.raises(Refused, match="Nobody sits on both sides"):
        post(session, round, make.appointed(session, round, Role.COMMISSIONER))


@pytest.mark.parametrize("wrong", [{"per_day": 0}, {"others": 21}, {"hours": 169}])
def test_limits_out_of_range_are_refused(session, round, wrong):
    with pytest.raises(Invalid, match="Enter a number from 1 to"):
        choose(session, round, **{**TURNS, **wrong})


def test_twenty_windows_at_once_bring_no_more_than_three_posts(app, session, round, ana):
    def one(_):
        with Session(app.extensions["engine"], expire_on_commit=False) as own:
            try:
                post(own, round, ana)
            except Spent:
                return False
            own.commit()
            return True

    session.commit()
    with ThreadPoolExecutor(20) as windows:
        assert sum(windows.map(one, range(20))) == 3
    assert session.scalars(sa.select(PostCount.posts)).all() == [3]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.lists(st.integers(0, 3 * 24 * 60), max_size=30), most=st.integers(1, 4))
def test_no_day_ever_has_more_posts_than_allowed(session, round, ana, minutes, most):
    session.execute(sa.delete(PostCount))
    service.set_rules(
        session, round, by=ana, at=NOW, **{**TURNS, "one_turn": False, "per_day": most}
    )
    days: dict = {}
    for minute in sorted(minutes):
        now = NOW + timedelta(minutes=minute)
        day = now.astimezone(round.zone).date()
        before = left(session, round, ana, now).left
        try:
            post(session, round, ana, now)
        except Spent:
            assert before == 0
        else:
            assert before > 0
            days[day] = days.get(day, 0) + 1
    assert all(count <= most for count in days.values())
