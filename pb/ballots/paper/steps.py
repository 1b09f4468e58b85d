"""What every step with a batch of paper ballots has in common."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.ballots.paper.models import PaperBatch
from pb.errors import PhaseClosed, Refused
from pb.proposals.steps import require_role
from pb.rounds import calendar
from pb.rounds.models import Phase, Role, Round


def hold(session: Session, batch: PaperBatch) -> None:
    """Read the batch afresh and keep it from others until the transaction ends."""
    session.refresh(batch, with_for_update={"of": PaperBatch})


def require_open(
    session: Session, round: Round, batch: PaperBatch, by: Account, at: datetime
) -> None:
    """Refuse unless this clerk can still type and count the sheets of the batch."""
    require_role(session, round, by, Role.CLERK, at)
    if round.sealed_at is not None:
        raise PhaseClosed("The ballot box is sealed. No sheet can be typed any more.")
    calendar.require(round, at, Phase.VOTING, Phase.COUNTING)
    if not batch.open:
        raise Refused(f"Batch {batch.number} is closed.")
