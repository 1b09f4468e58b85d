"""Digests of what goes into a count: the same on any machine, for any order of the ballots."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pb.tally import numbers

if TYPE_CHECKING:
    from pb.tally.model import Instance, Profile


def of_data(data: Any) -> str:
    """sha256 (hex) of plain data in canonical JSON."""
    return hashlib.sha256(numbers.canonical(data).encode()).hexdigest()


def of_input(instance: Instance, profile: Profile) -> str:
    """sha256 (hex) of everything a rule sees: money, projects in order, merged ballots.

    Names and categories are left out, so a corrected spelling does not change a recount.
    """
    return of_data(
        {
            "budget": numbers.to_json(instance.budget),
            "unit": instance.unit,
            "projects": [[p.id, numbers.to_json(p.cost)] for p in instance.projects],
            "kind": str(profile.kind),
            "max_length": profile.max_length,
            "ballots": [[b.choices, b.points, weight] for b, weight in profile.groups],
        }
    )
