"""Lists that offices send: CSV in any dress, and Excel workbooks, read line by line.

Whatever a file claims, only a bounded part of it is ever held in memory.
"""

import codecs
import contextlib
import csv
import io
import zipfile
import zlib
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
LARGEST_SHEET = 400 * 2**20  # bytes of a workbook's sheet, unpacked: a million lines need less
LARGEST_TEXTS = 100 * 2**20  # its table of texts is read whole
LARGEST_PART = 5 * 2**20  # anything else in it
MOST_PARTS = 1_000
MOST_BLANK = 1_000  # lines above the header
ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"})
EXACT_DIGITS = 15  # Excel rounds longer numbers

Line = tuple[int, list[str]]  # the line in the file, counted from 1, and its cells


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the lines below that are not blank."""

    header: list[str]
    lines: Iterator[Line]
    about: int | None  # how many lines there are, give or take a few; None: nobody knows yet


class Fault(Invalid):
    """A line of a file that cannot be read, nor what comes after it."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"Line {line}: {sentence}")
        self.line, self.sentence = line, sentence


def open_table(file: BinaryIO) -> Table:
    """The table in a file; raises Invalid, at once or while reading, if there is none."""
    beginning = file.read(8)
    file.seek(0)
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid("This is an old Excel file. Save it as .xlsx or as CSV, and choose that.")
    about = None
    if beginning.startswith(b"PK\x03\x04"):
        lines = _workbook(file)
    else:
        encoding, about = _measured(file)
        lines = _text_file(file, encoding)
    lines = ((line, cells) for line, cells in lines if any(cells))
    _, header = next(lines, (0, []))
    if len(header) > MOST_COLUMNS:
        raise Invalid(f"The file has more than {MOST_COLUMNS} columns. Keep only those needed.")
    return Table(header, _bounded(lines), about)


def _bounded(lines: Iterator[Line]) -> Iterator[Line]:
    for count, line in enumerate(lines, 1):
        if count > MOST_LINES:
            raise Invalid(f"The file has more than {MOST_LINES:,} lines. Split it.")
        yield line


def _text_file(file: BinaryIO, encoding: str) -> Iterator[Line]:
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from _cells(text)
    finally:
        with contextlib.suppress(ValueError):  # closed already
            text.detach()  # the file belongs to the caller


def _measured(file: BinaryIO) -> tuple[str, int]:
    """The encoding and about how many lines there are.

    UTF-8, UTF-16, or what spreadsheets on Windows write; the whole file has to fit.
    """
    beginning = file.read(2)
    marked = beginning in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        file.seek(0)
        lines = _lines_if_it_fits(file, encoding)
        file.seek(0)
        if lines is not None:
            return encoding, lines
    raise Invalid("The file is not a text file. Save it as CSV (UTF-8) and choose that file.")


def _lines_if_it_fits(file: BinaryIO, encoding: str) -> int | None:
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 0
    try:
        while chunk := file.read(2**20):
            text = decoder.decode(chunk)
            if "\0" in text:
                return None
            lines += text.count("\n")
        return None if "\0" in decoder.decode(b"", final=True) else lines
    except UnicodeDecodeError:
        return None


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
        raise Fault(reader.line_num, f"the line cannot be read ({error}).") from None


def _short_lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise Fault(number, "the line is too long for a list of people.")
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
        # One cell more than the header has shows whether a line is too long.
        rows = sheet.iter_rows(max_col=_width(sheet) + 1, values_only=True)
        for line, values in enumerate(rows, 1):
            if line > MOST_LINES:
                raise Invalid(f"The sheet has more than {MOST_LINES:,} lines. Split it.")
            cells = [_plain(value, line, place) for place, value in enumerate(values)]
            yield line, cells if cells[-1] else cells[:-1]
    except (
        zipfile.BadZipFile,
        zlib.error,
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
    ) as error:
        raise no_workbook from error
    except (EOFError, OSError, NotImplementedError, AttributeError, RuntimeError) as error:
        raise no_workbook from error


def _width(sheet: Any) -> int:
    """How many columns the first line that is not blank has."""
    rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_BLANK, values_only=True)
    for values in rows:
        if filled := [place for place, value in enumerate(values, 1) if value is not None]:
            return filled[-1]
    return 0


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
            raise Fault(line, f"{_cell(line, place)} holds a formula. Put in its value instead.")
        if text in ERRORS:
            raise Fault(line, f"{_cell(line, place)} holds the error {text}.")
        return text
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        if value != value // 1:
            return repr(value)
        value = int(value)
    if isinstance(value, int) and abs(value) >= 10**EXACT_DIGITS:
        raise Fault(
            line,
            f"Excel has rounded the long number in {_cell(line, place)}. "
            "Format the column as text.",
        )
    return str(value)


def _cell(line: int, place: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"cell {get_column_letter(place + 1)}{line}"
