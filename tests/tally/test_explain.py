from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally.errors import TallyError
from pb.tally.explain import explain, explain_all, ordinal
from pb.tally.model import Profile
from pb.tally.outcome import StepKind
from pb.tally.rules import load_rules
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, instance, points
from tests.tally.test_all_rules import every_variant, third_party

RULES = load_rules()


def euros(amount):
    cents = round(Fraction(amount) * 100)
    return f"€{cents // 100:,}" if cents % 100 == 0 else f"€{cents // 100:,}.{cents % 100:02d}"


def said(place, outcome):
    return {one.project: one.sentence for one in explain_all(place, outcome, euros)}


def counted(rule, place, profile, **params):
    rule = RULES[rule]
    written = {name.replace("_", "-"): str(value) for name, value in params.items()}
    return said(place, rule(place, profile, rule.parse_params(written)))


def test_greedy_says_how_many_votes_and_how_much_was_left():
    sentences = counted("greedy", TOWN, TOWN_VOTES)
    assert sentences["tennis"] == ("Funded 1st, with 6 votes: it cost €400 and €1,000 was left.")
    assert sentences["library"] == (
        "Not funded: with 4 votes its turn came when €0 was left, and it costs €300."
    )


def test_equal_shares_says_what_supporters_paid_or_lacked():
    sentences = counted("equal-shares", TOWN, TOWN_VOTES)
    assert sentences["tennis"] == (
        "Funded 1st: 6 supporters paid at most €66.67 each, together €400."
    )
    assert sentences["benches"] == (
        "Not funded: its 3 supporters had €91.67 left between them, and it costs €150."
    )


def test_every_other_reason_has_its_sentence():
    place = instance(100, a=60, b=50, c=101, d=5)
    votes = approve("3*a", "2*b", "c")
    stopped = counted("greedy", place, votes, unaffordable="stop", threshold=1)
    assert stopped["b"].startswith("Not funded: with 2 votes its turn came when €40 was left")
    assert stopped["c"] == "Not funded: it costs €101, more than the whole budget of €100."
    assert stopped["d"] == "Not funded: it has 0 votes, and at least 1 was needed."
    after = counted("greedy", place, votes, unaffordable="stop")
    assert after["d"] == (
        "Not funded: with 0 votes it came after b, the first project that did not fit, "
        "where the count stopped."
    )
    topped = counted("greedy", place, votes, unaffordable="stop", top_up="4/5")
    assert topped["b"] == (
        "Funded 2nd, with 2 votes: €40 of its cost of €50 was left, "
        "and €10 was added from other money."
    )

    shares = counted("equal-shares", place, votes)
    assert shares["c"] == "Not funded: it costs €101, more than the whole budget of €100."
    assert shares["d"] == "Not funded: nobody voted for it."
    completed = counted("equal-shares", place, votes, completion="greedy")
    assert completed["a"] == (
        "Funded 1st, with the money left over: it had 3 votes, it cost €60 and €100 was left."
    )


def test_points_are_called_points():
    place = instance(10, a=10, b=0)
    sentences = counted("greedy", place, points({"a": 3}, {"a": 1, "b": 1}))
    assert sentences["a"].startswith("Funded 1st, with 4 points:")
    assert sentences["b"].startswith("Funded 2nd, with 1 vote:")
    shares = counted("equal-shares", place, points({"a": 3}, {"a": 1, "b": 1}), utility="score")
    assert shares["a"] == "Funded 2nd: 2 supporters paid at most €5 per point, together €10."
    assert shares["b"] == "Funded 1st: it has 1 supporter and costs nothing."


def test_the_numbers_behind_a_sentence_are_exact():
    outcome = RULES["equal-shares"](TOWN, TOWN_VOTES)
    why = explain(TOWN, outcome, "tennis", euros)
    assert why.funded and why.order == 1
    assert why.reason is StepKind.BOUGHT
    assert why.numbers["payment"] == Fraction(200, 3)
    assert why.tied == ("sports",)


def test_a_rule_without_steps_is_explained_by_its_outcome():
    outcome = third_party(TOWN, TOWN_VOTES)
    sentence = explain(TOWN, outcome, "tennis", euros).sentence
    assert sentence == "Not funded, under the rule third-party: it costs €400."


def test_a_project_that_is_not_on_the_ballot_has_no_explanation():
    with pytest.raises(TallyError, match="no project zoo"):
        explain(TOWN, RULES["greedy"](TOWN, TOWN_VOTES), "zoo")


@every_variant
@given(data=st.data())
def test_every_project_of_every_outcome_has_a_sentence(rule, params, data):
    place, cast, kind = data.draw(elections(sorted(rule.accepts)))
    outcome = rule(place, Profile.of(cast, kind), params)
    for one in explain_all(place, outcome, euros):
        assert one.sentence.startswith("Funded" if one.funded else "Not funded")
        assert "{" not in one.sentence


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"), (113, "113th")],
)
def test_ordinals(number, text):
    assert ordinal(number) == text
