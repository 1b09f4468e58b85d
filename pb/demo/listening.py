"""What the stewards of the youngest round asked, what people answered, and what was heard."""

from datetime import datetime, timedelta

from pb.accounts.models import Account
from pb.demo.builder import Builder
from pb.purpose.documents import queries as documents
from pb.purpose.documents import service as charters
from pb.purpose.documents.models import Kind
from pb.purpose.listening import answering, asking, hearing
from pb.purpose.listening.models import Answer, Fit, Origin, Question, Signature
from pb.rounds.models import Area, Round

CLOSED = "What would make you stay a little longer on the way home?"
OPEN = "How would a newcomer notice in the first week that they are welcome?"
WHY = "The answers stand beside the proposals when these are written, and the review reads them."
# (who, signature, other name, words, whether they differ, who agrees)
SAID = (
    (
        "resident",
        Signature.NAME,
        "",
        "Somewhere dry to sit where the bus stops, and where nobody has to buy a coffee.",
        False,
        ("Joris", "Fatima", "Wim"),
    ),
    (
        "Joris",
        Signature.PSEUDONYM,
        "Night shift",
        "Light. When I come home it is dark, and I walk faster, not slower.",
        False,
        ("Fatima",),
    ),
    (
        "Wim",
        Signature.NAME,
        "",
        "Nothing. I want to get home. Put the money into things that save people a walk.",
        True,
        (),
    ),
)
TABLE = (
    "Kitchen table, harbour flats",
    "Somebody to talk to in our own language. Then we would stop.",
)
HEARD = "A place on the way costs nothing to be in, and is light and dry when people need it."
NEW = (
    ("Fatima", "Somebody rings the bell and says their name. A letter does not do that."),
    ("resident", "A map of the street on which the people are, not only the shops."),
)


def listen(builder: Builder, round: Round, at: datetime) -> None:
    """One question that has closed, from `at` on, and one that is open today."""
    closed = _ask(builder, round, CLOSED, at, at + timedelta(days=10))
    _answer(builder, closed, at + timedelta(days=1))
    asking.settle(builder.session, closed, at=closed.closes_at + timedelta(minutes=1))
    begins = builder.today - timedelta(days=2)
    opened = _ask(builder, round, OPEN, begins, builder.today + timedelta(days=6))
    for n, (who, words) in enumerate(NEW):
        said = begins + timedelta(hours=5 + n)
        _say(builder, opened, who, words, Signature.NAME, "", False, said)


def _ask(builder: Builder, round: Round, text: str, at: datetime, closes_at: datetime) -> Question:
    last = asking.last_close(round)
    return asking.ask(
        builder.session,
        round,
        by=builder.person("steward"),
        text=text,
        why=WHY,
        area=None,
        closes_at=min(closes_at, last) if last else closes_at,
        at=at,
    )


def _answer(builder: Builder, question: Question, at: datetime) -> None:
    session, steward = builder.session, builder.person("steward")
    answers = []
    for n, (who, signature, name, words, differs, agree) in enumerate(SAID):
        later = at + timedelta(hours=4 * n)
        answers.append(_say(builder, question, who, words, signature, name, differs, later))
        for other in agree:
            by = builder.person(other)
            answering.support(session, answers[-1], True, by=by, at=later + timedelta(hours=1))
    name, words = TABLE
    answering.enter(
        session,
        question,
        by=steward,
        origin=Origin.WORKSHOP,
        name=name,
        text=words,
        area=None,
        at=at + timedelta(days=1),
    )
    heard = hearing.hear(
        session, question, answers[:2], by=steward, text=HEARD, at=at + timedelta(days=2)
    )
    for link in heard.answers:
        by = session.get_one(Account, link.answer.account_id)
        hearing.say(session, link, Fit.CONFIRMED, by=by, at=at + timedelta(days=3))


def _say(
    builder: Builder,
    question: Question,
    who: str,
    words: str,
    signature: Signature,
    name: str,
    differs: bool,
    at: datetime,
) -> Answer:
    session, by = builder.session, builder.person(who)
    charter = documents.in_force(session, question.round, Kind.CHARTER, at)
    if charter is not None and not documents.has_accepted(session, charter, by.id):
        charters.accept(session, question.round, by, charter, at=at)
    return answering.answer(
        session,
        question,
        by,
        text=words,
        area=_home(question.round, by),
        signature=signature,
        pseudonym=name,
        dissent=differs,
        at=at,
    )


def _home(round: Round, account: Account) -> Area | None:
    """The part of town that somebody says they live in, where the round has parts."""
    parts = [area for area in round.areas if not area.city_wide]
    return parts[account.id % len(parts)] if parts else None
