"""`pb ballots verify`: what a box has to show, open and sealed, and what it finds wrong."""

import secrets

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy import select

from pb.ballots import proof, service
from pb.ballots.models import LiveBallot, SealedCommitment, TurnoutMark
from pb.cli.ballots import ballots_commands
from pb.keys import Purpose
from tests import make
from tests.ballots.box import seal


@pytest.fixture
def voted(session, round, cast):
    return [cast(round, make.entry(session, round), town=["park"]) for _ in range(30)]


@pytest.fixture
def sealed(app, session, round, voted, keys, shut):
    seal(session, round, keys, shut)
    service.after_seal(app.extensions["engine"], keys, round.id)
    return round


def verify(app, *args):
    with app.app_context():
        return CliRunner().invoke(ballots_commands, ["verify", *args])


def wrong(session, round, keys) -> list[str]:
    return [one.sentence for one in proof.check(session, round, keys) if one.holds is False]


def test_an_open_box_is_as_it_should_be(app, session, round, voted, keys):
    assert wrong(session, round, keys) == []
    session.rollback()
    found = verify(app, round.slug)
    assert found.exit_code == 0, found.output
    assert "30 people are marked as having voted, 30 ballots" in found.output


@pytest.mark.parametrize("fraud", ["lost", "stuffed", "moved"])
def test_an_open_box_that_was_tampered_with_is_named(app, session, round, voted, keys, fraud):
    live = session.scalars(select(LiveBallot)).first()
    if fraud == "lost":
        session.delete(live)
    elif fraud == "stuffed":
        row = {"slot": b"s" * 32, "commitment": b"c" * 32, "content": b"x"}
        session.add(LiveBallot(round_id=round.id, **row))
    else:
        session.execute(
            sa.update(LiveBallot).where(LiveBallot.slot == live.slot).values(slot=b"x" * 32)
        )
    session.commit()
    assert "every ballot belongs to somebody who voted" in wrong(session, round, keys)
    session.rollback()
    assert verify(app, round.slug).exit_code == 1


def test_a_sealed_box_is_as_it_should_be(app, session, sealed, keys):
    session.rollback()
    found = verify(app, sealed.slug)
    assert found.exit_code == 0, found.output
    for sentence in (
        "the box is what was sealed",
        "30 receipts are published, one for each ballot",
        "the key that found a voter’s ballot is destroyed",
        "0 traces",
    ):
        assert sentence in found.output


def unguarded(session, *names) -> None:
    """Take triggers away, as somebody with the database could."""
    table = " ON {}" if session.get_bind().dialect.name == "postgresql" else ""
    for name, on in names:
        session.execute(sa.text(f"DROP TRIGGER never_{name}{table.format(on)}"))


@pytest.mark.parametrize("fraud", ["choice", "receipt", "swapped receipt", "mark", "key"])
def test_a_sealed_box_that_was_tampered_with_is_named(session, sealed, keys, fraud):
    guards = [("choice_update", "sealed_choice"), ("commitment_delete", "sealed_commitment")]
    unguarded(session, *guards, ("commitment_update", "sealed_commitment"))
    one = session.scalars(select(SealedCommitment.commitment)).first()
    if fraud == "choice":
        session.execute(sa.text("UPDATE sealed_choice SET choices = '{\"choices\": [\"pool\"]}'"
                                " WHERE n = 1"))  # fmt: skip
    elif fraud == "receipt":
        session.execute(sa.delete(SealedCommitment).where(SealedCommitment.commitment == one))
    elif fraud == "swapped receipt":
        session.execute(
            sa.update(SealedCommitment)
            .where(SealedCommitment.commitment == one)
            .values(commitment=secrets.token_bytes(32))
        )
    elif fraud == "mark":
        session.delete(session.scalars(select(TurnoutMark)).first())
    else:
        (keys.directory / f"round-{sealed.id}.ballots.destroyed").unlink()
        keys.key(sealed.id, Purpose.BALLOTS)
    session.commit()
    assert wrong(session, sealed, keys)


def test_a_trace_of_an_erased_ballot_is_found(session, sealed, backend, tmp_path, keys):
    """The scan can fail: here are bytes such as an erased row would leave."""
    if backend == "postgresql":
        pytest.skip("its files are the server's")
    one = session.scalars(select(SealedCommitment.commitment)).first()
    session.rollback()
    with open(tmp_path / "test.sqlite", "ab") as file:
        file.write(secrets.token_bytes(4096 - 64) + secrets.token_bytes(32) + one)
    assert any("31 traces of 30 commitments" in text for text in wrong(session, sealed, keys))


def test_traces_are_found_wherever_they_stand(tmp_path):
    wanted = [secrets.token_bytes(32) for _ in range(3)]
    near_miss = wanted[0][:31] + bytes([wanted[0][31] ^ 1])
    places = (0, 7, 1001, proof.WINDOW - 16, proof.WINDOW * 2 - 32)
    content = bytearray(proof.WINDOW * 2)
    for n, place in enumerate(places):
        content[place : place + 32] = wanted[n % 3] if place != 7 else near_miss
    content[0:32] = wanted[0]
    (tmp_path / "file").write_bytes(content)
    expected = sum(bytes(content).count(one) for one in wanted)
    assert expected == 4
    assert proof.occurrences(tmp_path / "file", wanted) == expected
    (tmp_path / "empty").write_bytes(b"")
    assert proof.occurrences(tmp_path / "empty", wanted) == 0


def test_an_unknown_round_and_a_missing_file_are_refused_in_a_line(app, tmp_path):
    for what in ("nowhere", str(tmp_path / "nothing.zip")):
        found = verify(app, what)
        assert found.exit_code == 2
        assert found.output.startswith("Error: ")
