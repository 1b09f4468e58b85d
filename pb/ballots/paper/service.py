"""Handing out numbered paper ballots, and closing a batch that balances."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.ballots.paper import queries
from pb.ballots.paper.models import PaperBatch, PaperSheet
from pb.ballots.paper.steps import hold, require_open
from pb.errors import Invalid, Refused
from pb.rounds import calendar, people
from pb.rounds.models import Area, Phase, Role, Round, Side

MOST_ISSUED = 2_000  # sheets of one batch: what two people can keep track of


@dataclass(frozen=True)
class Counts:
    """Where the sheets of a batch are, as they were counted by hand."""

    returned: int
    spoiled: int
    unused: int
    missing: int = 0
    explanation: str = ""  # of what is missing; public


def issue(
    session: Session,
    round: Round,
    *,
    place: str,
    area: Area | None,
    sheets: int,
    by: Account,
    at: datetime,
) -> PaperBatch:
    """Make a batch of numbered sheets for the voters of an area (None: city-wide only).

    Once the ballot is frozen, and until voting closes.
    """
    calendar.require(round, at, Phase.BALLOT, Phase.VOTING)
    if round.frozen_at is None:
        raise Refused("Paper ballots can be made once the ballot is frozen.")
    roles = people.roles_at(session, round, by, at)
    if not roles & {Role.CLERK, Role.COMMISSIONER}:
        raise Refused("Only a clerk or a commissioner of this round can do this.")
    if not place.strip():
        raise Invalid("Say where the sheets are handed out.")
    if not 0 < sheets <= MOST_ISSUED:
        raise Invalid(f"A batch has 1 to {MOST_ISSUED:,} sheets. Make several batches for more.")
    session.execute(select(Round.id).where(Round.id == round.id).with_for_update())
    last = session.scalar(
        select(func.max(PaperBatch.number)).where(PaperBatch.round_id == round.id)
    )
    batch = PaperBatch(
        round_id=round.id, number=(last or 0) + 1, place=place.strip(), area_id=area and area.id,
        issued=sheets, issued_by=by.id, issued_side=Side.COMMISSION, issued_at=at,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    body = {"batch": batch.number, "place": batch.place, "sheets": sheets}
    _record(session, round, "paper.issue", by, at, body)
    return batch


def count(
    session: Session, batch: PaperBatch, counts: Counts, *, by: Account, at: datetime
) -> None:
    """Take down how many sheets are where; refused where missing ones are not explained."""
    hold(session, batch)
    require_open(session, batch.round, batch, by, at)
    numbers = (counts.returned, counts.spoiled, counts.unused, counts.missing)
    if any(number < 0 or number > batch.issued for number in numbers):
        raise Invalid(f"Every number lies between 0 and {batch.issued:,}.")
    if counts.missing and not counts.explanation.strip():
        raise Invalid("Explain what became of the missing sheets: everybody can read it.")
    batch.returned, batch.spoiled, batch.unused, batch.missing = numbers
    batch.explanation = counts.explanation.strip()
    session.flush()


def imbalances(session: Session, batch: PaperBatch) -> list[str]:
    """What keeps a batch from being closed, one sentence each."""
    found, problems = queries.progress(session, batch), []
    together = batch.returned + batch.spoiled + batch.unused + batch.missing
    if together != batch.issued:
        problems.append(
            f"{_were(batch.issued)} issued, but {_are(together)} accounted for: "
            f"{batch.returned:,} handed in, {batch.spoiled:,} spoiled, {batch.unused:,} unused, "
            f"{batch.missing:,} missing."
        )
    if found.waiting:
        problems.append(f"{_sheets(found.waiting)} still to be typed by a second person.")
    if found.differs:
        problems.append(f"{_sheets(found.differs)} still to be looked at together.")
    if found.settled != batch.returned:
        problems.append(
            f"{_were(batch.returned)} handed in, but {_are(found.settled)} settled: "
            f"{found.counted:,} counted and {found.invalid:,} invalid."
        )
    return problems


def close(session: Session, batch: PaperBatch, *, by: Account, at: datetime) -> None:
    """Close a batch in balance for good; refused with a sentence for everything that is open."""
    hold(session, batch)
    require_open(session, batch.round, batch, by, at)
    if problems := tuple(imbalances(session, batch)):
        raise Invalid(f"Batch {batch.number} does not balance: " + " ".join(problems), problems)
    found = queries.progress(session, batch)
    # Every sheet was settled in the transaction that marked its voter, and PostgreSQL remembers
    # that. All sheets written again by one transaction tell nothing of it.
    session.execute(
        update(PaperSheet).where(PaperSheet.batch_id == batch.id).values(side=PaperSheet.side)
    )
    reasons = _reasons(session, batch)
    batch.counted, batch.invalid = found.counted, found.invalid
    batch.closed_by, batch.closed_side, batch.closed_at = by.id, Side.COMMISSION, at
    session.flush()
    body = {
        "batch": batch.number,
        "issued": batch.issued,
        "returned": batch.returned,
        "spoiled": batch.spoiled,
        "unused": batch.unused,
        "missing": batch.missing,
        "explanation": batch.explanation,
        "counted": batch.counted,
        "invalid": reasons,
    }
    _record(session, batch.round, "paper.close", by, at, body)


def _reasons(session: Session, batch: PaperBatch) -> dict[str, int]:
    query = (
        select(PaperSheet.reason, func.count())
        .where(PaperSheet.batch_id == batch.id, PaperSheet.reason.is_not(None))
        .group_by(PaperSheet.reason)
    )
    return {str(reason): number for reason, number in session.execute(query)}


def _sheets(number: int) -> str:
    return "1 sheet has" if number == 1 else f"{number:,} sheets have"


def _were(number: int) -> str:
    return "1 sheet was" if number == 1 else f"{number:,} sheets were"


def _are(number: int) -> str:
    return "1 is" if number == 1 else f"{number:,} are"


def _record(
    session: Session, round: Round, kind: str, by: Account, at: datetime, body: dict
) -> None:
    audit.record(
        session, chain=round.id, kind=kind, at=at, actor=by.id, side=Side.COMMISSION, body=body
    )
