"""The people of the demo town, and what every step of building it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb.accounts import service as accounts
from pb.accounts.models import Account
from pb.demo.content import Town
from pb.keys import KeyRing
from pb.results import acts
from pb.rounds.models import ActKind, Round
from pb.tally.rules import Rule

PASSWORD = "welcome to marlehaven"  # noqa: S105 (printed for everybody to try)
DOMAIN = "marlehaven.example"
LOGINS = {
    "commissioner": "Carla Ostrowski",
    "reviewer": "Rui Almeida",
    "clerk": "Clara Venn",
    "second-clerk": "Boris Halloway",
    "steward": "Stella Brandt",
    "resident": "Remi",
}


@dataclass
class Demo:
    """What the demo made: people, rounds by slug, codes that have not voted yet, what to try."""

    people: dict[str, Account] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    sealed: list[int] = field(default_factory=list)  # rounds whose box key is to be destroyed
    sheets: tuple[str, ...] = ()  # the words of the key sheets of the box that lies closed
    hints: list[str] = field(default_factory=list)  # what else there is to try, in a line each


@dataclass(frozen=True)
class Builder:
    """What every step of building needs; `today` is the moment that day 0 means."""

    session: Session
    today: datetime
    keys: KeyRing
    rules: Mapping[str, Rule]
    town: Town
    demo: Demo

    def person(self, name: str) -> Account:
        """The person who signs in as `name`, or an author of that name."""
        login = next((login for login, shown in LOGINS.items() if name == shown), name)
        if login not in self.demo.people:
            known = login in LOGINS
            address = login if known else f"author-{len(self.demo.people)}"
            self.demo.people[login] = accounts.register(
                self.session,
                email=f"{address}@{DOMAIN}",
                name=LOGINS.get(login, name),
                password=PASSWORD if known else None,
                at=self.today - timedelta(days=500),
                may_open_rounds=login == "commissioner",
            )
        return self.demo.people[login]

    def act(self, round: Round, kind: ActKind, reason: str, at: datetime) -> None:
        """One counter-signed act: the commissioner asks, the steward confirms."""
        act = acts.ask(
            self.session, round, kind, by=self.person("commissioner"), reason=reason, at=at
        )
        acts.confirm(
            self.session,
            act,
            by=self.person("steward"),
            at=at + timedelta(minutes=40),
            keys=self.keys,
            rules=self.rules,
        )
