"""Migrations go up and down, with data, and agree with the models."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pb import audit, db
from pb.audit.models import Entry
from pb.cli import database
from pb.eligibility.models import CodeBatch, Form
from pb.rounds.models import Phase
from tests import make
from tests.conftest import NOW
from tests.delivery.outcomes import published

VERSIONS = sorted((Path(__file__).parent.parent / "migrations" / "versions").glob("*.py"))


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


def test_migrations_are_numbered_in_one_line():
    numbers = [re.match(r"(\d{4})_", path.name).group(1) for path in VERSIONS]
    assert numbers == [f"{n:04}" for n in range(1, len(VERSIONS) + 1)]


def test_models_and_migrations_agree(engine):
    database.check(engine)


def test_upgrading_twice_does_no_harm(engine):
    database.upgrade(engine)


def test_down_to_nothing_and_up_again(engine):
    database.downgrade(engine, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    database.upgrade(engine)
    database.check(engine)


def test_data_survives_the_way_down_to_the_first_tables_and_up(session, engine):
    round = make.round_(session, Phase.VOTING, projects={"park": ("town", 5_000_00)})
    audit.record(session, chain=round.id, kind="test", at=NOW)
    session.commit()
    before = rows(engine)

    database.downgrade(engine, "0001")
    database.upgrade(engine)

    assert rows(engine) == before
    assert before["round"] == 1 and before["project"] == 1


def rows(engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in db.Base.metadata.sorted_tables
        }


class TestWhatMustNeverBe:
    """The database refuses what the code should never try."""

    def refuses(self, session, statement, sentence):
        with pytest.raises(sa.exc.DatabaseError, match=sentence):
            session.execute(sa.text(statement))
        session.rollback()

    def test_the_log_only_grows(self, session, backend):
        audit.record(session, chain=audit.TOWN, kind="test", at=NOW)
        session.commit()

        self.refuses(session, "UPDATE audit_entry SET kind = 'other'", "only grows")
        self.refuses(session, "DELETE FROM audit_entry", "only grows")
        if backend == "postgresql":
            self.refuses(session, "TRUNCATE audit_entry", "only grows")
        assert session.scalar(sa.select(Entry.kind)) == "test"

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE round SET rule_id = 'equal-shares'",
            "UPDATE round SET limits = NULL",
            "UPDATE round SET within_budget = (1 = 1)",
            "UPDATE round SET frozen_at = NULL, config_digest = NULL",
            "UPDATE area SET budget = budget + 1",
            "DELETE FROM area WHERE slug = 'north'",
            "UPDATE project SET cost = 1",
            "UPDATE project SET title = 'Something else'",
            "DELETE FROM project",
            "INSERT INTO project (round_id, area_id, number, code, title, summary, body, place,"
            " topic, assessment, cost)"
            " SELECT round_id, area_id, 99, 'x', 'x', '', '', '', '', '', 1 FROM project",
        ],
    )
    def test_a_frozen_ballot_stays_as_it_is(self, session, change):
        areas = {"town": 9_000_00, "north": 5_000_00}
        make.round_(session, Phase.VOTING, areas=areas, projects={"park": ("town", 5_000_00)})

        self.refuses(session, change, "frozen")

    def test_the_same_changes_are_possible_before_the_freeze(self, session):
        make.round_(session, Phase.BALLOT, projects={"park": ("town", 5_000_00)})

        session.execute(sa.text("UPDATE project SET cost = 1"))
        session.execute(sa.text("UPDATE area SET budget = budget + 1"))
        session.execute(sa.text("UPDATE round SET rule_id = 'equal-shares'"))
        session.commit()

    @pytest.fixture
    def counted(self, session):
        """A counted round whose needs are not worked out yet."""
        return published(session)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE area_outcome SET outcome_digest = 'other'",
            "UPDATE area_outcome SET outcome = '[]'",
            "UPDATE area_outcome SET scores = '[9]', needs = '{}'",
            "DELETE FROM area_outcome",
        ],
    )
    def test_an_outcome_stays_as_it_is(self, session, counted, change):
        self.refuses(session, change, "stays as it is")

    def test_what_losers_needed_is_filled_in_once(self, session, counted):
        session.execute(sa.text("UPDATE area_outcome SET needs = '[1]'"))
        session.commit()
        self.refuses(session, "UPDATE area_outcome SET needs = '[2]'", "stays as it is")
        self.refuses(session, "UPDATE area_outcome SET needs = NULL", "stays as it is")
        session.execute(sa.text("UPDATE area_outcome SET needs = '[1]'"))

    def test_an_outcome_survives_the_way_back_before_needs(self, session, engine, counted):
        session.execute(sa.text("UPDATE area_outcome SET needs = '[1]'"))
        session.commit()
        asked = sa.text("SELECT area_id, outcome FROM area_outcome")
        before = session.execute(asked).all()
        session.rollback()

        database.downgrade(engine, "0002")
        database.upgrade(engine)

        assert session.execute(asked).all() == before
        assert session.scalar(sa.text("SELECT needs FROM area_outcome")) is None

    @pytest.fixture
    def batch(self, session):
        """A batch of codes whose file was collected."""
        round = make.round_(session, Phase.BALLOT)
        entry = make.entry(session, round)
        made = CodeBatch(
            round_id=round.id, form=Form.CSV, whom="All", codes=1, language="en", sender="",
            desk="", issued_at=NOW, file_key=b"k" * 32, ready_at=NOW,
        )  # fmt: skip
        session.add(made)
        session.flush()
        entry.code_batch_id = made.id
        session.commit()
        return made

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE code_batch SET codes = 2",
            "UPDATE code_batch SET form = 'pdf'",
            "UPDATE code_batch SET issued_at = '2020-01-01 00:00:00+00:00'",
            "UPDATE code_batch SET ready_at = NULL",
            "UPDATE code_batch SET file_key = '1'",
        ],
    )
    def test_a_batch_stays_as_it_was_given_out(self, session, batch, change):
        session.execute(sa.text("UPDATE code_batch SET file_key = NULL, collected_at = ready_at"))
        session.commit()
        self.refuses(session, change, "stays as it was given out")

    def test_a_file_cannot_be_read_once_it_was_collected(self, session, batch):
        self.refuses(session, "UPDATE code_batch SET collected_at = ready_at", "read_once")
        session.execute(sa.text("UPDATE code_batch SET file_key = NULL, collected_at = ready_at"))
        session.commit()
        self.refuses(session, "UPDATE code_batch SET collected_at = NULL", "stays as it was")

    def test_an_entry_belongs_to_a_batch_of_its_own_round(self, session, batch):
        other = make.round_(session, Phase.BALLOT)
        make.entry(session, other)
        moved = f"UPDATE roll_entry SET code_batch_id = {batch.id} WHERE round_id = {other.id}"
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.text(moved))
            session.commit()
        session.rollback()

    def test_voting_can_be_extended_but_never_shortened(self, session):
        round = make.round_(session, Phase.VOTING, projects={"park": ("town", 5_000_00)})
        voting = next(row for row in round.dates if row.phase is Phase.VOTING)

        voting.closes_at += timedelta(days=1)
        session.commit()

        voting.closes_at -= timedelta(hours=1)
        with pytest.raises(sa.exc.DatabaseError, match="only be extended"):
            session.commit()

    def test_a_sealed_box_takes_no_ballot(self, session):
        round = make.round_(session, Phase.RESULTS, projects={"park": ("town", 5_000_00)})
        for table in ("live_ballot", "sealed_commitment"):
            columns = "(round_id, slot, commitment, content)"
            values = f"({round.id}, :key, :key, :key)"
            if table == "sealed_commitment":
                columns, values = "(round_id, commitment)", f"({round.id}, :key)"
            with pytest.raises(sa.exc.DatabaseError, match="sealed"):
                session.execute(
                    sa.text(f"INSERT INTO {table} {columns} VALUES {values}"), {"key": b"x" * 32}
                )
            session.rollback()
