"""Frozen lines are read once; lines that can still change are read every time."""

import sqlalchemy as sa

from pb.ballots import frozen
from pb.rounds.models import ActKind, Phase
from tests import make
from tests.results import elections

LINES = {"park": ("town", 1_000_00), "pool": ("town", 2_000_00)}


def codes(session, round) -> list[str]:
    return [line.code for line in frozen.lines(session, round)]


def test_lines_come_by_number_and_belong_to_no_session(session):
    round = make.round_(session, Phase.VOTING, projects=LINES)
    assert codes(session, round) == ["park", "pool"]
    assert not any(line in session for line in frozen.lines(session, round))


def test_a_ballot_that_is_not_frozen_is_read_every_time(session):
    round = make.round_(session, Phase.BALLOT, projects=LINES)
    assert codes(session, round) == ["park", "pool"]
    make.project(session, round, "bench", number=3)
    assert codes(session, round) == ["park", "pool", "bench"]


def test_a_frozen_ballot_is_read_once(app, session):
    round = make.round_(session, Phase.VOTING, projects=LINES)
    first = frozen.lines(session, round)
    seen: list[str] = []
    engine = app.extensions["engine"]
    sa.event.listen(engine, "before_cursor_execute", lambda *sent: seen.append(sent[2]))
    assert frozen.lines(session, round) is first
    assert not [statement for statement in seen if "FROM project " in statement]


def test_a_withdrawal_is_noticed_at_once(session, keys):
    found = elections.town(session, keys, Phase.VOTING)
    number = frozen.lines(session, found.round)[0].number
    act = found.ask(ActKind.WITHDRAW_PROJECT, project=number, reason="The ground is not ours.")
    found.confirm(act)
    marked = [line.number for line in frozen.lines(session, found.round) if line.withdrawal]
    assert marked == [number]


def test_reading_lines_leaves_the_transaction_as_it_was(session):
    round = make.round_(session, Phase.VOTING, projects=LINES)
    round.name = "Renamed"
    session.flush()
    frozen.lines(session, round)
    session.commit()
    session.refresh(round)
    assert round.name == "Renamed"


def test_rounds_keep_their_lines_apart_and_old_ones_are_let_go(session):
    rounds = [
        make.round_(session, Phase.VOTING, projects={f"only-{n}": ("town", 1_000_00)})
        for n in range(frozen.MOST_KEPT + 1)
    ]
    for _ in range(2):
        found = [codes(session, round) for round in rounds]
        assert found == [[f"only-{n}"] for n in range(len(rounds))]
    first = frozen.lines(session, rounds[0])
    for round in rounds[1:]:
        frozen.lines(session, round)
    assert frozen.lines(session, rounds[0]) is not first
