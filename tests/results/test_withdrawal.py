"""A project that turns out to be impossible while people vote: by two hands, and for everybody."""

import dataclasses
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.audit import queries as log
from pb.errors import Invalid, PhaseClosed, Refused
from pb.notices.models import Message
from pb.proposals import definition, withdrawal
from pb.proposals.models import ProjectWithdrawal
from pb.results import acts, bundle, export, queries, service
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase
from pb.tally import pabulib
from pb.tally.ballots import Ballot, BallotKind, Limits
from tests import make
from tests.conftest import NOW
from tests.results.elections import PROJECTS, RULES, town
from tests.results.test_export import check, pb_file

REASON = "The land turned out to be polluted."
PARK, POOL = 1, 2  # numbers on the ballot


def withdraw(found, number=PARK):
    act = found.ask(ActKind.WITHDRAW_PROJECT, project=number, reason=REASON)
    found.confirm(act)
    found.session.commit()
    return act


def after_the_close(found):
    """Count and publish once voting is over."""
    at = calendar.counting_from(found.round)
    for kind in (ActKind.COUNT, ActKind.PUBLISH_RESULT):
        act = found.ask(kind, at=at)
        found.confirm(act, at=at)
        found.session.commit()
        acts.after_commit(found.session.get_bind(), act, found.keys, RULES)
    return queries.published(found.session, found.round).result


@pytest.fixture
def voting(session, keys):
    return town(session, keys, Phase.VOTING)


def funded(result) -> list[str]:
    return [code for row in result.outcomes for code in row.outcome["funded"]]


# By hand: without the park (60,000) bench and pool have 2 votes each, the cheaper bench (30,000)
# goes first, the pool (50,000) and the tree (10,000, 1 vote) fit as well.


def test_votes_for_a_withdrawn_project_do_not_count(session, voting):
    withdraw(voting)
    result = after_the_close(voting)
    assert funded(result) == ["bench", "pool", "tree"]
    assert "park" not in result.outcomes[0].scores
    assert result.voters == 4


def test_what_was_frozen_stays_and_the_log_tells_of_the_withdrawal(session, voting):
    digest = voting.round.config_digest
    act = withdraw(voting)
    assert definition.digest(session, voting.round) == digest
    told = [e for e in log.entries(session, voting.round.id) if e.kind == "project.withdraw"]
    assert [entry.body for entry in told] == [{"act": act.id, "project": "park", "number": PARK}]
    [gone] = withdrawal.withdrawn(session, voting.round)
    assert (gone.code, gone.withdrawal.reason) == ("park", REASON)


def test_a_ranking_moves_up_where_a_project_was_withdrawn(session, keys):
    ballots = [("park", "tree"), ("park", "tree"), ("pool",)]
    limits = Limits(BallotKind.ORDINAL, max_length=2)
    found = town(session, keys, Phase.VOTING, ballots=ballots, limits=limits)
    withdraw(found)
    result = after_the_close(found)
    assert result.outcomes[0].points == {"pool": 2, "bench": 0, "tree": 4, "fountain": 0}


def test_points_on_a_withdrawn_project_are_lost(session, keys):
    ballots = [Ballot(("park", "tree"), (6, 4)), Ballot(("pool",), (3,))]
    limits = Limits(BallotKind.CUMULATIVE, max_sum_points=10)
    found = town(session, keys, Phase.VOTING, ballots=ballots, limits=limits)
    withdraw(found)
    assert after_the_close(found).outcomes[0].points["tree"] == 4


@pytest.mark.parametrize("rule", ["greedy", "equal-shares", "phragmen"])
def test_voters_of_a_withdrawn_project_alone_stay_voters(session, keys, rule):
    found = town(session, keys, Phase.VOTING, ballots=[("park",), ("bench",)], rule=rule)
    withdraw(found)
    result = after_the_close(found)
    assert funded(result)[0] == "bench"
    assert (result.voters, result.outcomes[0].ballots) == (2, 1)
    assert service.recount(session, result, RULES)


def test_their_share_of_the_money_goes_to_nobody_else(session, keys):
    """By hand: €100,000 of three voters is €33,333 each; one of them cannot pay for the pool."""
    ballots = [("park",), ("park",), ("pool",)]
    found = town(session, keys, Phase.VOTING, ballots=ballots, rule="equal-shares")
    withdraw(found)
    assert funded(after_the_close(found)) == []


def test_an_area_whose_projects_are_all_withdrawn_is_not_counted(session, keys):
    projects = PROJECTS | {"lamp": ("north", 1_00)}
    areas = {"town": 100_000_00, "north": 5_00}
    found = town(session, keys, Phase.VOTING, projects=projects, areas=areas)
    withdraw(found, number=len(projects))
    result = after_the_close(found)
    assert [row.area.slug for row in queries.area_results(session, result)] == ["town"]


# A recount agrees


@pytest.fixture
def packed(session, voting, tmp_path):
    withdraw(voting)
    after_the_close(voting)
    path = tmp_path / "bundle.zip"
    path.write_bytes(export.bundle_bytes(session, voting.round))
    return bundle.read(path)


def test_a_bundle_with_a_withdrawn_project_is_counted_again(packed):
    assert packed.manifest["withdrawn"] == ["park"]
    assert any("3 projects funded, as published" in line for line in bundle.verify(packed, RULES))


@pytest.mark.parametrize("said", [[], ["pool"], ["park", "pool"]])
def test_a_bundle_that_hides_or_invents_a_withdrawal_is_refused(packed, said):
    changed = dataclasses.replace(packed, manifest={**packed.manifest, "withdrawn": said})
    with pytest.raises(bundle.Mismatch, match="withdrawn projects are not those"):
        bundle.verify(changed, RULES)


def test_open_data_tells_of_it(session, voting):
    withdraw(voting)
    after_the_close(voting)
    rows = export.csv_text(session, voting.round, str).splitlines()
    [row] = [row for row in rows if ",park," in row]
    assert ",withdrawn," in row
    assert REASON in row
    data = json.loads(export.json_text(session, voting.round, str))
    assert data["withdrawn"] == [{"number": PARK, "code": "park", "reason": REASON}]
    file = pabulib.read(
        export.pabulib_text(session, voting.round, make.area(voting.round), unit="T")
    )
    assert "park" not in {project.id for project in file.instance.projects}
    assert file.profile.voters == 4


def test_the_official_checker_accepts_the_file_of_a_count_with_a_withdrawal(session, keys):
    found = town(session, keys, Phase.VOTING, ballots=[("park",), ("bench",), ("tree", "park")])
    withdraw(found)
    after_the_close(found)
    text = pb_file(session, found)
    assert check(text) == {}
    assert "only withdrawn projects are left out: 1." in text


# Who, when, what


def test_it_takes_a_steward(session, voting):
    act = voting.ask(ActKind.WITHDRAW_PROJECT, project=PARK, reason=REASON)
    with pytest.raises(Refused, match="second hand"):
        voting.confirm(act, by=voting.commissioner)
    assert withdrawal.withdrawn(session, voting.round) == []


def test_a_project_is_withdrawn_once(session, voting):
    withdraw(voting)
    with pytest.raises(Refused, match="has been withdrawn already"):
        voting.ask(ActKind.WITHDRAW_PROJECT, project=PARK)
    withdraw(voting, POOL)


@pytest.mark.parametrize(
    ("number", "sentence"), [(None, "Choose the project"), (99, "no project number 99")]
)
def test_a_project_has_to_be_named(voting, number, sentence):
    with pytest.raises(Invalid, match=sentence):
        voting.ask(ActKind.WITHDRAW_PROJECT, project=number)


@pytest.mark.parametrize("phase", [Phase.REVIEW, Phase.COUNTING, Phase.RESULTS])
def test_only_between_the_freeze_and_the_close(session, keys, phase):
    with pytest.raises(PhaseClosed):
        town(session, keys, phase).ask(ActKind.WITHDRAW_PROJECT, project=PARK)


def test_before_the_freeze_a_project_is_just_left_out(session, keys):
    with pytest.raises(Refused, match="not frozen yet"):
        town(session, keys, Phase.BALLOT).ask(ActKind.WITHDRAW_PROJECT, project=PARK)


def test_who_proposed_it_is_told_once(session, keys):
    found = town(session, keys, Phase.BALLOT)
    author = make.account(session, "Ada")
    proposal = make.proposal(session, found.round, author)
    line = make.project(session, found.round, "arch", number=9, proposal_id=proposal.id)
    found.round.config_digest = definition.digest(session, found.round)
    found.round.frozen_at = NOW
    session.commit()
    withdraw(found, line.number)
    [mail] = session.scalars(sa.select(Message)).all()
    assert mail.recipient == author.email
    assert REASON in mail.text


# The database


@pytest.mark.parametrize(
    "statement", ["UPDATE project_withdrawal SET reason = 'x'", "DELETE FROM project_withdrawal"]
)
def test_a_withdrawal_stays(session, voting, statement):
    withdraw(voting)
    with pytest.raises(sa.exc.DatabaseError, match="withdrawal stays"):
        session.execute(sa.text(statement))
    session.rollback()


def test_nothing_is_withdrawn_once_the_votes_are_sealed(session, voting):
    act = voting.ask(ActKind.WITHDRAW_PROJECT, project=PARK)
    voting.round.sealed_at = NOW + timedelta(days=20)
    session.commit()
    session.add(
        ProjectWithdrawal(
            round_id=voting.round.id, number=PARK, act_id=act.id, reason=REASON, at=NOW
        )
    )
    with pytest.raises(sa.exc.DatabaseError, match="between the freeze and the seal"):
        session.flush()
    session.rollback()
