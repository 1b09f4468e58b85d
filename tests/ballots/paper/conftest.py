"""A round voted on paper: a batch of sheets for the north, and two clerks."""

import pytest

from pb.ballots.paper import reading, service
from pb.ballots.paper.models import PaperBatch
from pb.ballots.paper.reading import Reading
from pb.rounds.models import Role
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW


@pytest.fixture
def first(session, round):
    return make.appointed(session, round, Role.CLERK, "Clara")


@pytest.fixture
def second(session, round):
    return make.appointed(session, round, Role.CLERK, "Boris")


@pytest.fixture
def batch(session, round, first) -> PaperBatch:
    made = service.issue(
        session, round, place="Town hall", area=make.area(round, "north"), sheets=10,
        by=first, at=NOW,
    )  # fmt: skip
    session.commit()
    return made


@pytest.fixture
def voter(session, round):
    return make.entry(session, round, "north")


@pytest.fixture
def read(session, round, batch, keys):
    """`read(clerk, 3, voter, north=["lamp"])`: what this clerk reads on sheet 3."""

    def read(by, number, voter=None, now=NOW, session=session, batch=batch, **parts):
        reason, doubtful = parts.pop("reason", None), parts.pop("doubtful", False)
        lists = {make.area(round, slug).id: Ballot(tuple(codes)) for slug, codes in parts.items()}
        sheet = reading.read(
            session, batch, number, Reading(voter, lists, reason, doubtful),
            by=by, at=now, keys=keys,
        )  # fmt: skip
        session.commit()
        return sheet

    return read
