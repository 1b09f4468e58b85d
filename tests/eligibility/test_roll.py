import hashlib
import re

import pytest
from sqlalchemy import func, select

from pb.audit import queries as log
from pb.db import Base
from pb.eligibility import codes, entries, queries, service
from pb.eligibility.models import RollEntry, RollImport
from pb.errors import Invalid, PhaseClosed, Refused
from pb.rounds.models import Phase, Role
from pb.rounds.routes import Route
from tests import make
from tests.conftest import NOW

AREAS = {"north": 50_000_00, "süd-ost": 50_000_00, "town": 100_000_00}
GOOD = b"person;area\nA 17;north\nb18;North\nC19;\nD20;town\n"


@pytest.fixture
def round(session):
    made = make.round_(session, Phase.REVIEW, areas=AREAS)
    made.areas[1].name = "Süd Ost"
    session.commit()
    return made


@pytest.fixture
def clerk(session, round):
    return make.appointed(session, round, Role.COMMISSIONER)


@pytest.fixture
def read(session, round, clerk, keys):
    def read(data, at=NOW):
        made = service.import_roll(session, round, data, "voters.csv", by=clerk, at=at, keys=keys)
        session.commit()
        return made

    return read


def size(session) -> int:
    return session.scalar(select(func.count()).select_from(RollEntry))


def problems(read, data) -> tuple[str, ...]:
    with pytest.raises(Invalid) as refusal:
        read(data)
    return refusal.value.problems


def test_a_list_of_people_becomes_the_roll(session, round, read):
    made = read(GOOD)
    assert (made.entries, made.filename) == (4, "voters.csv")
    assert made.digest == hashlib.sha256(GOOD).hexdigest()
    assert [
        (one.area and one.area.slug, one.entries) for one in queries.by_area(session, round)
    ] == [
        ("north", 2),
        ("süd-ost", 0),
        (None, 2),
    ]
    logged = log.entries(session, round.id)[-1]
    assert (logged.kind, logged.body) == ("roll.import", {"entries": 4, "file": made.digest})


@pytest.mark.parametrize(
    "data",
    [
        "person,area\n1,süd-ost\n".encode(),
        "\ufeffPerson;AREA\r\n1;Süd  Ost\r\n".encode(),
        "area\tnotes\tperson\nSÜD OST\t\t1\n".encode(),
        "person;area\n1;Süd Ost\n".encode("cp1252"),
        "person;area\n1;Süd Ost\n".encode("utf-16"),
        '\n"person";"area"\n\n" 1 ";"süd-ost"\n;\n'.encode(),
    ],
)
def test_files_as_spreadsheets_write_them_are_read(session, round, read, data):
    read(data)
    assert session.scalars(select(RollEntry)).one().area.slug == "süd-ost"


def test_a_person_is_found_however_the_number_is_written(session, round, read, keys):
    read(GOOD)
    assert queries.find_by_person(session, round, " a17", keys).area.slug == "north"
    assert queries.find_by_person(session, round, "A18", keys) is None
    assert queries.find_by_number(session, round, 2).area.slug == "north"
    assert queries.number_of(session, queries.find_by_number(session, round, 4)) == 4
    assert queries.find_by_number(session, round, 5) is None
    assert queries.find_by_number(session, round, 10**12) is None


def test_every_faulty_row_is_named_and_nothing_is_imported(session, read):
    found = problems(
        read,
        b"person;area\nA1;north\n;north\nA2;Nowhere at all, far beyond the hills\na 1;\n"
        b"A3\nA4;north;more\n" + b"X" * 80 + b";north\nA5;north\n",
    )
    assert found == (
        "Line 3: the number in the register is empty.",
        "Line 4: this round has no area of that name.",
        "Line 5: this person is already in line 2.",
        "Line 6: there are 1 columns, but the first line names 2.",
        "Line 7: there are 3 columns, but the first line names 2.",
        "Line 8: this is too long for a register number.",
    )
    assert size(session) == 0
    assert session.scalar(select(func.count()).select_from(RollImport)) == 0


def test_people_who_are_on_the_roll_already_are_named(session, read):
    read(GOOD)
    assert problems(read, b"person;area\nNEW;north\nB 18;\n") == (
        "Line 3: this person is on the roll already.",
    )
    assert size(session) == 4


def test_at_most_fifty_faults_are_listed(read):
    found = problems(read, b"person;area\n" + b"".join(b"%d;mars\n" % n for n in range(1234)))
    assert len(found) == 51
    assert found[-1] == "There are 1,184 more."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Choose the column that holds the number"),
        (b"\n\n", "Choose the column that holds the number"),
        (b"person;area\n", "There is no person in the file."),
        (b"name;area\n1;north\n", "Choose the column that holds the number"),
        (b"person\n1\n", "Choose the column that says in which area"),
        (b"person;person;area\n1;2;north\n", "Two columns are the same"),
        (b"PK\x03\x04rest of a workbook", "The spreadsheet cannot be opened"),
        (b"\xd0\xcf\x11\xe0an old one", "an old Excel file"),
        (b"person;area\n\x00\x01;north\n", "not a text file"),
        (b"person;area\n\x81\x8d\xff;north\n", "not a text file"),
        (b'person;area\n1;"north\n2;north\n', "Line 3: the line cannot be read"),
    ],
)
def test_files_that_are_no_list_are_refused_in_a_sentence(session, read, data, sentence):
    with pytest.raises(Invalid) as refusal:
        read(data)
    assert any(re.search(sentence, problem) for problem in refusal.value.problems)
    assert size(session) == 0


def test_the_roll_is_closed_once_voting_has_begun(session, clerk, keys):
    voting = make.round_(session, Phase.VOTING)
    with pytest.raises(PhaseClosed, match="voting has begun"):
        service.import_roll(session, voting, GOOD, "x.csv", by=clerk, at=NOW, keys=keys)


def test_everybody_gets_a_code_of_their_own_once(session, round, read, clerk, keys):
    read(GOOD)
    issued = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    session.commit()
    assert [(one.number, one.area) for one in issued] == [
        (1, "North"),
        (2, "North"),
        (3, ""),
        (4, ""),
    ]
    assert len({one.code for one in issued}) == 4
    for one in issued:
        entry = queries.find_by_code(session, round, codes.parse(one.printed), keys)
        assert (entry.id, entry.codes_issued, entry.code_issued_at) == (one.entry_id, 1, NOW)
    with pytest.raises(Refused, match="has a code already"):
        service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)


def test_codes_are_given_to_the_people_of_their_own_round_only(session, round, clerk, keys):
    entry, other = make.entry(session, round), make.round_(session, Phase.BALLOT)
    stranger = make.entry(session, other)
    issued = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    session.commit()
    assert [one.entry_id for one in issued] == [entry.id]
    assert queries.lacking_a_code(session, other) == [stranger]


def test_a_code_of_one_round_opens_no_other(session, round, read, clerk, keys):
    read(GOOD)
    issued = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    other = make.round_(session, Phase.REVIEW)
    assert queries.find_by_code(session, other, issued[0].code, keys) is None


def test_a_replaced_code_is_worthless_and_the_reason_is_in_the_log(
    session, round, read, clerk, keys
):
    read(GOOD)
    old = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)[0]
    entry = queries.find_by_code(session, round, old.code, keys)
    new = service.replace_code(
        session, round, entry, reason="Letter lost", by=clerk, at=NOW, keys=keys
    )
    session.commit()
    assert queries.find_by_code(session, round, old.code, keys) is None
    assert queries.find_by_code(session, round, new.code, keys).codes_issued == 2
    logged = log.entries(session, round.id)[-1]
    assert (logged.kind, logged.body) == ("codes.replace", {"reason": "Letter lost"})
    assert logged.actor_id == clerk.id
    with pytest.raises(Invalid, match="Give a reason"):
        service.replace_code(session, round, entry, reason=" ", by=clerk, at=NOW, keys=keys)


def test_codes_are_taken_back_only_before_voting(session, round, read, clerk, keys, clock):
    read(GOOD)
    old = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    service.take_back_codes(session, round, reason="Never printed", by=clerk, at=NOW)
    assert queries.find_by_code(session, round, old[0].code, keys) is None
    assert len(service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)) == 4
    voting = make.round_(session, Phase.VOTING)
    with pytest.raises(PhaseClosed, match="one by one"):
        service.take_back_codes(session, voting, reason="Late", by=clerk, at=NOW)
    counting = make.round_(session, Phase.COUNTING)
    entry = make.entry(session, counting)
    with pytest.raises(PhaseClosed, match="Voting has ended"):
        service.replace_code(session, counting, entry, reason="x", by=clerk, at=NOW, keys=keys)


def test_a_code_that_was_taken_back_is_not_the_first(session, round, read, clerk, keys):
    read(GOOD)
    one, other = (queries.find_by_number(session, round, number) for number in (1, 2))
    common = {"at": NOW, "keys": keys}
    service.issue_codes(session, round, by=clerk, entries=[one], **common)
    service.take_back_codes(session, round, reason="Never printed", by=clerk, at=NOW)
    session.commit()
    assert (one.code_mac, one.codes_issued) == (None, 2)
    assert (other.code_mac, other.codes_issued) == (None, 0), "who had none is as before"
    with pytest.raises(Refused, match="given out already"):
        entries.first_code(session, round, one, route=Route.DESK, **common)
    entries.first_code(session, round, other, route=Route.DESK, **common)
    assert other.codes_issued == 1
    assert len(service.issue_codes(session, round, by=clerk, **common)) == 3
    assert one.codes_issued == 3


def test_a_number_with_signs_that_nobody_sees_is_the_same_number(session, round, read, clerk, keys):
    read(GOOD)
    person = GOOD.decode().splitlines()[1].split(";")[0]
    for hidden in ("\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u202e"):
        typed = f"{person[:1]}{hidden}{person[1:]}{hidden}"
        assert queries.find_by_person(session, round, typed, keys) is not None
        with pytest.raises(Invalid) as refusal:
            read(f"person;area\n{typed};north\n".encode())
        assert "on the roll already" in refusal.value.problems[0]
        session.rollback()


def test_codes_of_other_rounds_are_not_taken_back(session, round, clerk, keys):
    other = make.round_(session, Phase.BALLOT)
    entry, by = make.entry(session, other), make.appointed(session, other, Role.CLERK)
    [issued] = service.issue_codes(session, other, by=by, at=NOW, keys=keys)
    service.take_back_codes(session, round, reason="A list was lost", by=clerk, at=NOW)
    session.commit()
    assert queries.find_by_code(session, other, codes.parse(issued.printed), keys) == entry
    assert queries.batches(session, other)[0].revoked_at is None


def test_neither_codes_nor_people_are_anywhere_in_the_database(
    session, round, clerk, keys, tmp_path, backend
):
    people = [f"REGISTER{n:06}" for n in range(50)]
    data = "person;area\n" + "".join(f"{person};north\n" for person in people)
    service.import_roll(session, round, data.encode(), "voters.csv", by=clerk, at=NOW, keys=keys)
    issued = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    new = service.replace_code(
        session,
        round,
        queries.find_by_number(session, round, 1),
        reason="Lost",
        by=clerk,
        at=NOW,
        keys=keys,
    )
    session.commit()
    stored = everything(session, tmp_path, backend)
    assert round.slug.encode() in stored, "the scan sees what is stored"
    for secret in [*people, *(one.code for one in (*issued, new))]:
        for form in (secret, secret.lower(), codes.grouped(secret)):
            assert form.encode() not in stored


def everything(session, tmp_path, backend) -> bytes:
    """All bytes of the database: its files on SQLite, its rows on PostgreSQL."""
    if backend == "sqlite":
        return b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite*"))
    rows = [
        repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table))
    ]
    return "\n".join(rows).encode()


def test_a_whole_town_is_read_and_gets_codes(session, round, read, clerk, keys):
    data = b"person;area\n" + b"".join(b"P%06d;north\n" % n for n in range(20_000))
    read(data)
    issued = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    session.commit()

    assert len({one.code for one in issued}) == 20_000
