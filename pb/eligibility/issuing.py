"""Codes in batches: choosing who gets one, and making a lost batch again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.eligibility import queries, service
from pb.eligibility.models import CodeBatch, RollEntry
from pb.eligibility.service import IssuedCode
from pb.errors import Invalid, NotFound, PhaseClosed, Refused
from pb.keys import KeyRing
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side
from pb.rounds.queries import area as area_of

EVERYBODY, CITY_WIDE = "", "-"


def lacking(
    session: Session, round: Round, area_slug: str = EVERYBODY, *, after: int = 0, most: int
) -> Sequence[RollEntry]:
    """The next entries without a code, at most `most`; of an area, or of those without one."""
    area = area_of(round, area_slug)
    if area is None and area_slug not in (EVERYBODY, CITY_WIDE):
        raise NotFound(f"This round has no area “{area_slug}”.")
    return queries.without_code(
        session, round, area=area, everybody=area_slug == EVERYBODY, after=after, most=most
    )


def issue_again(
    session: Session,
    round: Round,
    batch: CodeBatch,
    *,
    voted: int,
    reason: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
) -> list[IssuedCode]:
    """New codes for everybody of a batch whose file was lost; the old ones die with this.

    Codes of the batch that the desk has replaced since are left alone. Refused where somebody of
    the batch has `voted`: then its letters have arrived, and codes are replaced one by one.
    """
    reached = calendar.ORDER.index(calendar.phase_at(round, at))
    if reached >= calendar.ORDER.index(Phase.COUNTING):
        raise PhaseClosed("Voting has ended: codes are of no use any more.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    if voted:
        raise Refused(
            "Somebody of this batch has voted: the letters have arrived. "
            "Replace lost codes one by one."
        )
    entries = queries.valid_in(session, batch)
    if batch.revoked_at is not None or not entries:
        raise Refused("None of these codes works any more. There is nothing to make again.")
    session.execute(
        update(RollEntry)
        .where(RollEntry.round_id == round.id, RollEntry.code_batch_id == batch.id)
        .values(code_mac=None)
    )
    batch.revoked_at = at
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="codes.revoke",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"batch": batch.id, "codes": len(entries), "reason": reason.strip()},
    )
    for entry in entries:
        session.expire(entry)
    return service.issue_codes(
        session, round, by=by, at=at, keys=keys, entries=entries,
        form=batch.form, sender=batch.sender, desk=batch.desk,
    )  # fmt: skip
