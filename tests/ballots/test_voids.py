"""Votes that two persons take out of the box, unread."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.audit import queries as log
from pb.ballots import queries, voids
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.errors import Refused
from pb.rounds.models import Round
from tests import make
from tests.ballots.box import count, seal


def test_mark_and_ballot_go_together_and_all_others_stay(session, round, cast, keys, shut):
    entries = [make.entry(session, round) for _ in range(3)]
    kept = [cast(round, entry, town=["park"]) for entry in entries]
    voids.take_out(session, round, entries[1], keys=keys)
    session.commit()
    left = session.scalars(select(TurnoutMark.entry_id)).all()
    assert sorted(left) == [entries[0].id, entries[2].id]
    summary = seal(session, round, keys, shut)
    assert summary.ballots == 2
    found = [queries.find_receipt(session, round, receipt.code) for receipt in kept]
    assert found == [True, False, True]


def test_who_has_not_voted_has_nothing_to_take_out(session, round, cast, keys):
    cast(round, make.entry(session, round), town=["park"])
    with pytest.raises(Refused, match="does not hold one vote"):
        voids.take_out(session, round, make.entry(session, round), keys=keys)
    session.rollback()
    assert count(session, LiveBallot) == count(session, TurnoutMark) == 1


def test_a_mark_without_its_ballot_is_not_quietly_taken_away(session, round, cast, keys):
    entry = make.entry(session, round)
    cast(round, entry, town=["park"])
    session.delete(session.scalars(select(LiveBallot)).one())
    session.commit()
    with pytest.raises(Refused, match="Nothing was taken out"):
        voids.take_out(session, round, entry, keys=keys)
    session.rollback()
    assert count(session, TurnoutMark) == 1


def test_a_seal_waits_for_a_vote_that_is_being_taken_out(app, session, round, cast, keys, shut):
    """Else it would count a vote that is gone when it looks again."""
    entries, round_id, sealed = [make.entry(session, round) for _ in range(2)], round.id, []
    for entry in entries:
        cast(round, entry, town=["park"])

    def seal_elsewhere():
        with Session(app.extensions["engine"]) as own:
            sealed.append(seal(own, own.get(Round, round_id), keys, shut).ballots)

    sealing = threading.Thread(target=seal_elsewhere)
    voids.take_out(session, round, entries[0], keys=keys)
    sealing.start()
    sealing.join(0.7)
    session.commit()
    sealing.join()
    assert sealed == [1]


def test_nothing_is_taken_out_of_a_sealed_box(session, round, cast, keys, shut):
    entry = make.entry(session, round)
    cast(round, entry, town=["park"])
    seal(session, round, keys, shut)
    with pytest.raises(Refused, match="sealed"):
        voids.take_out(session, session.get(Round, round.id), entry, keys=keys)
    assert [entry.body["ballots"] for entry in log.entries(session, round.id)] == [1]
