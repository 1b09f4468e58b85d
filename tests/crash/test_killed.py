"""What a voter has a receipt for is in the box, whatever was killed while it was on its way.

SIGKILL leaves a process no time for anything. It is no power cut: what the system has been told to
write, it writes. That it is told to write before the voter is answered is the business of
`synchronous=FULL` and `fsync=on`, which tests/test_db.py and the servers here insist on.
"""

import sqlite3

import psycopg

from pb.ballots import receipts

KILLS = 8
OUTAGES = 3


def assert_nothing_is_lost(town) -> None:
    ballots, marks = town.box()
    acknowledged = {receipts.beginning(one) for one in town.receipts}
    assert len(acknowledged) == len(town.receipts) >= 100
    assert acknowledged <= ballots, f"{len(acknowledged - ballots)} acknowledged ballots are lost"
    assert len(ballots) == marks
    counted, lost = town.seal()
    assert (counted, lost) == (marks, [])


def test_no_acknowledged_ballot_is_lost_when_workers_are_killed(town, backend):
    def kill_workers():
        for _ in range(KILLS):
            town.wait_for_receipts(12)
            town.kill_a_worker()
        town.wait_for_receipts(12)

    town.vote_while(kill_workers)
    town.stop()
    if backend == "sqlite":
        path = town.settings["DATABASE_URL"].removeprefix("sqlite:///")
        assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert town.troubles, "the blows were felt"
    assert_nothing_is_lost(town)


def test_no_acknowledged_ballot_is_lost_when_the_whole_machine_room_is_killed(town, cluster):
    """On PostgreSQL the server with all its processes; on SQLite all workers at once."""

    def kill_everything():
        for _ in range(OUTAGES):
            town.wait_for_receipts(25)
            if cluster is None:
                town.server.kill()
                town.start()
            else:
                cluster.kill()
                cluster.start()
        town.wait_for_receipts(25)

    town.vote_while(kill_everything)
    if cluster is not None:
        with psycopg.connect(cluster.url()) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)
    assert town.troubles, "the blows were felt"
    assert_nothing_is_lost(town)
