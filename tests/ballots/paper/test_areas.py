"""Where voters choose their areas, a sheet with lists of too many is settled without counting."""

import pytest

from pb.ballots.paper import reading, service
from pb.ballots.paper.models import Invalidity, SheetState
from pb.ballots.paper.reading import Reading
from pb.proposals import definition
from pb.rounds.models import Phase, Role
from pb.tally.ballots import AreaLimits, Ballot, BallotKind, Limits
from tests import make
from tests.conftest import NOW

AREAS = {"north": 5_000_00, "south": 5_000_00, "town": 80_000_00}
PROJECTS = {"lamp": ("north", 2_000_00), "tree": ("south", 500_00), "park": ("town", 10_000_00)}


@pytest.fixture
def round(session):
    """A round in which everybody fills in the list of one area, whichever it is."""
    round = make.round_(session, Phase.BALLOT, areas=AREAS, projects=PROJECTS)
    areas = AreaLimits(max_areas=1, max_other_areas=None)
    round.limits = Limits(BallotKind.APPROVAL, max_length=3).to_json() | areas.to_json()
    round.dates = make.dates(Phase.VOTING)
    session.commit()
    round.config_digest, round.frozen_at = definition.digest(session, round), NOW
    session.commit()
    return round


@pytest.mark.parametrize(
    ("chosen", "state", "reason"),
    [
        ({"south": "tree"}, SheetState.COUNTED, None),
        ({"north": "lamp", "south": "tree"}, SheetState.INVALID, Invalidity.OVER_LIMIT),
    ],
)
def test_what_two_people_typed_settles_the_sheet(session, round, keys, chosen, state, reason):
    clerks = [make.appointed(session, round, Role.CLERK, name) for name in ("Clara", "Boris")]
    north, voter = make.area(round, "north"), make.entry(session, round, "north")
    batch = service.issue(session, round, place="Hall", area=north, sheets=1, by=clerks[0], at=NOW)
    lists = {make.area(round, area).id: Ballot((code,)) for area, code in chosen.items()}
    for by in clerks:
        sheet = reading.read(session, batch, 1, Reading(voter, lists), by=by, at=NOW, keys=keys)
        session.commit()
    assert (sheet.state, sheet.reason) == (state, reason)
