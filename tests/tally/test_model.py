import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import digest
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import Outcome
from pb.tally.rules import load_rules
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points, rank

RULES = load_rules()


@given(elections(), st.randoms())
def test_the_digest_is_blind_to_the_order_of_ballots_and_of_their_lines(election, chance):
    place, cast, kind = election
    shuffled = random.Random(chance.random()).sample(cast, len(cast))
    if kind is BallotKind.APPROVAL:
        shuffled = [Ballot(tuple(reversed(ballot.choices))) for ballot in shuffled]
    one, other = Profile.of(cast, kind), Profile.of(shuffled, kind)
    assert digest.of_input(place, one) == digest.of_input(place, other)


@given(elections())
def test_splitting_and_merging_groups_changes_nothing(election):
    place, cast, kind = election
    merged, split = Profile.of(cast, kind), Profile(kind, tuple((one, 1) for one in cast))
    assert merged == split
    assert digest.of_input(place, merged) == digest.of_input(place, split)


def test_equal_ballots_are_counted_not_dropped():
    assert approve("3*a", "a").voters == 4
    assert points({"a": 2}, {"a": 2}).groups == ((Ballot(("a",), (2,)), 2),)


def test_an_empty_ballot_is_a_voter():
    assert Profile.of([Ballot(), Ballot(("a",))]).voters == 2


def test_a_project_named_twice_on_a_ballot_counts_once():
    assert approve("a a b") == approve("b a")
    assert rank("b a b") == rank("b a")
    twice = Profile.of([Ballot(("a", "b", "a"), (3, 1, 2))], BallotKind.CUMULATIVE)
    assert twice == points({"a": 3, "b": 1})


def test_the_order_of_a_ranking_is_kept():
    assert rank("b a") != rank("a b")


def test_a_different_cost_ballot_or_order_of_projects_changes_the_digest():
    seen = {
        digest.of_input(place, profile)
        for place in (
            TOWN,
            Instance(TOWN.budget, TOWN.projects[::-1]),
            Instance(TOWN.budget + 1, TOWN.projects),
        )
        for profile in (TOWN_VOTES, approve("a"))
    }
    assert len(seen) == 6


def test_the_digest_is_the_same_on_every_machine():
    # Written down once: a change here means that published results no longer verify.
    assert digest.of_input(TOWN, TOWN_VOTES) == (
        "8b05b688b26e64c6d9d7eff07b18b82bd24ef77a05457d465f7f028c341c5444"
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@settings(max_examples=15)
@given(data=st.data())
def test_an_outcome_survives_json(rule, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    outcome = rule(place, Profile.of(cast, kind))
    again = Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert again == outcome
    assert again.outcome_digest == outcome.outcome_digest


def test_a_changed_outcome_is_refused():
    data = RULES["greedy"](TOWN, TOWN_VOTES).to_json()
    with pytest.raises(TallyError):
        Outcome.from_json(data | {"spent": 1})


def test_fractions_are_written_as_text_and_whole_numbers_as_numbers():
    place = instance(Fraction(21, 2), a=Fraction(7, 2), b=7)
    data = RULES["greedy"](place, approve("a b")).to_json()
    assert (data["budget"], data["spent"]) == ("21/2", "21/2")
    assert data["steps"][1]["numbers"]["cost"] == 7


@pytest.mark.parametrize("cost", [1.5, True, -1, "7"])
def test_only_exact_amounts_are_money(cost):
    with pytest.raises(TallyError):
        instance(10, a=cost)


def test_a_project_is_listed_once():
    with pytest.raises(TallyError, match="Project a is listed twice"):
        Instance(10, (Project("a", 1), Project("a", 2)))
