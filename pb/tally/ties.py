"""Ties are broken by an order of all projects that is fixed before the count."""

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from pb.tally.errors import TallyError
from pb.tally.model import Instance, Project


class TieKey(StrEnum):
    """What decides between projects that are level; a lot is written `lot:<seed>`."""

    LOWER_COST = "lower-cost"
    HIGHER_COST = "higher-cost"
    MORE_VOTES = "more-votes"
    FILE_ORDER = "file-order"


LOT = "lot:"
DEFAULT_TIES: tuple[str, ...] = (TieKey.LOWER_COST, TieKey.MORE_VOTES, TieKey.FILE_ORDER)


def parse_ties(text: str) -> tuple[str, ...]:
    """The tie keys of a text like "lower-cost,lot:2026"; raises TallyError."""
    return check_ties(tuple(key.strip() for key in text.split(",")))


def check_ties(ties: tuple[str, ...]) -> tuple[str, ...]:
    """The same keys if all are known; raises TallyError."""
    for key in ties:
        if key not in list(TieKey) and not (key.startswith(LOT) and len(key) > len(LOT)):
            offer = ", ".join(TieKey)
            raise TallyError(f"A tie is broken by {offer} or lot:SEED, not by {key!r}.")
    return tuple(str(key) for key in ties)


def tie_ranks(
    instance: Instance, votes: Mapping[str, int], ties: tuple[str, ...]
) -> dict[str, int]:
    """The place of every project in the order of ties; the order in the file comes last."""
    keys = [_key(tie, votes) for tie in ties if tie != TieKey.FILE_ORDER]
    if TieKey.FILE_ORDER in ties:
        # Keys after the file order never decide: no two projects share a place in the file.
        keys = [_key(tie, votes) for tie in ties[: ties.index(TieKey.FILE_ORDER)]]
    ordered = sorted(instance.projects, key=lambda project: tuple(key(project) for key in keys))
    return {project.id: rank for rank, project in enumerate(ordered)}


def _key(tie: str, votes: Mapping[str, int]) -> Callable[[Project], object]:
    if tie == TieKey.LOWER_COST:
        return lambda project: project.cost
    if tie == TieKey.HIGHER_COST:
        return lambda project: -project.cost
    if tie == TieKey.MORE_VOTES:
        return lambda project: -votes[project.id]
    seed = tie.removeprefix(LOT)
    return lambda project: hashlib.sha256(f"{seed}|{project.id}".encode()).digest()
