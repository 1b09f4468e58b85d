"""The job that makes letters: codes stand in one file, once, whatever happens to the worker."""

import io
import os
import re
import threading
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.audit import queries as log
from pb.eligibility import batches, making, orders, queries, service
from pb.eligibility.models import CodeBatch, Form, RollEntry
from pb.eligibility.parcels import Parcel
from pb.errors import Invalid, Refused
from pb.notices import jobs
from pb.notices.models import JobState
from pb.rounds.models import Role, Round
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW
from tests.eligibility.making.conftest import (
    ADDRESS,
    HANDLERS,
    PEOPLE,
    Killed,
    dies_while_writing,
    rows,
    works,
)


def test_a_list_of_codes_for_everybody(session, round, keys, tools, ask, collect, folder):
    job = ask()
    jobs.run_next(tools, HANDLERS)
    session.refresh(job)
    assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
    assert job.outcome["told"].startswith("3 codes are ready.")
    found = rows(collect(job))
    assert [(row["number"], row["area"]) for row in found] == [
        ("1", "North"),
        ("2", "North"),
        ("3", ""),
    ]
    assert all(works(session, round, keys, row["code"]) for row in found)
    assert found[0]["link"] == f"{ADDRESS}?code={found[0]['code']}"
    assert list(folder.iterdir()) == []


def test_a_list_with_addresses_decides_who_and_in_which_order(tools, ask, collect, folder):
    job = ask(people=PEOPLE)
    assert b"Leyla" not in b"".join(path.read_bytes() for path in folder.iterdir())
    jobs.run_next(tools, HANDLERS)
    found = rows(collect(job))
    assert [(row["person"], row["language"]) for row in found] == [("A2", "ar"), ("A1", "en")]
    assert [row["address 1"] for row in found] == ["Leyla", "'=Ana"]
    assert list(folder.iterdir()) == [], "the list is gone as well"


@pytest.mark.parametrize("name", ["=1+1", "+31 20", "-Ana", "@Ana"])
def test_no_cell_begins_like_a_formula_of_a_spreadsheet(tools, ask, collect, name):
    job = ask(people=f"person;name;address 1\nA1;{name};Long Street 1\n".encode())
    jobs.run_next(tools, HANDLERS)
    assert [row["address 1"] for row in rows(collect(job))] == [f"'{name}"]


def test_people_with_a_code_are_left_out(session, round, keys, clerk, tools, ask, collect):
    first = queries.find_by_number(session, round, 1)
    service.issue_codes(session, round, by=clerk, at=NOW, keys=keys, entries=[first])
    session.commit()
    job = ask(people=PEOPLE)
    jobs.run_next(tools, HANDLERS)
    assert [row["person"] for row in rows(collect(job))] == ["A2"]
    with pytest.raises(Refused, match="has a code already"):
        ask(people=PEOPLE)


@pytest.mark.parametrize(("area", "numbers"), [("", "123"), ("north", "12"), ("-", "3")])
def test_an_area_gets_its_codes(tools, ask, collect, area, numbers):
    job = ask(area=area)
    jobs.run_next(tools, HANDLERS)
    assert "".join(row["number"] for row in rows(collect(job))) == numbers


def test_few_letters_come_as_one_pdf(tools, ask, collect):
    job = ask(Form.PDF, people=PEOPLE)
    jobs.run_next(tools, HANDLERS)
    assert collect(job).startswith(b"%PDF-")


def test_more_letters_than_one_file_holds(session, round, keys, tools, ask, collect, clerk):
    data = b"person;area\n" + b"".join(b"P%04d;north\n" % n for n in range(501))
    service.import_roll(session, round, data, "more.csv", by=clerk, at=NOW, keys=keys)
    session.commit()
    job = ask(Form.PDF)
    jobs.run_next(tools, HANDLERS)
    batch = queries.batch_of_job(session, job.id)
    assert batches.filename(round, batch) == f"{round.slug}-letters-{batch.id}.zip"
    with zipfile.ZipFile(io.BytesIO(collect(job))) as together:
        sizes = [
            len(re.findall(rb"/Type /Page\b", together.read(name))) for name in together.namelist()
        ]
    assert sizes == [500, 4]


def test_the_file_is_collected_once_and_only_by_whoever_asked(
    session, round, clerk, tools, ask, collect, folder
):
    job = ask()
    other = make.appointed(session, round, Role.COMMISSIONER)
    batch_of = lambda: queries.batch_of_job(session, job.id)  # noqa: E731
    jobs.run_next(tools, HANDLERS)
    with pytest.raises(batches.NotYours):
        batches.collect(session, round, batch_of(), folder, by=other, at=NOW)
    session.rollback()
    assert batches.state(batch_of()) == "ready"
    collect(job)
    assert batches.state(batch_of()) == "collected" and batch_of().file_key is None
    with pytest.raises(Refused, match="this batch is collected"):
        collect(job)
    assert log.entries(session, round.id)[-1].kind == "codes.collect"


def test_a_file_that_is_collected_many_times_at_once_is_handed_over_once(
    app, session, round, clerk, tools, ask, folder
):
    job = ask()
    jobs.run_next(tools, HANDLERS)
    batch_id, round_id, clerk_id = queries.batch_of_job(session, job.id).id, round.id, clerk.id
    session.rollback()

    def collect(n):
        with Session(app.extensions["engine"]) as own, own.begin():
            there, by = own.get_one(Round, round_id), own.get_one(Account, clerk_id)
            batch = own.get_one(CodeBatch, batch_id)
            return b"".join(batches.collect(own, there, batch, folder, by=by, at=NOW).read())

    found = in_parallel(6, collect)
    [content] = [one for one in found if isinstance(one, bytes)]
    assert len(rows(content)) == 3
    assert sum(isinstance(one, Refused) for one in found) == 5


def test_a_file_that_is_gone_can_only_be_made_again(session, tools, ask, collect, folder):
    job = ask()
    jobs.run_next(tools, HANDLERS)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(Refused, match="Make this batch again"):
        collect(job)


@pytest.mark.parametrize("people", [None, PEOPLE])
def test_a_worker_that_dies_leaves_no_code_that_works(
    session, round, keys, tools, ask, collect, clock, people, monkeypatch
):
    job = ask(people=people)
    with monkeypatch.context() as patch:
        dies_while_writing(patch)
        with pytest.raises(Killed):
            jobs.run_next(tools, HANDLERS)
    first = queries.batch_of_job(session, job.id)
    assert batches.state(first) == "being made"
    lost = [entry.code_mac for entry in queries.entries_of(session, first, with_code=True)]
    session.rollback()

    clock.now = NOW + jobs.SILENCE + timedelta(minutes=1)
    jobs.run_next(tools, HANDLERS)

    session.refresh(job)
    session.refresh(first)
    assert job.state is JobState.DONE and batches.state(first) == "taken back"
    found = rows(collect(job))
    assert len(found) == len(lost) == (2 if people else 3)
    assert all(works(session, round, keys, row["code"]) for row in found)
    kept = session.scalars(select(RollEntry.code_mac)).all()
    assert not set(kept) & set(lost)


def test_a_worker_that_dies_after_its_work_changes_nothing(
    session, tools, ask, collect, clock, folder
):
    job = ask()
    jobs.run_next(tools, HANDLERS)
    session.refresh(job)
    job.state, job.ended_at = JobState.RUNNING, None
    session.commit()
    clock.now = NOW + jobs.SILENCE + timedelta(minutes=1)
    jobs.run_next(tools, HANDLERS)
    assert session.scalar(select(func.count()).select_from(CodeBatch)) == 1
    assert len(rows(collect(job))) == 3


def test_a_mistake_in_making_takes_the_codes_back(session, round, tools, ask, folder, monkeypatch):
    job = ask(people=PEOPLE)
    dies_while_writing(monkeypatch, OSError)
    jobs.run_next(tools, HANDLERS)
    session.refresh(job)
    assert job.state is JobState.FAILED
    assert batches.state(queries.batch_of_job(session, job.id)) == "taken back"
    assert len(queries.lacking_a_code(session, round)) == 3
    assert list(folder.iterdir()) == []


def test_codes_taken_back_meanwhile_are_not_handed_out(
    session, round, clerk, tools, ask, folder, monkeypatch
):
    job, write = ask(), making._write

    def interrupted(*args):
        write(*args)
        service.take_back_codes(session, round, reason="Stop", by=clerk, at=NOW)
        session.commit()

    monkeypatch.setattr(making, "_write", interrupted)
    jobs.run_next(tools, HANDLERS)
    session.refresh(job)
    assert (job.state, job.told[:19]) == (JobState.FAILED, "The codes were take")
    assert list(folder.iterdir()) == []


class TestErasing:
    def test_what_nobody_collects_in_a_day_is_taken_back(
        self, session, round, tools, ask, clock, folder
    ):
        job = ask()
        jobs.run_next(tools, HANDLERS)
        clock.now = NOW + batches.WAITS_FOR
        making.erase(tools)
        assert batches.state(queries.batch_of_job(session, job.id)) == "ready"
        session.rollback()
        clock.now += timedelta(seconds=1)
        making.erase(tools)
        assert batches.state(queries.batch_of_job(session, job.id)) == "taken back"
        assert len(queries.lacking_a_code(session, round)) == 3
        assert list(folder.iterdir()) == []

    def test_files_without_an_owner_go_and_lists_that_wait_stay(self, tools, ask, folder, clock):
        ask(people=PEOPLE)
        [waiting] = folder.iterdir()
        stray = Parcel(folder, b"s" * 32).path
        for path in (stray, stray.with_suffix(".tmp")):
            path.write_bytes(b"left behind")
        young = folder / "young"
        young.write_bytes(b"being written")
        old = (NOW - timedelta(hours=2)).timestamp()
        for path in (waiting, stray, stray.with_suffix(".tmp")):
            os.utime(path, (old, old))
        os.utime(young, (NOW.timestamp(), NOW.timestamp()))
        making.erase(tools)
        assert set(folder.iterdir()) == {waiting, young}
        clock.now = NOW + batches.WAITS_FOR + timedelta(hours=2)
        making.erase(tools)
        assert list(folder.iterdir()) == []

    def test_a_list_that_has_expired_makes_no_letters(self, session, tools, ask, folder):
        job = ask(people=PEOPLE)
        for path in folder.iterdir():
            path.unlink()
        jobs.run_next(tools, HANDLERS)
        session.refresh(job)
        assert job.state is JobState.FAILED and "kept for a day" in job.told

    def test_without_a_folder_there_is_nothing_to_do(self, tools):
        making.erase(tools)


def test_two_workers_at_once_give_nobody_two_codes(session, round, keys, tools, ask, collect):
    asked = [ask(), ask()]
    workers = [threading.Thread(target=jobs.run_next, args=(tools, HANDLERS)) for _ in asked]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for job in asked:
        session.refresh(job)
    session.commit()
    assert {job.state for job in asked} == {JobState.DONE, JobState.FAILED}
    [done] = [job for job in asked if job.state is JobState.DONE]
    found = rows(collect(done))
    assert len(found) == 3
    assert all(works(session, round, keys, row["code"]) for row in found)


def test_more_than_a_form_takes_is_refused(ask, monkeypatch):
    monkeypatch.setitem(orders.MOST, Form.CSV, 2)
    with pytest.raises(Invalid, match="3 codes are too many"):
        ask()


def test_names_that_letters_cannot_show_are_refused_before_any_code(session, round, ask):
    round.areas[0].name = "北"
    session.commit()
    with pytest.raises(Invalid, match="no sign for “北”"):
        ask(Form.PDF)
    assert len(queries.lacking_a_code(session, round)) == 3


def test_whom_a_letter_cannot_address_by_name_is_counted(session, tools, ask):
    job = ask(people=b"person;name;address 1\nA1;Ana;Long Street 1\nA2;;\n")
    jobs.run_next(tools, HANDLERS)
    session.refresh(job)
    assert "1 person could not be addressed by name" in job.outcome["told"]
