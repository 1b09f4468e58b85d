"""An officer, and a round that she has opened and not set up yet."""

import pytest

from tests import make
from tests.rounds.setting_up import create


@pytest.fixture
def olga(session):
    return make.officer(session)


@pytest.fixture
def town(session, olga):
    return create(session, olga)
