"""Paper in the demo town: a batch at the library, some of it typed, some of it waiting."""

from collections.abc import Sequence
from datetime import datetime

from pb.ballots.paper import reading, service
from pb.ballots.paper.models import Invalidity
from pb.ballots.paper.reading import Reading
from pb.ballots.sheet import blank_for
from pb.demo.builder import Builder
from pb.eligibility.models import RollEntry
from pb.rounds.models import Round
from pb.tally.ballots import Ballot

SHEETS = 30
CLERKS = ("clerk", "second-clerk")


def hand_in(builder: Builder, round: Round, voters: Sequence[RollEntry], at: datetime) -> None:
    """Six voters of one area vote on paper: three sheets count, one is too late, one waits for a
    second person, and about one the two clerks do not agree."""
    session, clerks = builder.session, [builder.person(name) for name in CLERKS]
    area = voters[0].area
    batch = service.issue(
        session, round, place="Library, Mill Lane", area=area, sheets=SHEETS, by=clerks[0], at=at
    )
    lists = [
        (section.area.id, [Ballot((project.code,)) for project in section.projects[:2]])
        for section in blank_for(session, round, area.id).sections
    ]
    first, second = ({area_id: found[n] for area_id, found in lists} for n in (0, 1))
    typed = [
        *((n, clerk, Reading(voters[n], first)) for n in (0, 1, 2) for clerk in clerks),
        *((3, clerk, Reading(reason=Invalidity.LATE)) for clerk in clerks),
        (4, clerks[0], Reading(voters[4], first)),
        (5, clerks[0], Reading(voters[5], first)),
        (5, clerks[1], Reading(voters[5], second)),
    ]
    for n, clerk, read in typed:
        reading.read(session, batch, n + 1, read, by=clerk, at=at, keys=builder.keys)
