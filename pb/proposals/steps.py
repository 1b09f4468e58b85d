"""What every step of a proposal has in common."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Refused
from pb.proposals.models import Proposal
from pb.rounds import people
from pb.rounds.models import Role, Round


class Stale(Refused):
    """Somebody took a step with the proposal since this page was opened."""


def hold(session: Session, proposal: Proposal, revision: int | None = None) -> None:
    """Read the proposal afresh and keep it from others until the transaction ends.

    Raises Stale if it is no longer at `revision`.
    """
    session.refresh(proposal, with_for_update={"of": Proposal})
    if revision is not None and proposal.revision != revision:
        raise Stale("This proposal has changed since you opened the page.")


def require_role(
    session: Session, round: Round, account: Account, role: Role, at: datetime
) -> None:
    """Refuse to anybody who does not hold the role now."""
    if role not in people.roles_at(session, round, account, at):
        raise Refused(f"Only a {role} of this round can do this.")
