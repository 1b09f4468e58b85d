"""Links by e-mail: each opens one ballot, once, for half an hour."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pb.eligibility import contacts, people, queries
from pb.eligibility.models import EntryLink, RollEntry
from pb.errors import Refused
from pb.keys import KeyRing, Purpose
from pb.notices import outbox
from pb.rounds.models import Round

LASTS = timedelta(minutes=30)
MOST_PER_ADDRESS = 10  # people behind one mailbox; more is a mistake in the register
Token = Callable[[], str]


def send_links(
    session: Session,
    round: Round,
    address: str,
    *,
    page: Callable[[str], str],
    at: datetime,
    keys: KeyRing,
    token: Token = secrets.token_urlsafe,
) -> None:
    """Mail a link for every entry with this address, and nothing where there is none.

    `page` makes the address of the page for a token. Nothing tells the caller whether there was
    an entry: a stranger shall not learn who is on the roll.
    """
    # Links that nobody used are swept out by whoever asks for a new one.
    session.execute(delete(EntryLink).where(EntryLink.expires_at <= at))
    entries = contacts.entries_of(session, round, address, keys=keys)
    if not 0 < len(entries) <= MOST_PER_ADDRESS:
        return
    lines = []
    for entry in entries:
        made = token()
        hashed = _mac(keys, round, made)
        session.add(
            EntryLink(round_id=round.id, token_mac=hashed, entry_id=entry.id, expires_at=at + LASTS)
        )
        lines.append((entry, page(made)))
    session.flush()
    outbox.put(
        session,
        key=f"entry-link:{hashed.hex()}",
        recipient=people.plain_email(address),  # not as whoever asks has typed it
        subject=f"{round.name}: your link to vote",
        text=_text(session, round, lines),
        at=at,
        round_id=round.id,
    )


def find(
    session: Session, round: Round, token: str, *, at: datetime, keys: KeyRing
) -> RollEntry | None:
    """The entry that an unused link opens; looking does not use it up."""
    return session.scalars(
        select(RollEntry)
        .join(EntryLink, EntryLink.entry_id == RollEntry.id)
        .where(
            EntryLink.round_id == round.id,
            EntryLink.token_mac == _mac(keys, round, token),
            EntryLink.expires_at > at,
        )
    ).first()


def redeem(session: Session, round: Round, token: str, *, at: datetime, keys: KeyRing) -> RollEntry:
    """Use a link up, and return the entry that it opens; refused if it was used or is too old."""
    entry_id = session.scalar(
        delete(EntryLink)
        .where(
            EntryLink.round_id == round.id,
            EntryLink.token_mac == _mac(keys, round, token),
            EntryLink.expires_at > at,
        )
        .returning(EntryLink.entry_id)
    )
    if entry_id is None:
        raise Refused("This link was used already, or is older than 30 minutes. Ask for a new one.")
    return session.get_one(RollEntry, entry_id)


def _mac(keys: KeyRing, round: Round, token: str) -> bytes:
    return keys.mac(round.id, Purpose.ROLL, "link", token)


def _text(session: Session, round: Round, lines: list[tuple[RollEntry, str]]) -> str:
    parts = [f"You can vote in “{round.name}”."]
    if len(lines) == 1:
        parts.append(f"Open this page and press the button on it:\n\n{lines[0][1]}")
    else:
        parts.append(
            f"{len(lines)} people on the list of voters share this address. "
            "Each of them has a link of their own. Agree on who takes which."
        )
        for entry, link in lines:
            number = queries.number_of(session, entry)
            area = entry.area.name if entry.area else "the whole town"
            parts.append(f"For number {number} on the list, {area}:\n\n{link}")
    parts.append(
        "A link works once, for 30 minutes. Do not pass it on: whoever has it can vote with it. "
        "If you have voted already, you can change your ballot with it.\n\n"
        "You did not ask for this? Then somebody typed your address by mistake. "
        "You need do nothing."
    )
    return "\n\n".join(parts) + "\n"
