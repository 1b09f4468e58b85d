"""What the youngest round of the demo town agreed on, what it still talks over, and its ideas."""

from datetime import datetime, timedelta

from pb.demo.builder import Builder
from pb.proposals.ideas import growing
from pb.proposals.ideas import service as ideas
from pb.proposals.models import Proposal
from pb.proposals.voices import service as voices
from pb.proposals.voices.queries import meter
from pb.purpose.documents import queries, service, starters
from pb.purpose.documents.models import Choice, Kind, Reply, Version
from pb.rounds.models import Round
from pb.rounds.pay import service as pay

ADOPTED = {
    Kind.PURPOSE: (
        (
            "Neighbours who know each other",
            "In three years more of us will greet somebody by name on the way to the shop.",
        ),
        (
            "Small and lasting",
            "Better five places whose upkeep is promised than one that nobody looks after.",
        ),
    ),
    Kind.CHARTER: starters.STARTERS[Kind.CHARTER],
    Kind.GLOSSARY: (
        ("Upkeep", "What a thing costs every year after it was built: repairs, cleaning, time."),
        ("Key holder", "The person who opens a place and closes it, and whom one can ring."),
    ),
}
PAY = {
    "platform": "The town, from its budget for elections. The county’s computer centre runs it.",
    "facilitators": "The library pays two people by the hour; the others are volunteers.",
    "stewards": "Nothing for their time. The town gives back bus tickets and pays for childcare.",
    "auditors": "The county’s court of auditors, which gets nothing from this round.",
}
LATER = ("Tea first", "Whoever comes for the first time is shown round before anything is decided.")
INVITATION = (
    "Nobody has told us yet what your streets need. Where would you like to sit, meet or mend "
    "something together? One sentence is enough."
)
MEETING = "Meeting places"
# (who says it, in one sentence, about what, who says the same)
IDEAS = (
    ("Joris", "A bench outside the laundry, where people wait anyway.", MEETING, ("Fatima",)),
    ("Wim", "A shelf at the bus stop where one leaves books for others.", MEETING, ()),
    ("Fatima", "Somebody who shows new neighbours round on Saturdays.", MEETING, ("Wim",)),
)


def agree(builder: Builder, round: Round, at: datetime) -> None:
    """Three documents, a draft of a second charter, and a word about money; from `at` on."""
    for kind, clauses in ADOPTED.items():
        _adopt(builder, round, kind, clauses, at)
    session, steward = builder.session, builder.person("steward")
    pay.say(session, round, PAY, by=builder.person("commissioner"), at=at)
    later = at + timedelta(days=22)
    draft = service.begin(session, round, Kind.CHARTER, by=steward, at=later)
    heading, text = LATER
    clause = service.add_clause(session, draft, heading=heading, text=text, by=steward, at=later)
    for who, words in (
        ("resident", "Could the commission be shown round too?"),
        ("reviewer", "Gladly. And who makes the tea?"),
    ):
        by, later = builder.person(who), later + timedelta(hours=5)
        comment = service.comment(session, draft, clause, words, by=by, at=later)
        if who == "resident":
            answer = "Yes: “whoever” is meant for both sides."
            service.reply(session, comment, Reply.ANSWERED, answer, by=steward, at=later)


def _adopt(builder: Builder, round: Round, kind: Kind, clauses, at: datetime) -> Version:
    session, steward = builder.session, builder.person("steward")
    version = service.begin(session, round, kind, by=steward, at=at)
    for heading, text in clauses:
        service.add_clause(session, version, heading=heading, text=text, by=steward, at=at)
    opens = at + timedelta(days=5)
    service.open_vote(
        session, version, by=steward, at=opens, reason="Talked over at twelve kitchen tables."
    )
    for n, who in enumerate(_neighbours(builder)):
        choice = Choice.ABSTAIN if n == 5 else Choice.YES
        service.vote(
            session, version, choice, by=builder.person(who), at=opens + timedelta(hours=n)
        )
    service.settle(session, version, at=version.vote_closes_at)
    return version


def _neighbours(builder: Builder) -> list[str]:
    names = {item.author for plan in builder.town.rounds for item in plan.proposals}
    return sorted(names)[:7]


def collect(builder: Builder, round: Round, proposals: list[Proposal], at: datetime) -> None:
    """Residents say ideas and join them; one grew into a proposal."""
    session = builder.session
    charter = queries.in_force(session, round, Kind.CHARTER, at)
    for n, (who, text, topic, others) in enumerate(IDEAS):
        by, said = builder.person(who), at + timedelta(hours=3 * n)
        for account in (by, *map(builder.person, others)):
            if not queries.has_accepted(session, charter, account.id):
                service.accept(session, round, account, charter, at=said)
        idea = ideas.write(
            session, round, by, text=text, area=round.areas[0], topic=topic, named=True, at=said
        )
        for other in others:
            account = builder.person(other)
            ideas.join(session, idea, account, named=True, at=said + timedelta(hours=1))
        if n == 0:
            _ask(builder, idea, proposals, said + timedelta(days=3))
    _invite(builder, round, at + timedelta(days=2))


def _invite(builder: Builder, round: Round, at: datetime) -> None:
    """A steward invites the first part of town that nobody has spoken about."""
    silent = meter(builder.session, round, at).silent
    if silent:
        steward = builder.person("steward")
        voices.invite(builder.session, round, silent[0].area, INVITATION, by=steward, at=at)


def _ask(builder: Builder, idea, proposals: list[Proposal], at: datetime) -> None:
    """The author of a proposal asks whether the idea may go into it; nobody has answered yet."""
    strangers = (one for one in proposals if one.public and idea.author(one.author) is None)
    proposal = next(strangers)
    growing.ask(builder.session, proposal, idea, by=proposal.author, at=at)
