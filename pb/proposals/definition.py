"""What is voted on and how it will be counted, hashed when the ballot is frozen."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb.db import canonical
from pb.errors import Refused
from pb.proposals.models import Project
from pb.rounds import calendar
from pb.rounds.models import Phase, Round


def definition(session: Session, round: Round) -> dict[str, Any]:
    """The configuration, limits, rule, money and projects of a round, as plain data.

    Voting may be extended after the freeze, so its end is not part of it.
    """
    voting = calendar.span(round, Phase.VOTING)
    # Topics bind nobody, and are no part of older digests, unless a limit holds for each of them.
    by_topic = round.limits is not None and round.ballot_limits.by_category
    projects = session.scalars(
        select(Project)
        .where(Project.round_id == round.id)
        .options(joinedload(Project.area))
        .order_by(Project.number)
    )
    found = {
        "round": round.slug,
        "currency": round.currency,
        "time_zone": round.time_zone,
        "voting_opens_at": voting.opens_at.astimezone(UTC).isoformat() if voting else None,
        "limits": round.limits,
        "lists_within_budget": round.within_budget,
        # A round that was frozen before there were routes keeps its digest.
        **({"routes": round.routes} if round.routes else {}),
        "rule": {"id": round.rule_id, "params": round.rule_params, "ties": round.ties},
        "areas": [
            {
                "slug": area.slug,
                "name": area.name,
                "budget": area.budget,
                "city_wide": area.city_wide,
            }
            for area in round.areas
        ],
        "projects": [
            {
                "number": project.number,
                "code": project.code,
                "title": project.title,
                "area": project.area.slug,
                "cost": project.cost,
                **({"topic": project.topic} if by_topic else {}),
            }
            for project in projects
        ],
    }
    if round.encrypted:  # what was frozen before there were envelopes keeps its digest
        found["box_key"] = round.box_key.hex() if round.box_key else None
    return found


def counted(session: Session, round: Round) -> dict[str, Any]:
    """The definition as it is counted: with the codes of the projects that were withdrawn.

    They are no part of what was frozen, nor of its digest; the log tells of each of them.
    """
    codes = session.scalars(
        select(Project.code)
        .join(Project.withdrawal)
        .where(Project.round_id == round.id)
        .order_by(Project.number)
    )
    return definition(session, round) | {"withdrawn": list(codes)}


def digest(session: Session, round: Round) -> str:
    """SHA-256 of the definition, as hex."""
    return hashlib.sha256(canonical(definition(session, round))).hexdigest()


def freeze(session: Session, round: Round, *, at: datetime) -> str:
    """Fix the definition for good and return its digest; the database refuses changes from now on.

    Refused while something that voters need to know is missing.
    """
    if round.frozen_at is not None:
        raise Refused("The ballot is frozen already.")
    found = definition(session, round)
    if not found["projects"]:
        raise Refused("There is no project on the ballot yet.")
    if round.limits is None or round.rule_id is None:
        raise Refused("The ballot needs its limits and its counting rule before it can be frozen.")
    round.config_digest = digest(session, round)
    round.frozen_at = at
    session.flush()
    return round.config_digest
