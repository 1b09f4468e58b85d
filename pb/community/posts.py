"""What people can report: for every kind of post, who wrote it, what it says and where it stands.

Moderation itself knows no proposals and no ideas; it is told about them from here.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from pb.errors import NotFound
from pb.proposals import queries as proposals
from pb.proposals.ideas import queries as ideas
from pb.proposals.models import State
from pb.purpose.documents.models import ClauseComment
from pb.purpose.listening import queries as listening
from pb.purpose.moderation.models import Post, Subject
from pb.purpose.workshops import queries as workshops
from pb.reflection import queries as reflection
from pb.rounds.models import Round

Finder = Callable[[Session, Round, int], Post | None]


def find(session: Session, round: Round, kind: str, number: int) -> Post:
    """The post that can be reported; raises NotFound where there is none."""
    finder = FINDERS.get(kind)
    post = finder(session, round, number) if finder else None
    if post is None:
        raise NotFound("There is nothing here that could be reported.")
    return post


def _proposal(session: Session, round: Round, number: int) -> Post | None:
    """A public proposal; one on the ballot is taken off it only by a counter-signed act."""
    found = proposals.find(session, round, number)
    if found is None or not found.public or found.state is State.ON_BALLOT:
        return None
    text = f"{found.title}\n{found.summary}\n{found.body}"
    path = f"/rounds/{round.slug}/proposals/{found.id}"
    return Post(Subject.PROPOSAL, found.id, found.author_id, found.submitted_at, text, path)


def _idea(session: Session, round: Round, number: int) -> Post | None:
    """An idea; whoever said it first answers for its words."""
    found = ideas.find(session, round, number)
    if found is None or found.withdrawn_at is not None:
        return None
    accounts = [one.account_id for one in found.authors if one.account_id is not None]
    author = accounts[0] if accounts else None
    path = f"/rounds/{round.slug}/ideas/{found.id}"
    return Post(Subject.IDEA, found.id, author, found.at, found.text, path)


def _workshop_idea(session: Session, round: Round, number: int) -> Post | None:
    """An idea of a finished workshop; the first of its pair with an account answers for it."""
    found = workshops.find_result(session, round, number)
    if found is None:
        return None
    accounts = [one.account_id for one in found.authors if one.account_id is not None]
    author = accounts[0] if accounts else None
    text = f"{found.text}\n{found.explanation}".strip()
    path = f"/rounds/{round.slug}/workshops/{found.workshop_id}"
    return Post(Subject.WORKSHOP_IDEA, found.id, author, found.at, text, path)


def _answer(session: Session, round: Round, number: int) -> Post | None:
    """An answer to a question; its account is known to moderation and shown to nobody."""
    found = listening.find_answer(session, round, number)
    if found is None or found.withdrawn_at is not None:
        return None
    path = f"/rounds/{round.slug}/listening/{found.question_id}#answer-{found.id}"
    return Post(Subject.ANSWER, found.id, found.account_id, found.at, found.text, path)


def _comment(session: Session, round: Round, number: int) -> Post | None:
    """What somebody said about a clause of a draft."""
    found = session.get(ClauseComment, number)
    if found is None or found.round_id != round.id:
        return None
    path = f"/rounds/{round.slug}/purpose"
    return Post(Subject.COMMENT, found.id, found.author_id, found.at, found.text, path)


def _reflection(session: Session, round: Round, number: int) -> Post | None:
    """A line of a retrospective."""
    found = reflection.find_line(session, round, number)
    if found is None:
        return None
    path = f"/rounds/{round.slug}/looking-back/{found.phase}"
    return Post(Subject.REFLECTION, found.id, found.author_id, found.at, found.text, path)


FINDERS: Mapping[str, Finder] = {
    Subject.PROPOSAL: _proposal,
    Subject.IDEA: _idea,
    Subject.WORKSHOP_IDEA: _workshop_idea,
    Subject.ANSWER: _answer,
    Subject.COMMENT: _comment,
    Subject.REFLECTION: _reflection,
}
