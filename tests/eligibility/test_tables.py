"""Lists in any dress, and files that would hurt."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from pb.eligibility import tables
from pb.eligibility.tables import Fault, open_table
from pb.errors import Invalid


def read(data: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    table = open_table(io.BytesIO(data))
    return table.header, list(table.lines)


def workbook(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_dress_of_csv_is_the_same_table(encoding, delimiter, newline):
    lines = ["number|name", "1|Núñez", "", '2|"Östby\u00a0Ann"', "||"]
    text = newline.join(lines).replace("|", delimiter) + newline
    header, rows = read(text.encode(encoding))
    assert header == ["number", "name"]
    assert [cells[:2] for _, cells in rows] == [["1", "Núñez"], ["2", "Östby\u00a0Ann"]]
    assert [line for line, _ in rows] == [2, 4]


def test_quoted_cells_may_hold_line_breaks_and_delimiters():
    header, rows = read(b'a,b\n1,"x, y\nz"\n2,w\n')
    assert rows == [(3, ["1", "x, y\nz"]), (4, ["2", "w"])]


def test_how_many_lines_there_are_is_known_before_they_are_read():
    assert open_table(io.BytesIO(b"a\n1\n2\n3\n")).about == 4


def test_a_list_is_read_line_by_line_and_leaves_the_file_open():
    file = io.BytesIO(b"a;b\n" + b"1;2\n" * 1000)
    table = open_table(file)
    assert next(table.lines) == (2, ["1", "2"])
    del table
    file.seek(0)
    assert file.read(3) == b"a;b"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a;b\n1;\x00\n", "not a text file"),
        (b"\xff\xfeabc", "not a text file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file"),
        (b"PK\x03\x04", "cannot be opened"),
        (b";".join(b"%d" % n for n in range(101)) + b"\n", "more than 100 columns"),
    ],
)
def test_what_is_no_list_is_said_to_be_none(data, sentence):
    with pytest.raises(Invalid, match=sentence):
        read(data)


@pytest.mark.parametrize(
    ("data", "line", "sentence"),
    [
        (b'a;b\n1;"x\n', 2, "cannot be read"),
        (b"a;b\n1;2\n" + b"x" * 200_000, 3, "too long"),
        (b'a;b\n1;"' + b"x\n" * 150_000, 1, "cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(data, line, sentence):
    with pytest.raises(Fault, match=sentence) as fault:
        read(data)
    assert fault.value.line >= line


def test_too_many_lines_are_not_read(monkeypatch):
    monkeypatch.setattr(tables, "MOST_LINES", 3)
    with pytest.raises(Invalid, match="more than 3 lines"):
        read(b"a\n1\n2\n3\n4\n")
    with pytest.raises(Invalid, match="more than 3 lines"):
        read(workbook(["a"], [1], [2], [3], [4]))


class TestWorkbooks:
    def test_cells_are_what_a_person_sees_in_them(self):
        header, rows = read(
            workbook(
                [None, None],
                ["number", "born", "share"],
                [1001, date(1990, 5, 1), 1.5],
                ["007", datetime(1931, 11, 30), 2.0],  # noqa: DTZ001 (as sheets hold it)
                [None, None, None],
                ["x", None, " y "],
            )
        )
        assert header == ["number", "born", "share"]
        assert rows == [
            (3, ["1001", "1990-05-01", "1.5"]),
            (4, ["007", "1931-11-30", "2"]),
            (6, ["x", "", "y"]),
        ]

    def test_a_cell_beyond_the_header_is_noticed(self):
        _, rows = read(workbook(["a", "b"], [1, 2, 3], [4, 5]))
        assert rows == [(2, ["1", "2", "3"]), (3, ["4", "5"])]

    @pytest.mark.parametrize(
        ("cell", "sentence"),
        [
            ("=A1+1", "cell B2 holds a formula"),
            ("#N/A", "cell B2 holds the error #N/A"),
            (12345678901234567, "rounded the long number in cell B2"),
        ],
    )
    def test_cells_that_are_not_what_they_seem_are_refused(self, cell, sentence):
        with pytest.raises(Fault, match=sentence):
            read(workbook(["a", "b"], ["1", cell]))

    def test_a_number_sign_is_no_error(self):
        assert read(workbook(["a"], ["#12A"]))[1] == [(2, ["#12A"])]

    def packed(self, **parts: bytes) -> bytes:
        file = io.BytesIO(workbook(["a"], [1]))
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return file.getvalue()

    def test_a_bomb_is_not_unpacked(self):
        bomb = self.packed(**{"xl/media/image1.bmp": b"\0" * (tables.LARGEST_PART + 1)})
        assert len(bomb) < 50_000
        with pytest.raises(Invalid, match="unpacks to too much"):
            read(bomb)

    def test_a_sheet_larger_than_a_register_is_not_unpacked(self, monkeypatch):
        monkeypatch.setattr(tables, "LARGEST_SHEET", 100)
        with pytest.raises(Invalid, match="unpacks to too much"):
            read(workbook(["a"], [1]))

    def test_a_workbook_of_very_many_parts_is_refused(self):
        with pytest.raises(Invalid, match="too many parts"):
            read(self.packed(**{f"x{n}": b"" for n in range(tables.MOST_PARTS)}))

    def test_a_workbook_of_entities_is_refused(self):
        laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"ha" * 100 + b'">'
        for n in range(9):
            before = b"&" + (b"a" if n == 0 else b"b%d" % (n - 1)) + b";"
            laughs += b'<!ENTITY b%d "%s">' % (n, before * 10)
        laughs += b"]><worksheet>&b8;</worksheet>"
        plain = zipfile.ZipFile(io.BytesIO(workbook(["a"], ["x"])))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for part in plain.infolist():
                sheet = part.filename == "xl/worksheets/sheet1.xml"
                archive.writestr(part.filename, laughs if sheet else plain.read(part))
        with pytest.raises(Invalid, match="cannot be opened"):
            read(file.getvalue())

    def test_a_row_far_below_is_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(tables, "MOST_LINES", 1000)
        book = openpyxl.Workbook()
        book.active["A1"], book.active["A1048576"] = "a", "far"
        file = io.BytesIO()
        book.save(file)
        with pytest.raises(Invalid, match="more than 1,000 lines"):
            read(file.getvalue())


def test_a_workbook_that_was_damaged_on_the_way_is_refused():
    """Its bytes are packed, and unpacking fails in the middle."""
    whole = workbook(*([f"A{number}", "x" * (number % 50)] for number in range(300)))
    sheet = zipfile.ZipFile(io.BytesIO(whole)).getinfo("xl/worksheets/sheet1.xml")
    start = sheet.header_offset + 30 + len(sheet.filename)
    with pytest.raises(Invalid, match="cannot be opened"):
        read(whole[:start] + b"\xff" * 40 + whole[start + 40 :])
