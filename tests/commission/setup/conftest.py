"""An officer, and a round that nobody has set up yet."""

import pytest

from pb.rounds import service
from tests import make
from tests.conftest import NOW


@pytest.fixture
def olga(session):
    return make.officer(session)


@pytest.fixture
def desk(browse, olga):
    """The browser of an officer."""
    return browse(olga)


@pytest.fixture
def town(session, olga):
    """A round that nobody has set up yet."""
    made = service.create(
        session,
        name="Our town",
        slug="our-town",
        currency="EUR",
        time_zone="Europe/Amsterdam",
        by=olga,
        at=NOW,
    )
    session.commit()
    return made
