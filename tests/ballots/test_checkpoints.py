"""Every hour the log tells the turnout and a fingerprint of the box."""

import hashlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pb.audit import queries as log
from pb.audit.models import Entry
from pb.ballots import checkpoints, service
from pb.ballots.envelope import Opener
from pb.ballots.models import Channel, CommitmentList, LiveBallot
from pb.cli.jobs import TICKS, tick_once
from pb.notices.jobs import Tools
from pb.rounds.models import Phase, Round
from pb.tally.ballots import Ballot
from tests import make
from tests.ballots.box import count, seal
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def voters(session, round):
    return [make.entry(session, round) for _ in range(50)]


@pytest.fixture
def tools(app, clock, tmp_path):
    return Tools(app.extensions["engine"], app.extensions["keys"], tmp_path, "", clock)


def take(session, round, at=NOW):
    entry = checkpoints.take(session, round, at=at)
    session.commit()
    return entry


def test_a_checkpoint_tells_how_many_and_the_fingerprint_of_the_box(session, round, cast, voters):
    for entry in voters[:20]:
        cast(round, entry, town=["park"])
    commitments = sorted(session.scalars(select(LiveBallot.commitment)))
    assert take(session, round).body == {
        "voted": 20,
        "ballots": 20,
        "commitments": hashlib.sha256(b"".join(commitments)).hexdigest(),
    }


def test_with_few_new_ballots_no_fingerprint_tells_their_hour(session, round, cast, voters):
    """Whoever has all receipts could try which of them make up the box of an hour."""
    for n, entry in enumerate(voters[:39], 1):
        cast(round, entry, town=["park"])
        if n in (19, 20, 39):
            told = take(session, round, NOW + n * HOUR).body
            assert ("commitments" in told) is (n == 20)


def test_a_checkpoint_tells_of_no_other_round(session, round, cast, voters):
    for entry in voters[: checkpoints.FEWEST_NEW]:
        cast(round, entry, town=["park"])
    own = sorted(session.scalars(select(LiveBallot.commitment)))
    other = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})
    cast(other, make.entry(session, other), town=["park"])
    told = take(session, round).body
    assert told["voted"] == told["ballots"] == checkpoints.FEWEST_NEW
    assert told["commitments"] == hashlib.sha256(b"".join(own)).hexdigest()
    assert checkpoints.alarms(session, round) == 0


def test_a_checkpoint_waits_for_a_ballot_that_is_on_its_way(app, session, round, keys, voters):
    """Else it could see a mark without its ballot, and raise an alarm for nothing."""
    round_id, found = round.id, []

    def take_elsewhere():
        with Session(app.extensions["engine"]) as own:
            found.append(take(own, own.get(Round, round_id)).body)

    taking = threading.Thread(target=take_elsewhere)
    lists = {make.area(round).id: Ballot(("park",))}
    service.cast(session, round, voters[0], lists, channel=Channel.WEB, now=NOW, keys=keys)
    taking.start()
    taking.join(0.7)
    session.commit()
    taking.join()
    assert [(body["voted"], body["ballots"]) for body in found] == [(1, 1)]


def test_nothing_is_written_where_nothing_has_changed(session, round, cast, voters):
    assert take(session, round) is None
    cast(round, voters[0], town=["park"])
    assert take(session, round)
    assert take(session, round, NOW + HOUR) is None
    cast(round, voters[0], town=["park"])
    assert take(session, round, NOW + 2 * HOUR) is None, "as many, though one was sent again"


def test_a_ballot_that_disappears_raises_an_alarm(session, round, cast, voters):
    for entry in voters[:3]:
        cast(round, entry, town=["park"])
    take(session, round)
    session.execute(delete(LiveBallot).where(LiveBallot.commitment.in_(
        select(func.min(LiveBallot.commitment)))))  # fmt: skip
    take(session, round, NOW + HOUR)
    assert [entry.kind for entry in log.entries(session, round.id)] == [
        "box.checkpoint",
        "box.checkpoint",
        "box.alarm",
    ]
    assert checkpoints.alarms(session, round) == 1


def test_the_clock_takes_one_an_hour_by_itself(session, round, cast, voters, tools, clock):
    assert checkpoints.tick in TICKS
    for minutes in (0, 10, 50, 70):  # the clock shows 12:00, 12:10, 12:50, 13:10
        cast(round, voters[minutes // 10], town=["park"])
        clock.now = NOW + timedelta(minutes=minutes)
        tick_once(tools)
    session.expire_all()
    assert [entry.body["voted"] for entry in checkpoints.taken(session, round)] == [1, 4]


def test_a_sealed_box_has_no_more_checkpoints(session, round, cast, voters, keys, shut, tools):
    cast(round, voters[0], town=["park"])
    seal(session, round, keys, shut)
    checkpoints.tick(tools)
    kinds = session.scalars(select(Entry.kind).where(Entry.chain == round.id)).all()
    assert kinds == ["box.seal"]


def test_a_checkpoint_that_waited_for_the_seal_raises_no_alarm(
    app, session, round, cast, voters, keys, shut, tools, clock
):
    for entry in voters[:3]:
        cast(round, entry, town=["park"])
    clock.now = shut
    opener = Opener(make.PRIVATE_KEY, round.box_key) if round.encrypted else None
    service.seal(session, round, at=shut, keys=keys, opener=opener)
    ticking = threading.Thread(target=lambda: checkpoints.tick(tools))
    ticking.start()
    ticking.join(0.5)
    assert ticking.is_alive(), "it waits for the seal"
    session.commit()
    ticking.join()
    assert checkpoints.alarms(session, round) == 0


def test_a_list_is_published_an_hour_late_and_only_with_enough_that_is_new(
    session, round, cast, voters, keys, shut
):
    def shown(at):
        found = checkpoints.published(session, round, at)
        return found and len(checkpoints.listed(found))

    for n, entry in enumerate(voters[:42], 1):
        cast(round, entry, town=["park"])
        if n in (19, 20, 39, 40, 42):
            take(session, round, NOW + n * HOUR)
    assert shown(NOW + 20 * HOUR) is None
    assert shown(NOW + 21 * HOUR) == 20, "19 were too few, and 20 wait for an hour"
    assert shown(NOW + 40 * HOUR) == 20
    assert shown(NOW + 41 * HOUR) == 40 == shown(NOW + 99 * HOUR)
    stored = set(session.scalars(select(LiveBallot.commitment)))
    assert set(checkpoints.listed(checkpoints.published(session, round, NOW + 41 * HOUR))) < stored
    seal(session, round, keys, shut)
    assert count(session, CommitmentList) == 0


def test_the_list_that_is_shown_stays_until_the_next_one_may_be_shown(session, round, cast, voters):
    almost = HOUR - timedelta(seconds=2)  # a tick is never quite on time
    for times in range(4):
        for entry in voters[:20]:
            cast(round, entry, town=["park"])
        at = NOW + times * almost
        take(session, round, at)
        assert (checkpoints.published(session, round, at) is not None) is (times > 1)


def test_at_most_two_lists_are_kept(session, round, cast, voters):
    for times in range(4):
        for entry in voters[:20]:
            cast(round, entry, town=["park"])
        take(session, round, NOW + times * HOUR)
    assert count(session, CommitmentList) == 2
