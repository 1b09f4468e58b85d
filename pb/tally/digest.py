"""Digests of what goes into a count: the same on any machine, for any order of the ballots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pb.tally import numbers
from pb.tally.packed import PackedGroups

if TYPE_CHECKING:
    from pb.tally.model import Instance, Profile

AT_A_TIME = 10_000


def of_data(data: Any) -> str:
    """sha256 (hex) of plain data in canonical JSON."""
    return hashlib.sha256(numbers.canonical(data).encode()).hexdigest()


def of_input(instance: Instance, profile: Profile) -> str:
    """sha256 (hex) of everything a rule sees: money, projects in order, merged ballots.

    Names and categories are left out, so a corrected spelling does not change a recount. It is
    the digest of one object in canonical JSON, of which `ballots` is the first name.
    """
    data = {
        "budget": numbers.to_json(instance.budget),
        "unit": instance.unit,
        "projects": [[p.id, numbers.to_json(p.cost)] for p in instance.projects],
        "kind": str(profile.kind),
        "max_length": profile.max_length,
    }
    if instance.exclusive:
        data["exclusive"] = sorted(sorted(group) for group in instance.exclusive)
    found = hashlib.sha256(b'{"ballots":[')
    for chunk in _groups(profile):
        found.update(chunk)
    found.update(b"]," + numbers.canonical(data).removeprefix("{").encode())
    return found.hexdigest()


def _groups(profile: Profile) -> Iterator[bytes]:
    """The groups in canonical JSON, a part at a time: a city's ballots are long as one text."""
    groups = profile.groups
    if isinstance(groups, PackedGroups):
        yield from groups.json_chunks()
        return
    for start in range(0, len(groups), AT_A_TIME):
        part = [[b.choices, b.points, weight] for b, weight in groups[start : start + AT_A_TIME]]
        yield (b"," if start else b"") + numbers.canonical(part)[1:-1].encode()
