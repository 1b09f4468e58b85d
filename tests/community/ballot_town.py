"""A town in voting, as the tests of its pages know it."""

from pb.rounds.models import Phase
from pb.tally.ballots import BallotKind, Limits
from tests import make

PROJECTS = {
    "park": ("town", 11_111_00),
    "pool": ("town", 62_222_00),
    "bench": ("north", 1_333_00),
    "lamp": ("north", 2_444_00),
    "tree": ("south", 555_00),
}
NUMBERS = {code: n for n, code in enumerate(PROJECTS, 1)}
AREAS = {"north": 5_000_00, "south": 6_000_00, "town": 80_000_00}


def voting(session, **kwargs):
    """A round in voting, of five projects in three areas."""
    limits = Limits(BallotKind.APPROVAL, max_length=2, max_sum_cost=65_000_00)
    return make.round_(
        session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=limits, **kwargs
    )


def stored(session, what) -> list:
    """What the database holds now; leaves no transaction open, which would stop the requests."""
    session.rollback()
    found = session.scalars(what).all()
    session.rollback()
    return list(found)
