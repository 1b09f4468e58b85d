"""Where people are heard: one entry for every kind of thing that residents say in a round.

An entry selects (area, person). The area is that of the contribution, because nobody's address is
known. A person is one account, or one name that somebody without an account gave.
"""

from collections.abc import Callable

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.types import Integer

from pb.proposals.ideas.models import Idea, IdeaAuthor, Origin, Part
from pb.proposals.models import Proposal
from pb.purpose.documents.models import ClauseComment
from pb.purpose.listening.models import Answer, Question
from pb.purpose.listening.models import Origin as Told
from pb.purpose.workshops.models import Participant, Workshop
from pb.rounds.models import Round, Side

FEWEST_IDEAS = 3  # of an area, before those who joined them count while the phase runs


def _account(column: ColumnElement) -> ColumnElement[str]:
    return literal("account ").concat(cast(column, String))


def _person(kind: str, account: ColumnElement, number: ColumnElement) -> ColumnElement[str]:
    """One account, or somebody who has none."""
    return func.coalesce(_account(account), literal(f"{kind} ").concat(cast(number, String)))


def ideas(round: Round, joins_public: bool) -> Select:
    """Who wrote or joined an idea, and has not left it.

    How many joined one idea is hidden until the phase ends; until then they count only among
    several ideas. Who has no account and was in a workshop is counted there.
    """
    place = func.coalesce(Idea.area_id, literal_column("0"))
    several = (
        select(place)
        .where(Idea.round_id == round.id)
        .group_by(place)
        .having(func.count() >= FEWEST_IDEAS)
    )
    found = (
        select(Idea.area_id, _person("name", IdeaAuthor.account_id, IdeaAuthor.id))
        .join(IdeaAuthor, IdeaAuthor.idea_id == Idea.id)
        .where(
            Idea.round_id == round.id,
            IdeaAuthor.left_at.is_(None),
            or_(IdeaAuthor.account_id.is_not(None), Idea.origin != Origin.WORKSHOP),
        )
    )
    if joins_public:
        return found
    return found.where(or_(IdeaAuthor.part == Part.WROTE, place.in_(several)))


def proposals(round: Round, joins_public: bool) -> Select:
    """Who sent a proposal in; drafts are nobody's business."""
    return select(Proposal.area_id, _account(Proposal.author_id)).where(
        Proposal.round_id == round.id, Proposal.submitted_at.is_not(None)
    )


def comments(round: Round, joins_public: bool) -> Select:
    """Residents who commented on a draft of a document; a comment is about no area."""
    return select(cast(null(), Integer), _account(ClauseComment.author_id)).where(
        ClauseComment.round_id == round.id, ClauseComment.author_side == Side.COMMUNITY
    )


def workshops(round: Round, joins_public: bool) -> Select:
    """Who took part in a workshop, by the area they named there, or else the workshop's."""
    return (
        select(
            func.coalesce(Participant.area_id, Workshop.area_id),
            _person("seat", Participant.account_id, Participant.id),
        )
        .join(Workshop, Workshop.id == Participant.workshop_id)
        .where(Participant.round_id == round.id)
    )


def answers(round: Round, joins_public: bool) -> Select:
    """Who answered an open question, by the area they named, or else the question's.

    What a steward wrote down for a whole workshop is no one person's. How many agree with an answer
    is hidden, so that who agrees does not count here.
    """
    return (
        select(
            func.coalesce(Answer.area_id, Question.area_id),
            _person("answer", Answer.account_id, Answer.id),
        )
        .join(Question, Question.id == Answer.question_id)
        .where(
            Answer.round_id == round.id,
            Answer.withdrawn_at.is_(None),
            Answer.origin != Told.WORKSHOP,
        )
    )


SOURCES: tuple[Callable[[Round, bool], Select], ...] = (
    answers,
    ideas,
    proposals,
    comments,
    workshops,
)
