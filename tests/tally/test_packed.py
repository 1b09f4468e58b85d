import json
import pickle
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.tally import digest, kernel, numbers
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.kernel.scan import Worth
from pb.tally.model import Profile
from pb.tally.pabulib import Election, read
from pb.tally.packed import pack
from pb.tally.rules import load_rules
from pb.tally.scores import Ranking, scores, votes
from tests.tally.elections import TOWN, TOWN_VOTES, approve, elections, rank
from tests.tally.test_pabulib import small

RULES = load_rules()


@contextmanager
def portable(switch):
    with pytest.MonkeyPatch.context() as patch:
        if switch:
            patch.setattr(kernel, "library", lambda: None)
        yield


def both(place, cast, kind):
    """The same ballots as a profile of tuples, and as one of arrays."""
    plain = Profile.of(cast, kind)
    groups = plain.packed([project.id for project in place.projects])
    return plain, Profile(kind, groups)


@given(elections(), st.booleans())
def test_packed_groups_read_like_tuples(election, switch):
    plain, arrays = both(*election)
    with portable(switch):
        assert len(arrays.groups) == len(plain.groups)
        assert tuple(arrays.groups) == plain.groups
        assert arrays.groups[1:] == plain.groups[1:]
        assert (arrays == plain, plain == arrays, arrays.groups == plain.groups) == (True,) * 3
        assert hash(arrays) == hash(plain)
        assert (arrays.voters, arrays.longest) == (plain.voters, plain.longest)


@given(elections(), st.sampled_from(Ranking), st.booleans())
def test_packed_groups_add_up_like_tuples(election, ranking, switch):
    place = election[0]
    plain, arrays = both(*election)
    with portable(switch):
        assert votes(place, arrays) == votes(place, plain)
        assert scores(place, arrays, ranking) == scores(place, plain, ranking)
        assert digest.of_input(place, arrays) == digest.of_input(place, plain)


@given(elections(), st.booleans())
def test_the_digest_is_that_of_canonical_json(election, switch):
    place, cast, kind = election
    plain, arrays = both(place, cast, kind)
    data = {
        "budget": numbers.to_json(place.budget),
        "unit": place.unit,
        "projects": [[p.id, numbers.to_json(p.cost)] for p in place.projects],
        "kind": str(plain.kind),
        "max_length": plain.max_length,
        "ballots": [[b.choices, b.points, weight] for b, weight in plain.groups],
    }
    with portable(switch):
        assert digest.of_input(place, arrays) == digest.of_data(data)


@pytest.mark.parametrize("switch", [True, False])
def test_names_are_escaped_as_in_json_and_chunks_join(switch):
    ids = ['a"b', "ż\\", "\u2028", "c\n"] + ["n" * 1000 + str(n) for n in range(30)]
    plain = Profile.of([Ballot((one, other)) for one in ids for other in ids])
    groups = pack(plain.groups, ids, with_points=False)
    with portable(switch), pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel.scan, "CHUNK", 3000)
        text = "[" + b"".join(bytes(chunk) for chunk in groups.json_chunks()).decode() + "]"
    assert text == numbers.canonical([[b.choices, b.points, n] for b, n in plain.groups])
    assert len(json.loads(text)) == len(plain.groups)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_counts_packed_ballots(rule):
    plain = TOWN_VOTES
    if BallotKind.APPROVAL not in rule.accepts:
        kind = sorted(rule.accepts)[0]
        cast = [
            Ballot(b.choices, (1,) * len(b.choices) if kind.has_points else ())
            for b, weight in TOWN_VOTES
            for _ in range(weight)
        ]
        plain = Profile.of(cast, kind)
    arrays = Profile(plain.kind, plain.packed(list(TOWN.by_id)), plain.max_length)
    assert rule(TOWN, arrays).to_json() == rule(TOWN, plain).to_json()


def test_arrays_are_made_once():
    assert TOWN_VOTES.packed(list(TOWN.by_id)) is TOWN_VOTES.packed(tuple(TOWN.by_id))
    other = TOWN_VOTES.packed(list(TOWN.by_id)[::-1])
    assert other == TOWN_VOTES.groups
    assert Profile(TOWN_VOTES.kind, other).packed(list(TOWN.by_id)) == TOWN_VOTES.groups


@pytest.mark.parametrize("many", [2**31, 10**30])
def test_numbers_that_need_more_bits_are_not_packed(many):
    large = Profile(BallotKind.SCORING, ((Ballot(("a",), (many,)), 1),))
    assert large.packed(["a"]) is None
    assert Profile(BallotKind.APPROVAL, ((Ballot(("a",)), many),)).packed(["a"]) is None


@pytest.mark.parametrize("switch", [True, False])
def test_sums_beyond_64_bits_are_exact(switch):
    most = 2**31 - 1
    groups = tuple((Ballot(("a",), (most - n,)), most) for n in range(5))
    large = Profile(BallotKind.SCORING, groups).packed(["a"])
    with portable(switch):
        exact = [sum(most * (most - n) for n in range(5))]
        assert large.sums(Worth.POINTS) == ([5 * most], exact)


def test_a_project_that_does_not_exist_is_found_in_arrays_too():
    assert approve("a b").unknown({"a"}) == "b"
    packed = Profile(BallotKind.APPROVAL, approve("a", "c").packed(["c", "b", "a"]))
    assert packed.unknown({"a", "c"}) is None
    assert packed.unknown({"a", "b"}) == "c"


def test_rankings_keep_their_order_in_arrays():
    assert rank("b a", "a b").packed(["a", "b"])[1] == (Ballot(("b", "a")), 1)


def test_ballots_and_voters_are_read_when_they_are_asked_for():
    one = read(small())
    assert one.profile.voters == 3
    assert "ballots" not in one.__dict__
    assert one.voters[0] == ("v1", "33")
    assert one.ballots[1] == Ballot(("2/a",))
    again = pickle.loads(pickle.dumps(read(small())))
    assert again == one
    with pytest.raises(AttributeError):
        one.votes  # noqa: B018


def test_an_election_put_together_equals_one_that_was_read():
    one = read(small())
    names = ("meta", "instance", "ballots", "limits", "selected", "project_fields")
    facts = {name: getattr(one, name) for name in (*names, "voter_columns", "voters")}
    assert Election(**facts) == one
    assert Election(**facts).profile == one.profile
