"""Jobs are done once, by whoever takes them first, and say what became of them."""

from datetime import timedelta

import pytest

from pb.errors import Invalid
from pb.notices import jobs
from pb.notices.models import Job, JobState
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW


@pytest.fixture
def tools(app, keys, tmp_path, clock):
    return jobs.Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)


def asked(session, kind="sums", **payload):
    job = jobs.ask(session, kind, at=NOW, payload=payload)
    session.commit()
    return job


def test_a_job_is_done_and_its_outcome_kept(session, tools):
    job = asked(session, numbers=[1, 2, 3])

    jobs.run_next(tools, {"sums": lambda work: {"sum": sum(work.payload["numbers"])}})

    session.refresh(job)
    assert (job.state, job.outcome, job.over) == (JobState.DONE, {"sum": 6}, True)


def test_the_oldest_job_comes_first_and_unknown_kinds_wait(session, tools):
    asked(session, "unknown")
    first, second = asked(session, n=1), asked(session, n=2)
    done = []

    while jobs.run_next(tools, {"sums": lambda work: done.append(work.job_id) or {}}):
        pass

    assert done == [first.id, second.id]


def test_a_job_in_hand_is_not_taken_by_another_worker(session, tools):
    asked(session)
    seen = []

    def handler(work):
        seen.append(jobs.run_next(tools, {"sums": handler}))
        return {}

    jobs.run_next(tools, {"sums": handler})

    assert seen == [None]


def test_a_worker_that_died_is_followed_by_another(session, tools, clock):
    job = asked(session)
    job.state, job.seen_at = JobState.RUNNING, NOW
    session.commit()

    clock.now = NOW + jobs.SILENCE
    assert jobs.run_next(tools, {"sums": lambda work: {}}) is None
    clock.now += timedelta(seconds=1)
    assert jobs.run_next(tools, {"sums": lambda work: {}}) == job.id


def test_progress_can_be_read_while_the_job_goes_on(session, tools):
    job = asked(session)

    def handler(work):
        work.report(3, 10)
        session.refresh(job)
        assert (job.state, job.done, job.total) == (JobState.RUNNING, 3, 10)
        session.rollback()
        return {}

    jobs.run_next(tools, {"sums": handler})

    session.refresh(job)
    assert (job.state, job.done) == (JobState.DONE, 10)


def test_a_refusal_is_told_with_all_its_problems(session, tools):
    job = asked(session)

    def handler(work):
        raise Invalid("The file has mistakes.", ("Line 2: empty.", "Line 3: twice."))

    jobs.run_next(tools, {"sums": handler})

    session.refresh(job)
    assert job.state is JobState.FAILED
    assert (job.told, job.problems) == (
        "The file has mistakes.",
        ["Line 2: empty.", "Line 3: twice."],
    )


def test_a_crash_ends_the_job_and_its_cause_stays_in_the_log(session, tools, caplog):
    job = asked(session)

    def handler(work):
        raise ZeroDivisionError("secret detail")

    jobs.run_next(tools, {"sums": handler})

    session.refresh(job)
    assert job.state is JobState.FAILED
    assert "secret detail" not in job.told and "secret detail" in caplog.text


def test_the_page_of_a_job_shows_how_far_it_is(session, browse):
    round = make.round_(session, Phase.IDEAS)
    pages = browse(make.appointed(session, round, Role.COMMISSIONER))
    job = jobs.ask(session, "sums", at=NOW, round_id=round.id, payload={"title": "Adding up"})
    job.state, job.done, job.total, job.seen_at = JobState.RUNNING, 1200, 5000, NOW
    session.commit()
    address = f"/commission/rounds/{round.slug}/jobs/{job.id}"

    page = pages.get(address)

    assert "Adding up" in page.text and "1,200 of 5,000 done" in page.text


def test_a_job_is_shown_in_its_own_round_only(session, browse):
    round, other = make.round_(session, Phase.IDEAS), make.round_(session, Phase.IDEAS)
    pages = browse(make.appointed(session, round, Role.COMMISSIONER))
    job = jobs.ask(session, "sums", at=NOW, round_id=other.id)
    session.commit()

    assert pages.get(f"/commission/rounds/{round.slug}/jobs/{job.id}", status=404)


def test_jobs_belong_to_rounds_that_exist(session):
    assert jobs.find(session, None, 1) is None
    assert session.query(Job).count() == 0
