"""A round whose people get their codes by letter: who asks for them, and who collects them."""

import csv
import io

import pytest

from pb.eligibility import batches, codes, making, orders, queries, service
from pb.eligibility.models import Form
from pb.eligibility.orders import Asked
from pb.eligibility.service import Order
from pb.notices import jobs
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

HANDLERS = {orders.KIND: making.make}
ADDRESS = "https://budget.example.org/rounds/spring/vote"
PEOPLE = b"person;name;address 1;language\nA2;Leyla;Market 3;ar\nA1;=Ana;Long Street 1;\n"


@pytest.fixture
def tools(app, keys, tmp_path, clock):
    return jobs.Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / orders.FOLDER


@pytest.fixture
def round(session, keys):
    made = make.round_(session, Phase.BALLOT, areas={"north": 5_000_00, "town": 10_000_00})
    roll = b"person;area\nA1;north\nA2;north\nB1;\n"
    by = make.account(session)
    service.import_roll(session, made, roll, "roll.csv", by=by, at=NOW, keys=keys)
    session.commit()
    return made


@pytest.fixture
def clerk(session, round):
    return make.appointed(session, round, Role.CLERK)


@pytest.fixture
def ask(session, round, clerk, keys, tmp_path):
    def ask(form=Form.CSV, people=None, **more):
        asked = Asked(Order(form), "Testford", ADDRESS, back="/letters", **more)
        common = {"by": clerk, "at": NOW, "keys": keys, "data_dir": tmp_path}
        job = orders.ask(session, round, asked, people, **common)
        session.commit()
        return job

    return ask


@pytest.fixture
def collect(session, round, clerk, folder):
    """The content of the file of a job, as its owner collects it."""

    def collect(job):
        batch = queries.batch_of_job(session, job.id)
        parcel = batches.collect(session, round, batch, folder, by=clerk, at=NOW)
        session.commit()
        parcel.remove()
        return b"".join(parcel.read())

    return collect


def works(session, round, keys, printed: str) -> bool:
    found = queries.find_by_code(session, round, codes.parse(printed), keys) is not None
    session.rollback()
    return found


def rows(content: bytes) -> list[dict]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


class Killed(BaseException):
    """What a worker does not survive."""


def dies_while_writing(monkeypatch, error=Killed):
    def write(stream, form, slug, heads, found, work):
        stream.write(b"half of it")
        raise error

    monkeypatch.setattr(making, "_write", write)
