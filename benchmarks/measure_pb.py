"""One measurement of this library in a process of its own: prints lines of JSON, the last counts.

    python benchmarks/measure_pb.py equal-shares FILE    read, and count with add1
    python benchmarks/measure_pb.py greedy FILE          read, and count by most votes first
    python benchmarks/measure_pb.py archive DIR          add1 for every file of a folder
    python benchmarks/measure_pb.py needs FILE           what every loser would have needed

With PB_TALLY_PORTABLE=1 in the environment the compiled kernel is not used.
"""

import json
import sys
import time
from pathlib import Path

from memory import peak

from pb.tally import pabulib
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile
from pb.tally.outcome import Outcome
from pb.tally.packed import PackedGroups
from pb.tally.rules.equal_shares import Completion, EqualSharesParams, equal_shares
from pb.tally.rules.greedy import GreedyParams, greedy
from pb.tally.ties import DEFAULT_TIES

TINY = Path(__file__).parent / "tiny.pb"
ADD1 = EqualSharesParams(completion=Completion.ADD1)


def is_compiled() -> bool:
    """Whether this process counts with the compiled kernel."""
    try:
        from pb.tally.kernel import library
    except ImportError:
        return False
    return library() is not None


def opened(file: str | Path) -> tuple[Instance, Profile]:
    """The election, with identical ballots merged: the fastest way to read a file."""
    election = pabulib.read_file(file, unit=1)
    return election.instance, election.profile


def counted(job: str, instance: Instance, profile: Profile) -> Outcome:
    """The outcome of the rule that is measured."""
    if job == "equal-shares":
        return equal_shares(instance, profile, ADD1)
    return greedy(instance, profile, GreedyParams())


def count(job: str, file: str) -> None:
    """Read and count one file; what is known about its size is looked up after the clock.

    A tiny election comes first, by every tool: what is loaded only once is not measured.
    """
    counted(job, *opened(TINY))
    start = time.perf_counter()
    instance, profile = opened(file)
    read = time.perf_counter() - start
    outcome = counted(job, instance, profile)
    total = time.perf_counter() - start
    show(
        read=read,
        count=total - read,
        total=total,
        peak=peak(),
        compiled=is_compiled(),
        winners=list(outcome.funded),
        digest=outcome.outcome_digest,
        size=size(instance, profile, outcome),
    )


def size(instance: Instance, profile: Profile, outcome: Outcome) -> dict[str, int]:
    """How large the election is, and how often add1 repeated the count."""
    groups = profile.groups
    if isinstance(groups, PackedGroups):  # of ten million ballots, no objects are made for this
        ends = zip(groups.starts, groups.starts[1:], strict=False)
        lengths = list(zip((last - first for first, last in ends), groups.weights, strict=True))
    else:
        lengths = [(len(ballot.choices), weight) for ballot, weight in groups]
    steps = [step.numbers for step in outcome.steps if "repeats" in step.numbers]
    return {
        "voters": sum(weight for _, weight in lengths),
        "projects": len(instance.projects),
        "approvals": sum(length * weight for length, weight in lengths),
        "groups": len(lengths),
        "merged": sum(length for length, _ in lengths),
        "repeats": steps[0]["repeats"] if steps else 0,
    }


def archive(folder: str) -> None:
    """Count all files, one line after each, so that something is known when time runs out."""
    seconds, files, slowest, refused = 0.0, 0, ["", 0.0], []
    for path in sorted(Path(folder).glob("*.pb")):
        start = time.perf_counter()
        try:
            counted("equal-shares", *opened(path))
        except TallyError as error:
            refused.append(f"{path.name}: {error}".replace(f"{folder}/", ""))
        taken = time.perf_counter() - start
        seconds, files = seconds + taken, files + 1
        if taken > slowest[1]:
            slowest = [path.name, taken]
        known = {"total": seconds, "files": files, "slowest": slowest, "refused": refused}
        show(**known, peak=peak(), compiled=is_compiled())


def needs(file: str) -> None:
    """What every loser would have needed, each confirmed by counting again."""
    try:
        from pb.tally.needs import all_needs
    except ImportError:
        show(missing="there is no function for it")
        return
    instance, profile = opened(file)
    start, losers, counts = time.perf_counter(), 0, 0
    for found in all_needs(equal_shares, instance, profile, ADD1, DEFAULT_TIES):
        losers, counts = losers + 1, counts + sum(need.counts for need in found)
        known = {"total": time.perf_counter() - start, "losers": losers, "counts": counts}
        show(**known, peak=peak(), compiled=is_compiled())


def show(**result) -> None:
    """One line of JSON, at once."""
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    jobs = {"archive": archive, "needs": needs}
    job, place = sys.argv[1:]
    if job in jobs:
        jobs[job](place)
    else:
        count(job, place)
