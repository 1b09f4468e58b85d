"""Calls scan.c: reads the votes of a file, adds groups of ballots up, writes them as JSON.

Every function returns None where the kernel is missing or gives up; the caller then takes the
portable path, which gives the same.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from ctypes import (
    byref,
    c_int,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
    create_string_buffer,
)
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

from pb.tally import kernel

CHUNK = 1 << 20


class Worth(IntEnum):
    """What one line of a ballot adds to the score of its project."""

    ONE = 0
    POINTS = 1
    PLACES = 2  # so many for the first place, one less for each next
    BELOW = 3  # the number of lines below it


@dataclass(frozen=True)
class Scanned:
    """Groups of identical ballots in canonical order, as arrays, and what was counted."""

    starts: array
    projects: array
    points: array | None
    weights: array
    votes: int
    repeated: int


def scan(
    source: bytes,
    start: int,
    ids: Sequence[str],
    columns: Mapping[str, int],
    *,
    points: bool,
    ranked: bool,
) -> Scanned | None:
    """The rows of VOTES from byte `start` to the end, where `columns` are those of its header."""
    library = kernel.library()
    if library is None:
        return None
    places = {project: place for place, project in enumerate(ids)}
    known = sorted(places)
    encoded = [project.encode() for project in known]
    ends = array("Q", accumulate(map(len, encoded)))
    layout = (c_int32 * 5)(
        len(columns),
        columns["vote"],
        columns["points"] if points else -1,
        columns.get("voter_id", -1),
        ranked,
    )
    found = c_void_p()
    code = library.pb_scan(
        source, c_uint64(start), c_uint64(len(source)), b"".join(encoded), _of(ends),
        c_uint32(len(known)), layout, byref(found),
    )  # fmt: skip
    if code:
        return None
    try:
        return _taken(library, found, array("i", [places[project] for project in known]), points)
    finally:
        library.pb_scan_free(found)


def _taken(library, found: c_void_p, numbers: array, with_points: bool) -> Scanned:
    facts = (c_uint64 * 4)()
    library.pb_scan_numbers(found, facts)
    votes, repeated, groups, entries = facts
    starts, projects, weights = _zeros(groups + 1), _zeros(entries), _zeros(groups)
    points = _zeros(entries) if with_points else None
    library.pb_scan_take(found, _of(numbers), _of(starts), _of(projects), _of(points), _of(weights))
    return Scanned(starts, projects, points, weights, votes, repeated)


def sums(groups, worth: Worth, top: int = 0) -> tuple[list[int], list[int]] | None:
    """The votes and the scores of every project of packed groups, in the order of their ids."""
    library = kernel.library()
    if library is None or not -(2**31) <= top < 2**31:
        return None
    votes, scores = (c_int64 * len(groups.ids))(), (c_int64 * len(groups.ids))()
    failed = library.pb_sums(
        *_arrays(groups), c_uint64(len(groups)), c_int(worth), c_int64(top),
        c_uint64(len(groups.ids)), votes, scores,
    )  # fmt: skip
    return None if failed else (list(votes), list(scores))


def longest(groups) -> int | None:
    """The number of lines on the longest ballot."""
    library = kernel.library()
    if library is None:
        return None
    return library.pb_longest(_of(groups.starts), c_uint64(len(groups)))


def json_chunks(groups, names: Sequence[bytes]) -> Iterator[bytes] | None:
    """The groups as [[ids],[points],weight], commas between; `names` are the ids in JSON."""
    library = kernel.library()
    return None if library is None else _json_chunks(library, groups, names)


def _json_chunks(library, groups, names: Sequence[bytes]) -> Iterator[bytes]:
    widest = max(map(len, names), default=0)
    room = max(CHUNK, 32 + groups.longest * (widest + 13))
    text, joined = create_string_buffer(room), b"".join(names)
    ends, following = array("Q", accumulate(map(len, names))), c_uint64(0)
    write = library.pb_groups_json
    write.restype = c_uint64
    while following.value < len(groups):
        written = write(
            *_arrays(groups), c_uint64(len(groups)), joined, _of(ends), c_uint64(len(names)),
            c_uint64(widest), byref(following), text, c_uint64(room),
        )  # fmt: skip
        if not written:
            raise ValueError("groups name a project that has no id")
        yield memoryview(text)[:written]


def _arrays(groups) -> tuple[c_void_p, ...]:
    return tuple(map(_of, (groups.starts, groups.projects, groups.points, groups.weights)))


def _of(numbers: array | None) -> c_void_p:
    return c_void_p(None if numbers is None else numbers.buffer_info()[0])


def _zeros(length: int) -> array:
    return array("i", bytes(4 * length))
