"""How many people have been heard, by area, in numbers that point at nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session, joinedload

from pb.eligibility import queries as roll
from pb.proposals.voices.models import AreaInvitation
from pb.proposals.voices.sources import SOURCES
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, Round

FEWEST = 10  # a smaller number of people is not shown
STEP = 10  # others are rounded down to tens, so that nothing can be subtracted
ENOUGH = 5  # people that an area should have been heard with, before their lack says anything


@dataclass(frozen=True)
class Heard:
    """A number of people; what pages may show of it."""

    people: int

    @property
    def none(self) -> bool:
        """Whether nobody was heard."""
        return self.people == 0

    @property
    def floor(self) -> int:
        """At least so many; 0 where there are too few to say."""
        return self.people // STEP * STEP

    @property
    def drawn(self) -> int:
        """How long a bar may be: the same for every number that reads the same."""
        return self.floor or (0 if self.none else FEWEST // 2)


@dataclass(frozen=True)
class AreaVoices:
    """Who was heard about one area; without an area, about the whole town or no part of it."""

    area: Area | None
    heard: Heard
    on_roll: int = 0  # 0 where there is no list of voters
    share: float = 0.0  # people that would have been heard if all areas were heard alike

    @property
    def sized(self) -> bool:
        """Whether the list of voters is long enough here to be compared with."""
        return self.on_roll >= FEWEST

    @property
    def silent(self) -> bool:
        """Whether nobody was heard, or less than half of what would be an equal share."""
        if self.area is None:
            return False
        return self.heard.none or (self.share >= ENOUGH and 2 * self.heard.people < self.share)

    @property
    def rate(self) -> float:
        """How long the bar is: for each person on the list of voters, where there is one."""
        return self.heard.drawn / self.on_roll if self.sized else self.heard.drawn


@dataclass(frozen=True)
class Meter:
    """The areas in their order, then what is about none of them; and everybody once."""

    areas: tuple[AreaVoices, ...]
    elsewhere: AreaVoices
    everybody: Heard
    with_roll: bool

    @property
    def silent(self) -> tuple[AreaVoices, ...]:
        """The areas from which hardly anybody was heard."""
        return tuple(one for one in self.areas if one.silent)

    @property
    def longest(self) -> float:
        """What a full bar stands for."""
        least = 0 if self.with_roll else 2 * FEWEST  # so that a few people fill no bar
        return max([least, *(one.rate for one in self.areas)])


def meter(session: Session, round: Round, now: datetime) -> Meter:
    """Whose voices are heard in a round until now."""
    joins_public = calendar.ORDER.index(calendar.phase_at(round, now)) > calendar.ORDER.index(
        Phase.IDEAS
    )
    found = union_all(*(source(round, joins_public) for source in SOURCES)).subquery()
    area, person = found.c
    heard = dict(session.execute(select(area, func.count(person.distinct())).group_by(area)).all())
    parts = [one for one in round.areas if not one.city_wide]
    ids = [one.id for one in parts]
    elsewhere = func.count(person.distinct()).filter(area.is_(None) | area.not_in(ids))
    both = select(elsewhere, func.count(person.distinct())).select_from(found)
    nowhere, everybody = session.execute(both).one()
    sizes = {one.area.id: one.entries for one in roll.by_area(session, round) if one.area}
    areas = _shared([(one, heard.get(one.id, 0), sizes.get(one.id, 0)) for one in parts])
    return Meter(areas, AreaVoices(None, Heard(nowhere)), Heard(everybody), any(sizes.values()))


def _shared(counted: Sequence[tuple[Area, int, int]]) -> tuple[AreaVoices, ...]:
    """The areas with what each would have if all were heard alike."""
    people = sum(heard for _, heard, _ in counted)
    on_roll = sum(size for _, _, size in counted)
    return tuple(
        AreaVoices(area, Heard(heard), size, people * size / on_roll if on_roll else 0.0)
        for area, heard, size in counted
    )


INVITED = select(AreaInvitation).options(joinedload(AreaInvitation.area))


def invitations(session: Session, round: Round) -> Sequence[AreaInvitation]:
    """The invitations of a round, newest first."""
    return session.scalars(
        INVITED.where(AreaInvitation.round_id == round.id).order_by(AreaInvitation.id.desc())
    ).all()


def find_invitation(session: Session, round: Round, number: int) -> AreaInvitation | None:
    """One invitation of this round."""
    return session.scalars(
        INVITED.where(AreaInvitation.round_id == round.id, AreaInvitation.id == number)
    ).first()


def latest(session: Session, area: Area) -> AreaInvitation | None:
    """The last invitation of an area."""
    return session.scalars(
        INVITED.where(
            AreaInvitation.round_id == area.round_id, AreaInvitation.area_id == area.id
        ).order_by(AreaInvitation.week.desc())
    ).first()
