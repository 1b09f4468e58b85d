"""Elections in the .pb format of pabulib.org: read, write, and count as the file declares."""

from pb.tally.errors import PabulibError
from pb.tally.pabulib.declared import declared, declared_plan
from pb.tally.pabulib.election import Election
from pb.tally.pabulib.places import ballots_by_home, project_areas
from pb.tally.pabulib.reader import read, read_file
from pb.tally.pabulib.writer import pabulib_rule, write

__all__ = [
    "Election",
    "PabulibError",
    "ballots_by_home",
    "declared",
    "declared_plan",
    "pabulib_rule",
    "project_areas",
    "read",
    "read_file",
    "write",
]
