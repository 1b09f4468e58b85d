import pytest

from pb.proposals.models import Project
from pb.results import explanations, queries, words
from pb.rounds.models import ActKind
from pb.tally.ballots import BallotKind
from pb.tally.rules import BUILT_IN, Count, load_rules, rule
from tests.results.elections import PROJECTS, equal_shares, town


def money(amount) -> str:
    return f"€{float(amount) / 100:,.2f}".removesuffix(".00")


def project(session, found, code) -> Project:
    return next(one for one in queries.projects(session, found.round) if one.code == code)


def story(session, found, code) -> explanations.Story:
    found_result = queries.latest(session, found.round)
    return explanations.story(
        session, found.round, found_result, project(session, found, code), money
    )


@pytest.fixture
def greedy(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    return found


@pytest.fixture
def shares(session, keys):
    found = equal_shares(session, keys)
    found.do(ActKind.COUNT)
    return found


def test_every_project_has_its_sentence(session, greedy):
    (area,) = explanations.areas(
        session, greedy.round, queries.latest(session, greedy.round), money
    )
    assert [(line.project.code, line.votes, line.explanation.sentence) for line in area.lines] == [
        ("park", 3, "Funded 1st, with 3 votes: it cost €60,000 and €100,000 was left."),
        ("bench", 2, "Funded 2nd, with 2 votes: it cost €30,000 and €40,000 was left."),
        ("tree", 1, "Funded 3rd, with 1 vote: it cost €10,000 and €10,000 was left."),
        ("pool", 2, "Not funded: with 2 votes its turn came when €10,000 was left, "
                    "and it costs €50,000."),
        ("fountain", 0, "Not funded: with 0 votes its turn came when €0 was left, "
                        "and it costs €20,000."),
    ]  # fmt: skip


def test_totals_are_over_all_areas(session, greedy):
    areas = explanations.areas(session, greedy.round, queries.latest(session, greedy.round), money)
    assert explanations.totals(areas) == explanations.Totals(3, 5, 100_000_00, 100_000_00)


def test_a_loser_learns_what_was_missing(session, greedy):
    facts = dict(story(session, greedy, "pool").facts)
    assert facts["Cost"] == "€50,000"
    assert facts["Left before its turn"] == "€10,000"
    assert facts["Missing"] == "€40,000"
    assert facts["Ballots that chose it"] == "2"
    assert "Points" not in facts


def test_a_tie_names_the_others(session, greedy):
    assert [one.code for one in story(session, greedy, "pool").tied] == ["bench"]
    assert [one.code for one in story(session, greedy, "bench").tied] == ["pool"]
    assert story(session, greedy, "park").tied == ()


def test_a_decision_stands_between_its_neighbours(session, greedy):
    first, last = story(session, greedy, "park"), story(session, greedy, "fountain")
    assert (first.step, first.before, first.after.project.code) == (1, None, "bench")
    assert (last.step, last.steps, last.before.project.code, last.after) == (5, 5, "tree", None)


def test_equal_shares_tell_what_supporters_had_left(session, shares):
    found = story(session, shares, "shed")
    facts = dict(found.facts)
    assert facts["Money its supporters had left"] == "€35"
    assert facts["Missing"] == "€40"
    assert "Left before its turn" not in facts
    assert found.step is None  # losers have no order
    assert found.line.explanation.sentence == (
        "Not funded: its 3 supporters had €35 left between them, and it costs €75."
    )


def test_equal_shares_tell_what_each_supporter_paid(session, shares):
    found = story(session, shares, "court")
    facts = dict(found.facts)
    assert facts["Most that one supporter paid"] == "€13.33"
    assert facts["Effective votes (cost divided by the highest payment)"] == "3"
    assert (found.step, found.steps) == (1, 2)


@pytest.mark.parametrize("code", list(PROJECTS))
def test_every_story_can_be_told(session, greedy, code):
    found = story(session, greedy, code)
    assert found.line.project.code == code and found.facts


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda rule: rule.id)
@pytest.mark.parametrize("kind", list(BallotKind))
def test_every_rule_can_be_said_in_words(one, kind):
    said = words.rule(one, {}, kind)
    assert said and all(sentence.endswith(".") for sentence in said)


def test_words_follow_the_parameters():
    rules = load_rules()
    said = " ".join(
        words.rule(
            rules["greedy"], {"unaffordable": "stop", "threshold": 50}, BallotKind.CUMULATIVE
        )
    )
    assert "most points" in said and "stops at the first" in said and "at least 50 points" in said
    plain = " ".join(words.rule(rules["equal-shares"], {"completion": "none"}, BallotKind.APPROVAL))
    more = " ".join(words.rule(rules["equal-shares"], {"completion": "add1"}, BallotKind.APPROVAL))
    assert "repeated" not in plain and "repeated" in more


def test_a_rule_of_a_third_party_speaks_for_itself():
    @rule("drawn", version=1, title="Drawn", accepts=BallotKind)
    def drawn(instance, profile, params, ties):
        """Draw the winners from a hat."""
        return Count((), ())

    assert words.rule(drawn, {}, BallotKind.APPROVAL) == ["Draw the winners from a hat."]


def test_ties_are_said_in_their_order():
    assert words.ties(["lower-cost", "more-votes", "file-order"]) == (
        "If projects are level, the cheaper one goes first; if they still are, the one with more "
        "votes goes first; if they still are, the one with the lower number on the ballot goes "
        "first."
    )
    assert "lot" in words.ties(["lot:2026"]) and "cheaper" not in words.ties(["file-order"])
