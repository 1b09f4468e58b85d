"""Looking at the box from outside: turnout while it is open, contents once it is sealed.

Nothing here counts votes for a project.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.ballots import receipts
from pb.ballots.models import Channel, SealedChoice, SealedCommitment, TurnoutMark
from pb.db import canonical
from pb.eligibility import queries as roll
from pb.eligibility.models import CodeBatch, RollEntry, VoterClass
from pb.keys import KeyRing, Purpose
from pb.proposals.models import Project
from pb.rounds.models import Act, ActKind, Area, Round
from pb.rounds.routes import ABOUT, Route, Strength
from pb.tally.ballots import Ballot, BallotKind
from pb.tally.model import Profile

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


def turnout(session: Session, round: Round) -> Turnout:
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
        voted = max(sealed_counts(session, round).values(), default=0)
    return Turnout(entitled, voted, by_area)


def turnout_by_class(session: Session, round: Round) -> list[ClassTurnout]:
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


def has_voted(session: Session, entry: RollEntry) -> bool:
    """Whether a ballot of this entry is in the box."""
    return session.get(TurnoutMark, (entry.round_id, entry.id)) is not None


def voted_by(session: Session, entry: RollEntry) -> Channel | None:
    """The way by which the ballot of this entry reached the box; None if it has not voted."""
    mark = session.get(TurnoutMark, (entry.round_id, entry.id))
    return mark and mark.channel


def voted_in(session: Session, batch: CodeBatch) -> int:
    """How many of the people whose code still is the one of this batch have voted."""
    return session.scalar(
        select(func.count())
        .select_from(TurnoutMark)
        .join(
            RollEntry,
            (RollEntry.round_id == TurnoutMark.round_id) & (RollEntry.id == TurnoutMark.entry_id),
        )
        .where(TurnoutMark.round_id == batch.round_id, RollEntry.code_batch_id == batch.id)
    )


def projects(
    session: Session,
    round: Round,
    *,
    area: Area | None = None,
    topic: str = "",
    text: str = "",
    most: int | None = None,
) -> list[Project]:
    """The frozen lines of the ballot that fit the filters, by number."""
    query = select(Project).where(Project.round_id == round.id).order_by(Project.number)
    query = query.options(joinedload(Project.area), selectinload(Project.withdrawal))
    if topic:
        query = query.where(Project.topic == topic)
    if area is not None:
        query = query.where(Project.area_id == area.id)
    if most is not None:
        query = query.where(Project.cost <= most)
    words = text.casefold().split()
    return [
        project
        for project in session.scalars(query)
        if all(word in _searched(project) for word in words)
    ]


def topics(session: Session, round: Round) -> list[str]:
    """What the projects of the ballot are about, by the alphabet."""
    found = select(Project.topic).where(Project.round_id == round.id, Project.topic != "")
    return sorted(session.scalars(found.distinct()))


def find_project(session: Session, round: Round, number: int) -> Project | None:
    """The project with this number on the ballot."""
    if not 0 < number < 2**31:
        return None
    return session.scalars(
        select(Project).where(Project.round_id == round.id, Project.number == number)
    ).first()


def in_lot_order(
    found: list[Project],
    round: Round,
    *,
    entry_id: int | None,
    keys: KeyRing,
    now: datetime,
) -> list[Project]:
    """Projects in an order drawn by lot: every voter has one for good, others one for the day."""
    if entry_id is not None:
        seed = keys.mac(round.id, Purpose.ROLL, "order", entry_id)
    else:
        day = now.astimezone(round.zone).date()
        seed = f"{round.config_digest}|{day}".encode()
    return sorted(
        found, key=lambda project: hashlib.sha256(seed + b"|%d" % project.number).digest()
    )


def sealed_counts(session: Session, round: Round) -> dict[str, int]:
    """How many lists are in the sealed box, by area slug; only areas that have any."""
    counts = dict(
        session.execute(
            select(SealedChoice.area_id, func.count())
            .where(SealedChoice.round_id == round.id)
            .group_by(SealedChoice.area_id)
        ).all()
    )
    return {area.slug: counts[area.id] for area in round.areas if area.id in counts}


def sealed_lists(session: Session, round: Round, area: Area) -> Iterator[dict]:
    """The sealed lists of an area as plain data, in their canonical order."""
    return session.scalars(
        select(SealedChoice.choices)
        .where(SealedChoice.round_id == round.id, SealedChoice.area_id == area.id)
        .order_by(SealedChoice.n)
    )


def commitments(session: Session, round: Round) -> Iterator[bytes]:
    """The commitments of all counted ballots, sorted."""
    return session.scalars(
        select(SealedCommitment.commitment)
        .where(SealedCommitment.round_id == round.id)
        .order_by(SealedCommitment.commitment)
    )


def sealed_digest(session: Session, round: Round) -> str:
    """SHA-256 (hex) over the sealed box, one line of text per item.

    First `round SLUG`; then for every area, sorted by slug, `area SLUG` and each list as
    canonical JSON; at the end `commitments` and each commitment in hex.
    """
    found = hashlib.sha256(f"round {round.slug}\n".encode())
    for area in sorted(round.areas, key=lambda area: area.slug):
        found.update(f"area {area.slug}\n".encode())
        for choices in sealed_lists(session, round, area):
            found.update(canonical(choices) + b"\n")
    found.update(b"commitments\n")
    for commitment in commitments(session, round):
        found.update(commitment.hex().encode() + b"\n")
    return found.hexdigest()


def profile(session: Session, round: Round, area: Area) -> Profile:
    """The sealed lists of an area as a counting rule takes them."""
    limits = round.limits_in(area)
    kind = limits.kind if limits else BallotKind.APPROVAL
    ballots = map(Ballot.from_json, sealed_lists(session, round, area))
    return Profile.of(ballots, kind, limits and limits.longest)


def find_receipt(session: Session, round: Round, typed: str) -> bool:
    """Whether the ballot with this receipt was counted; raises Mistyped for a misspelt one."""
    beginning = receipts.beginning(typed)
    rest = 32 - len(beginning)
    return (
        session.scalars(
            select(SealedCommitment.commitment)
            .where(
                SealedCommitment.round_id == round.id,
                SealedCommitment.commitment.between(
                    beginning + b"\x00" * rest, beginning + b"\xff" * rest
                ),
            )
            .limit(1)
        ).first()
        is not None
    )


def _searched(project: Project) -> str:
    fields = (project.title, project.summary, project.place, project.topic, project.body)
    return f"{project.number} {' '.join(fields)}".casefold()
