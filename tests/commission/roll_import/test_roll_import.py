"""A list of voters on its way in: the file, its columns, the job, and mistakes."""

import csv
import io
import itertools
import re
import stat
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.cli.jobs import HANDLERS
from pb.eligibility import importing, people, queries, uploads
from pb.eligibility.columns import Need
from pb.eligibility.models import RollImport, RollPerson, RollUpload
from pb.errors import Refused
from pb.notices import jobs
from pb.notices.models import Job, JobState
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make
from tests.commission.roll_import.lists import COLUMNS, HOW, REGISTER, files, size
from tests.conftest import NOW


def test_the_columns_are_guessed_and_shown_with_the_first_lines(commissioner, send):
    page = commissioner.get(send()).text
    chosen = dict(
        re.findall(r'name="(column_\d+)".*?<option selected value="([a-z-]+)"', page, re.DOTALL)
    )
    assert chosen == COLUMNS
    assert "For example: North · south" in page
    assert "<td" in page and "Núñez" in page
    assert re.search(r'checked[^>]*name="date_order"[^>]*value="day-first"', page) or re.search(
        r'name="date_order" value="day-first" checked', page
    )


def test_a_list_goes_in_by_a_job_with_nothing_personal_kept_unless_asked(
    session, commissioner, bring_in, path, round, keys, tmp_path
):
    job = bring_in()
    assert job.state is JobState.DONE
    assert job.outcome["told"] == "3 people are on the list of voters now."
    assert queries.find_by_person(session, round, "a2", keys).area.slug == "south"
    assert not session.scalars(select(RollPerson)).all()
    session.rollback()
    assert files(tmp_path) == []
    assert "3 people are on the list" in commissioner.get(f"{path[:-6]}jobs/{job.id}").text
    assert "register.csv" in commissioner.get(path).text


def test_what_is_ticked_is_kept_for_letters_mail_and_desk(session, bring_in, round, keys):
    bring_in(letters="y", email="y", desk="y")
    ana = queries.find_by_person(session, round, "A1", keys)
    known = people.personal(session, round, [ana], keys)[ana.id]
    assert (known.name, known.address) == ("Ana Núñez", ("Mill Lane 4", "1234 AB Marle"))
    assert (known.email, known.language, known.born.isoformat()) == (
        "ana@example.org",
        "es",
        "1990-05-01",
    )


@pytest.mark.parametrize(
    ("need", "kept"),
    [
        (Need.LETTERS, {"name", "address", "language"}),
        (Need.EMAIL, {"email", "language"}),
        (Need.DESK, {"name", "born"}),
    ],
)
def test_no_more_is_kept_than_is_needed(session, bring_in, round, keys, need, kept):
    bring_in(**{need: "y"})
    ana = queries.find_by_person(session, round, "A1", keys)
    known = people.personal(session, round, [ana], keys)[ana.id]
    assert {name for name in known.__slots__ if getattr(known, name)} == kept


def test_the_file_is_for_its_owner_only_and_goes_when_it_is_discarded(
    session, commissioner, send, tmp_path, path
):
    here = send()
    [file] = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_bytes() == REGISTER
    assert "register.csv" in commissioner.get(path).text
    commissioner.post(f"{here}/discard")
    assert files(tmp_path) == []
    assert "not here any more" in commissioner.get(here, status=404).text


def test_a_forgotten_file_goes_after_a_day(session, send, tools, clock, tmp_path):
    send()
    clock.now = NOW + timedelta(hours=23)
    uploads.tidy(tools)
    assert len(files(tmp_path)) == 1
    clock.now = NOW + timedelta(hours=24)
    uploads.tidy(tools)
    assert files(tmp_path) == []
    assert not session.scalars(select(RollUpload)).all()


def test_a_file_that_waits_for_its_job_does_not_go(
    commissioner, send, tools, clock, tmp_path, work
):
    commissioner.post(send(), COLUMNS | HOW)
    clock.now = NOW + timedelta(hours=25)
    uploads.tidy(tools)
    assert len(files(tmp_path)) == 1
    assert work().state is JobState.DONE


def test_a_file_is_given_to_one_worker_only_and_stays_for_it(session, commissioner, send, tmp_path):
    here = send()
    job = commissioner.post(here, COLUMNS | HOW).location
    assert commissioner.post(here, COLUMNS | HOW).location == job
    assert commissioner.get(here, 303).location == job
    page = commissioner.post(f"{here}/discard", status=409).text
    assert "This file is being read just now" in page
    assert len(session.scalars(select(Job)).all()) == 1
    assert len(files(tmp_path)) == 1


def test_mistakes_stop_the_list_and_can_be_downloaded_but_are_not_stored(
    session, commissioner, send, work, tmp_path, backend
):
    wrong = [f"X{n};Mars;1.1.1990;=cmd()|{n};N;S;1;P;T;;en;1" for n in range(60)]
    data = REGISTER + ("\n".join([*wrong, "A1;North;;Secret;S;S;1;P;T;;en;1"]) + "\n").encode()
    here = send(data)
    commissioner.post(here, COLUMNS | HOW)
    job = work()

    assert job.state is JobState.FAILED
    assert job.told == "The file has mistakes. Nothing was imported."
    assert job.problems[0] == "Line 5: this round has no area of that name."
    assert (len(job.problems), job.problems[-1]) == (51, "There are 11 more.")
    assert "Mars" not in repr((job.problems, job.outcome, job.payload))
    assert size(session) == 0 and not session.scalars(select(RollImport)).all()
    session.rollback()

    page = commissioner.get(here).text
    assert "it had 61 mistakes" in page
    answer = commissioner.get(f"{here}/mistakes.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["line", "what is wrong", "what stands there"]
    assert rows[1] == ["5", "this round has no area of that name.", "Mars"]
    assert rows[-1] == ["65", "this person is already in line 2.", ""]
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()
    assert [file.suffix for file in files(tmp_path)] == ["", ".mistakes"]


def test_after_mistakes_the_same_file_can_be_read_in_another_way(session, commissioner, send, work):
    here = send()
    commissioner.post(here, COLUMNS | HOW | {"column_1": "ignored", "column_11": "area"})
    assert work().state is JobState.FAILED
    page = commissioner.get(here).text
    assert re.search(r'name="column_11".*?<option selected value="area"', page, re.DOTALL)
    commissioner.post(here, COLUMNS | HOW)
    assert work().state is JobState.DONE
    assert size(session) == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"column_0": "ignored"}, "Choose the column that holds the number in the register."),
        ({"column_1": "ignored"}, "in which area people vote"),
        ({"column_11": "person"}, "Two columns are the same: “Number in the register”"),
        ({"column_9": "ignored", "email": "y"}, "needs e-mail address"),
        ({"column_2": "ignored", "desk": "y"}, "needs name and birth date"),
        ({"column_0": "magic"}, "Not a valid choice"),
        ({"date_order": ""}, "Not a valid choice"),
    ],
)
def test_columns_that_do_not_fit_are_explained_and_what_was_chosen_stays(
    session, commissioner, send, fields, sentence
):
    page = commissioner.post(send(), COLUMNS | HOW | fields, status=422).text
    assert sentence in page
    assert re.search(r'name="column_4".*?<option selected value="name"', page, re.DOTALL)
    assert not session.scalars(select(Job)).all()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"person;area\n", "There is no person in the file."),
        (b"PK\x03\x04nonsense", "The spreadsheet cannot be opened"),
        (b"\x00\x01\x02", "not a text file"),
    ],
)
def test_what_is_no_list_is_refused_at_once_and_not_kept(
    commissioner, path, tmp_path, data, sentence
):
    sent = {"file": (io.BytesIO(data), "x.csv")}
    assert sentence in commissioner.post(f"{path}/import", sent, status=422).text
    assert files(tmp_path) == []
    nothing = {"file": (io.BytesIO(b""), "")}
    assert "Choose a file." in commissioner.post(f"{path}/import", nothing, status=422).text


def test_a_workbook_goes_the_same_way(session, bring_in, round, keys):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in REGISTER.decode().splitlines():
        book.active.append(line.split(";"))
    file = io.BytesIO()
    book.save(file)
    assert bring_in(file.getvalue()).state is JobState.DONE
    assert queries.find_by_person(session, round, "A1", keys).area.slug == "north"


def test_a_register_may_be_larger_than_anything_else_that_is_sent(
    app, session, commissioner, send, path, work
):
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    data = REGISTER + b"".join(b"P%06d;north;;;;;;;;;;\n" % n for n in range(20_000))
    assert len(data) > 400_000
    commissioner.post(send(data), COLUMNS | HOW)
    assert work().outcome["entries"] == 20_003
    commissioner.post(f"{path}/codes/take-back", {"all-reason": "x" * 20_000}, status=413)


def test_a_file_that_is_gone_is_asked_for_again(commissioner, send, work, tmp_path):
    commissioner.post(send(), COLUMNS | HOW)
    for file in files(tmp_path):
        file.unlink()
    assert work().told == "The file is not here any more. Choose it again."


def test_a_job_that_is_begun_again_does_not_read_twice(session, bring_in, tools, work):
    job = bring_in()
    job = session.get(Job, job.id)
    job.state, job.ended_at, job.seen_at = JobState.RUNNING, None, NOW - 2 * jobs.SILENCE
    session.commit()
    again = work()
    assert again.id == job.id and again.state is JobState.DONE
    assert again.outcome["told"] == "3 people are on the list of voters now."
    assert size(session) == 3


def test_two_lists_are_numbered_one_after_the_other(session, bring_in, round, keys):
    bring_in()
    bring_in(b"person;area\nZ9;north\nB7;south\n", {"column_0": "person", "column_1": "area"})
    numbers = [queries.find_by_person(session, round, who, keys).number for who in ("Z9", "B7")]
    assert numbers == [4, 5]
    assert queries.find_by_number(session, round, 2).area.slug == "south"


def test_the_list_is_closed_by_the_time_the_worker_comes(
    session, commissioner, send, work, clock, round
):
    commissioner.post(send(), COLUMNS | HOW)
    round.frozen_at, round.config_digest = NOW, "0" * 64
    session.commit()
    clock.now = NOW + timedelta(days=10)
    assert work().told == "The list of voters is closed: voting has begun."
    assert size(session) == 0


def test_voting_may_begin_while_the_worker_reads(
    session, commissioner, send, tools, tmp_path, round
):
    """The list is looked at for long, and written in a transaction at the end."""
    commissioner.post(send(), COLUMNS | HOW)
    round.frozen_at, round.config_digest = NOW, "0" * 64
    session.commit()
    opens = calendar.span(round, Phase.VOTING).opens_at
    session.rollback()

    def clock():
        return opens if list(tmp_path.glob("uploads/*.scratch")) else NOW

    jobs.run_next(replace(tools, clock=clock), HANDLERS)
    told = session.scalars(select(Job.told)).one()
    assert told == "The list of voters is closed: voting has begun."
    assert size(session) == 0


def test_two_workers_with_the_same_people_bring_them_in_once(
    session, commissioner, send, tools, round
):
    """The second has found nobody of its list on the roll when the first writes them there."""
    for _ in range(2):
        commissioner.post(send(), COLUMNS | HOW)
    asked = session.scalars(select(Job).order_by(Job.id)).all()
    works = [jobs.Work(tools, one.id, round.id, one.payload, one.asked_by) for one in asked]
    session.rollback()
    found, times = [], itertools.count(1)

    def read(work):
        try:
            found.append(importing.import_job(work)["entries"])
        except Refused as refusal:
            found.append(str(refusal))

    second = threading.Thread(target=read, args=[works[1]])

    def clock():
        if next(times) == 2:  # the first begins to write
            second.start()
            second.join(0.7)
        return NOW

    read(replace(works[0], tools=replace(tools, clock=clock)))
    second.join()
    assert size(session) == 3
    found.sort(key=str)
    assert found[0] == 3
    assert "was changed meanwhile" in found[1] or "The file has mistakes" in found[1]


def test_only_commissioners_bring_lists_in_and_files_stay_in_their_round(
    session, browse, send, round, path
):
    here = send()
    for role in (Role.CLERK, Role.AUDITOR):
        browse(make.appointed(session, round, role)).get(here, status=403)
    other = make.round_(session, Phase.BALLOT)
    stranger = browse(make.appointed(session, other, Role.COMMISSIONER))
    stranger.get(here.replace(round.slug, other.slug), status=404)
