from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.audit import queries as log
from pb.audit import service as audit
from pb.errors import Refused
from pb.results import queries, service
from pb.results.models import AreaOutcome, Publication
from pb.rounds.models import ActKind, Phase
from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.rules import Count, greedy, rule
from tests import make
from tests.conftest import NOW
from tests.results.elections import FUNDED, RULES, cast, equal_shares, town, unguarded


def test_most_votes_first_comes_out_as_worked_out_by_hand(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)

    result = queries.latest(session, found.round)
    (area,) = result.outcomes
    assert area.outcome["funded"] == FUNDED
    assert area.outcome["spent"] == 100_000_00
    assert area.scores == {"park": 3, "pool": 2, "bench": 2, "tree": 1, "fountain": 0}
    assert area.points == {}
    assert (area.ballots, area.reached) == (4, 3)
    assert (result.number, result.voters, result.entitled) == (1, 4, 4)
    assert result.counted_at == NOW


def test_equal_shares_comes_out_as_worked_out_by_hand(session, keys):
    found = equal_shares(session, keys)
    found.do(ActKind.COUNT)

    (area,) = queries.latest(session, found.round).outcomes
    assert area.outcome["funded"] == ["court", "lamp"]
    bought = {step["project"]: step["numbers"] for step in area.outcome["steps"] if step["project"]}
    assert bought["court"]["payment"] == "4000/3"
    assert bought["shed"]["money_behind"] == 35_00


def test_the_count_stops_at_the_first_that_does_not_fit_where_the_rule_says_so(session, keys):
    found = town(session, keys, params={"unaffordable": "stop"})
    found.do(ActKind.COUNT)
    (area,) = queries.latest(session, found.round).outcomes
    assert area.outcome["funded"] == ["park", "bench"]


def test_areas_are_counted_apart_each_with_its_own_money(session, keys):
    areas = {"town": 50_000_00, "north": 30_000_00, "south": 30_000_00}
    projects = {
        "park": ("town", 50_000_00),
        "swing": ("north", 20_000_00),
        "slide": ("north", 15_000_00),
        "bike": ("south", 30_000_00),
    }
    found = town(session, keys, areas=areas, projects=projects, ballots=[("park",)])
    before = NOW - timedelta(days=10)
    cast(found, ("swing", "slide"), at=before, area="north")
    cast(found, ("slide",), at=before, area="north")
    session.commit()
    found.do(ActKind.COUNT)

    outcomes = queries.area_results(session, queries.latest(session, found.round))
    assert [(row.area.slug, row.outcome["funded"], row.ballots) for row in outcomes] == [
        ("town", ["park"], 1),
        ("north", ["slide"], 2),
        ("south", ["bike"], 0),
    ]


def test_an_area_without_projects_has_no_outcome(session, keys):
    areas = {"town": 100_000_00, "north": 30_000_00}
    found = town(session, keys, areas=areas)
    found.do(ActKind.COUNT)
    rows = queries.area_results(session, queries.latest(session, found.round))
    assert [row.area.slug for row in rows] == ["town"]


def test_points_are_kept_beside_the_votes(session, keys):
    limits = Limits(BallotKind.CUMULATIVE, max_sum_points=10)
    ballots = [Ballot(("park", "pool"), (1, 9)), Ballot(("park",), (3,))]
    found = town(session, keys, limits=limits, ballots=ballots)
    found.do(ActKind.COUNT)
    (area,) = queries.latest(session, found.round).outcomes
    assert (area.scores["park"], area.points["park"]) == (2, 4)
    assert (area.scores["pool"], area.points["pool"]) == (1, 9)
    assert area.outcome["funded"][0] == "pool"


def test_a_round_in_which_nobody_voted_can_be_counted(session, keys):
    found = town(session, keys, ballots=[])
    found.publish_count()
    (area,) = queries.published(session, found.round).result.outcomes
    assert (area.ballots, area.reached) == (0, 0)


def test_an_open_box_is_not_counted(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="not sealed"):
        service.count(session, found.round, act, at=NOW, rules=RULES)


def test_a_rule_that_is_not_installed_is_named(session, keys):
    found = town(session, keys, rule="by-the-moon")
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="by-the-moon"):
        found.confirm(act)


def test_a_ballot_that_is_not_what_was_frozen_is_not_counted(session, keys):
    found = town(session, keys)
    # Past our own code and the triggers, as somebody with the database could do it.
    session.execute(sa.text("DROP TRIGGER never_project_update" + on_table(session)))
    session.execute(sa.text("UPDATE project SET cost = 1 WHERE code = 'fountain'"))
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="not what was frozen"):
        found.confirm(act)


def on_table(session) -> str:
    return " ON project" if session.get_bind().dialect.name == "postgresql" else ""


def test_the_same_ballots_give_the_same_digest_again(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    assert service.recount(session, queries.latest(session, found.round), RULES)


def test_a_recount_finds_another_outcome(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    result = queries.latest(session, found.round)

    @rule("greedy", version=1, title="", accepts=BallotKind, params=greedy.params)
    def bribed(instance, profile, params, ties):
        return Count(("pool",), ())

    assert not service.recount(session, result, {"greedy": bribed})


def test_a_recount_finds_a_changed_outcome(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    result = queries.latest(session, found.round)
    unguarded(session)
    session.execute(sa.update(AreaOutcome).values(outcome_digest="0" * 64))
    session.expire_all()
    assert not service.recount(session, result, RULES)


def test_publishing_opens_the_result_and_is_logged_without_votes(session, keys):
    found = town(session, keys)
    assert queries.published(session, found.round) is None
    assert queries.funded_codes(session, found.round) == set()
    found.publish_count()

    assert found.round.results_at == NOW
    assert queries.funded_codes(session, found.round) == set(FUNDED)
    entries = log.entries(session, found.round.id)
    assert audit.verify(found.round.id, entries).intact
    told = {entry.kind: entry.body for entry in entries}
    digest = queries.latest(session, found.round).digest
    assert told["result.count"]["digest"] == told["result.publish"]["digest"] == digest
    assert not any(code in str(told) for code in FUNDED)


def test_an_amended_result_leaves_the_first_on_record(session, keys):
    found = town(session, keys)
    found.publish_count()
    first = queries.published(session, found.round)
    at = NOW + timedelta(days=6)  # the clock is in the results
    act = found.ask(ActKind.COUNT, at=at)
    found.confirm(act, at=at)
    act = found.ask(ActKind.PUBLISH_RESULT, at=at, reason="A wrong rule was installed.")
    found.confirm(act, at=at)

    assert [row.result.number for row in queries.publications(session, found.round)] == [2, 1]
    assert queries.published(session, found.round).note == "A wrong rule was installed."
    assert first.note == ""
    assert found.round.results_at == NOW
    assert "result.amend" in {entry.kind for entry in log.entries(session, found.round.id)}


def test_the_same_count_is_not_published_twice(session, keys):
    found = town(session, keys)
    found.publish_count()
    result = queries.latest(session, found.round)
    act = session.get_one(Publication, 1).act_id
    with pytest.raises(Refused, match="published already"):
        service.publish(session, found.round, result, act, at=NOW)


def test_nothing_is_published_of_a_round_that_was_not_counted(session):
    round = make.round_(session, Phase.RESULTS)
    assert queries.latest(session, round) is None
    assert queries.funded_codes(session, round) == set()
