"""Making the roll, and giving out codes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import lock
from pb.eligibility import codes, queries, roll
from pb.eligibility.importing import import_roll as import_roll
from pb.eligibility.models import CODES, CodeBatch, Form, RollEntry, RollRules, VoterClass
from pb.errors import Invalid, Refused
from pb.keys import KeyRing
from pb.rounds.models import Phase, Round
from pb.rounds.routes import Route

ENDED = "Voting has ended: codes are of no use any more."

# A code that is taken back counts on, and whoever came in with it is out.
TAKEN_BACK = {"code_mac": None, "codes_issued": RollEntry.codes_issued + 1}


@dataclass(frozen=True)
class Order:
    """What is to be made of codes that are given out together."""

    form: Form = Form.PAGE
    whom: str = "Everybody without a code"
    language: str = "en"
    sender: str = ""
    desk: str = ""


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code on its one way to the voter; it is kept nowhere."""

    entry_id: int
    number: int  # of the entry on the roll
    area: str  # the name of the voter's area; empty for city-wide voters
    code: str
    batch_id: int | None = None

    @property
    def printed(self) -> str:
        """The code in groups, as letters show it."""
        return codes.grouped(self.code)


def set_rules(
    session: Session,
    round: Round,
    *,
    classes: Sequence[str],
    minimum_age: int | None,
    age_on: date | None,
    erase_after_days: int,
    by: Account,
    at: datetime,
) -> RollRules:
    """Say who may be on the roll, and how long personal details are kept; before voting.

    They hold for lists that are read from now on.
    """
    roll.require_before(round, Phase.VOTING, at, roll.CLOSED)
    if not classes:
        raise Invalid("Nobody could vote: choose at least one class.")
    rules = session.get(RollRules, round.id) or RollRules(round_id=round.id)
    rules.classes = [str(VoterClass(one)) for one in classes]
    rules.minimum_age, rules.age_on = minimum_age, age_on
    rules.erase_after_days = erase_after_days
    session.add(rules)
    session.flush()
    body = {
        "classes": rules.classes,
        "minimum_age": minimum_age,
        "age_on": age_on.isoformat() if age_on else None,
        "erase_after_days": erase_after_days,
    }
    roll.record(session, round, "roll.rules", by, at, body)
    return rules


def issue_codes(
    session: Session,
    round: Round,
    *,
    by: Account | None,
    at: datetime,
    keys: KeyRing,
    entries: Sequence[RollEntry] | None = None,
    bits: codes.Bits = secrets.randbits,
    order: Order = Order(),
    job_id: int | None = None,
    file_key: bytes | None = None,
) -> list[IssuedCode]:
    """Give a code to every entry that has none; only this answer ever holds the codes.

    `entries` restricts it to some of the roll. Refused if nobody lacks a code. They become a
    batch; with a `job_id` its file, encrypted with `file_key`, is still to be made. `by` is nobody
    on the command line.
    """
    roll.require_before(round, Phase.COUNTING, at, ENDED)
    lock(session, CODES, round.id)  # whoever gives out codes at the same time waits here
    wanted = None if entries is None else [entry.id for entry in entries]
    lacking = queries.lacking_a_code(session, round, wanted, hold=True)
    if not lacking:
        raise Refused("Everybody on this list has a code already.")
    batch = CodeBatch(
        round_id=round.id,
        job_id=job_id,
        codes=len(lacking),
        issued_by=by and by.id,
        issued_at=at,
        file_key=file_key,
        **vars(order),
    )
    if job_id is None:
        batch.ready_at = batch.collected_at = at
    session.add(batch)
    session.flush()
    issued = _give(session, round, lacking, at=at, keys=keys, bits=bits, batch=batch)
    body = {"batch": batch.id, "codes": len(issued)}
    roll.record(session, round, "codes.issue", by, at, body)
    return issued


def take_back_codes(
    session: Session,
    round: Round,
    *,
    reason: str,
    by: Account,
    at: datetime,
) -> None:
    """Take back all codes, for a new issue, where a printed list was lost; only before voting."""
    roll.require_before(round, Phase.VOTING, at, "Voting has begun: codes are replaced one by one.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    lock(session, CODES, round.id)  # codes that are being given out go too
    session.execute(
        update(RollEntry)
        .where(RollEntry.round_id == round.id, RollEntry.code_mac.is_not(None))
        .values(TAKEN_BACK)
    )
    session.execute(
        update(CodeBatch)
        .where(CodeBatch.round_id == round.id, CodeBatch.revoked_at.is_(None))
        .values(revoked_at=at, file_key=None)
    )
    roll.record(session, round, "codes.take-back", by, at, {"reason": reason.strip()})


def replace_code(
    session: Session,
    round: Round,
    entry: RollEntry,
    *,
    reason: str,
    by: Account,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits = secrets.randbits,
) -> IssuedCode:
    """A new code for one entry; the old one is worthless from now on.

    A ballot that was cast with the old code belongs to the entry: the new code can replace it,
    and never add a second one.
    """
    roll.require_before(round, Phase.COUNTING, at, ENDED)
    if entry.round_id != round.id:
        raise Refused("This entry belongs to another round.")
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    hold(session, entry)
    [issued] = _give(session, round, [entry], at=at, keys=keys, bits=bits)
    if Route.DESK in round.routes:
        entry.code_route = Route.DESK
        session.flush()
    roll.record(session, round, "codes.replace", by, at, {"reason": reason.strip()})
    return issued


def hold(session: Session, entry: RollEntry) -> None:
    """Hold an entry as it is now until this transaction ends; Refused if it was taken away."""
    try:
        session.refresh(entry, with_for_update=True)
    except InvalidRequestError:
        raise Refused("This person is not on the list of voters any more.") from None


def _give(
    session: Session,
    round: Round,
    entries: Sequence[RollEntry],
    *,
    at: datetime,
    keys: KeyRing,
    bits: codes.Bits,
    batch: CodeBatch | None = None,
) -> list[IssuedCode]:
    """New codes for these entries, whatever they had before."""
    names = {area.id: area.name for area in round.areas}
    batch_id = batch and batch.id
    issued = [
        IssuedCode(entry.id, entry.number, names.get(entry.area_id, ""), codes.new(bits), batch_id)
        for entry in entries
    ]
    changes = [
        {
            "id": entry.id,
            "code_mac": codes.mac(keys, round.id, one.code),
            "code_issued_at": at,
            "code_route": None,
            "codes_issued": entry.codes_issued + 1,
            "code_batch_id": batch_id,
        }
        for entry, one in zip(entries, issued, strict=True)
    ]
    session.execute(update(RollEntry), changes)
    for entry in entries:
        session.expire(entry)
    return issued
