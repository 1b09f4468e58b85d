"""Who paid for what: by hand, and adding up exactly."""

import json
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.cli.tally import tally
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Profile
from pb.tally.outcome import Outcome, StepKind
from pb.tally.payments import Flow, Price, payments
from pb.tally.rules import load_rules
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points
from tests.tally.test_pabulib import small

RULES = load_rules()
VARIANTS = [
    ("equal-shares", {}, tuple(BallotKind)),
    ("equal-shares", {"utility": "score"}, tuple(BallotKind)),
    ("equal-shares", {"utility": "score", "ranking": "borda"}, tuple(BallotKind)),
    ("equal-shares", {"utility": "cardinality", "completion": "add1+greedy"}, tuple(BallotKind)),
    ("exact-equal-shares", {"completion": "add-opt"}, (BallotKind.APPROVAL,)),
    ("phragmen", {"unaffordable": "skip"}, (BallotKind.APPROVAL,)),
]


def paid(rule, place, profile, **params):
    rule = RULES[rule]
    outcome = rule(place, profile, rule.parse_params(params))
    return payments(place, profile, outcome)


def test_equal_shares_of_the_town():
    found = paid("equal-shares", TOWN, TOWN_VOTES)
    third = Fraction(100, 3)
    assert found.endowment == 100
    assert found.prices == (
        Price("tennis", 400, 6, 2 * third, 6),
        Price("library", 300, 4, 75, 4),
    )
    assert {group.ballot.choices: (group.paid, group.left) for group in found.groups} == {
        ("benches", "sports", "tennis"): ((("tennis", 2 * third),), third),
        ("sports", "tennis"): ((("tennis", 2 * third),), third),
        ("benches", "library"): ((("library", 75),), 25),
        ("library",): ((("library", 75),), 25),
    }


def test_the_largest_drains_of_a_loser_come_first():
    found = paid("equal-shares", TOWN, TOWN_VOTES)
    assert found.flows("benches") == (
        Flow("benches", "tennis", Fraction(400, 3), 2),
        Flow("benches", "library", 75, 1),
    )
    assert found.left_behind("benches") == Fraction(275, 3)
    assert found.flows("zoo") == ()


def test_phragmens_payments_are_what_a_load_rises_by():
    # The benches bring 3 voters to 50, the tennis court 6 to 83 1/3, the library corner 4 to 87.5.
    found = paid("phragmen", TOWN, TOWN_VOTES)
    both = {group.ballot.choices: dict(group.paid) for group in found.groups}
    assert both["benches", "sports", "tennis"] == {"benches": 50, "tennis": Fraction(100, 3)}
    assert both["sports", "tennis"] == {"tennis": Fraction(250, 3)}
    assert both["benches", "library"] == {"benches": 50, "library": Fraction(75, 2)}
    assert found.endowment is None and found.left_behind("benches") is None


def test_who_cannot_pay_an_equal_part_pays_nothing():
    # 30 each. Both supporters pay 15 for b. Three parts of 54 are 18, more than one of them has
    # left, but the other two can pay 27.
    place = instance(120, b=30, c=54)
    found = paid("exact-equal-shares", place, approve("b c", "b", "2*c"), utility="cardinality")
    assert {group.ballot.choices: (dict(group.paid), group.left) for group in found.groups} == {
        ("b", "c"): ({"b": 15}, 15),
        ("b",): ({"b": 15}, 15),
        ("c",): ({"c": 27}, 3),
    }


def test_points_are_paid_in_proportion():
    found = paid("equal-shares", instance(40, a=20), points({"a": 3}, {"a": 1}), utility="score")
    assert [(group.ballot, dict(group.paid)["a"]) for group in found.groups] == [
        (Ballot(("a",), (1,)), 5),
        (Ballot(("a",), (3,)), 15),
    ]
    (price,) = found.prices
    assert (price.payment, price.effective_votes) == (15, Fraction(4, 3))


def test_a_rule_under_which_nobody_pays_has_no_payments():
    assert paid("greedy", TOWN, TOWN_VOTES) is None
    assert paid("max-welfare", TOWN, TOWN_VOTES) is None


@pytest.mark.parametrize(("name", "params", "kinds"), VARIANTS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_payments_add_up_to_costs_and_shares_exactly(name, params, kinds, data):
    place, cast, kind = data.draw(elections(kinds))
    rule, profile = RULES[name], Profile.of(cast, kind)
    outcome = rule(place, profile, rule.parse_params(params))
    found = payments(place, profile, outcome)
    if found is None:
        assert not outcome.funded or not cast
        return
    bought = {s.project for s in outcome.steps if s.kind.funds and s.kind != StepKind.COMPLETED}
    assert {price.project for price in found.prices} == bought
    for price in found.prices:
        each = [(group.weight, dict(group.paid).get(price.project, 0)) for group in found.groups]
        assert sum(weight * amount for weight, amount in each) == price.cost
        assert price.payers == sum(weight for weight, amount in each if amount)
        assert price.payment == max(amount for _, amount in each)
    for group in found.groups:
        assert all(amount > 0 and project in group.ballot.choices for project, amount in group.paid)
        if found.endowment is not None:
            assert group.left >= 0
            assert sum(amount for _, amount in group.paid) + group.left == found.endowment
    for project in place.by_id:
        flows = found.flows(project)
        voters = sum(g.weight for g in found.groups if project in g.ballot.choices)
        assert list(flows) == sorted(flows, key=lambda flow: -flow.amount)
        if found.endowment is not None:
            spent = sum(flow.amount for flow in flows)
            assert spent + found.left_behind(project) == voters * found.endowment


def test_payments_stand_beside_the_outcome_only_on_demand(tmp_path):
    path = tmp_path / "town.pb"
    path.write_text(small(), encoding="utf-8")
    words = [str(path), "--rule", "equal-shares", "--json"]
    data = json.loads(CliRunner().invoke(tally, words).stdout)
    with_payments = json.loads(CliRunner().invoke(tally, [*words, "--payments"]).stdout)
    found = with_payments.pop("payments")
    assert with_payments == data
    assert {"endowment", "projects", "flows", "groups"} == set(found)
    assert Outcome.from_json({**data, "payments": found}).outcome_digest == data["outcome_digest"]
    alone = CliRunner().invoke(tally, [str(path), "--payments"])
    assert alone.exit_code == 2
