"""Asking for letters: who gets a code, what is known of them, and the job that makes the file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.eligibility import addressees, letterhead, letters, parcels, queries
from pb.eligibility.addressees import Addressee
from pb.eligibility.letters import Letter
from pb.eligibility.models import Form, RollEntry
from pb.eligibility.parcels import Parcel
from pb.eligibility.service import IssuedCode, Order
from pb.errors import Invalid, Refused
from pb.keys import KeyRing
from pb.notices import jobs
from pb.notices.models import Job
from pb.rounds.models import Round
from pb.rounds.queries import area as area_of

KIND = "letters"
FOLDER = "letters"  # of the data directory
MOST = {Form.PDF: 50_000, Form.CSV: 200_000, Form.PAGE: 3_000}
EVERYBODY, CITY_WIDE = "", "-"


@dataclass(frozen=True)
class Asked:
    """What somebody asked for on the page of letters."""

    order: Order
    town: str
    address: str  # of the page that takes codes
    area: str = EVERYBODY  # a slug, nothing for everybody, or a dash for no area
    again: int | None = None  # a batch whose people get new codes
    listed: str = ""  # the key, in hexadecimal, of the parcel with the list of addresses
    back: str = ""  # the page of letters, for the page of the job

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Asked":
        """What was asked for, from the payload of a job."""
        order = Order(**{**payload["order"], "form": Form(payload["order"]["form"])})
        return cls(order, **{name: payload[name] for name in SAVED})


SAVED = ("town", "address", "area", "again", "listed", "back")


def ask(
    session: Session,
    round: Round,
    asked: Asked,
    people: bytes | None,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
    data_dir: Path,
) -> Job:
    """Put the making of letters into the queue; refuses what could not be made.

    `people`, a list with addresses, waits encrypted until the job has read it.
    """
    entries = chosen(session, round, asked, people, keys)
    if people is not None:
        key = parcels.new_key()
        with Parcel(data_dir / FOLDER, key).written() as stream:
            stream.write(people)
        asked = replace(asked, listed=key.hex())
    title = "Letters" if asked.order.form is Form.PDF else "A list of codes"
    return jobs.ask(
        session,
        KIND,
        at=at,
        by=by.id,
        round_id=round.id,
        total=len(entries[0]),
        payload={"title": title, **asdict(asked)},
    )


def chosen(
    session: Session, round: Round, asked: Asked, people: bytes | None, keys: KeyRing
) -> tuple[list[RollEntry], dict[int, Addressee]]:
    """The entries that get a code, and what is known of them; refuses in sentences."""
    form = asked.order.form
    listed: dict[int, Addressee] = {}
    printed = form is Form.PDF
    if people is not None:
        listed = addressees.read(session, round, people, keys, printed=printed)
    entries = _lacking(session, round, asked, listed)
    if not entries:
        raise Refused("Everybody on this list has a code already.")
    if len(entries) > MOST[form]:
        raise Invalid(
            f"{len(entries):,} codes are too many for this form; {MOST[form]:,} fit. "
            "Choose an area, or another form."
        )
    if printed:
        refuse_unprintable(round, asked)
    return entries, listed or addressees.kept(session, round, entries, keys, printed=printed)


def _lacking(
    session: Session, round: Round, asked: Asked, listed: Mapping[int, Addressee]
) -> list[RollEntry]:
    """The entries without a code that are meant, in the order of the list or of the roll."""
    if asked.again is not None:
        batch = queries.find_batch(session, round, asked.again)
        found = queries.entries_of(session, batch, with_code=False) if batch else []
        if listed:
            return _in_order_of(listed, found)
        return found
    if listed:
        return queries.lacking_a_code(session, round, list(listed))
    if asked.area == EVERYBODY:
        return queries.lacking_a_code(session, round)
    area = area_of(round, asked.area)
    if area is None and asked.area != CITY_WIDE:
        raise Invalid(f"This round has no area “{asked.area}”.")
    return queries.in_area_lacking_a_code(session, round, area)


def _in_order_of(listed: Mapping[int, Addressee], found: Sequence[RollEntry]) -> list[RollEntry]:
    by_id = {entry.id: entry for entry in found}
    if missing := len(by_id.keys() - listed.keys()):
        people = (
            "1 person of this batch is" if missing == 1 else f"{missing:,} people of this batch are"
        )
        raise Invalid(f"{people} not on the list with addresses.")
    return [by_id[entry_id] for entry_id in listed if entry_id in by_id]


def refuse_unprintable(round: Round, asked: Asked) -> None:
    """Refuse (Invalid) names and lines that the fonts of the letters cannot show."""
    names = [area.name for area in round.areas]
    for text in (asked.town, round.name, asked.order.sender, asked.order.desk, *names):
        if strange := letters.unprintable(text):
            raise Invalid(f"The letters have no sign for “{strange}” in “{text}”.")


def composed(
    issued: Iterable[IssuedCode], known: Mapping[int, Addressee], asked: Asked
) -> list[Letter]:
    """The letters with these codes."""
    nobody = Addressee()
    found = []
    for one in issued:
        to = known.get(one.entry_id, nobody)
        found.append(
            Letter(
                one.number,
                one.area,
                one.printed,
                f"{asked.address}?code={one.printed}",
                to.language or asked.order.language,
                to.lines,
                to.person,
            )
        )
    return found


def heads_of(round: Round, asked: Asked) -> Mapping[str, letterhead.Letterhead]:
    """The letterheads for what was asked for, by language."""
    return letterhead.in_every_language(
        round,
        town=asked.town,
        address=asked.address,
        sender=asked.order.sender,
        desk=asked.order.desk,
    )
