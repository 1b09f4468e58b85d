"""Eligible proposals become projects: numbered lines on the ballot."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.audit import queries as log
from pb.errors import Invalid, Refused
from pb.proposals import queries, texts
from pb.proposals.models import Project, Proposal, State
from pb.proposals.steps import require_role
from pb.rounds import calendar
from pb.rounds.models import Phase, Role, Round, Side

DIGITS = 3  # of a code, at least


def compose(session: Session, round: Round, *, by: Account, at: datetime) -> list[Project]:
    """Put every released, eligible proposal on the ballot, in an order drawn by lot.

    Can be done again until the ballot is frozen: the lines before are replaced. The lot keeps its
    seed, so that nobody can draw until they like the order.
    """
    calendar.require(round, at, Phase.REVIEW, Phase.BALLOT)
    require_role(session, round, by, Role.COMMISSIONER, at)
    hold_ballot(session, round)
    if queries.has_imported_projects(session, round):
        raise Refused("The projects of this round were imported. They do not come from proposals.")
    proposals = queries.eligible(session, round, hold=True)
    _require_payable(proposals)
    seed = queries.lot(session, round) or draw(round, log.head(session, round.id) or "")
    session.execute(delete(Project).where(Project.round_id == round.id))
    ordered = in_lot_order(proposals, seed)
    projects = [_line(proposal, number, len(ordered)) for number, proposal in enumerate(ordered, 1)]
    for proposal in ordered:
        proposal.state = State.ON_BALLOT
    session.add_all(projects)
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="ballot.compose",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"seed": seed, "lines": [[line.code, line.proposal_id] for line in projects]},
    )
    return projects


def hold_ballot(session: Session, round: Round) -> None:
    """Keep the ballot from being frozen while it is being changed; refused if it is frozen."""
    frozen_at = session.scalar(
        select(Round.frozen_at).where(Round.id == round.id).with_for_update()
    )
    if frozen_at is not None:
        raise Refused("The ballot is frozen. It cannot be changed any more.")


def draw(round: Round, head: str) -> str:
    """The seed of the lot: SHA-256 of the round's address and the newest entry of its log."""
    return hashlib.sha256(f"{round.slug}:{head}".encode()).hexdigest()


def in_lot_order(proposals: Sequence[Proposal], seed: str) -> list[Proposal]:
    """Proposals by SHA-256 of the seed and their number: anybody can draw this lot again."""

    def place(proposal: Proposal) -> bytes:
        return hashlib.sha256(f"{seed}:{proposal.id}".encode()).digest()

    return sorted(proposals, key=place)


def _require_payable(proposals: Sequence[Proposal]) -> None:
    """Refuse an empty ballot, and lines that a budget lowered since their review cannot pay."""
    if not proposals:
        raise Refused("No proposal has been released as eligible yet.")
    too_dear = tuple(
        f"“{proposal.title}” costs more than the whole budget of “{proposal.area.name}”."
        for proposal in proposals
        if texts.cost_fault(proposal.area, proposal.official_cost)
    )
    if too_dear:
        raise Invalid(" ".join(too_dear), too_dear)


def _line(proposal: Proposal, number: int, of: int) -> Project:
    return Project(
        round_id=proposal.round_id,
        area_id=proposal.area_id,
        proposal_id=proposal.id,
        number=number,
        code=str(number).zfill(max(DIGITS, len(str(of)))),
        title=proposal.title,
        summary=proposal.summary,
        body=proposal.body,
        place=proposal.place,
        topic=proposal.topic,
        assessment=proposal.public_decisions[-1].reason,
        cost=proposal.official_cost,
    )
