"""Workshops for tests, at any stage, with people in them."""

import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.purpose.workshops import moving, queries, service, writing
from pb.purpose.workshops.models import Kind, Stage, Workshop
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=1)


def workshop(
    session: Session, people: int = 0, *, kind: Kind = Kind.LIVE, areas: bool = False, **kwargs: Any
) -> Workshop:
    """A workshop in its lobby, with so many people without accounts."""
    budgets = {"north": 1_00, "south": 1_00} if areas else {"town": 1_00}
    round = make.round_(session, Phase.PURPOSE, areas=budgets)
    numbers = itertools.count(next(make.NUMBERS) * 7_919)
    made = service.create(
        session,
        round,
        question="What would a good evening by the harbour look like?",
        kind=kind,
        by=make.appointed(session, round, Role.STEWARD),
        at=NOW,
        draw=lambda below: next(numbers) % below,
        **kwargs,
    )
    for n in range(people):
        area = round.areas[n % 2] if areas else None
        service.join(session, made, name=f"Person {n + 1}", at=NOW, area=area)
    session.commit()
    return made


def steward(session: Session, made: Workshop) -> Account:
    """Who leads the workshop."""
    return session.get_one(Account, made.led_by)


def advance(session: Session, made: Workshop, to: Stage, *, ideas: int = 1, at=LATER) -> None:
    """Move a workshop on to a stage; while pairs talk, each writes so many ideas."""
    while made.stage is not to:
        if made.stage is Stage.PAIR:
            for pair in queries.pairs(session, made):
                for n in range(ideas):
                    writing.add_idea(session, made, pair, f"Idea {n + 1} of {pair.number}", at)
        moving.move_on(session, made, seen=made.stage, by=steward(session, made), at=at)
    session.commit()
