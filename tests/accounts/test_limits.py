"""Brakes on guessing: they hold for everybody at once, and lock nobody out for good."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts import limits
from pb.accounts.models import Attempt
from tests.ballots.box import in_parallel
from tests.conftest import NOW

LIMIT = limits.Limit("test", tries=3, seconds=60)
ROOT = Path(__file__).parent.parent.parent

# What a worker does: guess until it is refused, and say how often it was let through.
WORKER = """
import sys
from datetime import datetime
from sqlalchemy.orm import Session
from pb import db
from pb.accounts import limits

engine, passed = db.make_engine(sys.argv[1]), 0
for _ in range(12):
    with Session(engine) as session, session.begin():
        now = datetime.fromisoformat(sys.argv[2])
        try:
            limits.check(session, limits.CODES, "203.0.113.0/24", now)
        except limits.TooMany:
            continue
        limits.count_code(session, "203.0.113.0/24", now)
        passed += 1
print(passed)
"""


def test_tries_are_counted_and_then_refused_for_a_while(session):
    for _ in range(3):
        limits.check(session, LIMIT, "ana", NOW)
        limits.count(session, LIMIT, "ana", NOW)

    with pytest.raises(limits.TooMany, match="Nothing is locked") as refusal:
        limits.check(session, LIMIT, "ana", NOW)
    assert 0 < refusal.value.retry_after <= 60

    limits.check(session, LIMIT, "ana", NOW + timedelta(seconds=60))


def test_one_person_does_not_slow_down_another(session):
    for _ in range(5):
        limits.count(session, LIMIT, "ana", NOW)

    limits.check(session, LIMIT, "ben", NOW)


def test_the_counter_keeps_no_address(session):
    limits.count(session, LIMIT, "ana@example.org", NOW)

    row = session.scalars(select(Attempt)).one()
    assert "ana" not in row.subject


def test_uses_are_counted_up_to_the_limit(session):
    for _ in range(3):
        limits.spend(session, LIMIT, "ana", NOW)
    with pytest.raises(limits.TooMany):
        limits.spend(session, LIMIT, "ana", NOW)


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_an_address_belongs_to_a_net(address, net):
    assert limits.net_of(address) == net


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "a minute"), (60, "a minute"), (61, "2 minutes"), (3600, "60 minutes"), (3601, "2 hours")],
)
def test_waits_are_said_as_people_say_them(seconds, words):
    assert limits.waiting_time(seconds) == words


def test_everybody_together_is_slowed_down_and_a_code_that_waits_comes_through(session):
    for n in range(limits.CODES_EVERYWHERE.tries):
        limits.count_code(session, f"net {n}", NOW)

    with pytest.raises(limits.TooMany) as refusal:
        limits.check_code(session, "a quiet net", "my code", NOW)
    later = NOW + timedelta(seconds=refusal.value.retry_after)
    limits.check_code(session, "a quiet net", "my code", later)
    # It is looked at once for every wait.
    with pytest.raises(limits.TooMany):
        limits.check_code(session, "a quiet net", "my code", later)


def test_a_wait_of_long_ago_is_used_up(session):
    def slow_down(now):
        for _ in range(limits.CODES.tries):
            limits.count_code(session, "a net", now)
        with pytest.raises(limits.TooMany):
            limits.check_code(session, "a net", "my code", now)

    slow_down(NOW)
    slow_down(NOW + timedelta(seconds=limits.TICKET.seconds * (limits.TICKET_LASTS + 1)))


def test_codes_cannot_all_wait_at_once(session):
    for _ in range(limits.CODES.tries):
        limits.count_code(session, "a net", NOW)
    for n in range(limits.WAITING.tries):
        with pytest.raises(limits.TooMany):
            limits.check_code(session, "a net", f"guess {n}", NOW)
    session.commit()

    with pytest.raises(limits.TooMany) as refusal:
        limits.check_code(session, "a net", "one too many", NOW)
    session.rollback()
    soon = NOW + timedelta(seconds=60)
    with pytest.raises(limits.TooMany):
        limits.check_code(session, "a net", "one too many", soon)
    session.rollback()
    # The next window is free for everybody again.
    limits.check_code(
        session, "a net", "one too many", NOW + timedelta(seconds=refusal.value.retry_after)
    )


def test_guesses_at_the_same_moment_are_guesses_one_after_the_other(app):
    engine = app.extensions["engine"]

    def guess(n):
        with Session(engine) as session, session.begin():
            limits.check(session, LIMIT, "ana", NOW)
            limits.count(session, LIMIT, "ana", NOW)
            return "passed"

    found = in_parallel(12, guess)

    assert found.count("passed") == LIMIT.tries
    assert sum(isinstance(one, limits.TooMany) for one in found) == 12 - LIMIT.tries


def test_uses_at_the_same_moment_are_all_counted(app):
    engine = app.extensions["engine"]

    def use(n):
        with Session(engine) as session, session.begin():
            limits.spend(session, LIMIT, "ana", NOW)
            return "passed"

    assert in_parallel(12, use).count("passed") == LIMIT.tries


def test_the_brake_holds_across_processes(database_url):
    command = [sys.executable, "-c", WORKER, database_url, NOW.isoformat()]
    workers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    passed = [int(worker.communicate()[0]) for worker in workers]

    assert sum(passed) == limits.CODES.tries
