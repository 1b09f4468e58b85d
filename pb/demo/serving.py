"""Who serves in the youngest round of the demo town: a term that is handed on, and connectors."""

from datetime import datetime, timedelta

from pb.demo.builder import Builder
from pb.proposals.ideas import queries as said
from pb.proposals.ideas import service as ideas
from pb.proposals.models import Proposal, State
from pb.proposals.recusals import service as recusals
from pb.purpose.connectors import arrivals
from pb.purpose.connectors import service as connectors
from pb.rounds import people, queries
from pb.rounds.models import Phase, Role, Round
from pb.rounds.terms import handover, interests
from pb.rounds.terms import service as terms

LEFT = timedelta(days=20)  # of the steward's term
INCOMING, DEPUTY = "resident", "Wim"
# (who, whom they can introduce, where)
CONNECTORS = (
    ("Fatima", "to the families around the laundry; I speak Arabic and French.",
     ("station-quarter", "lindenfield"), "fatimademo"),
    ("Joris", "to the people who keep the allotments and the boats.",
     ("old-quay",), "jorisdemos"),
)  # fmt: skip
NEWCOMERS = ("Amal", "Sjoerd")
HANDED_ON = ("open", "people")
NOTE = (
    "Open **the reports first**, they are the ones with a day on them. Carla answers the "
    "telephone in the morning; Rui prefers a note. People are kinder when you ring them."
)


def steward_until(builder: Builder, opens: dict[Phase, datetime]) -> datetime | None:
    """The end of the steward's first term; only the youngest round has one that comes soon."""
    collects = opens[Phase.IDEAS] <= builder.today < opens.get(Phase.REVIEW, opens[Phase.VOTING])
    return builder.today + LEFT if collects else None


def serve(builder: Builder, round: Round, made: list[Proposal]) -> None:
    """A deputy, somebody who comes after, what they declared, and two connectors."""
    session, at = builder.session, builder.today - timedelta(days=1)
    commissioner, steward = builder.person("commissioner"), builder.person("steward")
    (term,) = people.holders(session, round, at)[Role.STEWARD]
    common = {"by": commissioner, "at": at}
    after, deputy = builder.person(INCOMING), builder.person(DEPUTY)
    asked = terms.invite(session, round, after, Role.STEWARD, starts_at=term.ends_at, **common)
    terms.accept(session, asked, by=after, at=at + timedelta(hours=2))
    asked = terms.invite(session, round, deputy, Role.STEWARD, deputy_for=term, **common)
    terms.accept(session, asked, by=deputy, at=at + timedelta(hours=3))
    for name in HANDED_ON:
        handover.mark(session, term, name, True, by=steward, at=at + timedelta(hours=4))
    handover.leave_note(session, term, NOTE, by=steward, at=at + timedelta(hours=4))
    interests.declare(
        session, round, "My husband rents an allotment in Millbrook.", by=commissioner, at=at
    )
    interests.declare(session, round, "", by=steward, at=at)
    own = next(one for one in made if one.state is State.SUBMITTED)
    recusals.recuse(session, own, "My sister would keep the key.", by=steward, at=at)
    _connect(builder, round, at)


def _connect(builder: Builder, round: Round, at: datetime) -> None:
    session, links = builder.session, []
    for name, text, slugs, code in CONNECTORS:
        areas = [queries.area(round, slug) for slug in slugs]
        person = builder.person(name)
        links.append(
            connectors.offer(session, round, person, text=text, areas=areas, at=at, code=code)
        )
    for name in NEWCOMERS:
        person = builder.person(name)
        arrivals.took_part(session, round, person, links[0].code, keys=builder.keys, at=at)
        idea = said.search(session, round, said.Search(), seed=name, page=1).items[0]
        ideas.join(session, idea, person, named=False, at=at)
    asked = connectors.ask(
        session,
        links[0],
        "I would like to ask the families at the laundry what they miss. Would you come along?",
        by=builder.person("resident"),
        at=at,
    )
    connectors.answer(
        session,
        asked,
        "Gladly. Thursday after five is when most of them are there.",
        by=links[0].account,
        at=at + timedelta(hours=5),
    )
