"""Rounds whose result is published, without the vote that led there."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb.db import Base
from pb.results.models import AreaOutcome, Publication, Result
from pb.rounds.models import Act, ActKind, Phase, Role, Round, Side
from tests import make
from tests.conftest import NOW

AGO = timedelta(days=1)


def published(
    session: Session, funded: tuple[str, ...] = ("pond",), phase: Phase = Phase.DELIVERY, **kw: Any
) -> Round:
    """A round with the projects “pond” and “park”, of which some are funded."""
    projects = {"pond": ("town", 10_000_00), "park": ("town", 20_000_00)}
    round = make.round_(session, phase, projects=projects, **kw)
    count = _act(session, round, ActKind.COUNT)
    publish = _act(session, round, ActKind.PUBLISH_RESULT)
    result = _row(Result, round_id=round.id, number=1, act_id=count.id, counted_at=NOW - AGO)
    session.add(result)
    session.flush()
    area, outcome = round.areas[0], {"funded": list(funded)}
    session.add(_row(AreaOutcome, result_id=result.id, area_id=area.id, outcome=outcome))
    session.add(
        Publication(
            round_id=round.id, result_id=result.id, act_id=publish.id, published_at=NOW - AGO
        )
    )
    session.commit()
    return round


def _row(model: type[Base], **given: Any) -> Base:
    """A row in which every number that does not matter here is 0, and every text empty."""
    needed = [
        c for c in model.__table__.columns if not (c.nullable or c.primary_key or c.name in given)
    ]
    blank = {c.name: {} if isinstance(c.type, sa.JSON) else c.type.python_type() for c in needed}
    return model(**{**blank, **given})


def _act(session: Session, round: Round, kind: ActKind) -> Act:
    asker = make.appointed(session, round, Role.COMMISSIONER, "Asker")
    steward = make.appointed(session, round, Role.STEWARD, "Steward")
    act = Act(
        round=round,
        kind=kind,
        payload={},
        payload_digest="0" * 64,
        reason="It is time.",
        asked_by=asker.id,
        asked_side=Side.COMMISSION,
        asked_at=NOW - AGO,
        confirmed_by=steward.id,
        confirmed_side=Side.COMMUNITY,
        confirmed_at=NOW - AGO,
    )
    session.add(act)
    session.flush()
    return act
