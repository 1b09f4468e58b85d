"""Reading the list of entitled people: every fault of a file at once, or every row."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pb.errors import Invalid
from pb.rounds.models import Area, Round

MOST_PROBLEMS = 50
LONGEST_PERSON = 64
DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """One entitled person: their number in the town's register, and their area."""

    line: int
    person: str
    area: Area | None


def read(data: bytes, round: Round) -> list[Row]:
    """The rows of a CSV file; raises Invalid with one sentence per fault, at most fifty."""
    problems: list[str] = []
    rows: list[Row] = []
    first_line: dict[str, int] = {}
    areas = {key: area for area in round.areas for key in (_key(area.slug), _key(area.name))}
    for line, person, area_name in _cells(_text(data), problems):
        person = normalised(person)
        area = areas.get(_key(area_name))
        if not person:
            problems.append(f"Line {line}: the column “person” is empty.")
        elif len(person) > LONGEST_PERSON:
            problems.append(f"Line {line}: “{short(person)}” is too long for a register number.")
        elif person in first_line:
            problems.append(
                f"Line {line}: person “{short(person)}” is already in line {first_line[person]}."
            )
        if area is None and area_name:
            problems.append(f"Line {line}: this round has no area “{short(area_name)}”.")
        first_line.setdefault(person, line)
        rows.append(Row(line, person, None if area and area.city_wide else area))
    if not rows and not problems:
        problems.append("There is no person in the file.")
    refuse_if_any(problems)
    return rows


def refuse_if_any(problems: list[str]) -> None:
    """Raise Invalid with the first fifty problems, if there are any; nothing was imported."""
    if not problems:
        return
    shown = problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        shown.append(f"There are {len(problems) - MOST_PROBLEMS:,} more.")
    raise Invalid("The file has mistakes. Nothing was imported.", tuple(shown))


def normalised(person: str) -> str:
    """A register number in one spelling: capitals, without blanks."""
    return "".join(unicodedata.normalize("NFKC", person).split()).upper()


def short(value: str) -> str:
    """A value as an error message shows it."""
    return value if len(value) <= 20 else f"{value[:19]}…"


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _text(data: bytes) -> str:
    """The text of a file in UTF-8, in UTF-16, or as spreadsheets on Windows write it."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid("This is a spreadsheet. Save it as CSV (UTF-8) and choose that file.")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise Invalid("The file is not a text file. Save it as CSV (UTF-8) and choose that file.")


def _cells(text: str, problems: list[str]) -> Iterator[tuple[int, str, str]]:
    """(line, person, area) of every row that is not blank; adds to `problems` as it goes."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, person_at, area_at = 0, -1, -1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not width:
                width, person_at, area_at = len(cells), *_columns(cells)
            elif len(cells) != width and (len(cells) < width or any(cells[width:])):
                problems.append(
                    f"Line {reader.line_num}: there are {len(cells)} columns, "
                    f"but the first line names {width}."
                )
            else:
                yield reader.line_num, cells[person_at], cells[area_at]
    except csv.Error as error:
        problems.append(f"Line {reader.line_num}: the line cannot be read ({error}).")


def _columns(cells: list[str]) -> tuple[int, int]:
    """Where the two columns stand; raises Invalid if the first line does not name them."""
    names = [cell.casefold() for cell in cells]
    for name in ("person", "area"):
        if names.count(name) != 1:
            found = ", ".join(f"“{short(cell)}”" for cell in cells[:6])
            raise Invalid(
                f"The first line must name a column “{name}” once. It names: {found}. "
                "The area may stay empty below: such a person votes city-wide only."
            )
    return names.index("person"), names.index("area")
