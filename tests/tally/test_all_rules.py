"""What holds for every rule in the list, the next one included."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import rules
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Profile
from pb.tally.rules import Count, load_rules
from pb.tally.ties import check_ties, parse_ties, tie_ranks
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance

RULES = load_rules()
VARIANTS = [
    ("greedy", {}),
    ("greedy", {"order": "score-per-cost"}),
    ("greedy", {"unaffordable": "stop", "oversize": "ignore"}),
    ("greedy", {"unaffordable": "stop", "leftover": "fill"}),
    ("greedy", {"threshold-share": "1/4", "threshold-cost": "1/3", "leftover": "part"}),
    ("equal-shares", {}),
    ("equal-shares", {"utility": "score", "ranking": "borda"}),
    ("equal-shares", {"completion": "add1+greedy"}),
    ("equal-shares", {"completion": "greedy", "comparison": "implied-money"}),
    ("phragmen", {}),
    ("phragmen", {"unaffordable": "skip"}),
    ("exact-equal-shares", {}),
    ("exact-equal-shares", {"completion": "add-opt"}),
    ("max-welfare", {}),
    ("max-welfare", {"utility": "cost", "ranking": "borda"}),
    ("maximin-support", {}),
    ("expanding-approvals", {}),
    ("bos", {}),
    ("bos", {"utility": "score"}),
    ("cstv", {}),
    ("cstv", {"variant": "mtc"}),
]
every_variant = pytest.mark.parametrize(
    ("rule", "params"),
    [(RULES[name], RULES[name].parse_params(given)) for name, given in VARIANTS],
    ids=[f"{name}-{'-'.join(given.values())}" for name, given in VARIANTS],
)
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@rules.rule("third-party", version=1, title="Nothing", accepts=[BallotKind.APPROVAL])
def third_party(instance, profile, params, ties):
    """Fund nothing, and say nothing about it."""
    return Count((), ())


@rules.rule("greedy", version=2, title="An impostor", accepts=[BallotKind.APPROVAL])
def impostor(instance, profile, params, ties):
    """Pretend to be another rule."""
    return Count((), ())


def one_line(rule, project: str) -> Profile:
    """One ballot with one project, of a kind that the rule counts."""
    kind = min(rule.accepts)
    return Profile.of([Ballot((project,), (1,) if kind.has_points else ())], kind)


@every_variant
@settings(max_examples=40)
@given(data=st.data())
def test_no_rule_overspends_or_funds_twice_or_forgets_a_project(rule, params, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    outcome = rule(place, Profile.of(cast, kind), params)
    assert outcome.spent == sum(place.by_id[id].cost for id in outcome.funded)
    assert outcome.spent <= place.budget
    assert len(set(outcome.funded)) == len(outcome.funded)
    funding = [step.project for step in outcome.steps if step.kind.funds]
    assert tuple(funding) == outcome.funded
    assert {step.project for step in outcome.steps if step.project} == set(place.by_id)


@every_variant
@settings(max_examples=25)
@given(data=st.data())
def test_no_rule_sees_the_order_of_the_ballots(rule, params, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    one = rule(place, Profile.of(cast, kind), params)
    other = rule(place, Profile.of(cast[::-1], kind), params)
    assert one == other
    assert one.outcome_digest == other.outcome_digest


@every_variant
@settings(max_examples=15)
@given(data=st.data())
def test_ballots_may_come_merged_or_one_by_one(rule, params, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    single = Profile(kind, tuple((ballot, 1) for ballot in cast))
    merged = Profile(kind, tuple(Counter(cast).items()))
    assert rule(place, single, params) == rule(place, merged, params)


@every_variant
@settings(max_examples=15)
@given(data=st.data())
def test_equal_ballots_are_all_counted(rule, params, data):
    """A city once lost 30,000 votes because equal rows were taken for one."""
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    once, twice = Profile.of(cast, kind), Profile.of([*cast, *cast], kind)
    assert twice.voters == 2 * once.voters
    single, double = votes_in(rule(place, once, params)), votes_in(rule(place, twice, params))
    assert single.keys() == double.keys()
    assert all(double[project] == 2 * votes for project, votes in single.items())


def votes_in(outcome) -> dict[str, int]:
    """What the steps of an outcome say about the votes of every project."""
    return {s.project: s.numbers["votes"] for s in outcome.steps if "votes" in s.numbers}


PROMISE_TO_LEAVE_NO_ROOM = [
    ("greedy", {}),
    ("greedy", {"order": "score-per-cost"}),
    ("equal-shares", {"completion": "greedy"}),
    ("equal-shares", {"completion": "add1+greedy", "utility": "cardinality"}),
    ("max-welfare", {}),
    ("maximin-support", {}),
]


@pytest.mark.parametrize(("name", "given_params"), PROMISE_TO_LEAVE_NO_ROOM)
@settings(max_examples=40)
@given(election=elections([BallotKind.APPROVAL]))
def test_no_wanted_project_that_still_fits_is_left_out(name, given_params, election):
    rule, (place, cast, kind) = RULES[name], election
    outcome = rule(place, Profile.of(cast, kind), rule.parse_params(given_params))
    wanted = {project for ballot in cast for project in ballot.choices} - set(outcome.funded)
    left = place.budget - outcome.spent
    assert all(place.by_id[project].cost > left for project in wanted)


@every_rule
def test_every_rule_is_described(rule):
    assert rule.summary.endswith(".")
    assert rule.title and rule.source and rule.version >= 1
    assert Path(f"docs/rules/{rule.id}.md").is_file()


@every_rule
def test_ballots_for_projects_that_do_not_exist_are_refused(rule):
    with pytest.raises(TallyError, match="names project zoo"):
        rule(TOWN, one_line(rule, "zoo"))


def test_a_rule_refuses_ballots_of_a_kind_it_does_not_count():
    with pytest.raises(TallyError, match="does not count ordinal"):
        third_party(TOWN, Profile.of([Ballot()], BallotKind.ORDINAL))


def test_parameters_are_typed_and_have_defaults():
    params = RULES["greedy"].parse_params({"order": "score-per-cost", "top-up": "4/5"})
    assert params.order == "score-per-cost"
    assert 5 * params.top_up == 4
    assert params.threshold == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"ordre": "score"}, "has no parameter ordre"),
        ({"order": "fastest"}, "order is one of score, score-per-cost, not 'fastest'"),
        ({"threshold": "many"}, "threshold is a whole number, not 'many'"),
        ({"threshold": "1.5"}, "threshold is a whole number"),
        ({"threshold": "-1"}, "threshold must not be below zero"),
        ({"top-up": "1/0"}, "top-up is a number like 4 or 4/5"),
    ],
)
def test_wrong_parameters_are_refused_in_a_sentence(given, sentence):
    with pytest.raises(TallyError, match=sentence):
        RULES["greedy"].parse_params(given)


def test_the_parameters_that_took_effect_stand_in_the_outcome_and_can_be_read_back():
    for name, asked in VARIANTS:
        rule = RULES[name]
        votes = TOWN_VOTES if TOWN_VOTES.kind in rule.accepts else one_line(rule, "tennis")
        outcome = rule(TOWN, votes, rule.parse_params(asked))
        again = rule.parse_params({k: str(v) for k, v in outcome.params.items()})
        assert rule(TOWN, votes, again) == outcome


def test_a_town_can_add_a_rule_by_name():
    assert load_rules([f"{__name__}:third_party"])["third-party"] is third_party


@pytest.mark.parametrize("name", ["no.such.module:rule", f"{__name__}:no_such", f"{__name__}:Path"])
def test_a_name_that_leads_to_no_rule_is_refused(name):
    with pytest.raises(TallyError):
        load_rules([name])


def test_two_rules_with_one_id_are_refused():
    with pytest.raises(TallyError, match="two rules with the id greedy"):
        load_rules([f"{__name__}:impostor"])


def test_parameters_of_a_rule_must_be_frozen():
    @dataclass
    class Loose:
        x: int = 0

    with pytest.raises(TypeError, match="frozen"):
        rules.rule("loose", version=1, title="", accepts=[], params=Loose)


def order(place, profile_votes, ties):
    ranks = tie_ranks(place, profile_votes, check_ties(ties))
    return "".join(sorted(ranks, key=ranks.__getitem__))


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        (("lower-cost",), "bcda"),
        (("higher-cost",), "acdb"),
        (("more-votes",), "dbac"),
        (("file-order",), "abcd"),
        (("lower-cost", "more-votes"), "bdca"),
        (("file-order", "more-votes"), "abcd"),
        ((), "abcd"),
    ],
)
def test_ties_follow_the_published_keys_and_then_the_file(ties, expected):
    place = instance(10, a=3, b=1, c=2, d=2)
    assert order(place, {"a": 1, "b": 2, "c": 1, "d": 3}, ties) == expected


def test_a_lot_depends_on_the_seed_and_on_nothing_else():
    place = instance(10, a=1, b=1, c=1, d=1)
    votes = dict.fromkeys("abcd", 0)
    orders = {order(place, votes, (f"lot:{seed}",)) for seed in range(20)}
    assert len(orders) > 5
    assert order(place, votes, ("lot:2026",)) == "abdc"


@pytest.mark.parametrize("text", ["cheapest", "lot:", "", "lower-cost,,file-order"])
def test_unknown_tie_keys_are_refused(text):
    with pytest.raises(TallyError, match="A tie is broken by"):
        parse_ties(text)


def test_the_order_of_ties_is_recorded_even_if_nothing_was_tied():
    outcome = RULES["greedy"](instance(10, a=1), approve("a"), ties=("lot:x",))
    assert outcome.ties == ("lot:x",)
