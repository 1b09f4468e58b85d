"""A box with ballots in it."""

import pytest

from pb.ballots import service
from pb.ballots.models import Channel
from pb.rounds import calendar
from pb.rounds.models import Phase
from pb.tally.ballots import Ballot, BallotKind, Limits
from tests import make
from tests.conftest import NOW

PROJECTS = {
    "park": ("town", 10_000_00),
    "pool": ("town", 60_000_00),
    "bench": ("north", 1_000_00),
    "lamp": ("north", 2_000_00),
    "tree": ("south", 500_00),
}
AREAS = {"north": 5_000_00, "south": 5_000_00, "town": 80_000_00}


@pytest.fixture(params=["open", "closed"])
def envelopes(request) -> bool:
    """Whether ballots lie in closed envelopes: every test of the box holds for both."""
    return request.param == "closed"


@pytest.fixture
def round(session, envelopes):
    limits = Limits(BallotKind.APPROVAL, max_length=2, max_sum_cost=65_000_00)
    return make.round_(
        session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=limits, encrypted=envelopes
    )


@pytest.fixture
def closes(round):
    return calendar.span(round, Phase.VOTING).closes_at


@pytest.fixture
def shut(round):
    """When the box may be opened: nothing that was begun in time is on its way any more."""
    return calendar.counting_from(round)


@pytest.fixture
def cast(session, keys):
    def cast(round, entry, now=NOW, session=session, channel=Channel.WEB, **lists):
        submission, begun = lists.pop("submission", None), lists.pop("begun", None)
        receipt = service.cast(
            session,
            round,
            entry,
            {make.area(round, slug).id: Ballot(tuple(codes)) for slug, codes in lists.items()},
            channel=channel,
            now=now,
            keys=keys,
            submission=submission,
            begun=begun,
        )
        session.commit()
        return receipt

    return cast
