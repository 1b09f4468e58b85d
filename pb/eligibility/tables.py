"""Lists that offices send: CSV in any dress, and Excel workbooks, read line by line.

Whatever a file claims, only a bounded part of it is ever held in memory.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from pb.errors import Invalid

DELIMITERS = (";", ",", "\t")
MOST_LINES = 1_500_000
MOST_COLUMNS = 100
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 1_000
LARGEST_SHEET = 400 * 2**20  # bytes of a workbook's sheet, unpacked: a million lines need less
LARGEST_TEXTS = 100 * 2**20  # its table of texts is read whole
LARGEST_PART = 5 * 2**20  # anything else in it
MOST_PARTS = 1_000
EXACT_DIGITS = 15  # Excel rounds longer numbers

Line = tuple[int, list[str]]  # the line in the file, counted from 1, and its cells


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the lines below that are not blank."""

    header: list[str]
    lines: Iterator[Line]


class Fault(Invalid):
    """One line of a file that cannot be read; the sentence names it."""


def open_table(file: BinaryIO) -> Table:
    """The table in a file; raises Invalid, at once or while reading, if there is none."""
    beginning = file.read(8)
    file.seek(0)
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid("This is an old Excel file. Save it as .xlsx or as CSV, and choose that.")
    lines = _workbook(file) if beginning.startswith(b"PK\x03\x04") else _text_file(file)
    lines = ((line, cells) for line, cells in lines if any(cells))
    _, header = next(lines, (0, []))
    if len(header) > MOST_COLUMNS:
        raise Invalid(f"The file has more than {MOST_COLUMNS} columns. Keep only those needed.")
    return Table(header, _even(lines, len(header)))


def _even(lines: Iterator[Line], width: int) -> Iterator[Line]:
    """The lines, each as wide as the header."""
    for count, (line, cells) in enumerate(lines, 1):
        if count > MOST_LINES:
            raise Invalid(f"The file has more than {MOST_LINES:,} lines. Split it.")
        yield line, cells


def _text_file(file: BinaryIO) -> Iterator[Line]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        yield from _cells(text)
    finally:
        text.detach()  # the file belongs to the caller


def _encoding(file: BinaryIO) -> str:
    """UTF-8, UTF-16, or what spreadsheets on Windows write; the whole file has to fit."""
    beginning = file.read(2)
    file.seek(0)
    marked = beginning in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        fits = _fits(file, encoding)
        file.seek(0)
        if fits:
            return encoding
    raise Invalid("The file is not a text file. Save it as CSV (UTF-8) and choose that file.")


def _fits(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(2**20):
            if "\0" in decoder.decode(chunk):
                return False
        return "\0" not in decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False


def _cells(text: io.TextIOWrapper) -> Iterator[Line]:
    head = text.readline(LONGEST_LINE)
    while head and not head.strip():
        head = text.readline(LONGEST_LINE)
    delimiter = max(DELIMITERS, key=head.count)
    text.seek(0)
    reader = csv.reader(_short_lines(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Fault(f"Line {reader.line_num}: the line cannot be read ({error}).") from None


def _short_lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise Fault(f"Line {number}: the line is too long for a list of people.")
        yield line


def _workbook(file: BinaryIO) -> Iterator[Line]:
    """The first sheet of an Excel workbook."""
    import openpyxl  # only who brings a workbook waits for it

    no_workbook = Invalid("The spreadsheet cannot be opened. Save it as .xlsx or CSV again.")
    try:
        _require_modest(file)
        book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says about its size is not to be trusted
        rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
        for line, values in enumerate(rows, 1):
            if line > MOST_LINES:
                raise Invalid(f"The sheet has more than {MOST_LINES:,} lines. Split it.")
            yield line, [_plain(value, line, place) for place, value in enumerate(values)]
    except (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError) as error:
        raise no_workbook from error
    except (EOFError, OSError, NotImplementedError, AttributeError, RuntimeError) as error:
        raise no_workbook from error


def _require_modest(file: BinaryIO) -> None:
    """Refuse a workbook that would unpack to more than a list of people can need."""
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
    for part in parts:
        most = LARGEST_PART
        if part.filename.startswith("xl/worksheets/"):
            most = LARGEST_SHEET
        elif part.filename == "xl/sharedStrings.xml":
            most = LARGEST_TEXTS
        if part.file_size > most:
            raise Invalid("The spreadsheet unpacks to too much. Save the list alone, as CSV.")
    if len(parts) > MOST_PARTS:
        raise Invalid("The spreadsheet has too many parts. Save the list alone, as CSV.")
    file.seek(0)


def _plain(value: Any, line: int, place: int) -> str:
    """A cell as the text that a person sees in it; raises Fault for what is no plain value."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("="):
            raise Fault(f"{_cell(line, place)} holds a formula. Put in its value instead.")
        if text.startswith("#") and text.rstrip("!?").isupper() and text.endswith(("!", "?", "A")):
            raise Fault(f"{_cell(line, place)} holds the error {text[:10]}.")
        return text
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        if value != value // 1:
            return repr(value)
        value = int(value)
    if isinstance(value, int) and abs(value) >= 10**EXACT_DIGITS:
        raise Fault(
            f"{_cell(line, place)}: Excel has rounded this long number. Format the column as text."
        )
    return str(value)


def _cell(line: int, place: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"Line {line}, cell {get_column_letter(place + 1)}{line}"
