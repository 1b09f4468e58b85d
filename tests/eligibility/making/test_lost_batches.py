"""A batch of letters that was lost on its way: its codes go, its people get new ones."""

from datetime import timedelta

import pytest

from pb.eligibility import batches, queries, service
from pb.eligibility.models import CodeBatch
from pb.errors import Invalid, Refused
from pb.notices import jobs
from pb.rounds.models import Phase
from tests import make
from tests.conftest import NOW
from tests.eligibility.making.conftest import (
    HANDLERS,
    PEOPLE,
    Killed,
    dies_while_writing,
    rows,
    works,
)


class TestLostBatches:
    @pytest.fixture
    def batch(self, session, round, clerk, keys):
        service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
        session.commit()
        return queries.batches(session, round)[0]

    @pytest.fixture
    def lose(self, session, round, clerk, batch):
        def lose(reason="The post lost them", voted=0, at=NOW):
            batches.revoke_lost(session, round, batch, voted=voted, reason=reason, by=clerk, at=at)
            session.commit()

        return lose

    def test_its_people_get_new_codes(self, session, tools, ask, collect, lose, batch):
        lose()
        job = ask(again=batch.id)
        jobs.run_next(tools, HANDLERS)
        assert len(rows(collect(job))) == 3
        assert batches.state(batch) == "taken back"

    def test_a_worker_that_dies_over_it_leaves_its_people_to_the_next(
        self, session, round, clerk, keys, tools, ask, collect, lose, batch, clock, monkeypatch
    ):
        lose()
        service.import_roll(
            session, round, b"person;area\nN1;north\n", "new.csv", by=clerk, at=NOW, keys=keys
        )
        job = ask(again=batch.id)
        with monkeypatch.context() as patch:
            dies_while_writing(patch)
            with pytest.raises(Killed):
                jobs.run_next(tools, HANDLERS)
        clock.now = NOW + jobs.SILENCE + timedelta(minutes=1)
        jobs.run_next(tools, HANDLERS)
        assert [row["number"] for row in rows(collect(job))] == ["1", "2", "3"]

    def test_codes_from_the_desk_stay_as_they_are(
        self, session, round, clerk, keys, tools, ask, collect, lose, batch
    ):
        entry = queries.find_by_number(session, round, 2)
        common = {"by": clerk, "at": NOW, "keys": keys}
        new = service.replace_code(session, round, entry, reason="Lost", **common)
        lose()
        job = ask(again=batch.id)
        jobs.run_next(tools, HANDLERS)
        assert [row["number"] for row in rows(collect(job))] == ["1", "3"]
        assert works(session, round, keys, new.printed)

    def test_a_list_must_name_all_its_people(self, ask, lose, batch):
        lose()
        with pytest.raises(Invalid, match="1 person of this batch"):
            ask(again=batch.id, people=PEOPLE)

    def test_not_once_somebody_has_voted(self, lose):
        with pytest.raises(Refused, match="has voted"):
            lose(voted=1)

    def test_not_twice_and_not_without_a_reason(self, lose):
        with pytest.raises(Invalid, match="Give a reason"):
            lose(reason=" ")
        lose()
        with pytest.raises(Refused, match="taken back already"):
            lose()

    def test_not_after_voting(self, session, clerk, keys):
        round = make.round_(session, Phase.COUNTING)
        batch = CodeBatch(round_id=round.id)
        with pytest.raises(Refused, match="Voting has ended"):
            batches.revoke_lost(session, round, batch, voted=0, reason="x", by=clerk, at=NOW)

    def test_not_while_it_is_being_made(self, session, round, clerk, tools, ask, monkeypatch):
        job = ask()
        dies_while_writing(monkeypatch)
        with pytest.raises(Killed):
            jobs.run_next(tools, HANDLERS)
        batch = queries.batch_of_job(session, job.id)
        with pytest.raises(Refused, match="still being made"):
            batches.revoke_lost(session, round, batch, voted=0, reason="x", by=clerk, at=NOW)
