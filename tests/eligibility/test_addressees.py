"""Lists with names and addresses are matched with the roll; every faulty line is named."""

import io

import openpyxl
import pytest

from pb.eligibility import addressees, service
from pb.errors import Invalid
from pb.rounds.models import Phase
from tests import make
from tests.conftest import NOW

ROLL = b"person;area\nA1;north\nA2;north\nB1;\n"


@pytest.fixture
def round(session, keys):
    made = make.round_(session, Phase.BALLOT, areas={"north": 5_000_00, "town": 10_000_00})
    by = make.account(session)
    service.import_roll(session, made, ROLL, "roll.csv", by=by, at=NOW, keys=keys)
    session.commit()
    return made


@pytest.fixture
def read(session, round, keys):
    def read(data, printed=True):
        data = data.encode() if isinstance(data, str) else data
        return list(addressees.read(session, round, data, keys, printed=printed).values())

    return read


def problems(read, data, **more) -> tuple[str, ...]:
    with pytest.raises(Invalid) as refusal:
        read(data, **more)
    return refusal.value.problems


def test_people_come_in_the_order_of_the_list_with_their_lines(read):
    first, second = read(
        "name,person,address 2,language,address 1\n"
        "Leyla Haddad,b 1,1000 Town,ar-EG,Market 3\nAna,A1,,,\n"
    )
    assert (first.person, first.language) == ("B1", "ar")
    assert first.lines == ("Leyla Haddad", "1000 Town", "Market 3")
    assert (second.lines, second.language) == (("Ana",), None)


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffPerson;NAME\r\nA1;Zoë\r\n".encode(),
        "person\tname\nA1\tZoë\n".encode("utf-16"),
        "person;name\nA1;Zoë\n".encode("cp1252"),
        '\nperson,name\n\n"A1","  Zoë\u202e "\n,\n'.encode(),
    ],
)
def test_files_as_spreadsheets_write_them_are_read(read, data):
    assert [one.lines for one in read(data)] == [("Zoë",)]


def test_an_excel_workbook_is_read_like_a_text_file(read):
    book = openpyxl.Workbook()
    for row in (("person", "name", "address 1"), ("A2", " Zoë ", 12), ("B1", "Leyla", None)):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    assert [one.lines for one in read(packed.getvalue())] == [("Zoë", "12"), ("Leyla",)]


def test_a_workbook_with_a_formula_names_the_cell(read):
    book = openpyxl.Workbook()
    for row in (("person", "name"), ("A1", "=1+1")):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    assert problems(read, packed.getvalue()) == (
        "Line 2: cell B2 holds a formula. Put in its value instead.",
    )


def test_a_cell_of_several_lines_becomes_one_line(read):
    assert read('person,name\nA1,"Ana\nPérez"\n')[0].lines == ("Ana Pérez",)


def test_every_faulty_line_is_named(read):
    found = problems(
        read,
        "person;name;address 1;address 2;address 3;address 4;address 5;address 6\n"
        "A1;Ana\n;Nobody\nZ9;Stranger\nA1;Ana again\nA2;李 Wei\n"
        "B1;1;2;3;4;5;6;7\nB1;" + "x" * 61 + "\n",
    )
    assert found == (
        "Line 3: the column “person” is empty.",
        "Line 6: the letters have no sign for “李” in “李 Wei”.",
        "Line 7: the address has more than 6 lines.",
        "Line 8: “xxxxxxxxxxxxxxxxxxx…” is longer than 60 characters.",
        "Line 4: person “Z9” is not on the roll.",
        "Line 5: person “A1” is there twice.",
    )


def test_a_printing_house_has_every_sign(read):
    assert read("person;name\nA2;李 Wei\n", printed=False)[0].lines == ("李 Wei",)


def test_a_printing_house_needs_no_address(read):
    assert read("person\nA2\n", printed=False)[0].person == "A2"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "name;street\nAna;Long Street\n",
        "person;street\nA1;x\n",
        "person;person;name\nA1;A1;x\n",
    ],
)
def test_the_first_line_names_the_columns(read, data):
    [problem] = problems(read, data)
    assert "“person” once, and “name”, “address 1”" in problem or "no person" in problem


def test_an_empty_list_and_a_list_of_another_kind_are_refused(read):
    assert problems(read, "person;name\n") == ("There is no person in the file.",)
    assert "spreadsheet" in problems(read, b"PK\x03\x04...")[0]
    assert "cannot be read" in problems(read, 'person;name\n"A1;x\n')[0]


def test_at_most_fifty_faults_are_listed(read):
    found = problems(read, "person;name\n" + "".join(f"X{n};x\n" for n in range(60)))
    assert (len(found), found[-1]) == (51, "There are 10 more.")


def test_more_people_than_one_query_holds_are_found(session, round, keys, read):
    data = b"person;area\n" + b"".join(b"P%04d;\n" % n for n in range(2_345))
    by = make.account(session)
    service.import_roll(session, round, data, "more.csv", by=by, at=NOW, keys=keys)
    found = read("person;name\n" + "".join(f"P{n:04};N{n}\n" for n in reversed(range(2_345))))
    assert [one.lines[0] for one in found] == [f"N{n}" for n in reversed(range(2_345))]


def test_without_kept_personal_fields_nothing_is_known(session, round, keys):
    entry = make.entry(session, round)
    known = addressees.kept(session, round, [entry], keys, printed=True)
    assert known.get(entry.id, addressees.Addressee()).lines == ()
