"""Names and addresses for letters: read from the town's list, printed, and forgotten."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.eligibility import roll
from pb.eligibility.models import RollEntry
from pb.errors import Invalid
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Round

LONGEST_LINE = 80
DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True)
class Addressees:
    """The lines of an address by the entry of the roll, in the order of the town's list."""

    lines: dict[int, tuple[str, ...]]

    def entries(self, session: Session) -> list[RollEntry]:
        """The entries of these people, in the order of the list."""
        found: dict[int, RollEntry] = {}
        wanted = list(self.lines)
        for start in range(0, len(wanted), 1000):
            part = select(RollEntry).where(RollEntry.id.in_(wanted[start : start + 1000]))
            found.update((entry.id, entry) for entry in session.scalars(part))
        return [found[entry_id] for entry_id in wanted]


def read(session: Session, round: Round, data: bytes, keys: KeyRing) -> Addressees:
    """Match a CSV file with “person”, “name” and “address …” columns to the roll of the round.

    Raises Invalid with one sentence for every person who is not on the roll. Nothing is stored.
    """
    known = dict(
        session.execute(
            select(RollEntry.person_mac, RollEntry.id).where(RollEntry.round_id == round.id)
        ).all()
    )
    found: dict[int, tuple[str, ...]] = {}
    problems: list[str] = []
    for number, person, lines in _rows(data):
        person = roll.normalised(person)
        entry_id = known.get(keys.mac(round.id, Purpose.ROLL, "person", person))
        if entry_id is None:
            problems.append(f"Line {number}: person “{roll.short(person)}” is not on the roll.")
        elif entry_id in found:
            problems.append(f"Line {number}: person “{roll.short(person)}” is there twice.")
        else:
            found[entry_id] = lines
    if not found and not problems:
        problems.append("There is no person in the file.")
    if problems:
        raise Invalid(
            "The list with addresses has mistakes. No code was made.",
            tuple(problems[: roll.MOST_PROBLEMS]),
        )
    return Addressees(found)


def _rows(data: bytes) -> list[tuple[int, str, tuple[str, ...]]]:
    """(line, person, lines of the address) of every row that is not blank."""
    text = _text(data)
    head = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count))
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num}: the line cannot be read ({error}).") from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    person_at, address_at = _columns(lines[0][1] if lines else [])
    return [
        (number, _cell(cells, person_at), _address(cells, address_at))
        for number, cells in lines[1:]
    ]


def _columns(names: Sequence[str]) -> tuple[int, list[int]]:
    plain = [name.casefold() for name in names]
    address = [n for n, name in enumerate(plain) if name == "name" or name.startswith("address")]
    if plain.count("person") != 1 or not address:
        raise Invalid(
            "The first line must name the column “person”, and “name” or “address 1”, "
            "“address 2” and so on, in the order of the lines on the letter."
        )
    return plain.index("person"), address


def _address(cells: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    lines = (" ".join(_cell(cells, place).split())[:LONGEST_LINE] for place in places)
    return tuple(line for line in lines if line)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _text(data: bytes) -> str:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("The file is not a text file in UTF-8. Save it as CSV (UTF-8) and choose that.")
