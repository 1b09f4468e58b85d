"""Looking up proposals, decisions and the lines of the ballot."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pb.accounts.models import Account
from pb.audit.models import Entry
from pb.proposals.models import Decision, Project, Proposal, State
from pb.purpose.moderation import queries as moderation
from pb.purpose.moderation.models import Subject
from pb.rounds.models import Area, Round

PAGE = 24  # proposals on one page
LARGEST_NUMBER = 2**31 - 1

PARTS = (
    joinedload(Proposal.area),
    joinedload(Proposal.author),
    selectinload(Proposal.decisions),
)
# What everybody may search for; a decision under embargo is found among the ones sent in.
PUBLIC_STATES = (
    State.SUBMITTED,
    State.CHANGES_REQUESTED,
    State.ELIGIBLE,
    State.INELIGIBLE,
    State.ON_BALLOT,
    State.WITHDRAWN,
)


@dataclass(frozen=True)
class Search:
    """What a reader looks for; empty parts match everything."""

    area: str = ""
    topic: str = ""
    text: str = ""
    state: str = ""

    @property
    def empty(self) -> bool:
        return self == Search()


@dataclass(frozen=True)
class Listing:
    """One page of what was found."""

    items: Sequence[Proposal]
    total: int
    page: int
    pages: int


def find(session: Session, round: Round, number: int) -> Proposal | None:
    """The proposal of this round with this number, with its history."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.round_id == round.id, Proposal.id == number)
        .options(*PARTS, selectinload(Proposal.versions))
    ).first()


def find_readable(
    session: Session, round: Round, number: int, reader: Account | None
) -> Proposal | None:
    """The proposal, if it is public or the reader's own."""
    proposal = find(session, round, number)
    if proposal is None or proposal.public:
        return proposal
    return proposal if reader is not None and proposal.author_id == reader.id else None


def search(
    session: Session, round: Round, wanted: Search, *, page: int = 1, seed: str | None = None
) -> Listing:
    """Public proposals: newest first, or in the order of a lot where there is a seed."""
    ids = session.scalars(
        _matching(session, round, wanted).order_by(Proposal.submitted_at.desc(), Proposal.id.desc())
    ).all()
    if seed is not None:
        ids = sorted(ids, key=lambda id: hashlib.sha256(f"{seed}:{id}".encode()).digest())
    pages = max(1, ceil(len(ids) / PAGE))
    page = min(max(1, page), pages)
    chosen = ids[(page - 1) * PAGE : page * PAGE]
    found = session.scalars(select(Proposal).where(Proposal.id.in_(chosen)).options(*PARTS))
    items = sorted(found, key=lambda proposal: chosen.index(proposal.id))
    return Listing(items, len(ids), page, pages)


def _matching(session: Session, round: Round, wanted: Search) -> Select:
    query = select(Proposal.id).where(
        Proposal.round_id == round.id, Proposal.submitted_at.is_not(None)
    )
    if wanted.area:
        query = query.join(Proposal.area).where(Area.slug == wanted.area)
    if wanted.topic:
        query = query.where(Proposal.topic == wanted.topic)
    if wanted.state:
        hidden = [State.DECIDED] if wanted.state == State.SUBMITTED else []
        public = [state for state in PUBLIC_STATES if state == wanted.state]
        query = query.where(Proposal.state.in_(public + hidden))
    if wanted.text:  # a hidden text is not found by its words either
        covered = moderation.hidden_ids(session, round, Subject.PROPOSAL)
        query = query.where(Proposal.id.not_in(covered))
    for word in wanted.text.split():
        texts = (Proposal.title, Proposal.summary, Proposal.body, Proposal.place)
        query = query.where(or_(*(text.icontains(word, autoescape=True) for text in texts)))
    return query


def topics(session: Session, round: Round) -> Sequence[str]:
    """The topics of public proposals, by name."""
    return session.scalars(
        select(Proposal.topic)
        .where(
            Proposal.round_id == round.id, Proposal.submitted_at.is_not(None), Proposal.topic != ""
        )
        .distinct()
        .order_by(Proposal.topic)
    ).all()


def by_author(session: Session, round: Round, author: Account) -> Sequence[Proposal]:
    """Everything that a person wrote for a round, newest first."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.round_id == round.id, Proposal.author_id == author.id)
        .options(*PARTS)
        .order_by(Proposal.created_at.desc(), Proposal.id.desc())
    ).all()


def count_by_author(session: Session, round: Round, author: Account) -> int:
    """How many proposals of a person are on their way; withdrawn ones make room."""
    return session.scalar(
        select(func.count())
        .select_from(Proposal)
        .where(
            Proposal.round_id == round.id,
            Proposal.author_id == author.id,
            Proposal.state != State.WITHDRAWN,
        )
    )


def sent_in(session: Session, round: Round) -> Sequence[Proposal]:
    """All proposals but drafts, oldest first."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.round_id == round.id, Proposal.submitted_at.is_not(None))
        .options(*PARTS, selectinload(Proposal.versions))
        .order_by(Proposal.submitted_at, Proposal.id)
    ).all()


def waiting_for_release(session: Session, round: Round) -> list[Decision]:
    """The latest decisions under embargo, oldest first."""
    proposals = session.scalars(
        select(Proposal)
        .where(Proposal.round_id == round.id, Proposal.state == State.DECIDED)
        .options(*PARTS)
    )
    return sorted((proposal.decision for proposal in proposals), key=lambda decision: decision.id)


def eligible(session: Session, round: Round, *, hold: bool = False) -> Sequence[Proposal]:
    """Proposals that were found eligible, publicly, in the order of their numbers.

    `hold` keeps them from others until the transaction ends.
    """
    query = (
        select(Proposal)
        .where(
            Proposal.round_id == round.id,
            Proposal.state.in_((State.ELIGIBLE, State.ON_BALLOT)),
        )
        .options(*PARTS)
        .order_by(Proposal.id)
    )
    if hold:
        query = query.with_for_update(of=Proposal).execution_options(populate_existing=True)
    return session.scalars(query).all()


def on_ballot(session: Session, round: Round) -> Sequence[Project]:
    """The lines of the ballot, in their order."""
    return session.scalars(
        select(Project)
        .where(Project.round_id == round.id)
        .options(joinedload(Project.area))
        .order_by(Project.number)
    ).all()


def find_line(session: Session, proposal: Proposal) -> Project | None:
    """The line of the ballot that a proposal has become."""
    return session.scalars(select(Project).where(Project.proposal_id == proposal.id)).first()


def has_imported_projects(session: Session, round: Round) -> bool:
    """Whether there are lines that come from no proposal."""
    return session.scalar(
        select(
            select(Project.id)
            .where(Project.round_id == round.id, Project.proposal_id.is_(None))
            .exists()
        )
    )


def missing_on_ballot(session: Session, round: Round) -> int:
    """How many eligible proposals are not on the ballot yet."""
    return session.scalar(
        select(func.count())
        .select_from(Proposal)
        .where(Proposal.round_id == round.id, Proposal.state == State.ELIGIBLE)
    )


def deciders(session: Session, round: Round) -> dict[int, str]:
    """The names of everybody who decided or released in a round, by account."""
    accounts = session.execute(
        select(Account.id, Account.name)
        .where(
            or_(
                Account.id.in_(select(Decision.decided_by).where(Decision.round_id == round.id)),
                Account.id.in_(select(Decision.released_by).where(Decision.round_id == round.id)),
            )
        )
        .order_by(Account.id)
    )
    return dict(accounts.all())


def lot(session: Session, round: Round) -> str | None:
    """The seed with which the ballot of a round was drawn first."""
    entry = session.scalars(
        select(Entry)
        .where(Entry.chain == round.id, Entry.kind == "ballot.compose")
        .order_by(Entry.seq)
        .limit(1)
    ).first()
    return entry.body["seed"] if entry else None
