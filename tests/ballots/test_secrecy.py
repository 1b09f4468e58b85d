"""Nothing that is stored leads from a voter to a ballot; what does while voting is open is gone
once the box is sealed."""

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from pb.ballots import checkpoints, queries, receipts, service
from pb.ballots.models import (
    Channel,
    CommitmentList,
    LiveBallot,
    SealedChoice,
    SealedCommitment,
    TurnoutMark,
)
from pb.keys import Purpose
from pb.rounds import calendar
from pb.rounds.models import Phase
from pb.tally.ballots import Ballot
from tests import make
from tests.ballots.box import seal
from tests.conftest import NOW

BALLOT_TABLES = [table.__table__ for table in (LiveBallot, SealedChoice, SealedCommitment)]
VOTERS = 60


@pytest.fixture
def round(session, envelopes):
    projects = {f"project-{n}": ("town", 1_000_00) for n in range(8)}
    return make.round_(session, Phase.VOTING, projects=projects, encrypted=envelopes)


@pytest.fixture
def voted(session, round, keys) -> list[int]:
    """Entries in the order in which they voted, each in a transaction of its own."""
    entries = [make.entry(session, round) for _ in range(VOTERS)]
    for n, entry in enumerate(entries):
        lists = {round.areas[0].id: Ballot((f"project-{n % 8}",))}
        service.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)
        session.commit()
    return [entry.id for entry in entries]


@pytest.fixture
def sealed(app, session, round, voted, keys):
    """The box after the seal; returns what was in it before."""
    before = session.execute(select(LiveBallot.slot, LiveBallot.content)).all()
    seal(session, round, keys, calendar.counting_from(round))
    service.after_seal(app.extensions["engine"], keys, round.id)
    return before


def test_marks_and_ballots_have_nothing_in_common_but_the_round():
    marks = set(TurnoutMark.__table__.columns.keys())
    for table in BALLOT_TABLES:
        assert marks & set(table.columns.keys()) == {"round_id"}
        targets = {key.column.table.name for key in table.foreign_keys}
        assert targets <= {"round", "area"}


def test_ballots_have_no_time_no_number_of_their_own_and_no_voter():
    for table in [*BALLOT_TABLES, TurnoutMark.__table__]:
        for column in table.columns:
            assert not isinstance(column.type, sa.DateTime | sa.Date | sa.Time)
            assert column.autoincrement in (False, "auto")
            assert column.default is column.server_default is None
    assert not any("entry_id" in table.columns for table in BALLOT_TABLES)


def test_no_hidden_row_number_tells_the_order_of_voting(session, backend, voted):
    if backend == "postgresql":
        pytest.skip("see the test of the sealed box: until then the order of writing shows")
    for table in [*BALLOT_TABLES, TurnoutMark.__table__]:
        with pytest.raises(sa.exc.OperationalError, match="no such column: rowid"):
            session.execute(sa.text(f"SELECT rowid FROM {table.name}"))


def test_the_order_of_ballots_is_not_the_order_of_voters(session, round, voted, keys):
    slots = {keys.mac(round.id, Purpose.BALLOTS, "slot", entry): entry for entry in voted}
    stored = session.scalars(select(LiveBallot.slot).order_by(LiveBallot.slot)).all()
    order = [voted.index(slots[slot]) for slot in stored]
    in_place = sum(place == rank for place, rank in enumerate(order))
    rising = sum(a < b for a, b in zip(order, order[1:], strict=False))
    assert in_place < VOTERS / 4
    assert VOTERS / 4 < rising < VOTERS * 3 / 4


def test_after_the_seal_the_key_is_gone_for_good(round, sealed, keys):
    with pytest.raises(FileNotFoundError, match="destroyed"):
        keys.mac(round.id, Purpose.BALLOTS, "slot", 1)


def test_after_the_seal_lists_stand_in_a_canonical_order(session, round, sealed):
    lists = session.scalars(select(SealedChoice.choices).order_by(SealedChoice.n)).all()
    assert [Ballot.from_json(one) for one in lists] == sorted(
        Ballot.from_json(one) for one in lists
    )
    assert len(lists) == VOTERS


def test_after_the_seal_no_byte_of_the_envelopes_is_left(session, tmp_path, backend, sealed, round):
    if backend == "postgresql":
        assert session.scalar(sa.text("SELECT pg_relation_size('live_ballot')")) == 0
        return
    session.rollback()
    files = {path.name: path.read_bytes() for path in tmp_path.glob("test.sqlite*")}
    stored = b"".join(files.values())
    assert files.get("test.sqlite-wal", b"") == b""
    assert round.slug.encode() in stored, "the scan sees what is stored"
    for slot, content in sealed:
        secret = content[:48] if round.encrypted else content.split(b'"nonce":"')[1][:32]
        assert slot not in stored
        assert secret not in stored
    keys = list((tmp_path / "keys").iterdir())
    assert {path.suffix for path in keys} <= {".key", ".destroyed", ".cleaned"}


def test_the_scan_would_find_the_envelopes_of_an_open_box(session, tmp_path, backend, voted):
    """The test above can fail: before the seal the same bytes are there."""
    if backend == "postgresql":
        assert session.scalar(sa.text("SELECT pg_relation_size('live_ballot')")) > 0
        return
    slots = session.scalars(select(LiveBallot.slot)).all()
    session.rollback()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite*"))
    assert all(slot in stored for slot in slots)


def test_after_the_seal_all_rows_were_written_by_one_transaction(session, backend, sealed):
    if backend == "sqlite":
        pytest.skip("SQLite keeps no transaction numbers in its rows")
    for table in (SealedChoice, SealedCommitment):
        writers = session.scalars(sa.text(f"SELECT DISTINCT xmin::text FROM {table.__tablename__}"))
        assert len(writers.all()) == 1


def test_after_the_seal_receipts_lie_in_their_own_order_and_not_in_that_of_voting(
    session, backend, sealed
):
    if backend == "sqlite":
        pytest.skip("SQLite keeps these rows in the order of their key: they have no other place")
    places = sa.text("SELECT commitment FROM sealed_commitment ORDER BY ctid")
    found = [bytes(one) for one in session.scalars(places)]
    assert len(found) == VOTERS
    assert found == sorted(found)


def test_after_the_seal_no_byte_of_earlier_lists_of_receipts_is_left(
    app, session, round, voted, keys, tmp_path, backend
):
    """A list tells which ballots were in the box at an hour."""
    checkpoints.take(session, round, at=NOW)
    session.commit()
    listed = session.scalars(select(CommitmentList.commitments)).one()
    seal(session, round, keys, calendar.counting_from(round))
    service.after_seal(app.extensions["engine"], keys, round.id)
    if backend == "postgresql":
        assert session.scalar(sa.text("SELECT pg_relation_size('commitment_list')")) == 0
        return
    session.rollback()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite*"))
    assert listed[:64] not in stored, "two receipts beside each other"


def test_cleaning_up_keeps_the_open_boxes_of_other_rounds(app, session, voted, round, keys):
    other = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_000_00)})
    lists = {other.areas[0].id: Ballot(("park",))}
    receipt = service.cast(
        session, other, make.entry(session, other), lists,
        channel=Channel.WEB, now=NOW, keys=keys,
    )  # fmt: skip
    session.commit()
    seal(session, round, keys, calendar.counting_from(round))
    service.after_seal(app.extensions["engine"], keys, round.id)
    assert receipts.code(session.scalars(select(LiveBallot.commitment)).one()) == receipt.code
    session.rollback()
    seal(session, other, keys, calendar.counting_from(other))
    assert queries.find_receipt(session, other, receipt.code)


def test_cleaning_up_can_be_repeated(app, session, round, sealed, keys):
    session.rollback()
    service.after_seal(app.extensions["engine"], keys, round.id)
    make.entry(session, round)
