from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pb.tally import scores
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.explain import explain_all
from pb.tally.model import Instance, Profile, Project
from pb.tally.outcome import Outcome, StepKind
from pb.tally.rules.exact_equal_shares import (
    Completion,
    ExactEqualSharesParams,
    Utility,
    exact_equal_shares,
)
from pb.tally.ties import DEFAULT_TIES, tie_ranks
from tests.tally import reference
from tests.tally.elections import (
    TOWN,
    TOWN_VOTES,
    approve,
    archive_files,
    election,
    elections,
    instance,
    need_archive,
    points,
)
from tests.tally.test_explain import euros, said
from tests.tally.test_oracles import expected

ADD_OPT = ExactEqualSharesParams(completion=Completion.ADD_OPT)
CARDINALITY = ExactEqualSharesParams(Utility.CARDINALITY)
CARDINALITY_ADD_OPT = ExactEqualSharesParams(Utility.CARDINALITY, Completion.ADD_OPT)
every_params = pytest.mark.parametrize(
    "params", [ExactEqualSharesParams(u, c) for u in Utility for c in Completion]
)
approvals = elections(kinds=[BallotKind.APPROVAL])


def step(outcome, project):
    return next(one for one in outcome.steps if one.project == project)


def numbers(outcome, project, *names):
    return tuple(step(outcome, project).numbers[name] for name in names)


def test_the_worked_example_of_the_documentation():
    outcome = exact_equal_shares(TOWN, TOWN_VOTES)

    assert outcome.funded == ("tennis", "library")
    assert numbers(outcome, "tennis", "payers", "payment") == (6, Fraction(200, 3))
    assert step(outcome, "tennis").tied == ("sports",)
    assert numbers(outcome, "library", "payers", "payment") == (4, 75)
    assert [one.left for one in outcome.steps if one.kind.funds] == [1000, 600]
    assert numbers(outcome, "benches", "nearest", "share", "missing") == (3, 50, 25)
    assert numbers(outcome, "sports", "nearest", "share", "missing") == (6, 100, Fraction(200, 3))
    # Two voters with 33.33 each and one with 25 stand behind the benches.
    assert numbers(outcome, "benches", "money_behind") == (Fraction(275, 3),)


def test_the_worked_example_with_the_next_share_that_changes_the_result():
    outcome = exact_equal_shares(TOWN, TOWN_VOTES, ADD_OPT)

    assert outcome.funded == ("tennis", "library", "benches")
    assert outcome.spent == 850
    assert numbers(outcome, "", "first", "endowment", "repeats") == (100, 125, 1)
    assert numbers(outcome, "", "exhaustive", "overspend") == (1, 0)
    # With equal shares one of the three pays 45 and the others 52.50 each; here all pay 50.
    assert numbers(outcome, "benches", "payers", "payment") == (3, 50)


def test_the_reasons_of_the_worked_example():
    sentences = said(TOWN, exact_equal_shares(TOWN, TOWN_VOTES))
    assert sentences["tennis"] == (
        "Funded 1st: 6 supporters paid exactly €66.67 each, together €400."
    )
    assert sentences["benches"] == (
        "Not funded: 3 supporters would have had to pay €50 each, "
        "and the one with least left lacked €25."
    )


def test_other_reasons():
    place = instance(100, a=0, b=101, c=5)
    sentences = said(place, exact_equal_shares(place, approve("a", "b")))
    assert sentences["a"] == "Funded 1st: it has 1 supporter and costs nothing."
    assert sentences["b"] == "Not funded: it costs €101, more than the whole budget of €100."
    assert sentences["c"] == "Not funded: nobody voted for it."


def test_with_equal_worth_the_project_that_asks_least_of_each_payer_comes_first():
    # Ten each. a: two pay 5. Then c needs 7 of three, and the one who paid for a has 5; two cannot
    # pay 10.50 each. b: two pay 8.
    place = instance(40, a=10, b=16, c=21)
    votes = approve("a", "a c", "2*b c")
    outcome = exact_equal_shares(place, votes, CARDINALITY)
    assert outcome.funded == ("a", "b")
    assert numbers(outcome, "b", "payers", "payment") == (2, 8)
    assert numbers(outcome, "c", "nearest", "share", "missing") == (3, 7, 5)


def test_more_money_can_let_a_project_overtake_another():
    # Two each. a: two pay 1. b: two pay 1.60, because c finds only three payers of 2. With half
    # more, a fourth supporter of c has 1.50 left after a, and four payers come before b.
    costs = {"a": 2, "b": Fraction(16, 5), "c": 6, "d": Fraction(24, 5)}
    place = Instance(10, tuple(Project(name, cost) for name, cost in costs.items()))
    votes = approve("a", "a c", "2*b c", "c d")
    assert exact_equal_shares(place, votes, CARDINALITY).funded == ("a", "b")
    outcome = exact_equal_shares(place, votes, CARDINALITY_ADD_OPT)
    assert outcome.funded == ("a", "c")
    assert numbers(outcome, "", "endowment", "repeats") == (Fraction(5, 2), 1)


def test_the_count_ends_at_the_first_result_that_leaves_no_room():
    # As above without d: a and b leave 4.80, too little for c, although a and c would use more.
    place = Instance(10, (Project("a", 2), Project("b", Fraction(16, 5)), Project("c", 6)))
    outcome = exact_equal_shares(place, approve("a", "a c", "2*b c", "c"), CARDINALITY_ADD_OPT)
    assert outcome.funded == ("a", "b")
    assert numbers(outcome, "", "repeats", "exhaustive") == (0, 1)


def test_the_count_ends_before_the_real_budget_is_overspent():
    # Five each. With eight each, a and b are both bought, and they cost 16.
    place = instance(10, a=8, b=8)
    outcome = exact_equal_shares(place, approve("a", "b"), ADD_OPT)
    assert outcome.funded == ()
    assert numbers(outcome, "", "endowment", "overspend") == (5, 1)


def test_parts_of_a_unit_are_counted_exactly():
    # Three voters with a third each: sums of binary fractions would miss this.
    assert exact_equal_shares(instance(1, a=1), approve("3*a")).funded == ("a",)


def test_nobody_voted():
    outcome = exact_equal_shares(instance(10, a=5), approve(), ADD_OPT)
    assert outcome.funded == ()
    assert step(outcome, "a").kind is StepKind.NO_VOTES


def test_ballots_with_points_are_refused():
    with pytest.raises(TallyError, match="does not count cumulative"):
        exact_equal_shares(TOWN, points({"tennis": 1}))


def worth_of(params, costs):
    by_cost = params.utility is Utility.COST
    return {project: cost if by_cost else 1 for project, cost in costs.items()}


def reference_input(place, cast, params):
    costs = {project.id: project.cost for project in place.projects if project.cost <= place.budget}
    votes = scores.votes(place, Profile.of(cast))
    ranks = tie_ranks(place, votes, DEFAULT_TIES)
    wanted = {voter: set(ballot.choices) & set(costs) for voter, ballot in enumerate(cast)}
    return costs, ranks, worth_of(params, costs), wanted


def purchases(outcome: Outcome) -> list[tuple[str, int]]:
    funding = [one for one in outcome.steps if one.kind.funds]
    return [(one.project, one.numbers["payers"]) for one in funding]


@pytest.mark.parametrize("params", [ExactEqualSharesParams(), CARDINALITY], ids=list(Utility))
@settings(max_examples=150)
@given(drawn=approvals)
def test_the_count_is_the_one_of_the_definition(params, drawn):
    place, cast, _ = drawn
    assume(cast)
    outcome = exact_equal_shares(place, Profile.of(cast), params)
    endowment = Fraction(place.budget, len(cast))
    bought = reference.exact_equal_shares(*reference_input(place, cast, params), endowment)
    assert purchases(outcome) == [(project, len(payers)) for project, payers in bought]


@st.composite
def tiny_elections(draw):
    names = "abc"[: draw(st.integers(1, 3))]
    projects = tuple(Project(name, draw(st.integers(0, 9))) for name in names)
    ballot = st.lists(st.sampled_from(names), unique=True).map(lambda ids: Ballot(tuple(ids)))
    cast = draw(st.lists(ballot, min_size=1, max_size=5))
    return Instance(draw(st.integers(1, 18)), projects), cast


@pytest.mark.parametrize("params", [ADD_OPT, CARDINALITY_ADD_OPT], ids=list(Utility))
@settings(max_examples=120, deadline=None)
@given(drawn=tiny_elections())
def test_no_share_that_changes_the_result_is_passed_over(params, drawn):
    place, cast = drawn
    outcome = exact_equal_shares(place, Profile.of(cast), params)
    given = reference_input(place, cast, params)
    endowment, bought = reference.add_opt(*given, place.budget)
    assert purchases(outcome) == [(project, len(payers)) for project, payers in bought]
    assert numbers(outcome, "", "endowment") == (endowment,)


@every_params
@settings(max_examples=50)
@given(drawn=approvals)
def test_all_payers_pay_the_same_and_nothing_is_overspent_and_everything_is_explained(
    params, drawn
):
    place, cast, _ = drawn
    outcome = exact_equal_shares(place, Profile.of(cast), params)
    assert outcome.spent <= place.budget
    assert len(set(outcome.funded)) == len(outcome.funded)
    for project, payers in purchases(outcome):
        payment, votes = numbers(outcome, project, "payment", "votes")
        assert payers <= votes
        assert payment * payers == place.by_id[project].cost
        assert payment <= numbers(outcome, "", "endowment")[0]
    assert {one.project for one in outcome.steps if one.project} == set(place.by_id)
    for why in explain_all(place, outcome, euros):
        assert why.sentence.startswith("Funded" if why.funded else "Not funded")
        if why.reason is StepKind.SHARES_TOO_SMALL:
            assert why.numbers["missing"] > 0


@every_params
@settings(max_examples=30)
@given(drawn=approvals, data=st.data())
def test_the_order_of_the_ballots_and_the_names_of_voters_do_not_matter(params, drawn, data):
    place, cast, _ = drawn
    mixed = data.draw(st.permutations(cast))
    one = exact_equal_shares(place, Profile.of(cast), params)
    other = exact_equal_shares(place, Profile.of(mixed), params)
    assert one.outcome_digest == other.outcome_digest


# Two projects with 100 for each payer: the library takes the one whose id comes first.
LEVEL = "Poland_Lodz_2024_Julianow-Marysin-Rogi.pb"


@pytest.mark.parametrize(
    ("oracle", "params"),
    [("ees", CARDINALITY), ("ees_addopt", CARDINALITY_ADD_OPT)],
    ids=["none", "add-opt"],
)
def test_the_reference_library_funds_the_same_projects(oracle, params):
    found = expected(oracle, largest=10**7)
    assert len(found) > 3
    for name, one in found.items():
        outcome = exact_equal_shares(election(name).instance, election(name).profile, params)
        if name == LEVEL and "B077JM" in outcome.funded:
            assert step(outcome, "B077JM").tied == ("B048JM",)
            assert set(outcome.funded) == set(one["winners"]), name
        else:
            assert list(outcome.funded) == one["winners"], name


@every_params
def test_elections_of_towns_stay_within_the_budget(params):
    need_archive()
    towns = ["Poland_Swiecie_2023.pb", "Poland_Wieliczka_2023_Green_Budget.pb"]
    here = [name for name in towns if name in archive_files()]
    if not here:
        pytest.skip(f"none of {', '.join(towns)} at hand")
    for name in here:
        place = election(name).instance
        outcome = exact_equal_shares(place, election(name).profile, params)
        left = [p.cost for p in place.projects if p.id not in outcome.funded]
        exhaustive = min(left) > place.budget - outcome.spent
        assert outcome.spent <= place.budget
        if params.completion is Completion.ADD_OPT:
            assert exhaustive or numbers(outcome, "", "overspend") == (1,)
