"""Where the projects of a file are and where its voters live, for plans with areas."""

from pb.tally.ballots import Ballot
from pb.tally.errors import PabulibError
from pb.tally.model import Profile
from pb.tally.pabulib.election import Election


def project_areas(election: Election, column: str) -> dict[str, str]:
    """The area of every project that has one: a column of PROJECTS, `category` for its first."""
    if column == "category":
        return {p.id: p.categories[0] for p in election.instance.projects if p.categories}
    found = {id: row[column] for id, row in election.project_fields.items() if column in row}
    if not found:
        raise PabulibError("is no column of PROJECTS with any value", field=column)
    return found


def ballots_by_home(election: Election, column: str) -> dict[str, Profile]:
    """The ballots of the voters of every area, by a column of VOTES; "" where it is empty."""
    if column not in election.voter_columns:
        raise PabulibError("is no column of VOTES", field=column)
    place = election.voter_columns.index(column)
    cast: dict[str, list[Ballot]] = {}
    for ballot, voter in zip(election.ballots, election.voters, strict=True):
        cast.setdefault(voter[place], []).append(ballot)
    limits = election.limits
    return {home: Profile.of(cast[home], limits.kind, limits.longest) for home in sorted(cast)}
