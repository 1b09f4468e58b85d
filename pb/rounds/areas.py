"""The areas of a round and their money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.rounds.changes import log, refuse_if_frozen
from pb.rounds.models import Area, Round
from pb.rounds.names import slug_for

LARGEST = 10**15  # minor units: more than any town has, and far below what a database holds
LONGEST_NAME = 80
MOST_AREAS = 500


@dataclass(frozen=True)
class AreaRow:
    """An area as the set-up wants it; `slug` names the one that it changes."""

    name: str
    budget: int
    city_wide: bool = False
    about: str = ""
    slug: str | None = None


def set_areas(
    session: Session, round: Round, rows: Sequence[AreaRow], *, by: Account, at: datetime
) -> None:
    """Give the round exactly these areas, in this order; refused for an area that is in use."""
    refuse_if_frozen(round)
    _check(round, rows)
    before, limits = _told(round), round.limits
    kept = {row.slug for row in rows}
    for area in [area for area in round.areas if area.slug not in kept]:
        _remove(session, round, area)
    # Only one area may be city-wide at any moment, also between two statements.
    for area in round.areas:
        area.city_wide = False
    session.flush()
    existing = {area.slug: area for area in round.areas}
    for position, row in enumerate(rows):
        area = existing.get(row.slug or "") or _add(round, row.name)
        area.name, area.budget, area.about = row.name.strip(), row.budget, row.about.strip()
        area.city_wide, area.position = row.city_wide, position
    _forget_lengths(round)
    session.flush()
    session.expire(round, ["areas"])
    changes = {"areas": (before, _told(round)), "limits": (limits, round.limits)}
    log(session, round, "round.areas", changes, by=by, at=at)


def _check(round: Round, rows: Sequence[AreaRow]) -> None:
    problems = []
    names = [row.name.strip().casefold() for row in rows]
    known = {area.slug for area in round.areas}
    for row in rows:
        name = row.name.strip()
        if not name:
            problems.append("Enter a name for every area.")
        if len(name) > LONGEST_NAME:
            problems.append(f"Use at most {LONGEST_NAME} characters for the name of an area.")
        if row.budget < 0:
            problems.append(f"The budget of “{name}” cannot be below zero.")
        if row.budget > LARGEST:
            problems.append(f"The budget of “{name}” is too large.")
        if row.slug is not None and row.slug not in known:
            problems.append(f"There is no area “{row.slug}” any more. Open this page again.")
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        shown = next(row.name.strip() for row in rows if row.name.strip().casefold() == name)
        problems.append(f"Two areas are called “{shown}”. Give each its own name.")
    if sum(row.city_wide for row in rows) > 1:
        problems.append("Only one area can be the whole town.")
    if len(rows) > MOST_AREAS:
        problems.append(f"A round can have at most {MOST_AREAS} areas.")
    if problems:
        raise Invalid(problems[0], tuple(dict.fromkeys(problems)))


def _remove(session: Session, round: Round, area: Area) -> None:
    try:
        with session.begin_nested():
            session.delete(area)
            session.flush()
    except IntegrityError:
        raise Refused(
            f"“{area.name}” cannot be removed: proposals, projects or voters belong to it."
        ) from None
    session.expire(round, ["areas"])


def _add(round: Round, name: str) -> Area:
    taken = {area.slug for area in round.areas}
    base = slug_for(name) or "area"
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    area = Area(slug=slug, name=name, budget=0)
    round.areas.append(area)
    return area


def _forget_lengths(round: Round) -> None:
    """Drop the limits of lists whose areas are gone."""
    if round.limits is None:
        return
    found, known = round.area_limits, {area.slug for area in round.areas}
    kept = {slug: lengths for slug, lengths in found.lengths.items() if slug in known}
    if kept != found.lengths:
        round.limits = round.ballot_limits.to_json() | replace(found, lengths=kept).to_json()


def _told(round: Round) -> list[dict[str, Any]]:
    """The areas as the log tells them."""
    return [
        {"slug": area.slug, "name": area.name, "budget": area.budget, "city_wide": area.city_wide}
        for area in sorted(round.areas, key=lambda area: (area.position, area.slug))
    ]
