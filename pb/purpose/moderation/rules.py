"""Which rules bind a post: the charter that its author accepted, or the four ground rules."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pb.purpose.documents import models as documented
from pb.purpose.documents import queries as documents
from pb.purpose.moderation.models import Clause, Post
from pb.rounds.models import Round

# Criticism of the people in charge is allowed under every one of them.
GROUND_RULES = (
    Clause(
        "ground:1",
        "1",
        "About the matter, not against the person",
        "Say what you think of ideas and decisions, as sharply as you like. "
        "Do not insult, threaten or harass anybody.",
    ),
    Clause(
        "ground:2",
        "2",
        "Everybody belongs here",
        "Nobody is put down for where they come from, what they believe, whom they love, "
        "how old they are or what their body can do.",
    ),
    Clause(
        "ground:3",
        "3",
        "What is private stays private",
        "Do not publish names, addresses or other details of people who did not agree to it.",
    ),
    Clause(
        "ground:4",
        "4",
        "No advertising, no false names",
        "Do not advertise, do not post the same thing again and again, "
        "and do not pretend to be somebody else.",
    ),
)


def binding(
    session: Session, round: Round, author_id: int | None, written_at: datetime
) -> Sequence[Clause]:
    """The rules that bound this author when they wrote.

    A charter that they accepted; else the one in force then; else the ground rules.
    """
    charter = None
    if author_id is not None:
        charter = documents.accepted_charter(session, round, author_id)
    if charter is None:
        charter = documents.in_force(session, round, documented.Kind.CHARTER, written_at)
    if charter is None or not charter.clauses:
        return GROUND_RULES
    return [_cited(clause, charter) for clause in charter.clauses]


def _cited(clause: documented.Clause, charter: documented.Version) -> Clause:
    key = f"charter:{clause.id}"
    return Clause(key, str(clause.number), clause.heading, clause.text, charter.number)


def in_force(session: Session, round: Round, at: datetime) -> Sequence[Clause]:
    """The rules for somebody who accepted no charter: what a visitor reads."""
    return binding(session, round, None, at)


def of_post(session: Session, round: Round, post: Post) -> Sequence[Clause]:
    """The rules that a report of this post can cite."""
    return binding(session, round, post.author_id, post.written_at)


def find(clauses: Sequence[Clause], key: str) -> Clause | None:
    """The clause with this key, if it is one of these."""
    return next((clause for clause in clauses if clause.key == key), None)
