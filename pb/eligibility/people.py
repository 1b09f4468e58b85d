"""What is known of the people on the roll, for as long as it is needed.

Encrypted with a key of the round that lies outside the database. Erasing destroys the key first:
what an old backup still holds cannot be read any more.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nacl.secret import SecretBox
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pb import audit
from pb.eligibility import names
from pb.eligibility.models import DAYS_KEPT, RollEntry, RollPerson, RollRules, VoterClass
from pb.errors import Invalid
from pb.keys import KeyRing, Purpose
from pb.notices.jobs import Tools
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side

AT_ONCE = 500  # bound variables of one statement
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Personal:
    """What a letter or a mail needs to know; empty where it is not known."""

    name: str = ""
    address: tuple[str, ...] = ()  # the lines under the name
    email: str = ""
    language: str = ""  # a code such as "en"
    born: date | None = None

    def __bool__(self) -> bool:
        return self != Personal()


class Sealer:
    """Seals people for storing, many at a time."""

    def __init__(self, round_id: int, keys: KeyRing) -> None:
        self._box = SecretBox(keys.key(round_id, Purpose.PEOPLE))
        self._mac = keys.hasher(round_id, Purpose.PEOPLE)
        self._born: dict[str, bytes] = {}  # a town has fewer birthdays than people

    def seal(self, person: Personal) -> tuple[bytes, bytes | None, bytes | None]:
        """(sealed, birth_mac, email_mac) of a `RollPerson`."""
        born = person.born.isoformat() if person.born else ""
        fields = [person.name, person.address, person.email, person.language, born]
        if born and born not in self._born:
            self._born[born] = self._mac("born", born)
        return (
            bytes(self._box.encrypt(ENCODE(fields).encode())),
            self._born.get(born),
            self._mac("email", plain_email(person.email)) if person.email else None,
        )


def personal(
    session: Session, round: Round, entries: Iterable[RollEntry], keys: KeyRing
) -> dict[int, Personal]:
    """What is known of these entries, by their id; entries of which nothing is known are missing.

    Empty once the personal details of the round are erased.
    """
    box = _box(round, keys)
    if box is None:
        return {}
    by_number = {entry.number: entry.id for entry in entries if entry.round_id == round.id}
    numbers, found = sorted(by_number), {}
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        rows = session.execute(
            select(RollPerson.number, RollPerson.sealed).where(
                RollPerson.round_id == round.id, RollPerson.number.in_(part)
            )
        )
        found |= {by_number[number]: _open(box, sealed) for number, sealed in rows}
    return found


def with_email(session: Session, round: Round, email: str, keys: KeyRing) -> Sequence[RollEntry]:
    """The entries with this e-mail address, by number; a family may share one."""
    if not plain_email(email) or _box(round, keys) is None:
        return ()
    mac = keys.mac(round.id, Purpose.PEOPLE, "email", plain_email(email))
    return _entries(session, round, RollPerson.email_mac == mac)


def count_addresses(session: Session, round: Round) -> int:
    """How many different e-mail addresses the roll keeps."""
    query = select(func.count(RollPerson.email_mac.distinct()))
    return session.scalar(query.where(RollPerson.round_id == round.id)) or 0


def addresses(
    session: Session, round: Round, keys: KeyRing, *, after: bytes = b""
) -> Sequence[tuple[bytes, str]]:
    """The next e-mail addresses of the roll as (keyed hash, address), each once, by their hash.

    Empty at the end, and once the personal details of the round are erased.
    """
    box = _box(round, keys)
    if box is None:
        return ()
    first = (
        select(func.min(RollPerson.number))
        .where(RollPerson.round_id == round.id, RollPerson.email_mac > after)
        .group_by(RollPerson.email_mac)
        .order_by(RollPerson.email_mac)
        .limit(AT_ONCE)
    )
    rows = session.execute(
        select(RollPerson.email_mac, RollPerson.sealed)
        .where(RollPerson.round_id == round.id, RollPerson.number.in_(first))
        .order_by(RollPerson.email_mac)
    )
    return [(bytes(mac), _open(box, sealed).email.strip()) for mac, sealed in rows]


def find_by_name(
    session: Session, round: Round, name: str, born: date, keys: KeyRing
) -> Sequence[RollEntry]:
    """The entries that can be this person, by number: born on that day, and named like that.

    Empty unless names and birth dates are kept. See `names.same` for what is alike.
    """
    if _box(round, keys) is None:
        return ()
    mac = keys.mac(round.id, Purpose.PEOPLE, "born", born.isoformat())
    born_then = _entries(session, round, RollPerson.birth_mac == mac)
    known = personal(session, round, born_then, keys)
    return [entry for entry in born_then if names.same(name, known[entry.id].name)]


def kept(session: Session, round: Round) -> int:
    """How many entries still have personal details."""
    query = select(func.count()).select_from(RollPerson).where(RollPerson.round_id == round.id)
    return session.scalar(query) or 0


def rules(session: Session, round: Round) -> RollRules:
    """Who may be on the roll: what was set, or the defaults (which are not stored)."""
    return session.get(RollRules, round.id) or RollRules(
        round_id=round.id, classes=[*VoterClass], erase_after_days=DAYS_KEPT
    )


def erased_from(session: Session, round: Round) -> datetime | None:
    """When personal details are erased (UTC); None while the round has no date for its vote."""
    voting = calendar.span(round, Phase.VOTING)
    if voting is None:
        return None
    return voting.closes_at + timedelta(days=rules(session, round).erase_after_days)


def erase(
    session: Session,
    round: Round,
    *,
    reason: str,
    at: datetime,
    keys: KeyRing,
    by: int | None = None,
) -> int:
    """Destroy the key of the personal details and delete them; how many there were.

    The key goes first, and for good: the round keeps no personal details from now on.
    """
    if not reason.strip():
        raise Invalid("Give a reason: everybody can read it.")
    keys.destroy(round.id, Purpose.PEOPLE)
    erased = session.execute(delete(RollPerson).where(RollPerson.round_id == round.id)).rowcount
    audit.record(
        session,
        chain=round.id,
        kind="people.erase",
        at=at,
        actor=by,
        side=Side.COMMISSION if by else None,
        body={"entries": erased, "reason": reason.strip()},
    )
    return erased


def erase_due(tools: Tools) -> None:
    """Erase the personal details of every round whose time has come (a tick)."""
    now = tools.clock()
    with Session(tools.engine) as session:
        due = [
            round.id
            for round in session.scalars(select(Round).order_by(Round.id))
            if (tools.keys.exists(round.id, Purpose.PEOPLE) or kept(session, round))
            and (limit := erased_from(session, round)) is not None
            and limit <= now
        ]
    for round_id in due:
        with Session(tools.engine) as session, session.begin():
            round = session.get_one(Round, round_id)
            erase(session, round, reason="The time is over.", at=now, keys=tools.keys)


def plain_email(email: str) -> str:
    """An address in the one spelling by which it is found, and to which mail goes.

    Only capital letters become small: what folds more makes one of ss and ß, which are two domains.
    """
    return unicodedata.normalize("NFC", email).strip().lower()


def _box(round: Round, keys: KeyRing) -> SecretBox | None:
    if not keys.exists(round.id, Purpose.PEOPLE):
        return None
    return SecretBox(keys.key(round.id, Purpose.PEOPLE))


def _open(box: SecretBox, sealed: bytes) -> Personal:
    name, address, email, language, born = json.loads(box.decrypt(bytes(sealed)))
    when = date.fromisoformat(born) if born else None
    return Personal(name, tuple(address), email, language, when)


def _entries(session: Session, round: Round, where: object) -> Sequence[RollEntry]:
    return session.scalars(
        select(RollEntry)
        .join(
            RollPerson,
            (RollPerson.round_id == RollEntry.round_id) & (RollPerson.number == RollEntry.number),
        )
        .where(RollPerson.round_id == round.id, where)
        .order_by(RollEntry.number)
    ).all()
