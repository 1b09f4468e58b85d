"""Looking for projects and comparing them, with nothing lost of what was chosen."""

import re

import pytest

from pb.proposals import definition
from pb.proposals.models import Project
from pb.rounds.models import Phase
from pb.tally.ballots import BallotKind, Limits
from tests import make
from tests.community.test_ballots import ticked
from tests.community.test_kinds import carried, order, typed
from tests.conftest import NOW

NAMES = [f"{kind}-{n}" for n in range(1, 5) for kind in ("tree", "bench", "lamp")]  # 1 to 12
TREES = {str(n) for n in (1, 4, 7, 10)}


@pytest.fixture
def start(session, pages):
    def start(limits=None):
        projects = {
            name: ("north" if n % 2 else "town", (n + 1) * 100_00) for n, name in enumerate(NAMES)
        }
        areas = {"north": 5_000_00, "town": 50_000_00}
        round = make.round_(session, Phase.BALLOT, areas=areas, projects=projects)
        round.limits = (limits or Limits()).to_json()
        for project in session.query(Project).filter_by(round_id=round.id):
            project.topic = "Green" if project.code.startswith("tree") else "Play"
            project.body = f"All about {project.code}."
        round.dates = make.dates(Phase.VOTING)
        session.commit()
        round.config_digest, round.frozen_at = definition.digest(session, round), NOW
        session.commit()
        with pages.client.session_transaction() as cookie:
            cookie["voter"] = {str(round.id): make.entry(session, round, "north").id}
        session.commit()
        return f"/rounds/{round.slug}/vote"

    return start


def shown(text) -> set[str]:
    return set(re.findall(r'id="compare-(\d+)"', text))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"find-text": "TREE"}, TREES),
        ({"find-topic": "Green"}, TREES),
        ({"find-most": "300"}, {"1", "2", "3"}),
        ({"find-topic": "Play", "find-most": "300"}, {"2", "3"}),
        ({"find-area": "north", "find-topic": "Green"}, {"4", "10"}),
        ({"find-text": "nothing like it"}, set()),
        ({"find-area": "mars"}, {str(n) for n in range(1, 13)}),
    ],
)
def test_projects_are_found_on_the_ballot(start, pages, asked, found):
    assert shown(pages.post(f"{start()}/ballot", asked, status=200).text) == found


def test_what_a_filter_hides_stays_chosen(start, pages):
    vote = start()
    page = pages.post(
        f"{vote}/ballot", {"project": ["1", "2", "12"], "find-text": "tree"}, status=200
    ).text
    assert ticked(page) == {"1"}
    hidden = re.findall(r'type="hidden" name="project" value="(\d+)"', page)
    assert set(hidden) == {"2", "12"}
    review = pages.post(f"{vote}/check", {"project": ["1", *hidden]}, status=200).text
    assert review.count('name="project"') == 3


@pytest.mark.parametrize(
    ("limits", "form"),
    [
        (Limits(BallotKind.CUMULATIVE, max_sum_points=10), {"points-1": "7", "points-2": "many"}),
        (Limits(BallotKind.ORDINAL), {"rank-1": "1", "rank-2": "2"}),
    ],
)
def test_points_and_places_that_a_filter_hides_stay_as_they_were_typed(start, pages, limits, form):
    page = pages.post(f"{start(limits)}/ballot", form | {"find-text": "tree"}, status=200).text
    assert typed(page) == form
    [kept] = carried(page)
    assert kept.endswith("-2")


def test_a_project_can_be_ranked_while_others_are_hidden(start, pages):
    vote = start(Limits(BallotKind.ORDINAL))
    form = {"rank-2": "1", "find-text": "tree", "move": "next 1"}
    page = pages.post(f"{vote}/ballot", form, status=200).text
    assert order(page) == ["Bench", "Tree"]
    assert shown(page) == TREES


def test_a_price_that_is_none_is_explained_and_hides_nothing(start, pages):
    form = {"find-most": "cheap", "project": "3"}
    page = pages.post(f"{start()}/ballot", form, status=422).text
    assert "in figures" in page and 'value="cheap"' in page
    assert ticked(page) == {"3"}
    assert len(shown(page)) == 12


def test_all_are_shown_again_on_request(start, pages):
    form = {"find-text": "tree", "find-all": "1", "project": "3"}
    page = pages.post(f"{start()}/ballot", form, status=200).text
    assert len(shown(page)) == 12
    assert ticked(page) == {"3"}


def test_a_short_ballot_has_no_filter(session, pages):
    round = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})
    with pages.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): make.entry(session, round).id}
    assert "Find projects" not in pages.get(f"/rounds/{round.slug}/vote/ballot").text


# Comparing


def test_projects_are_compared_and_the_ballot_comes_back_as_it_was(start, pages):
    vote = start()
    form = {"project": ["1", "5"], "compare": ["1", "2", "3"], "find-text": "tree"}
    page = pages.post(f"{vote}/compare", form, status=200).text
    for text in ("Tree 1", "Bench 1", "Lamp 1", "€100", "€300", "All about bench-1."):
        assert text in page
    assert ticked(page) == {"1"}
    assert 'type="hidden" name="project" value="5"' in page
    assert 'type="hidden" name="find-text" value="tree"' in page
    back = pages.post(f"{vote}/ballot", {"project": ["2", "5"], "compare": ["1", "2", "3"]}, 200)
    assert ticked(back.text) == {"2", "5"}
    assert set(re.findall(r'id="compare-(\d+)"[^>]* checked', back.text)) == {"1", "2", "3"}


@pytest.mark.parametrize("marked", [[], ["1"], ["1", "2", "3", "4", "5"], ["1", "99"]])
def test_two_to_four_can_be_compared(start, pages, marked):
    form = {"project": "7", "compare": marked}
    page = pages.post(f"{start()}/compare", form, status=422).text
    assert "Mark 2 to 4 projects to compare" in page
    assert ticked(page) == {"7"}


def test_points_are_shown_and_carried_along_while_comparing(start, pages):
    vote = start(Limits(BallotKind.CUMULATIVE, max_sum_points=10))
    form = {"points-1": "7", "points-9": "<b>", "compare": ["1", "2"]}
    page = pages.post(f"{vote}/compare", form, status=200).text
    assert "7 points" in page
    kept = carried(page)
    assert (kept["points-1"], kept["points-9"]) == ("7", "<b>")


def test_the_address_of_the_comparison_leads_back_to_the_ballot(start, pages):
    vote = start()
    assert pages.get(f"{vote}/compare", 303).location == f"{vote}/ballot"


@pytest.mark.parametrize(
    "query",
    ["round=1", "endpoint=x", "_method=POST", "_external=1", "topic=%00", "text=%00", "area=%00",
     "most=1e999999999", "most=1e999990", "most=%00", "page=%00", "page=1e9"],
)  # fmt: skip
def test_an_odd_address_of_the_projects_is_no_error_of_ours(pages, session, query):
    round = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})
    assert pages.client.get(f"/rounds/{round.slug}/projects?{query}").status_code in (200, 422)
