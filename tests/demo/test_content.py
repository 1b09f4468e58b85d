"""The demo town is complete, believable and the same on every machine."""

import re
from collections import Counter
from importlib import resources

import pytest

from pb.delivery.models import DeliveryState
from pb.demo.content import LONGEST_SUMMARY, load
from pb.demo.people import ballots, cast_by, roll
from pb.proposals.models import State
from pb.rounds.models import Phase
from pb.tally.ballots import Ballot, Limits, validate
from pb.tally.model import Instance, Profile, Project
from pb.tally.rules import load_rules

TOWN = load()
COLLECTING, VOTING, FINISHED = TOWN.rounds
VOTED = (VOTING, FINISHED)
EVERYTHING = [
    (round, item)
    for round in TOWN.rounds
    for item in (*round.proposals, *round.projects, *round.ineligible)
]
TOWN_TOML = resources.files("pb.demo").joinpath("town.toml").read_text("utf-8")
LONGEST_SENTENCE = 25  # words; on average they have twelve


def by_slug(value):
    return getattr(value, "slug", None)


def test_the_town_has_five_areas_and_a_city_wide_one():
    assert len(TOWN.districts) == 5
    assert TOWN.whole.slug == "whole-town"
    assert all(area.name and area.character.endswith(".") for area in TOWN.areas)


def test_forty_projects_in_three_rounds():
    assert len(COLLECTING.proposals) == 8
    assert len(VOTING.projects) == len(FINISHED.projects) == 16
    assert len(VOTING.ineligible) == 3


def test_each_round_is_in_its_phase_today():
    def today(round):
        return max((day, phase) for phase, day in round.opens.items() if day <= 0)[1]

    assert [today(round) for round in TOWN.rounds] == [Phase.IDEAS, Phase.VOTING, Phase.DELIVERY]


def test_round_texts_are_there():
    for round in TOWN.rounds:
        assert 2 <= len(round.purpose.split("\n\n")) <= 3
        assert round.who_may_vote
        assert f"€{sum(round.budgets.values()) // 100:,}" in round.purpose


@pytest.mark.parametrize(("round", "item"), EVERYTHING, ids=by_slug)
def test_each_project_has_all_its_texts(round, item):
    assert item.title and item.place and item.author and item.topic
    assert len(item.summary) <= LONGEST_SUMMARY and item.summary.endswith(".")
    assert 2 <= len(item.body.split("\n\n")) <= 4


@pytest.mark.parametrize(("round", "item"), EVERYTHING, ids=by_slug)
def test_texts_are_plain(round, item):
    texts = (item.summary, item.body, item.request, getattr(item, "reason", ""))
    for sentence in re.split(r"(?<=[.?!:;])\s+", " ".join(texts)):
        assert len(sentence.split()) <= LONGEST_SENTENCE


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_costs_are_positive_and_within_the_budget_of_the_area(round):
    for project in round.projects:
        assert 0 < project.cost <= round.budgets[project.area]


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_every_list_asks_for_more_than_its_budget(round):
    for area in TOWN.areas:
        cost = sum(project.cost for project in round.on_list(area.slug))
        assert 1.5 <= cost / round.budgets[area.slug] <= 3


def euros(cents):
    return f"€{cents // 100:,}"


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_each_assessment_names_the_official_cost(round):
    for project in round.projects:
        assert project.assessment.startswith("Feasible")
        assert euros(project.cost) in project.assessment


def test_ineligible_proposals_cite_different_criteria_and_a_reason():
    assert len({item.criterion for item in VOTING.ineligible}) == 3
    assert all(item.reason for item in VOTING.ineligible)


def test_proposals_are_in_several_states():
    states = Counter(item.state for item in COLLECTING.proposals)
    assert set(states) == {
        State.DRAFT,
        State.SUBMITTED,
        State.CHANGES_REQUESTED,
        State.WITHDRAWN,
    }


# --- What does not fit together is refused ------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ('area = "millbrook"', 'area = "atlantis"', "there is no area “atlantis”"),
        ("cost = 9_500_000", "cost = -1", "must be more than nothing"),
        ("cost = 9_500_000", "cost = 99_500_000", "within the area's budget"),
        ('topic = "meeting"', 'topic = "magic"', "there is no topic “magic”"),
        ("share = 0.17", "share = 0.18", "add up to 1"),
        ('code = "W2"', 'code = "W1"', "“W1” is there twice"),
        ("voting = -9", "voting = -30", "the phases are not in order"),
        ('criterion = "not-ours"', 'criterion = "not-nice"', "not-nice"),
        ('state = "draft"', 'state = "eligible"', "does not fit a round that collects"),
        ('project = "W4"', 'project = "W9"', "news of an unknown project “W9”"),
        ("Europe/Amsterdam", "Europe/Atlantis", "there is no time zone"),
        ('author = "Wim"', 'author = " "', "a text is empty"),
        ('currency = "EUR"', "", "lacks 'currency'"),
    ],
)
def test_content_that_does_not_fit_is_refused(right, wrong, sentence):
    assert right in TOWN_TOML
    with pytest.raises(ValueError, match=re.compile(re.escape(sentence), re.IGNORECASE)):
        load(TOWN_TOML.replace(right, wrong, 1))


# --- Voters --------------------------------------------------------------------------------------


def cast(round):
    return ballots(round, round.ballots, TOWN.seed)


def test_twelve_hundred_ballots():
    assert [len(cast(round)) for round in VOTED] == [500, 700]


@pytest.mark.parametrize("seed", [TOWN.seed, "another"])
@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_ballots_keep_the_limits_of_each_list(round, seed):
    limits = Limits(max_length=round.limit)
    codes = {area.slug: {p.code: p.cost for p in round.on_list(area.slug)} for area in TOWN.areas}
    for ballot in ballots(round, round.ballots, seed):
        own = tuple(code for code in ballot.choices if code in codes[ballot.area])
        whole = tuple(code for code in ballot.choices if code in codes["whole-town"])
        assert ballot.choices
        assert ballot.choices == own + whole
        assert validate(Ballot(own), limits, codes[ballot.area]) == []
        assert validate(Ballot(whole), limits, codes["whole-town"]) == []


def test_the_same_seed_gives_the_same_ballots_and_another_seed_others():
    assert ballots(VOTING, 500, "a") == ballots(VOTING, 500, "a")
    assert ballots(VOTING, 500, "a") != ballots(VOTING, 500, "b")
    assert ballots(VOTING, 500, "a") != ballots(FINISHED, 500, "a")


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_some_lists_are_left_blank_but_most_are_not(round):
    for area in TOWN.areas:
        codes = {project.code for project in round.on_list(area.slug)}
        entitled = [b for b in cast(round) if area.whole_town or b.area == area.slug]
        blank = sum(not codes & set(ballot.choices) for ballot in entitled)
        assert 0 < blank < len(entitled) / 3


def lift(round, one, other):
    """How much more often two projects are chosen together than by chance."""
    chosen = [set(ballot.choices) for ballot in cast(round)]
    both = sum({one, other} <= codes for codes in chosen)
    expected = sum(one in c for c in chosen) * sum(other in c for c in chosen) / len(chosen)
    return both / expected


def test_people_who_lean_the_same_way_choose_the_same_projects():
    assert lift(FINISHED, "W4", "W6") > 1.15  # the night bus and the rehearsal rooms
    assert lift(FINISHED, "W1", "W4") < 0.75  # the water playground and the night bus
    assert lift(VOTING, "W1", "W3") > 1.1  # the cycle path and the pump track


def test_projects_differ_in_popularity():
    votes = Counter(code for ballot in cast(FINISHED) for code in ballot.choices if code[0] == "W")
    (_, most), *_, (_, least) = votes.most_common()
    assert most > 1.5 * least


def test_the_roll_follows_the_population():
    rows = roll(TOWN, 1800, TOWN.seed)
    assert rows == roll(TOWN, 1800, TOWN.seed)
    assert len({row.person for row in rows}) == 1800
    assert all(re.fullmatch(r"RES-\d{6}", row.person) for row in rows)
    people = Counter(row.area for row in rows)
    assert all(people[area.slug] == round(1800 * area.share) for area in TOWN.districts)


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_every_ballot_is_cast_by_a_different_person_of_its_area(round):
    rows, sent = roll(TOWN, round.roll, TOWN.seed), cast(round)
    people = cast_by(rows, sent, TOWN.seed)
    assert len(set(people)) == len(sent)
    assert [person.area for person in people] == [ballot.area for ballot in sent]


def test_more_ballots_than_people_are_refused():
    with pytest.raises(ValueError, match="fewer people than ballots"):
        cast_by(roll(TOWN, 10, "a"), ballots(VOTING, 500, "a"), "a")


# --- Last year's result --------------------------------------------------------------------------


def funded(round, rule_id, params):
    """Codes funded under a rule, list by list."""
    rule = load_rules()[rule_id]
    won = set()
    for area in round.areas:
        costs = {project.code: project.cost for project in round.on_list(area.slug)}
        instance = Instance(
            round.budgets[area.slug],
            tuple(Project(code, cost) for code, cost in costs.items()),
            unit=100,
        )
        lists = [
            Ballot(tuple(code for code in ballot.choices if code in costs))
            for ballot in cast(round)
            if area.whole_town or ballot.area == area.slug
        ]
        won |= set(rule(instance, Profile.of(lists), rule.parse_params(params)).funded)
    return won


def test_there_is_news_of_exactly_the_funded_projects():
    with_news = {project.code for project in FINISHED.projects if project.milestones}
    assert with_news == funded(FINISHED, FINISHED.rule, FINISHED.rule_params)


@pytest.mark.parametrize("round", VOTED, ids=by_slug)
def test_the_rule_makes_a_difference(round):
    assert funded(round, round.rule, round.rule_params) != funded(round, "greedy", {})


def test_delivery_is_told_honestly():
    told = [project for project in FINISHED.projects if project.milestones]
    assert {project.status for project in told} == set(DeliveryState)
    assert any("late" in milestone.text for p in told for milestone in p.milestones)
    for project in told:
        assert 1 <= len(project.milestones) <= 3
        opens = FINISHED.opens[Phase.DELIVERY]
        assert all(opens <= milestone.day <= 0 for milestone in project.milestones)
        spent = [milestone.spent for milestone in project.milestones]
        assert spent == sorted(spent)
