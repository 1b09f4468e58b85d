"""Filling in every kind of ballot without JavaScript: points, scores, rankings and budgets."""

import html
import json
import re

import pytest
from sqlalchemy import select

from pb.ballots.models import LiveBallot
from pb.rounds.models import Phase
from pb.tally.ballots import BallotKind, Limits
from tests import make

PROJECTS = {
    "park": ("town", 11_111_00),
    "pool": ("town", 62_222_00),
    "stage": ("town", 5_000_00),
    "bench": ("north", 1_333_00),
    "lamp": ("north", 2_444_00),
}
AREAS = {"north": 5_000_00, "town": 80_000_00}
POINTS = Limits(BallotKind.CUMULATIVE, max_length=2, max_points=8, max_sum_points=10)
RANKS = Limits(BallotKind.ORDINAL, max_length=3)
SCORES = Limits(BallotKind.SCORING, max_points=5)


@pytest.fixture
def ballot(session, pages):
    """`ballot(limits)`: somebody from the north with a ballot of this kind in front of them."""
    return lambda limits, **kwargs: Booth(session, pages, limits, **kwargs)


class Booth:
    """A voter and the pages of the ballot."""

    def __init__(self, session, pages, limits, **kwargs):
        self.session, self.pages = session, pages
        round = make.round_(
            session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=limits, **kwargs
        )
        entry = make.entry(session, round, "north")
        self.path = f"/rounds/{round.slug}/vote"
        with pages.client.session_transaction() as cookie:
            cookie["voter"] = {str(round.id): entry.id}

    def open(self) -> str:
        return self.pages.get(f"{self.path}/ballot").text

    def change(self, form) -> str:
        return self.pages.post(f"{self.path}/ballot", form, 200).text

    def check(self, form, status=200) -> str:
        return self.pages.post(f"{self.path}/check", form, status).text

    def send(self, form, status=303) -> str:
        return self.pages.post(f"{self.path}/send", form, status).text

    @property
    def lists(self) -> dict | None:
        """What is in the box, by area; leaves no transaction open."""
        self.session.rollback()
        found = self.session.scalars(select(LiveBallot.content)).all()
        self.session.rollback()
        return json.loads(found[0])["lists"] if found else None


def carried(text) -> dict[str, str]:
    """What the review page carries on in hidden fields, without the tokens."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {
        name: html.unescape(value)
        for name, value in found
        if name not in ("csrf_token", "submission", "begun")
    }


def typed(text) -> dict[str, str]:
    """What stands in the number fields of the ballot."""
    found = re.findall(r'name="((?:points|rank)-\d+)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found if value}


def order(text) -> list[str]:
    """The ranking as the page lists it."""
    return re.findall(r'app-ranking__title">(\w+)', text)


# Points


def test_points_are_typed_checked_and_sent(ballot):
    booth = ballot(POINTS)
    page = booth.open()
    assert "Share out up to 10 points" in page
    assert "One project may get up to 8" in page
    assert "You may choose up to 2 projects" in page
    review = booth.check({"points-1": "7", "points-3": " 3 ", "points-4": "1"})
    assert "You have given 10 of 10 points. None is left." in review
    assert "You have given 1 of 10 points. 9 are left." in review
    assert "not counted yet" in review
    assert booth.lists is None
    booth.send(carried(review))
    assert booth.lists == {
        "north": {"choices": ["bench"], "points": [1]},
        "town": {"choices": ["park", "stage"], "points": [7, 3]},
    }


def test_what_is_left_of_the_points_is_said_after_adding_up(ballot):
    booth = ballot(POINTS)
    page = booth.change({"points-1": "7"})
    assert "You have given 7 of 10 points. 3 are left." in page
    assert typed(page) == {"points-1": "7"}
    page = booth.change({"points-1": "7", "points-2": "5"})
    assert "You have given 12 of 10 points. That is 2 too many." in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"points-1": "7", "points-2": "5"}, "Give at most 10 points; 12 are given."),
        ({"points-1": "9"}, "Project “Park” has 9 points; the most is 8."),
        ({"points-1": "-1"}, "Project “Park” has -1 points; the least is 0."),
        (
            {"points-1": "1", "points-2": "1", "points-3": "1"},
            "Choose at most 2 projects; 3 are chosen.",
        ),
        ({"points-1": "many"}, "“Park”: “many” is no whole number of points."),
        ({"points-1": "1.5"}, "“1.5” is no whole number of points."),
        ({"points-1": "<b>"}, "“&lt;b&gt;” is no whole number of points."),
        ({"points-1": "9" * 30}, "is no whole number of points."),
        ({"points-1": "٣"}, "“٣” is no whole number of points."),
        ({"points-99": "1"}, "There is no project “99” on your ballot."),
        ({"points-x": "1"}, "There is no project “x” on your ballot."),
    ],
)
def test_wrong_points_are_explained_kept_and_never_counted(ballot, form, sentence):
    booth = ballot(POINTS)
    review = booth.check(form, 422)
    assert sentence in review
    assert "Send my ballot" not in review
    known = {name: text[:20] for name, text in form.items() if name[7:] in "12345"}
    assert carried(review) == known
    assert typed(booth.change(carried(review))) == known
    assert sentence in booth.send(form, 422)
    assert booth.lists is None


def test_a_project_with_no_points_is_not_on_the_ballot(ballot):
    booth = ballot(POINTS)
    booth.send({"points-1": "0", "points-2": "", "points-3": "4", "points-5": " "})
    assert booth.lists == {"town": {"choices": ["stage"], "points": [4]}}


def test_enough_projects_must_get_points_if_any_does(ballot):
    booth = ballot(Limits(BallotKind.CUMULATIVE, min_length=2, max_sum_points=10))
    assert "If you choose any, choose at least 2." in booth.open()
    assert "Choose at least 2 projects; 1 is chosen." in booth.check({"points-1": "5"}, 422)
    booth.send({"points-1": "5", "points-2": "5"})
    assert booth.lists == {"town": {"choices": ["park", "pool"], "points": [5, 5]}}


def test_one_project_can_be_taken_out_at_the_review(ballot):
    booth = ballot(POINTS)
    review = booth.check({"points-1": "8", "points-2": "8", "remove": "2"})
    assert carried(review) == {"points-1": "8"}


# Scores


def test_scores_are_given_by_radios_or_from_a_list(ballot):
    page = ballot(SCORES).open()
    assert "Give each project a score from 0 to 5" in page
    assert page.count('type="radio"') == 6 * len(PROJECTS)
    page = ballot(Limits(BallotKind.SCORING, max_points=20)).open()
    assert 'type="radio"' not in page
    assert page.count("<select") == len(PROJECTS)
    assert page.count('<option value="20">') == len(PROJECTS)


def test_scores_are_kept_and_sent_and_zero_gives_nothing(ballot):
    booth = ballot(SCORES)
    form = {"points-1": "5", "points-2": "0", "points-3": "2"}
    page = booth.change(form)
    assert re.findall(r'id="(points-[^"]+)"[^>]* checked', page).count("points-1-5") == 1
    assert {"points-1-5", "points-2-0", "points-3-2"} <= set(
        re.findall(r'id="(points-[^"]+)"[^>]* checked', page)
    )
    booth.send(carried(booth.check(form)))
    assert booth.lists == {"town": {"choices": ["park", "stage"], "points": [5, 2]}}


def test_a_score_beyond_the_scale_is_refused(ballot):
    booth = ballot(SCORES)
    assert "has 6 points; the most is 5" in booth.send({"points-1": "6"}, 422)
    assert booth.lists is None


# Rankings


def test_places_are_typed_checked_and_sent(ballot):
    booth = ballot(RANKS)
    assert "Put the projects that you want in order" in booth.open()
    review = booth.check({"rank-2": "1", "rank-1": "2nd", "rank-3": "7.", "rank-5": "1"})
    assert order(review) == ["Lamp", "Pool", "Park", "Stage"]
    booth.send(carried(review))
    assert booth.lists == {
        "north": {"choices": ["lamp"]},
        "town": {"choices": ["pool", "park", "stage"]},
    }


def test_buttons_put_next_up_down_and_remove_and_lose_nothing(ballot):
    booth = ballot(RANKS)
    form = {"rank-4": "first", "rank-1": "3"}
    page = booth.change({**form, "move": "next 3"})
    assert typed(page) == {"rank-4": "first", "rank-1": "1", "rank-3": "2"}
    assert "“first” is no place" in page
    page = booth.change({**typed(page), "move": "next 2"})
    assert order(page) == ["Park", "Stage", "Pool"]
    page = booth.change({**typed(page), "move": "up 2"})
    assert order(page) == ["Park", "Pool", "Stage"]
    page = booth.change({**typed(page), "move": "down 1"})
    assert order(page) == ["Pool", "Park", "Stage"]
    page = booth.change({**typed(page), "remove": "1"})
    assert order(page) == ["Pool", "Stage"]
    review = booth.check({**typed(page), "rank-4": "1", "move": "up 3"})
    assert order(review) == ["Bench", "Stage", "Pool"]


@pytest.mark.parametrize("move", ["up 1", "down 3", "up 99", "next", "sideways 1", "up x", ""])
def test_a_move_that_leads_nowhere_changes_nothing(ballot, move):
    form = {"rank-1": "1", "rank-2": "2", "rank-3": "3", "move": move}
    assert order(ballot(RANKS).change(form)) == ["Park", "Pool", "Stage"]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"rank-1": "1", "rank-2": "1"}, "Place 1 is given 2 times: “Park”, “Pool”. Use it once."),
        ({"rank-1": "0"}, "“0” is no place."),
        ({"rank-1": "-2"}, "“-2” is no place."),
        ({"rank-1": "best"}, "“best” is no place."),
        ({"rank-99": "1"}, "There is no project “99” on your ballot."),
    ],
)
def test_wrong_places_are_explained_kept_and_never_counted(ballot, form, sentence):
    booth = ballot(RANKS)
    review = booth.check(form, 422)
    assert sentence in review
    assert carried(review) == {n: text for n, text in form.items() if n != "rank-99"}
    assert sentence in booth.send(form, 422)
    assert booth.lists is None


def test_ranking_more_than_allowed_is_explained(ballot):
    booth = ballot(Limits(BallotKind.ORDINAL, max_length=1))
    assert "Choose at most 1 project; 2 are chosen." in booth.check(
        {"rank-1": "1", "rank-2": "2"}, 422
    )


# Ticks


def test_choose_one_takes_one(ballot):
    booth = ballot(Limits(BallotKind.CHOOSE_1))
    assert "Choose one project." in booth.open()
    review = booth.check({"project": ["1", "2"]}, 422)
    assert "Choose at most 1 project; 2 are chosen." in review
    booth.send({"project": ["2", "4"]})
    assert booth.lists == {"north": {"choices": ["bench"]}, "town": {"choices": ["pool"]}}


def test_a_budget_holds_a_list_to_the_money_of_its_area(ballot):
    booth = ballot(Limits(), within_budget=True)
    assert "Together they may cost up to €80,000" in re.sub(r"<[^>]+>", "", booth.open())
    review = booth.check({"project": ["1", "2", "3", "4", "5"]}, 200)
    assert "You have €1,667 left" in re.sub(r"<[^>]+>", "", review)
    booth.send(carried(review) | {"project": ["1", "3"]})
    assert booth.lists == {"town": {"choices": ["park", "stage"]}}


# None of these


@pytest.mark.parametrize("limits", [Limits(), POINTS, RANKS, SCORES, Limits(BallotKind.CHOOSE_1)])
def test_choosing_none_of_these_takes_a_tick_on_purpose(ballot, limits):
    booth = ballot(limits)
    review = booth.check({})
    assert "I choose none of these projects" in review
    assert "tick “I choose none of these”" in booth.send({}, 422)
    assert booth.lists is None
    booth.send({"empty": "1"})
    assert booth.lists == {}


def test_the_tick_for_none_does_not_take_back_what_was_chosen(ballot):
    booth = ballot(RANKS)
    booth.send({"empty": "1", "rank-1": "1"})
    assert booth.lists == {"town": {"choices": ["park"]}}


@pytest.mark.parametrize(
    ("limits", "form"),
    [(RANKS, {"project": "1"}), (POINTS, {"rank-1": "1"}), (Limits(), {"points-1": "3"})],
)
def test_fields_of_another_kind_of_ballot_choose_nothing(ballot, limits, form):
    booth = ballot(limits)
    booth.send(form, 422)
    assert booth.lists is None
