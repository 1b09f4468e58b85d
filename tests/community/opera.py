"""A workshop at its doors: people who come in by HTTP, and the steward who leads."""

import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from pb.purpose.workshops import queries
from pb.purpose.workshops.models import Participant, Stage, Workshop, WorkshopIdea
from pb.rounds.models import Phase, Role
from tests import make
from tests.pages import Pages

QUESTION = "What would a good evening by the harbour look like?"


@dataclass
class Room:
    """A workshop that was opened on the page, its steward, and everybody who came in."""

    session: Any
    browse: Any
    round: Any
    leader: Pages
    workshop: Workshop
    people: dict[str, Pages] = field(default_factory=dict)

    def path(self, *parts: Any) -> str:
        """An address of this workshop."""
        base = f"/rounds/{self.round.slug}/workshops/{self.workshop.id}"
        return "/".join([base, *map(str, parts)])

    def come_in(self, name: str, account: Any = None, **fields: Any) -> Pages:
        """Somebody comes in by the code."""
        pages = self.browse(account)
        join = f"/rounds/{self.round.slug}/workshops/join"
        pages.post(join, {"code": self.workshop.code, "name": name, **fields})
        self.people[name] = pages
        return pages

    def go_on(self, to: Stage | None = None) -> None:
        """The steward goes on to the next stage, or through all up to one."""
        while True:
            seen = self.fresh().stage
            if seen is to:
                return
            self.leader.post(self.path("leading", "stage"), {"seen": seen})
            if to is None:
                return

    def ideas_from_everybody(self, ideas: int = 1) -> None:
        """While pairs talk: one person of each pair writes so many ideas."""
        for pair in self.pairs():
            name = pair.people[0].name
            for n in range(1, ideas + 1):
                text = f"Idea {n} of pair {pair.number}"
                self.people[name].post(self.path("place", "ideas"), {"text": text})

    def at(self, stage: Stage, ideas: int = 1) -> "Room":
        """Lead the workshop to a stage; on the way every pair writes ideas."""
        order = list(Stage)
        if order.index(stage) > order.index(Stage.PAIR) >= order.index(self.fresh().stage):
            self.go_on(Stage.PAIR)
            self.ideas_from_everybody(ideas)
        self.go_on(stage)
        return self

    def fresh(self) -> Workshop:
        """The workshop as it is now."""
        self.session.refresh(self.workshop)
        self.session.commit()
        return self.workshop

    def pairs(self) -> list:
        found = list(queries.pairs(self.session, self.workshop))
        self.session.commit()
        return found

    def ideas(self) -> list[WorkshopIdea]:
        found = list(queries.ideas(self.session, self.workshop))
        self.session.commit()
        return found

    def partner(self, name: str) -> str:
        """With whom somebody is in a pair."""
        for pair in self.pairs():
            names = [one.name for one in pair.people]
            if name in names:
                return next(other for other in names if other != name)
        raise AssertionError(name)

    def person(self, name: str) -> Participant:
        found = self.session.scalars(
            sa.select(Participant)
            .where(Participant.workshop_id == self.workshop.id, Participant.name == name)
            .execution_options(populate_existing=True)
        ).one()
        self.session.commit()
        return found


def room(session: Any, browse: Any, *names: str, phase: Phase = Phase.IDEAS, **fields: Any) -> Room:
    """A workshop in its lobby, opened by a steward on the page, with these people in it."""
    round = make.round_(session, phase, areas={"north": 1_00, "south": 1_00})
    leader = browse(make.appointed(session, round, Role.STEWARD, "Stella"))
    form = {"question": QUESTION, "kind": "live", **fields}
    page = leader.post(f"/rounds/{round.slug}/workshops", form).location
    number = int(re.search(r"/workshops/(\d+)/leading$", page).group(1))
    workshop = session.get_one(Workshop, number)
    session.commit()
    made = Room(session, browse, round, leader, workshop)
    for name in names:
        made.come_in(name)
    return made
