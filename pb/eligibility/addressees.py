"""Names and addresses for letters: read from the town's list, printed, and forgotten."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.eligibility import letter_texts, letters, people, queries, roll, tables
from pb.eligibility.models import RollEntry
from pb.errors import Invalid
from pb.keys import KeyRing, Purpose
from pb.rounds.models import Round

LONGEST_LINE = 60


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a letter goes, and in which language (None: not known, or none of ours)."""

    lines: tuple[str, ...] = ()
    language: str | None = None
    person: str = ""  # the number in the town's register


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    addressee: Addressee
    mac: bytes = field(repr=False, default=b"")


def read(
    session: Session, round: Round, data: bytes, keys: KeyRing, *, printed: bool
) -> dict[int, Addressee]:
    """The people of a CSV file or Excel workbook by their entry (id), in the order of the file.

    It has the columns “person”, and “name”, “address 1” and so on, “language” as needed. Where
    letters are `printed` it must name a name or an address. Raises Invalid with one sentence for
    every faulty line. Nothing is stored.
    """
    problems: list[str] = []
    rows = list(_rows(data, round, keys, printed, problems))
    entries = _entries(session, round, [row.mac for row in rows])
    found: dict[int, Addressee] = {}
    for row in rows:
        entry_id, person = entries.get(row.mac), roll.short(row.addressee.person)
        if entry_id is None:
            problems.append(f"Line {row.line}: person “{person}” is not on the roll.")
        elif entry_id in found:
            problems.append(f"Line {row.line}: person “{person}” is there twice.")
        else:
            found[entry_id] = row.addressee
    if not rows and not problems:
        problems.append("There is no person in the file.")
    _refuse_if_any(problems)
    return found


def kept(
    session: Session, round: Round, entries: Sequence[RollEntry], keys: KeyRing, *, printed: bool
) -> dict[int, Addressee]:
    """The people whose names and addresses the roll itself keeps, by entry (id).

    Where letters are `printed`, people whose lines cannot be shown are addressed by number.
    """
    found = {}
    for entry_id, one in people.personal(session, round, entries, keys).items():
        lines = (letters.printable_only(line) for line in (one.name, *one.address))
        language = letter_texts.known(one.language or "")
        known = Addressee(tuple(line for line in lines if line), language)
        faulty = _fault_in_lines(known.lines, printed)
        found[entry_id] = Addressee(language=language) if faulty else known
    return found


def _refuse_if_any(problems: list[str]) -> None:
    if not problems:
        return
    shown = problems[: roll.MOST_PROBLEMS]
    if len(problems) > roll.MOST_PROBLEMS:
        shown.append(f"There are {len(problems) - roll.MOST_PROBLEMS:,} more.")
    raise Invalid("The list with addresses has mistakes. No code was made.", tuple(shown))


def _entries(session: Session, round: Round, macs: Sequence[bytes]) -> Mapping[bytes, int]:
    found: dict[bytes, int] = {}
    for start in range(0, len(macs), queries.IN_ONE_QUERY):
        part = macs[start : start + queries.IN_ONE_QUERY]
        rows = session.execute(
            select(RollEntry.person_mac, RollEntry.id).where(
                RollEntry.round_id == round.id, RollEntry.person_mac.in_(part)
            )
        )
        found.update((mac, entry_id) for mac, entry_id in rows)
    return found


def _rows(
    data: bytes, round: Round, keys: KeyRing, printed: bool, problems: list[str]
) -> Iterator[_Row]:
    """Every line that names a person; adds to `problems` as it goes."""
    try:
        table = tables.open_table(io.BytesIO(data))
        if not table.header:
            return
        columns = _Columns.named(_clean(table.header), printed)
        for line, cells in table.lines:
            addressee = columns.addressee(_clean(cells))
            fault = _fault(addressee, printed)
            if fault:
                problems.append(f"Line {line}: {fault}")
                continue
            mac = keys.mac(round.id, Purpose.ROLL, "person", addressee.person)
            yield _Row(line, addressee, mac)
    except tables.Fault as fault:
        problems.append(str(fault))


def _clean(cells: Sequence[str]) -> list[str]:
    return [letters.printable_only(" ".join(cell.split())) for cell in cells]


def _fault(one: Addressee, printed: bool) -> str | None:
    """What keeps this line from becoming a letter."""
    return _fault_in_lines(one.lines, printed) if one.person else "the column “person” is empty."


def _fault_in_lines(lines: Sequence[str], printed: bool) -> str | None:
    if len(lines) > letters.MOST_LINES:
        return f"the address has more than {letters.MOST_LINES} lines."
    for line in lines:
        if len(line) > LONGEST_LINE:
            return f"“{roll.short(line)}” is longer than {LONGEST_LINE} characters."
        strange = letters.unprintable(line) if printed else None
        if strange:
            return f"the letters have no sign for “{strange}” in “{roll.short(line)}”."
    return None


@dataclass(frozen=True)
class _Columns:
    """Where in a line the parts of an addressee stand."""

    person: int
    lines: tuple[int, ...]
    language: int | None

    @classmethod
    def named(cls, cells: Sequence[str], printed: bool) -> "_Columns":
        """The columns that the first line names; raises Invalid."""
        names = [cell.casefold() for cell in cells]
        lines = tuple(
            n for n, name in enumerate(names) if name == "name" or name.startswith("address")
        )
        if names.count("person") != 1 or (printed and not lines):
            found = ", ".join(f"“{roll.short(cell)}”" for cell in cells[:8]) or "nothing"
            raise Invalid(
                "The first line must name a column “person” once, and “name”, “address 1”, "
                "“address 2” and so on, in the order of the lines on the letter. "
                f"It names: {found}."
            )
        language = names.index("language") if "language" in names else None
        return cls(names.index("person"), lines, language)

    def addressee(self, cells: Sequence[str]) -> Addressee:
        """What a line says."""
        lines = (_cell(cells, place) for place in self.lines)
        return Addressee(
            tuple(line for line in lines if line),
            letter_texts.known(_cell(cells, self.language)),
            roll.normalised(_cell(cells, self.person)),
        )


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
