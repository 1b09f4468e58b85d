"""The ballot and the rule of a round, with every bad input on the way."""

import re

import pytest

from pb.errors import Invalid
from pb.rounds import service
from pb.rounds.models import Phase, Role
from pb.rounds.service import AreaRow
from pb.tally.ballots import AreaLimits, Limits
from tests import make
from tests.commission.setup.typed import fresh, setup
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"max_length": "0"}, "Enter a number from 1 to 1,000."),
        ({"max_length": "-3"}, "Enter a number from 1 to 1,000."),
        ({"max_length": "five"}, "Not a valid integer"),
        ({"max_sum_cost": "-1"}, "Enter an amount above zero"),
        ({"max_sum_cost": "0"}, "Enter an amount above zero"),
        ({"kind": "dice"}, "Not a valid choice"),
    ],
)
def test_bad_limits_are_refused(session, desk, town, changed, sentence):
    given = {"kind": "approval", "max_length": "5", "max_sum_cost": ""}
    page = desk.post(setup("ballot"), {**given, **changed}, 422)
    assert sentence in page.text
    assert fresh(session).limits is None


def test_a_ballot_may_have_a_money_limit_and_no_number(session, desk, town):
    desk.post(setup("ballot"), {"kind": "approval", "max_length": "", "max_sum_cost": "1,500"})
    limits = fresh(session).ballot_limits
    assert (limits.max_length, limits.max_sum_cost) == (None, 1_500_00)
    assert 'value="1,500"' in desk.get(setup("ballot")).text


def test_lists_can_be_held_to_the_money_of_their_area(session, desk, town):
    desk.post(setup("ballot"), {"kind": "approval", "max_length": "4", "within_budget": "y"})

    round = fresh(session)
    assert {round.limits_in(area).max_sum_cost for area in round.areas} == {
        area.budget for area in round.areas
    }
    assert "checked" in desk.get(setup("ballot")).text


def test_every_loaded_rule_is_offered_with_its_sentence(app, desk, town):
    page = desk.get(setup("rule"))
    for rule in app.extensions["rules"].values():
        assert rule.title in page.text
        assert rule.summary.split(".")[0] in page.text


def test_a_rule_is_saved_with_its_details_and_a_lot(session, desk, town):
    given = {
        "rule": "greedy",
        "greedy__unaffordable": "stop",
        "greedy__threshold": "10",
        "equal-shares__utility": "cardinality",
        "ties": "lot",
        "lot": "Lottery of 1 June",
    }
    desk.post(setup("rule"), given)

    town = fresh(session)
    assert town.rule_id == "greedy"
    assert (town.rule_params["unaffordable"], town.rule_params["threshold"]) == ("stop", 10)
    assert "utility" not in town.rule_params
    assert town.ties == ["lot:Lottery of 1 June"]
    page = desk.get(setup("rule"))
    assert "Lottery of 1 June" in page.text
    assert '<option selected value="stop">' in page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rule": "dice"}, "Not a valid choice"),
        ({"rule": ""}, "Choose one of the counting rules."),
        ({"greedy__threshold": "-1"}, "must not be below zero"),
        ({"greedy__threshold": "many"}, "a whole number"),
        ({"greedy__order": "best"}, "Not a valid choice"),
        ({"ties": "lot", "lot": " "}, "Enter the words from which the lot is computed."),
        ({"ties": "taller"}, "Not a valid choice"),
    ],
)
def test_bad_rules_are_refused(session, desk, town, changed, sentence):
    given = {"rule": "greedy", "ties": "lower-cost,more-votes,file-order", "lot": ""}
    page = desk.post(setup("rule"), {**given, **changed}, 422)
    assert sentence in page.text.replace("&#39;", "'")
    assert fresh(session).rule_id is None


def test_an_unusual_order_of_ties_is_offered_as_it_is(session, desk, town, olga):
    town.rule_id, town.ties = "greedy", ["file-order"]
    session.commit()
    assert "As it is now: file-order" in desk.get(setup("rule")).text
    desk.post(setup("rule"), {"rule": "greedy", "ties": "file-order", "lot": ""})
    assert fresh(session).ties == ["file-order"]


WIDE = {
    "kind": "cumulative",
    "max_length": "5",
    "max_sum_points": "10",
    "min_sum_points": "10",
    "min_points": "2",
    "max_points": "8",
    "reach": "others",
    "other_areas": "1",
    "max_length_in_town": "7",
    "max_length_per_category": "2",
    "max_sum_cost_per_category": "900",
}


@pytest.fixture
def parts(session, browse):
    """A round with areas, and the pages of its commissioner."""
    areas = {"north": 5_000_00, "town": 80_000_00}
    round = make.round_(session, Phase.SETUP, areas=areas)
    desk = browse(make.appointed(session, round, Role.COMMISSIONER))
    return round, desk, f"/commission/rounds/{round.slug}/setup/ballot"


def stored_limits(session, round):
    session.rollback()
    session.expire(round)
    found = round.ballot_limits, round.area_limits
    session.rollback()
    return found


def test_limits_of_points_topics_and_areas_are_set_and_shown_again(session, parts, pages):
    round, desk, path = parts
    desk.post(path, WIDE)
    limits, areas = stored_limits(session, round)
    assert (limits.min_points, limits.min_sum_points, limits.max_length_per_category) == (2, 10, 2)
    assert limits.max_sum_cost_per_category == 900_00
    assert areas.max_other_areas == 1
    assert areas.lengths == {"town": {"max_length": 7}}
    again = desk.get(path).text
    for name, value in (("other_areas", "1"), ("max_length_in_town", "7"), ("min_points", "2")):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', again), name
    public = desk.get(f"/rounds/{round.slug}").text
    assert "you may fill in that of one other area" in public
    assert "A project that you choose gets at least 2." in public
    assert "In the list of Town up to 7." in public


def test_everybody_may_be_let_choose_the_areas(session, parts):
    round, desk, path = parts
    desk.post(path, {"kind": "approval", "reach": "any", "max_areas": "2"})
    areas = stored_limits(session, round)[1]
    assert (areas.max_other_areas, areas.max_areas) == (None, 2)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"other_areas": ""}, "Enter how many other areas"),
        ({"reach": "own"}, "Only where some other areas are allowed"),
        ({"reach": "own", "other_areas": "", "max_areas": "2"}, "only the own area"),
        ({"min_points": "9"}, "more than the most of it"),
        ({"min_sum_points": "11"}, "more than the most of it"),
        ({"min_length_per_category": "3"}, "more than the most of it"),
        ({"max_length_in_town": "0"}, "Enter a number from 1"),
        ({"max_sum_cost_per_category": "0"}, "above zero"),
        ({"kind": "approval", "max_sum_points": "", "max_points": ""}, "has no points"),
    ],
)
def test_limits_that_do_not_go_together_are_explained(session, parts, changed, sentence):
    round, desk, path = parts
    before = stored_limits(session, round)
    assert sentence in desk.post(path, WIDE | changed, status=422).text
    assert stored_limits(session, round) == before


def test_the_limit_of_an_area_goes_when_the_area_goes(session, parts):
    round, _, _ = parts
    limits = Limits(max_length=5)
    areas = AreaLimits(lengths={"north": {"max_length": 3}, "town": {"max_length": 9}})
    by = make.appointed(session, round, Role.COMMISSIONER, "Omar")
    service.set_limits(session, round, limits, areas=areas, by=by, at=NOW)
    row = AreaRow("Town", 80_000_00, city_wide=True, slug="town")
    service.set_areas(session, round, [row], by=by, at=NOW)
    session.commit()
    assert round.area_limits.lengths == {"town": {"max_length": 9}}
    assert round.ballot_limits == limits


def test_a_limit_for_an_area_that_does_not_exist_is_refused(session, parts):
    round, _, _ = parts
    by = make.appointed(session, round, Role.COMMISSIONER, "Omar")
    areas = AreaLimits(lengths={"mars": {"max_length": 3}})
    with pytest.raises(Invalid, match="no area “mars”"):
        service.set_limits(session, round, Limits(), areas=areas, by=by, at=NOW)
