"""What losers would have needed: by hand, and confirmed by independent counts."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pb.cli.explain import explain_project
from pb.cli.needs import needs as needs_command
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.needs import Means, Smallest, all_needs, needs
from pb.tally.needs.search import boundary, least
from pb.tally.rules import load_rules
from pb.tally.ties import DEFAULT_TIES
from tests.tally.elections import (
    TOWN,
    TOWN_VOTES,
    approve,
    elections,
    instance,
    points,
    rank,
)
from tests.tally.test_pabulib import small

RULES = load_rules()
APPROVAL = (BallotKind.APPROVAL,)
VARIANTS = [
    ("greedy", {}, tuple(BallotKind)),
    ("greedy", {"unaffordable": "stop", "threshold": "1"}, tuple(BallotKind)),
    ("greedy", {"order": "score-per-cost", "oversize": "ignore"}, tuple(BallotKind)),
    ("equal-shares", {}, tuple(BallotKind)),
    ("equal-shares", {"utility": "score"}, tuple(BallotKind)),
    ("equal-shares", {"completion": "add1"}, APPROVAL),
    ("exact-equal-shares", {}, APPROVAL),
    ("phragmen", {}, APPROVAL),
    ("max-welfare", {}, APPROVAL),
]
every_variant = pytest.mark.parametrize(("name", "given_params", "kinds"), VARIANTS)


def asked(rule, place, profile, project, **params):
    rule = RULES[rule]
    written = {name: str(value) for name, value in params.items()}
    return needs(rule, place, profile, rule.parse_params(written), DEFAULT_TIES, project)


def funded(rule, params, place, profile, found, means, amount):
    """Whether an independent count with this change funds the project."""
    if means is Means.VOTES:
        groups = (*profile.groups, (found.ballot, amount))
        profile = Profile(profile.kind, groups if amount else profile.groups, profile.max_length)
    elif means is Means.BUDGET:
        place = Instance(amount, place.projects, place.unit)
    else:
        projects = [
            Project(one.id, amount if one.id == found.project else one.cost)
            for one in place.projects
        ]
        place = Instance(place.budget, tuple(projects), place.unit)
    return found.project in rule(place, profile, params, DEFAULT_TIES).funded


def toward(need, amount, steps):
    """The amount with so many steps more of the change; fewer where below zero."""
    return amount - steps * need.step if need.means is Means.COST else amount + steps * need.step


def test_the_most_votes_first():
    # Tennis (6 votes, 400) and the sports field (6, 600) take all; level projects go by lower
    # cost, so the library corner (4, 300) is first as soon as it has 6 votes too.
    library = asked("greedy", TOWN, TOWN_VOTES, "library")
    assert (library.votes.amount, library.cost.amount, library.budget.amount) == (2, None, 1300)
    assert library.votes.smallest is Smallest.PROVEN
    assert library.cost.smallest is Smallest.PROVEN
    assert library.cost.bound == 1
    # With 1,150 the library corner still does not fit, and the benches take what is left.
    benches = asked("greedy", TOWN, TOWN_VOTES, "benches")
    assert (benches.votes.amount, benches.budget.amount) == (3, 1150)


def test_a_project_that_does_not_fit_needs_the_cost_that_is_left():
    place = instance(100, a=60, b=50)
    b = asked("greedy", place, approve("3*a", "2*b"), "b")
    assert (b.cost.amount, b.cost.change, b.cost.smallest) == (40, 10, Smallest.PROVEN)
    assert b.votes.amount == 1  # level with a, and cheaper
    assert b.budget.amount == 110


def test_equal_shares():
    # Of 100 each, 2 supporters of the benches have 33 1/3 left after the tennis court, 1 has 25
    # after the library corner: 91 2/3. A larger share s leaves 3s - 208 1/3, which is 150 from
    # s = 119 4/9. One voter more leaves 11 voters 1000/11 each: 2 x 24.24 + 15.91 + 90.91 > 150.
    benches = asked("equal-shares", TOWN, TOWN_VOTES, "benches")
    assert (benches.votes.amount, benches.cost.amount, benches.budget.amount) == (1, 91, 1195)


def test_phragmen():
    # With 3 voters more the sports field is second, at (600 + 2 x 50) / 9 = 77.78 each, before
    # the tennis court at 83.33; with 2 more it would be 87.50. At a cost of 400 it is level with
    # the tennis court, and first in the file. It misses 450 when its turn comes.
    sports = asked("phragmen", TOWN, TOWN_VOTES, "sports")
    assert (sports.votes.amount, sports.cost.amount, sports.budget.amount) == (3, 400, 1450)


def test_votes_are_new_voters_who_all_count():
    # b has 1 of 4 voters and 25; a vote more is a voter more, and all shares are 100 / 5.
    place = instance(100, a=75, b=40)
    assert asked("equal-shares", place, approve("3*a", "b"), "b").votes.amount == 1
    # 2 x 20 = 40 is just enough; for a cost of 41 it takes 3 x 100 / 6.
    place = instance(100, a=75, b=41)
    assert asked("equal-shares", place, approve("3*a", "b"), "b").votes.amount == 2


def test_a_further_ballot_gives_the_most_points_that_one_ballot_gives():
    place = instance(10, a=10, b=10)
    b = asked("greedy", place, points({"a": 6}, {"a": 1, "b": 4}), "b")
    assert b.ballot == Ballot(("b",), (6,))
    assert b.votes.amount == 1  # 4 + 6 against 7
    assert b.sentences()[0].startswith(
        "It would have been funded with 1 more ballot that gives it alone 6 points each."
    )


def test_a_further_ranking_names_the_project_alone():
    place = instance(10, a=10, b=10)
    b = asked("greedy", place, rank("3*a b", max_length=2), "b")
    assert b.ballot == Ballot(("b",))
    assert b.votes.amount == 2  # 3 x 2 against 3 x 1 + 2 x 2; one more is not enough
    assert b.votes.counts <= 5


def test_a_project_that_nothing_helps():
    place = instance(10, a=10, b=30)
    b = asked("greedy", place, approve("2*a"), "b", threshold=4)
    assert b.votes.amount is None and b.votes.smallest is Smallest.PROVEN
    assert b.votes.bound == 2
    assert b.sentences()[0] == (
        "No number of ballots for it alone, up to 2 more, would have been enough."
    )


def test_money_goes_in_units_of_the_currency():
    place = instance(10_000, unit=100, a=6_000, b=5_050)
    b = asked("greedy", place, approve("3*a", "2*b"), "b")
    assert (b.cost.amount, b.cost.change, b.cost.step) == (3_950, 1_100, 100)
    assert b.budget.amount == 11_100


def test_what_was_found_is_said_in_sentences():
    euros = "{:,} EUR".format
    assert asked("greedy", TOWN, TOWN_VOTES, "library").sentences(euros) == [
        "It would have been funded with 2 more ballots that choose it alone. "
        "Counted again: that is enough, and nothing less can be under this rule.",
        "No lower cost, down to 1 EUR, would have been enough.",
        "It would have been funded with a budget of 1,300 EUR: 300 EUR more. Counted again: that "
        "is enough, and 1 EUR less is not; a much smaller change was not ruled out.",
    ]
    assert asked("equal-shares", TOWN, TOWN_VOTES, "benches").sentences(euros)[1] == (
        "It would have been funded at a cost of 91 EUR: 59 EUR less. Counted again: that is low "
        "enough, and 1 EUR more is not; a much smaller change was not ruled out."
    )


def test_funded_and_unknown_projects_have_no_needs():
    with pytest.raises(TallyError, match="Project tennis is funded"):
        asked("greedy", TOWN, TOWN_VOTES, "tennis")
    with pytest.raises(TallyError, match="no project zoo"):
        asked("greedy", TOWN, TOWN_VOTES, "zoo")


@every_variant
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_is_claimed_is_confirmed_by_counting(name, given_params, kinds, data):
    place, cast, kind = data.draw(elections(kinds))
    rule, profile = RULES[name], Profile.of(cast, kind)
    params = rule.parse_params(given_params)
    each = list(all_needs(rule, place, profile, params, DEFAULT_TIES))
    winners = rule(place, profile, params, DEFAULT_TIES).funded
    assert [one.project for one in each] == [p.id for p in place.projects if p.id not in winners]
    assume(each)
    found = each[0]
    for need in found:
        ask = (rule, params, place, profile, found, need.means)
        if need.amount is not None:
            assert funded(*ask, need.amount)
            assert not funded(*ask, toward(need, need.amount, -1))
        if need.smallest is not Smallest.OPEN:
            last = need.bound if need.amount is None else toward(need, need.amount, -1)
            start = {"votes": 0, "budget": place.budget}.get(need.means)
            start = place.by_id[found.project].cost if start is None else start
            low, high = sorted((start, last))
            assert not any(funded(*ask, amount) for amount in range(low, high + 1))


@given(
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.integers(1, 40),
    st.one_of(st.none(), st.lists(st.integers(0, 30), min_size=1, max_size=5)),
)
def test_the_search_finds_a_boundary_whatever_the_answers_and_the_guesses(answers, start, guesses):
    def enough(k):
        assert 1 <= k <= len(answers)
        return answers[k - 1]

    def hint(k):
        return guesses[k % len(guesses)] if guesses else None

    found = boundary(enough, len(answers), hint, start, surplus=hint)
    if found is None:
        assert not answers[-1]
        return
    assert enough(found)
    assert found == 1 or not enough(found - 1)
    smaller, proven = least(enough, found, len(answers))
    assert proven and smaller == answers.index(True) + 1


def test_a_good_guess_takes_two_counts():
    seen = []

    def enough(k):
        seen.append(k)
        return k >= 70_000

    assert boundary(enough, 10**6, lambda k: 70_000 - k, 1) == 70_000
    assert seen == [70_000, 69_999]


@given(elections(), st.integers(1, 4))
def test_ballots_are_added_and_taken_away_in_canonical_order(election, weight):
    place, cast, kind = election
    for ballot in cast[:3]:
        plain = Profile.of(cast, kind)
        packed = Profile(kind, plain.packed(tuple(place.by_id)))
        for profile in (plain, packed):
            more = profile.plus(ballot, weight)
            assert more == Profile.of([*cast, *[ballot] * weight], kind)
            assert more.voters == len(cast) + weight
            assert more.longest == Profile.of([*cast, ballot], kind).longest
            assert more.changed({ballot: -weight}) == plain
            with pytest.raises(TallyError, match="not so many"):
                profile.changed({ballot: -99})


def town(tmp_path):
    path = tmp_path / "town.pb"
    path.write_text(small(), encoding="utf-8")
    return str(path)


def test_the_command_explains_a_loser_with_its_needs(tmp_path):
    answer = CliRunner().invoke(explain_project, [town(tmp_path), "2/a"])
    assert answer.stdout.splitlines()[0].startswith("Not funded: with 2 votes")
    assert answer.stdout.splitlines()[2].startswith("It would have been funded at a cost of 40")
    short = CliRunner().invoke(explain_project, [town(tmp_path), "2/a", "--no-needs"])
    assert len(short.stdout.splitlines()) == 1


def test_the_command_explains_in_json(tmp_path):
    answer = CliRunner().invoke(explain_project, [town(tmp_path), "2/a", "--json"])
    data = json.loads(answer.stdout)
    assert (data["project"], data["funded"], data["reason"]) == ("2/a", False, "does-not-fit")
    assert data["needs"]["cost"] == {
        "amount": 40,
        "change": 10,
        "bound": 1,
        "step": 1,
        "smallest": "proven",
        "counts": data["needs"]["cost"]["counts"],
    }
    winner = CliRunner().invoke(explain_project, [town(tmp_path), "01", "--json"])
    assert json.loads(winner.stdout)["needs"] is None


def test_all_needs_of_a_file(tmp_path):
    answer = CliRunner().invoke(needs_command, [town(tmp_path), "--margins"])
    assert answer.exit_code == 0
    assert "It would have been funded at a cost of 40: 10 less." in answer.stdout
    assert "no smaller number can" in answer.stdout
    data = json.loads(CliRunner().invoke(needs_command, [town(tmp_path), "--json"]).stdout)
    assert [one["project"] for one in data["needs"]] == ["2/a"]
    assert "margins" not in data
    assert CliRunner().invoke(needs_command, [str(tmp_path / "none.pb")]).exit_code == 2
