"""Lists of several areas, topics, and projects that are withdrawn: what a voter sees and may do."""

import pytest

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.errors import Invalid
from pb.proposals import definition
from pb.proposals.models import Project
from pb.results import acts
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.ballots import AreaLimits, Ballot, BallotKind, Limits
from tests import make
from tests.community.test_kinds import carried
from tests.conftest import NOW
from tests.results.elections import RULES

PROJECTS = {
    "park": ("town", 10_000_00),
    "pool": ("town", 20_000_00),
    "bench": ("north", 1_000_00),
    "lamp": ("north", 2_000_00),
    "tree": ("south", 500_00),
    "swing": ("west", 700_00),
}
PARK, POOL, BENCH, LAMP, TREE, SWING = range(1, 7)
AREAS = {"north": 5_000_00, "south": 5_000_00, "west": 5_000_00, "town": 80_000_00}


@pytest.fixture
def start(session, pages):
    """`start(limits, areas)`: a round and somebody of the north who has entered a code."""

    def start(limits=Limits(), areas=AreaLimits(), topics=(), area="north"):  # noqa: B008
        round = make.round_(session, Phase.BALLOT, areas=AREAS, projects=PROJECTS)
        round.limits = limits.to_json() | areas.to_json()
        for project, topic in zip(projects(session, round), topics, strict=False):
            project.topic = topic
        round.dates = make.dates(Phase.VOTING)
        session.commit()
        round.config_digest = definition.digest(session, round)
        round.frozen_at = NOW
        session.commit()
        enter(pages, round, make.entry(session, round, area))
        return round

    return start


def projects(session, round):
    found = session.query(Project).filter_by(round_id=round.id).order_by(Project.number)
    return found.all()


def enter(pages, round, entry):
    with pages.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): entry.id}


def withdraw(session, keys, round, number, reason="The land is polluted."):
    olga = make.appointed(session, round, Role.COMMISSIONER, "Olga")
    sam = make.appointed(session, round, Role.STEWARD, "Sam")
    kind = ActKind.WITHDRAW_PROJECT
    act = acts.ask(session, round, kind, by=olga, reason=reason, at=NOW, project=number)
    acts.confirm(session, act, by=sam, at=NOW, keys=keys, rules=RULES)
    session.commit()


def vote(round, what="ballot") -> str:
    return f"/rounds/{round.slug}/vote/{what}"


def ticks(*numbers) -> dict:
    return {"project": [str(number) for number in numbers]}


# Areas


def test_usually_a_ballot_has_the_own_list_and_that_of_the_town(start, pages):
    page = pages.get(vote(start())).text
    assert 'id="list-north"' in page and 'id="list-town"' in page
    assert 'id="list-south"' not in page


def test_lists_of_other_areas_can_be_filled_in_where_that_is_allowed(start, pages):
    round = start(areas=AreaLimits(max_other_areas=1))
    page = pages.get(vote(round)).text
    assert "you may fill in that of one other area" in page
    assert page.index('id="list-north"') < page.index('id="list-south"')
    assert page.index('id="list-west"') < page.index('id="list-town"')
    pages.post(vote(round, "check"), ticks(PARK, BENCH, TREE), status=200)
    both = pages.post(vote(round, "check"), ticks(BENCH, TREE, SWING), status=422).text
    assert "fill in the list of at most 1 area; 2 are filled in." in both
    pages.post(vote(round, "send"), ticks(BENCH, TREE, SWING), status=422)
    pages.post(vote(round, "send"), ticks(PARK, BENCH, TREE))


def test_everybody_may_choose_an_area_where_that_is_allowed(start, pages):
    round = start(areas=AreaLimits(max_areas=1, max_other_areas=None), area=None)
    assert "the lists of one area. You choose which." in pages.get(vote(round)).text
    pages.post(vote(round, "check"), ticks(TREE, SWING), status=422)
    pages.post(vote(round, "send"), ticks(TREE, PARK))


def test_who_votes_city_wide_only_gets_no_list_of_another_area(start, pages):
    round = start(areas=AreaLimits(max_other_areas=2), area=None)
    page = pages.get(vote(round)).text
    assert 'id="list-town"' in page and 'id="list-south"' not in page


def test_a_ballot_with_too_many_areas_is_not_cast_by_any_channel(session, start, keys):
    round = start(areas=AreaLimits(max_other_areas=1))
    entry = make.entry(session, round, "north")
    lists = {
        make.area(round, "south").id: Ballot(("tree",)),
        make.area(round, "west").id: Ballot(("swing",)),
    }
    with pytest.raises(Invalid, match="at most 1 area"):
        box.cast(session, round, entry, lists, channel=Channel.PAPER, now=NOW, keys=keys)


def test_one_list_may_have_a_length_of_its_own(start, pages):
    areas = AreaLimits(lengths={"town": {"max_length": 1}})
    round = start(Limits(max_length=2), areas)
    page = pages.get(vote(round)).text
    assert "Choose one project." in page and "Choose up to 2 projects." in page
    assert "In the list of Town up to 1." in pages.get(f"/rounds/{round.slug}").text
    pages.post(vote(round, "check"), ticks(PARK, POOL), status=422)
    pages.post(vote(round, "check"), ticks(BENCH, LAMP), status=200)


def test_a_list_with_few_projects_asks_for_no_more_than_it_has(start, pages):
    round = start(Limits(min_length=3))
    pages.post(vote(round, "check"), ticks(BENCH), status=422)
    pages.post(vote(round, "check"), ticks(BENCH, LAMP), status=200)


# Topics


def test_so_many_of_one_topic(start, pages):
    limits = Limits(max_length_per_category=1, min_length_per_category=1)
    round = start(limits, topics=["Green", "Play", "Green", "Green"])
    page = pages.get(vote(round)).text
    assert "Of one topic, choose up to 1." in page
    assert "choose at least 1 of each topic" in page
    wrong = pages.post(vote(round, "check"), ticks(PARK, BENCH, LAMP), status=422).text
    assert "Choose at most 1 project on “Green”; 2 are chosen." in wrong
    assert "Choose at least 1 project on “Play”; 0 are chosen." in wrong
    pages.post(vote(round, "check"), ticks(PARK, POOL, LAMP), status=200)


def test_topics_are_frozen_where_a_limit_holds_for_them(session, start):
    round = start(Limits(max_length_per_category=1), topics=["Green"])
    assert definition.definition(session, round)["projects"][0]["topic"] == "Green"


def test_topics_are_no_part_of_what_is_frozen_otherwise(session, start):
    assert "topic" not in definition.definition(session, start(topics=["Green"]))["projects"][0]


# Withdrawn projects


def test_a_withdrawn_project_stays_on_the_ballot_and_cannot_be_ticked(start, pages, session, keys):
    round = start()
    withdraw(session, keys, round, PARK)
    page = pages.get(vote(round)).text
    assert "“Park” was withdrawn" in page
    assert "The land is polluted." in page
    assert f'id="project-{PARK}"' not in page and f'id="project-{POOL}"' in page
    listed = pages.get(f"/rounds/{round.slug}/projects").text
    assert "Park" in listed and "Withdrawn" in listed
    assert "Withdrawn from the ballot" in pages.get(f"/rounds/{round.slug}/projects/{PARK}").text


def test_a_tick_from_before_is_explained_and_can_be_taken_off(start, pages, session, keys):
    round = start()
    withdraw(session, keys, round, PARK)
    review = pages.post(vote(round, "check"), ticks(PARK, POOL), status=422).text
    assert "Project “Park” was withdrawn" in review
    again = pages.post(vote(round), ticks(PARK, POOL), status=200).text
    assert "Take it off your ballot" in again
    pages.post(vote(round, "send"), ticks(PARK, POOL), status=422)
    fewer = pages.post(vote(round, "check"), ticks(PARK, POOL) | {"remove": str(PARK)}, status=200)
    assert carried(fewer.text) == {"project": str(POOL)}


@pytest.mark.parametrize(
    ("limits", "form"),
    [
        (Limits(BallotKind.CUMULATIVE, max_sum_points=10), {"points-1": "3"}),
        (Limits(BallotKind.SCORING, max_points=5), {"points-1": "3"}),
        (Limits(BallotKind.ORDINAL, max_length=3), {"rank-1": "1"}),
    ],
)
def test_no_kind_of_ballot_takes_a_withdrawn_project(start, pages, session, keys, limits, form):
    round = start(limits)
    withdraw(session, keys, round, PARK)
    (name,) = form
    assert f'name="{name}"' not in pages.get(vote(round)).text
    assert "was withdrawn" in pages.post(vote(round, "check"), form, status=422).text
    pages.post(vote(round, "send"), form, status=422)


def test_who_voted_before_is_told_and_may_vote_again(start, pages, session, keys):
    round = start()
    pages.post(vote(round, "send"), ticks(PARK))
    withdraw(session, keys, round, PARK)
    page = pages.get(vote(round)).text
    assert "that vote does not count" in page
    assert "You can send a new one." in page
    pages.post(vote(round, "send"), ticks(POOL))


def test_the_result_names_what_was_withdrawn(start, pages, session, keys, clock):
    round = start()
    withdraw(session, keys, round, PARK)
    title = pages.get(f"/rounds/{round.slug}/acts").text
    assert "“Park” (No. 1) is withdrawn" in title
    assert "A project was withdrawn from the ballot" in pages.get(f"/rounds/{round.slug}/log").text
