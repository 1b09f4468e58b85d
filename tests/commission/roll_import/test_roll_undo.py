"""A list that went in by mistake is taken back."""

import pytest
from sqlalchemy import select

from pb.audit import queries as log
from pb.eligibility import importing, service
from pb.eligibility.models import RollEntry, RollImport, RollPerson
from pb.errors import Invalid
from pb.notices import jobs
from pb.notices.models import Job, JobState
from pb.rounds.models import Phase, Role
from tests import make
from tests.commission.roll_import.lists import size
from tests.conftest import NOW


class TestTakingBack:
    @pytest.fixture
    def undo(self, session, path):
        def address() -> str:
            number = session.scalars(select(RollImport.id)).one()
            session.rollback()
            return f"{path}/imports/{number}/undo"

        return address

    def test_a_list_goes_again_with_all_that_was_known(
        self, session, commissioner, bring_in, undo, work, round, path
    ):
        kept = make.entry(session, round)
        bring_in(letters="y")
        assert "3 people go off the list" in commissioner.get(undo()).text
        commissioner.post(undo(), {}, status=422)
        commissioner.post(undo(), {"reason": "The list of last year"})
        assert work().outcome["told"] == "3 people are off the list of voters again."
        assert session.scalars(select(RollEntry.id)).all() == [kept.id]
        assert not session.scalars(select(RollPerson)).all()
        logged = log.entries(session, round.id)[-1]
        assert logged.kind == "roll.undo"
        assert (logged.body["entries"], logged.body["reason"]) == (3, "The list of last year")
        session.rollback()
        assert "taken back" in commissioner.get(path).text
        assert "taken back already" in commissioner.get(undo(), status=409).text
        assert bring_in().state is JobState.DONE

    def test_nobody_else_gets_the_numbers_of_a_list_that_was_taken_back(
        self, session, commissioner, bring_in, undo, work, round
    ):
        kept = make.entry(session, round)
        bring_in()
        commissioner.post(undo(), {"reason": "The list of last year"})
        work()
        came = [make.entry(session, round), make.entry(session, round)]
        bring_in()
        numbers = session.scalars(select(RollEntry.number).order_by(RollEntry.number)).all()
        assert kept.number == 1 and [one.number for one in came] == [5, 6]
        assert numbers == [1, 5, 6, 7, 8, 9]

    def test_not_while_people_hold_codes(
        self, session, commissioner, bring_in, undo, round, officer, keys
    ):
        bring_in()
        service.issue_codes(session, round, by=officer, at=NOW, keys=keys)
        session.commit()
        page = commissioner.post(undo(), {"reason": "Wrong"}, status=409).text
        assert "3 people of this list have a code" in page
        assert size(session) == 3

    def test_a_job_that_is_begun_again_takes_nothing_back_twice(
        self, session, commissioner, bring_in, undo, work, round
    ):
        bring_in()
        commissioner.post(undo(), {"reason": "Wrong"})
        job = session.get(Job, work().id)
        job.state, job.ended_at, job.seen_at = JobState.RUNNING, None, NOW - 2 * jobs.SILENCE
        session.commit()
        again = work()
        assert again.id == job.id and again.state is JobState.DONE
        assert again.outcome["told"] == "3 people are off the list of voters again."
        assert [entry.kind for entry in log.entries(session, round.id)].count("roll.undo") == 1

    def test_not_without_a_reason_that_everybody_can_read(self, session, bring_in, officer):
        bring_in()
        made = session.scalars(select(RollImport)).one()
        with pytest.raises(Invalid, match="Give a reason"):
            importing.undo(session, made, reason=" ", by=officer, at=NOW)
        session.rollback()
        assert size(session) == 3

    def test_only_in_its_own_round(self, session, browse, bring_in, undo, round):
        bring_in()
        other = make.round_(session, Phase.BALLOT)
        stranger = browse(make.appointed(session, other, Role.COMMISSIONER))
        slugs = round.slug, other.slug
        there = undo().replace(*slugs)
        stranger.get(there, 404)
        stranger.post(there, {"reason": "Not ours"}, 404)

    def test_not_once_voting_has_begun(self, session, browse):
        voting = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
        made = RollImport(round_id=voting.id, filename="x", digest="0", entries=0, imported_at=NOW)
        session.add(made)
        session.commit()
        pages = browse(make.appointed(session, voting, Role.COMMISSIONER))
        address = f"/commission/rounds/{voting.slug}/voters/imports/{made.id}/undo"
        pages.post(address, {"reason": "Late"}, status=409)
