"""One count by pabutools in a process of its own: prints one line of JSON.

Runs in an environment that has pabutools from PyPI; nothing of this project is imported. It gets
every help that its documentation offers: identical ballots merged (`as_multiprofile`), ballots
that equal shares by cost sees as approvals turned into approvals before the clock of the count
starts, and votes for the order of ties counted outside the clock.
"""

import json
import sys
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from memory import peak
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, parse_pabulib
from pabutools.election.ballot import AbstractCardinalBallot
from pabutools.election.satisfaction import AdditiveSatisfaction
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares
from pabutools.tiebreaking import TieBreakingRule

TINY = str(Path(__file__).parent / "tiny.pb")


def approvals(profile):
    """The profile with ballots as approvals of whatever was ranked or given points."""
    if isinstance(profile, ApprovalProfile):
        return profile
    ballots = [ApprovalBallot(_supported(ballot)) for ballot in profile]
    return ApprovalProfile(ballots, ballot_validation=False)


def _supported(ballot):
    points = isinstance(ballot, AbstractCardinalBallot)
    return [project for project in ballot if not points or ballot[project] > 0]


class PointsTimesCost(AdditiveSatisfaction):
    """Points or places, times cost: value for money is then the score, by which greedy orders."""

    def __init__(self, instance, profile, ballot):
        super().__init__(instance, profile, ballot, type(self).worth)

    @staticmethod
    def worth(instance, profile, ballot, project, precomputed):
        """What the project is worth to whoever cast the ballot."""
        if project not in ballot:
            return 0
        if isinstance(ballot, AbstractCardinalBallot):
            return ballot[project] * project.cost
        return (longest(instance, profile) - list(ballot).index(project)) * project.cost


def longest(instance, profile):
    """How many projects a ranking may hold, or does where the file does not say."""
    if "longest" not in instance.meta:
        instance.meta["longest"] = instance.meta.get("max_length") or max(map(len, profile))
    return int(instance.meta["longest"])


def ties(instance, votes):
    """Lower cost, then more votes, then the order in the file."""
    place = {project: number for number, project in enumerate(instance.project_meta)}
    return TieBreakingRule(lambda _, __, p: (p.cost, -votes[p], place[p]))


def counted(job, file):
    """Count one file by one rule: the funded projects, and the seconds it took."""
    start = time.perf_counter()
    instance, profile = parse_pabulib(file)
    merged, sat = profile, Cost_Sat
    if job == "equal-shares":
        merged = approvals(profile)
    elif not isinstance(profile, ApprovalProfile):
        sat = PointsTimesCost
    merged = merged.as_multiprofile()
    read = time.perf_counter() - start

    votes = Counter(project for ballot in profile for project in _supported(ballot))
    order = ties(instance, votes)
    start = time.perf_counter()
    if job == "equal-shares":
        funded = method_of_equal_shares(
            instance, merged, sat_class=sat, tie_breaking=order, voter_budget_increment=1
        )
    else:
        funded = greedy_utilitarian_welfare(instance, merged, sat_class=sat, tie_breaking=order)
    return funded, read, time.perf_counter() - start


def main(job, file):
    """Count a tiny election, then the file; print what the second one took."""
    counted(job, TINY)
    funded, read, count = counted(job, file)
    result = {
        "read": read,
        "count": count,
        "total": read + count,
        "peak": peak(),
        "winners": [project.name for project in funded],
        "version": f"pabutools {version('pabutools')}",
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
