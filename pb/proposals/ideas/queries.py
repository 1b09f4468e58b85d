"""Looking up ideas and what grew from them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.proposals.ideas import lookalikes
from pb.proposals.ideas.models import Idea, IdeaAuthor, IdeaInProposal, Origin, Step
from pb.proposals.models import Proposal, State
from pb.purpose.moderation import queries as moderation
from pb.purpose.moderation.models import Subject
from pb.rounds.models import Area, Round

PAGE = 24  # ideas on one page
ALIKE = 5  # that are shown beside a new one
TOGETHER = 20  # ideas that a proposal can begin from

AUTHORS = selectinload(Idea.authors).joinedload(IdeaAuthor.account)
PARTS = (joinedload(Idea.area), AUTHORS)


@dataclass(frozen=True)
class Search:
    """What a reader looks for; empty parts match everything."""

    area: str = ""
    topic: str = ""
    text: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Listing:
    """One page of what was found."""

    items: Sequence[Idea]
    total: int
    page: int
    pages: int


def find(session: Session, round: Round, number: int) -> Idea | None:
    """The idea of this round with this number, with its people and its proposals."""
    return session.scalars(
        select(Idea)
        .where(Idea.round_id == round.id, Idea.id == number)
        .options(*PARTS, selectinload(Idea.proposals).joinedload(IdeaInProposal.proposal))
    ).first()


def search(session: Session, round: Round, wanted: Search, *, seed: str, page: int = 1) -> Listing:
    """Ideas that somebody still means, in an order drawn from the seed."""
    ids = session.scalars(_matching(round, wanted)).all()
    if wanted.text:  # what is hidden is not found by its words
        hidden = set(moderation.hidden_ids(session, round, Subject.IDEA))
        ids = [id for id in ids if id not in hidden]
    ids = sorted(ids, key=lambda id: hashlib.sha256(f"{seed}:{id}".encode()).digest())
    pages = max(1, ceil(len(ids) / PAGE))
    page = min(max(1, page), pages)
    chosen = ids[(page - 1) * PAGE : page * PAGE]
    return Listing(_in_order(session, round, chosen), len(ids), page, pages)


def _matching(round: Round, wanted: Search) -> Select:
    query = select(Idea.id).where(Idea.round_id == round.id, Idea.withdrawn_at.is_(None))
    if wanted.area:
        query = query.join(Idea.area).where(Area.slug == wanted.area)
    if wanted.topic:
        query = query.where(Idea.topic == wanted.topic)
    if wanted.origin:
        query = query.where(Idea.origin == wanted.origin)
    for word in wanted.text.split():
        query = query.where(Idea.text.icontains(word, autoescape=True))
    return query


def _in_order(session: Session, round: Round, ids: Sequence[int]) -> list[Idea]:
    found = session.scalars(
        select(Idea)
        .where(Idea.round_id == round.id, Idea.id.in_(ids), Idea.withdrawn_at.is_(None))
        .options(*PARTS)
    )
    return sorted(found, key=lambda idea: ids.index(idea.id))


def together(session: Session, round: Round, numbers: Sequence[int]) -> list[Idea]:
    """These ideas, in this order and each once; what is not there is left out."""
    return _in_order(session, round, list(dict.fromkeys(numbers))[:TOGETHER])


def alike(session: Session, round: Round, text: str, *, but: int | None = None) -> list[Idea]:
    """Ideas that say nearly the same, the most alike first; `but` is left out."""
    ids = lookalikes.find(session, round, text, limit=4 * ALIKE)
    hidden = set(moderation.hidden_ids(session, round, Subject.IDEA))
    return _in_order(session, round, [id for id in ids if id not in hidden | {but}])[:ALIKE]


def topics(session: Session, round: Round) -> Sequence[str]:
    """The topics of ideas, by name."""
    return session.scalars(
        select(Idea.topic)
        .where(Idea.round_id == round.id, Idea.withdrawn_at.is_(None), Idea.topic != "")
        .distinct()
        .order_by(Idea.topic)
    ).all()


def in_proposal(session: Session, proposal: Proposal) -> Sequence[IdeaInProposal]:
    """The ideas that a proposal grew from, with everybody who said them."""
    return session.scalars(
        select(IdeaInProposal)
        .where(IdeaInProposal.proposal_id == proposal.id, IdeaInProposal.step == Step.IN)
        .options(
            joinedload(IdeaInProposal.idea)
            .selectinload(Idea.authors)
            .joinedload(IdeaAuthor.account)
        )
        .order_by(IdeaInProposal.idea_id)
    ).all()


def find_link(session: Session, idea: Idea, proposal: int) -> IdeaInProposal | None:
    """What became of this idea in that proposal."""
    return session.get(IdeaInProposal, (idea.id, proposal))


def askable(session: Session, idea: Idea, account: Account) -> Sequence[Proposal]:
    """Public proposals of this person that the idea could still go into."""
    there = select(IdeaInProposal.proposal_id).where(IdeaInProposal.idea_id == idea.id)
    return session.scalars(
        select(Proposal)
        .where(
            Proposal.round_id == idea.round_id,
            Proposal.author_id == account.id,
            Proposal.state.in_((State.SUBMITTED, State.CHANGES_REQUESTED)),
            Proposal.id.not_in(there),
        )
        .order_by(Proposal.id)
    ).all()


def from_workshop(session: Session, round: Round, numbers: Sequence[int]) -> Sequence[Idea]:
    """The ideas that were carried over from these ideas of a workshop."""
    return session.scalars(
        select(Idea)
        .where(
            Idea.round_id == round.id,
            Idea.origin == Origin.WORKSHOP,
            Idea.workshop_idea_id.in_(numbers),
        )
        .order_by(Idea.id)
    ).all()
