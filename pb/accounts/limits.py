"""Slowing down guessing, with counters in the database that hold across all workers.

Nobody is locked out for good: a window of time ends, and a code that has waited is looked at even
while its whole net, or the whole town, is slowed down because of others.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from pb.accounts.models import Attempt
from pb.db import lock, run, upsert
from pb.errors import Refused

LOCK_SPACE = 0x5043


class TooMany(Refused):
    """Too many tries; `retry_after` says how many seconds to wait."""

    status = 429

    def __init__(self, retry_after: int, sentence: str = "") -> None:
        super().__init__(
            sentence
            or "There were too many tries. Nothing is locked: "
            f"wait {waiting_time(retry_after)} and try again."
        )
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limit:
    """So many tries in so many seconds."""

    purpose: str
    tries: int
    seconds: int


# Failed log-ins: of one account from one net, of one net, of one account from everywhere.
SIGN_IN = Limit("sign-in", tries=8, seconds=300)
SIGN_IN_NET = Limit("sign-in-net", tries=20, seconds=60)
SIGN_IN_EVERYWHERE = Limit("sign-in-everywhere", tries=100, seconds=300)
# Wrong codes of one net, and of all nets together; codes of one net that may wait for a look.
CODES = Limit("code", tries=20, seconds=300)
CODES_EVERYWHERE = Limit("code-everywhere", tries=600, seconds=300)
WAITING = Limit("code-waiting", tries=3_000, seconds=300)  # of 60 random bits each
TICKET = Limit("code-ticket", tries=1, seconds=60)
TICKET_LASTS = 10  # windows in which a code that waited may be sent again
# Every mail that is asked for; every request to be put on the roll.
MAIL_TO = Limit("mail-to", tries=3, seconds=3600)
MAIL_NET = Limit("mail-net", tries=20, seconds=3600)
REQUESTS = Limit("request", tries=20, seconds=3600)
REFERENCES = Limit("reference", tries=20, seconds=300)

# Put together once: whoever enters a code passes here twice.
ROW = Attempt.__table__.c
TRIES = select(ROW.count).where(
    *(ROW[name] == bindparam(name) for name in ("purpose", "subject", "window"))
)


def net_of(address: str | None) -> str:
    """The net that an address belongs to: /24 of IPv4, /64 of IPv6, as text."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    found = getattr(found, "ipv4_mapped", None) or found
    size = 24 if found.version == 4 else 64
    return str(ipaddress.ip_network((found, size), strict=False))


def check(
    session: Session, limit: Limit, subject: str, now: datetime, *, alone: bool = True
) -> None:
    """Refuse (TooMany) a subject that failed too often in this window.

    While this transaction lasts nobody else can check the same subject, so that many tries at
    once are still tries one after the other; `alone=False` does without, and may let a few more
    pass.
    """
    hashed, window = _key(limit, subject, now)
    if alone:
        lock(session, LOCK_SPACE, int(hashed[:7], 16))
    if _tries(session, limit, hashed, window) >= limit.tries:
        raise TooMany(_rest(limit, now))


def count(session: Session, limit: Limit, subject: str, now: datetime) -> int:
    """Count one try of a subject; returns how many there were in this window."""
    hashed, window = _key(limit, subject, now)
    # Old windows are of no use: whoever fails sweeps them out.
    session.execute(
        delete(Attempt).where(Attempt.purpose == limit.purpose, Attempt.window < window - 1)
    )
    return _add(session, limit, hashed, window)


def spend(session: Session, limit: Limit, subject: str, now: datetime) -> None:
    """Count one use, good or bad; refuse (TooMany) the one too many, which is then not counted."""
    if count(session, limit, subject, now) > limit.tries:
        raise TooMany(_rest(limit, now))


def are_braked(session: Session, net: str, now: datetime) -> bool:
    """Whether codes from this net have to wait: `check_code` has something to write down."""
    try:
        check(session, CODES, net, now)
        check(session, CODES_EVERYWHERE, "", now, alone=False)
    except TooMany:
        return True
    return False


def check_code(session: Session, net: str, code: str, now: datetime) -> None:
    """Refuse (TooMany) to look at a code while its net, or everybody, has failed too often.

    Such a code may be sent again after a wait of at most a minute and is then looked at once,
    whatever others do. `code` is a keyed hash. Commit after a refusal: the wait is written down.
    """
    if are_braked(session, net, now) and not _has_waited(session, code, now):
        _wait(session, net, code, now)


def count_code(session: Session, net: str, now: datetime) -> None:
    """Count one wrong code."""
    count(session, CODES, net, now)
    count(session, CODES_EVERYWHERE, "", now)


def _has_waited(session: Session, code: str, now: datetime) -> bool:
    """Whether the code waited since an earlier minute; its wait is then used up."""
    hashed, window = _key(TICKET, code, now)
    waited = session.execute(
        delete(Attempt)
        .where(
            Attempt.purpose == TICKET.purpose,
            Attempt.subject == hashed,
            Attempt.window.between(window - TICKET_LASTS, window - 1),
        )
        .returning(Attempt.window)
    ).all()
    return bool(waited)


def _wait(session: Session, net: str, code: str, now: datetime) -> None:
    """Write down that a code waits, and refuse it for now."""
    hashed, window = _key(TICKET, code, now)
    session.execute(
        delete(Attempt).where(
            Attempt.purpose == TICKET.purpose, Attempt.window < window - TICKET_LASTS
        )
    )
    if not _tries(session, TICKET, hashed, window):
        # Places to wait are limited too: else whoever guesses would take one for every guess.
        spend(session, WAITING, net, now)
        _add(session, TICKET, hashed, window)
    rest = _rest(TICKET, now)
    raise TooMany(
        rest,
        "There were too many wrong codes from your part of the network. "
        f"Your code is not locked: wait {waiting_time(rest)} and send the same code again. "
        "It will then be looked at.",
    )


def _tries(session: Session, limit: Limit, hashed: str, window: int) -> int:
    found = run(session, TRIES, {"purpose": limit.purpose, "subject": hashed, "window": window})
    return found[0] if found else 0


def _add(session: Session, limit: Limit, hashed: str, window: int) -> int:
    row = {"purpose": limit.purpose, "subject": hashed, "window": window, "count": 1}
    return session.execute(
        upsert(session, Attempt)
        .values(row)
        .on_conflict_do_update(
            index_elements=["purpose", "subject", "window"], set_={"count": Attempt.count + 1}
        )
        .returning(Attempt.count)
    ).scalar_one()


def _key(limit: Limit, subject: str, now: datetime) -> tuple[str, int]:
    hashed = hashlib.sha256(f"{limit.purpose}|{subject}".encode()).hexdigest()
    return hashed, int(now.timestamp()) // limit.seconds


def _rest(limit: Limit, now: datetime) -> int:
    """Seconds until the next window."""
    return limit.seconds - int(now.timestamp()) % limit.seconds


def waiting_time(seconds: int) -> str:
    """How long to wait, as people say it; never less than it is."""
    for size, word in ((3600, "hour"), (60, "minute")):
        if seconds > size:
            many = -(-seconds // size)
            return f"{many} {word}s"
    return "a minute"
