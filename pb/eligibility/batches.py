"""Batches of codes: collected once, and made again where they were lost."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.eligibility import letters, queries
from pb.eligibility.models import CodeBatch, Form, RollEntry
from pb.eligibility.parcels import Parcel
from pb.eligibility.service import TAKEN_BACK, Order
from pb.errors import Invalid, PhaseClosed, Refused
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side

WAITS_FOR = timedelta(hours=24)  # a file that nobody collects


class NotYours(Refused):
    """Somebody else asked for it."""

    status = 403


def state(batch: CodeBatch) -> str:
    """Where a batch stands: “being made”, “ready”, “collected” (or “shown”), “taken back”."""
    if batch.revoked_at is not None:
        return "taken back"
    if batch.collected_at is not None:
        return "shown" if batch.form is Form.PAGE else "collected"
    return "ready" if batch.ready_at is not None else "being made"


def order_of(batch: CodeBatch) -> Order:
    """The order that a batch was made by."""
    return Order(Form(batch.form), batch.whom, batch.language, batch.sender, batch.desk)


def filename(round: Round, batch: CodeBatch) -> str:
    """The name of the file of a batch; more letters than fit into one PDF come in a ZIP."""
    many = batch.form is Form.PDF and batch.codes > letters.PER_FILE
    return f"{round.slug}-letters-{batch.id}.{'zip' if many else batch.form}"


def collect(
    session: Session, round: Round, batch: CodeBatch, folder: Path, *, by: Account, at: datetime
) -> Parcel:
    """Hand the file over, once, to the person who asked for it; nobody can read it afterwards.

    The parcel is opened here and removed from its folder: commit before reading it.
    """
    session.refresh(batch, with_for_update=True)
    if batch.issued_by != by.id:
        raise NotYours("Only the person who asked for these letters can collect them.")
    if batch.file_key is None or batch.ready_at is None:
        raise Refused(f"There is no file to collect: this batch is {state(batch)}.")
    parcel = Parcel(folder, batch.file_key)
    try:
        parcel.open()
    except FileNotFoundError:
        raise Refused("The file is not here any more. Make this batch again.") from None
    batch.file_key, batch.collected_at = None, at
    session.flush()
    _record(session, batch, "codes.collect", by.id, at, {})
    return parcel


def revoke_lost(
    session: Session,
    round: Round,
    batch: CodeBatch,
    *,
    voted: int,
    reason: str,
    by: Account,
    at: datetime,
) -> None:
    """Make the codes of a lost batch worthless, so that new ones can be made for its people.

    Codes that the desk has replaced since are left alone. Refused where somebody of the batch
    has `voted`: then its letters have arrived, and codes are replaced one by one.
    """
    reached = calendar.ORDER.index(calendar.phase_at(round, at))
    if reached >= calendar.ORDER.index(Phase.COUNTING):
        raise PhaseClosed("Voting has ended: codes are of no use any more.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    session.refresh(batch, with_for_update=True)
    if batch.revoked_at is not None:
        raise Refused("The codes of this batch were taken back already.")
    if batch.ready_at is None:
        raise Refused("This batch is still being made. Wait until it is ready.")
    if voted:
        raise Refused(
            "Somebody of this batch has voted: the letters have arrived. "
            "Replace lost codes one by one."
        )
    if not queries.entries_of(session, batch, with_code=True):
        raise Refused("All codes of this batch have been replaced since. Nothing is left of it.")
    revoke(session, batch, reason=reason.strip(), by=by.id, at=at)


def revoke(
    session: Session, batch: CodeBatch, *, reason: str, by: int | None, at: datetime
) -> None:
    """Take the codes of a batch back that still work; its file can no longer be read."""
    session.execute(
        update(RollEntry)
        .where(
            RollEntry.round_id == batch.round_id,
            RollEntry.code_batch_id == batch.id,
            RollEntry.code_mac.is_not(None),
        )
        .values(TAKEN_BACK)
        .execution_options(synchronize_session=False)
    )
    batch.revoked_at, batch.file_key = at, None
    session.flush()
    _record(session, batch, "codes.revoke", by, at, {"reason": reason})


def revoke_uncollected(session: Session, at: datetime) -> list[bytes]:
    """Take back the batches that waited for too long; the keys of their files."""
    late = session.scalars(
        select(CodeBatch)
        .where(CodeBatch.file_key.is_not(None), CodeBatch.ready_at < at - WAITS_FOR)
        .with_for_update(skip_locked=True)
    ).all()
    keys = [batch.file_key for batch in late if batch.file_key is not None]
    for batch in late:
        revoke(session, batch, reason="Nobody collected the letters in a day.", by=None, at=at)
    return keys


def _record(
    session: Session, batch: CodeBatch, kind: str, by: int | None, at: datetime, more: dict
) -> None:
    body = {"batch": batch.id, "codes": batch.codes, **more}
    audit.record(
        session,
        chain=batch.round_id,
        kind=kind,
        at=at,
        actor=by,
        side=Side.COMMISSION,
        body=body,
    )
