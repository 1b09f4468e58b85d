"""What a voter reads on the ballot once a project of it was withdrawn, and after the close."""

import re
from datetime import timedelta

import pytest

from pb.results import acts
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.ballots import BallotKind, Limits
from tests import make
from tests.conftest import NOW
from tests.results.elections import RULES

PROJECTS = {"park": ("town", 100_00), "pool": ("town", 200_00)}
BEGUN = re.compile(r'name="begun" value="([^"]+)"')


@pytest.fixture
def start(session, keys, pages):
    """`start(limits)`: a round with two projects, and the address of a voter's pages."""

    def start(limits):
        round = make.round_(session, Phase.VOTING, limits=limits, projects=PROJECTS)
        [code] = make.voters(session, round, keys, 1)
        pages.post(f"/rounds/{round.slug}/vote", {"code": code})
        return round, f"/rounds/{round.slug}/vote"

    return start


@pytest.fixture
def withdraw(session, keys):
    """Takes the pool off the ballot."""

    def withdraw(round):
        by, sam = (
            make.appointed(session, round, role) for role in (Role.COMMISSIONER, Role.STEWARD)
        )
        act = acts.ask(
            session, round, ActKind.WITHDRAW_PROJECT, by=by, reason="It leaks.", at=NOW, project=2
        )
        acts.confirm(session, act, by=sam, at=NOW, keys=keys, rules=RULES)
        session.commit()

    return withdraw


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (Limits(BallotKind.APPROVAL, min_sum_cost=250_00), {"project": "1"}),
        (
            Limits(BallotKind.CUMULATIVE, max_points=5, min_sum_points=8, max_sum_points=10),
            {"points-1": "5"},
        ),
    ],
)
def test_no_minimum_asks_for_more_than_what_is_left_can_give(pages, start, withdraw, limits, most):
    round, path = start(limits)
    pages.post(f"{path}/check", most, 422)
    withdraw(round)
    pages.post(f"{path}/check", most, 200)
    pages.post(f"{path}/send", {**most, "submission": "once"})


def test_what_cannot_be_chosen_is_not_among_those_to_choose_from(pages, start, withdraw):
    round, path = start(Limits(max_length=2))
    assert "There are 2 to choose from" in pages.get(f"{path}/ballot").text
    withdraw(round)
    assert "There is 1 to choose from" in pages.get(f"{path}/ballot").text
    assert "You could choose" not in pages.post(f"{path}/check", {"project": "1"}, 200).text


def test_a_score_of_nothing_need_not_be_taken_off(pages, start, withdraw):
    """Browsers send the 0 of every scale that nobody touched."""
    round, path = start(Limits(BallotKind.SCORING, max_points=5))
    withdraw(round)
    untouched = pages.post(f"{path}/ballot", {"points-1": "3", "points-2": "0"}, 200).text
    assert "Take it off your ballot" not in untouched and "Withdrawn" in untouched
    given = pages.post(f"{path}/ballot", {"points-1": "3", "points-2": "1"}, 200).text
    assert "Take it off your ballot" in given


def test_after_the_close_nobody_is_told_that_there_is_time(pages, start, clock):
    round, path = start(Limits(max_length=2))
    begun = BEGUN.search(pages.get(f"{path}/ballot").text).group(1)
    closes_at = calendar.span(round, Phase.VOTING).closes_at
    clock.now = closes_at + timedelta(minutes=3)
    form = {"project": "1", "begun": begun}
    compared = pages.post(f"{path}/compare", form | {"compare": ["1", "2"]}, 200).text
    review = pages.post(f"{path}/check", form, 200).text
    pages.post(f"{path}/send", form | {"submission": "once"})
    receipt = pages.get(f"{path}/receipt").text
    assert "Park" in compared
    assert "You can vote until" not in review and "You can send a new one" not in review
    assert "You can change it" not in receipt and "Change my ballot" not in receipt


def test_the_same_form_twice_does_not_speak_of_another_receipt(pages, start):
    _, path = start(Limits(max_length=2))
    for _ in range(2):
        pages.post(f"{path}/send", {"project": "1", "submission": "once"})
        assert "no longer good" not in pages.get(f"{path}/receipt").text
    pages.post(f"{path}/send", {"project": "1", "submission": "twice"})
    assert "no longer good" in pages.get(f"{path}/receipt").text
