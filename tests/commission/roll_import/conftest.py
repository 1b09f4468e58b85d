"""A commissioner who brings a list of voters in, and the worker that reads it."""

import io

import pytest

from pb.cli.jobs import HANDLERS
from pb.notices import jobs
from pb.notices.models import Job
from pb.rounds.models import Phase, Role
from tests import make
from tests.commission.roll_import.lists import AREAS, COLUMNS, HOW, REGISTER


@pytest.fixture
def round(session):
    return make.round_(session, Phase.BALLOT, areas=AREAS)


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/voters"


@pytest.fixture
def officer(session, round):
    return make.appointed(session, round, Role.COMMISSIONER)


@pytest.fixture
def commissioner(officer, browse):
    return browse(officer)


@pytest.fixture
def tools(app, keys, tmp_path, clock):
    return jobs.Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)


@pytest.fixture
def work(session, tools):
    """Lets a worker do the next job, and returns it."""

    def work() -> Job:
        session.rollback()
        number = jobs.run_next(tools, HANDLERS)
        session.expire_all()
        job = session.get(Job, number)
        session.expunge(job)
        session.rollback()
        return job

    return work


@pytest.fixture
def send(session, commissioner, path):
    """Uploads a file; the address of its page of columns."""

    def send(data=REGISTER, filename="register.csv") -> str:
        session.rollback()
        sent = {"file": (io.BytesIO(data), filename)}
        return commissioner.post(f"{path}/import", sent).headers["Location"]

    return send


@pytest.fixture
def bring_in(send, commissioner, work):
    """The whole way in."""

    def bring_in(data=REGISTER, columns=COLUMNS, **fields) -> Job:
        commissioner.post(send(data), columns | HOW | fields)
        return work()

    return bring_in
