"""How many people may vote and how many have, in all, by class and by route.

Small numbers are hidden: they could point at people.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.ballots import queries
from pb.ballots.models import Channel, TurnoutMark
from pb.eligibility import queries as roll
from pb.eligibility.models import RollEntry, VoterClass
from pb.rounds.models import Act, ActKind, Area, Round
from pb.rounds.routes import ABOUT, Route, Strength

FEWEST_SHOWN = 20  # ballots; the turnout of smaller groups could point at people


@dataclass(frozen=True)
class AreaTurnout:
    """How many people of one area may vote, and how many have."""

    area: Area | None  # None: people who vote city-wide only
    entitled: int
    voted: int

    @property
    def shown(self) -> int | None:
        """The number that may be shown: None where it is too small."""
        return self.voted if self.voted >= FEWEST_SHOWN else None


@dataclass(frozen=True)
class Turnout:
    """How many people may vote, and how many have; `entitled` is 0 where there is no roll."""

    entitled: int
    voted: int
    by_area: tuple[AreaTurnout, ...] = ()


@dataclass(frozen=True)
class ClassTurnout:
    """How many people of one class may vote, and how many have."""

    voter_class: VoterClass
    entitled: int
    shown: int | None  # the number that may be shown: None where it could point at people


def of_round(session: Session, round: Round) -> Turnout:
    """The turnout of a round, by the order of the areas.

    An imported election has no roll: there it is the number of ballots of the largest list.
    """
    marked = dict(
        session.execute(
            select(RollEntry.area_id, func.count())
            .join(
                TurnoutMark,
                (TurnoutMark.round_id == RollEntry.round_id)
                & (TurnoutMark.entry_id == RollEntry.id),
            )
            .where(RollEntry.round_id == round.id)
            .group_by(RollEntry.area_id)
        ).all()
    )
    by_area = tuple(
        AreaTurnout(one.area, one.entries, marked.get(one.area.id if one.area else None, 0))
        for one in roll.by_area(session, round)
    )
    entitled = sum(one.entitled for one in by_area)
    voted = sum(marked.values())
    if not entitled:
        voted = max(queries.sealed_counts(session, round).values(), default=0)
    return Turnout(entitled, voted, by_area)


def by_class(session: Session, round: Round) -> list[ClassTurnout]:
    """The turnout of every class on the roll; small ones cannot be worked out from the others."""
    voted = dict(
        session.execute(
            select(RollEntry.voter_class, func.count())
            .join(
                TurnoutMark,
                (TurnoutMark.round_id == RollEntry.round_id)
                & (TurnoutMark.entry_id == RollEntry.id),
            )
            .where(RollEntry.round_id == round.id)
            .group_by(RollEntry.voter_class)
        ).all()
    )
    classes = roll.by_class(session, round)
    hidden: list[VoterClass] = []
    for one in sorted(classes, key=lambda one: voted.get(one.voter_class, 0)):
        together = sum(voted.get(which, 0) for which in hidden)
        small = voted.get(one.voter_class, 0) < FEWEST_SHOWN
        if small or (hidden and (len(hidden) == 1 or together < FEWEST_SHOWN)):
            hidden.append(one.voter_class)
    return [
        ClassTurnout(
            one.voter_class,
            one.entries,
            None if one.voter_class in hidden else voted[one.voter_class],
        )
        for one in classes
    ]


def voided(session: Session, round: Round) -> int:
    """How many votes two persons took out of the box."""
    done = (Act.round_id == round.id, Act.kind == ActKind.VOID_VOTE, Act.confirmed_at.is_not(None))
    return session.scalar(select(func.count()).select_from(Act).where(*done)) or 0


@dataclass(frozen=True)
class RouteTurnout:
    """How many voters came by one route; None stands for fewer than `FEWEST_SHOWN`."""

    name: str
    route: Route | None  # None: not by a route (on paper, or before routes were noted)
    strength: Strength | None
    shown: int | None


def by_route(session: Session, round: Round) -> list[RouteTurnout]:
    """How many voters came by each route, those that were offered first.

    A small number is hidden; where it could be found by subtraction, so is the next smallest.
    """
    counts: dict[tuple[Route | None, bool], int] = dict.fromkeys(
        ((about.route, False) for about in ABOUT.values() if about.route in round.routes), 0
    )
    for route, channel, voters in session.execute(
        select(TurnoutMark.route, TurnoutMark.channel, func.count())
        .where(TurnoutMark.round_id == round.id)
        .group_by(TurnoutMark.route, TurnoutMark.channel)
    ):
        paper = channel is Channel.PAPER
        key = (Route(route) if route and not paper else None, paper)
        counts[key] = counts.get(key, 0) + voters
    hidden = _hidden(counts)
    found = []
    for key, voters in counts.items():
        about = ABOUT.get(key[0]) if key[0] else None
        name = about.name if about else "On paper" if key[1] else "Not noted"
        shown = None if key in hidden else voters
        found.append(RouteTurnout(name, key[0], about and about.strength, shown))
    return found


def _hidden(counts: dict[Any, int]) -> set[Any]:
    """What must not be shown: small numbers, and what would give them away."""
    rising = sorted(counts, key=counts.__getitem__)
    small = sum(counts[key] < FEWEST_SHOWN for key in rising)
    together = sum(counts[key] for key in rising[:small])
    while small and together < FEWEST_SHOWN and small < len(rising):
        together += counts[rising[small]]
        small += 1
    return set(rising[:small])
