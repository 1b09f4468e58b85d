import csv
import io
import re

import pytest
from sqlalchemy import select

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.eligibility import codes, queries, service
from pb.eligibility.models import RollEntry, VoterClass
from pb.rounds.models import Phase, Role
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW

AREAS = {"north": 50_000_00, "south": 50_000_00, "town": 100_000_00}
GOOD = b"person;area\nA1;north\nA2;north\nB1;south\nC1;\n"


@pytest.fixture
def round(session):
    return make.round_(session, Phase.BALLOT, areas=AREAS)


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/voters"


@pytest.fixture
def officer(session, round):
    return make.appointed(session, round, Role.COMMISSIONER)


@pytest.fixture
def commissioner(officer, browse):
    return browse(officer)


@pytest.fixture
def listed(session, round, officer, keys):
    """Brings a list in, without the pages that test_roll_import.py is about."""

    def bring_in(data=GOOD):
        service.import_roll(session, round, data, "voters.csv", by=officer, at=NOW, keys=keys)
        session.commit()

    return bring_in


def upload(data=GOOD, name="file", **fields) -> dict:
    return {name: (io.BytesIO(data), "voters.csv"), **fields}


def test_letters_are_shown_once(session, commissioner, listed, path, round, keys):
    listed()
    page = commissioner.post(f"{path}/codes", {"how": "letters", "area": "north"}, status=200)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count('class="sheet') == 2
    printed = re.findall(r'<code class="app-code"[^>]*>([^<]+)<', page.text)
    for code in printed:
        assert queries.find_by_code(session, round, codes.parse(code), keys).area.slug == "north"
    session.rollback()
    again = commissioner.post(f"{path}/codes", {"how": "letters", "area": "north"}, status=409)
    assert "Everybody on this list has a code already." in again.text
    everywhere = commissioner.get(path).text
    assert not any(code in everywhere for code in printed)


def rows(response) -> list[dict]:
    assert response.mimetype == "text/csv"
    assert response.headers["Cache-Control"] == "no-store"
    assert "attachment" in response.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def test_a_list_of_codes_has_numbers_areas_and_links(session, commissioner, listed, path, round):
    listed()
    found = rows(commissioner.post(f"{path}/codes", {"how": "list", "area": ""}, status=200))
    assert [row["number"] for row in found] == ["1", "2", "3", "4"]
    assert [row["area"] for row in found] == ["North", "North", "South", ""]
    assert found[0]["link"].endswith(f"/rounds/{round.slug}/vote?code={found[0]['code']}")
    assert "person" not in found[0]


def test_the_printer_gets_the_register_back_with_codes(
    session, commissioner, listed, path, round, keys
):
    data = b"person,area\n=cmd()|' /c x',south\nA1,north\n"
    listed(data)
    sent = upload(data, "register", how="register", area="")
    found = rows(commissioner.post(f"{path}/codes", sent, status=200))
    assert [row["person"] for row in found] == ["'=CMD()|'/CX'", "A1"]
    entry = queries.find_by_person(session, round, "a1", keys)
    parsed = codes.parse(found[1]["code"])
    assert queries.find_by_code(session, round, parsed, keys).id == entry.id


def test_a_register_with_strangers_gives_out_nothing(session, commissioner, listed, path):
    listed()
    sent = upload(b"person,area\nA1,\nZ9,\n", "register", how="register", area="")
    page = commissioner.post(f"{path}/codes", sent, status=422).text
    assert "Line 3: person “Z9” is not on the roll." in page
    session.rollback()
    assert not session.scalars(select(RollEntry).where(RollEntry.code_mac.is_not(None))).all()
    session.rollback()
    missing = commissioner.post(f"{path}/codes", {"how": "register", "area": ""}, status=422)
    assert "Choose the list of voters again." in missing.text
    commissioner.post(f"{path}/codes", {"how": "magic", "area": "mars"}, status=422)


def test_a_clerk_replaces_a_code_by_person_or_by_number(
    session, browse, commissioner, listed, path, round, keys
):
    listed()
    old = rows(commissioner.post(f"{path}/codes", {"how": "list", "area": ""}, status=200))
    clerk = browse(make.appointed(session, round, Role.CLERK))
    for who, code in (({"person": "a 2"}, old[1]["code"]), ({"number": "3"}, old[2]["code"])):
        page = clerk.post(f"{path}/codes/replace", who | {"reason": "Letter lost"}, status=200).text
        [new] = re.findall(r'<code class="app-code"[^>]*>([^<]+)<', page)
        session.rollback()
        assert queries.find_by_code(session, round, codes.parse(code), keys) is None
        assert queries.find_by_code(session, round, codes.parse(new), keys).codes_issued == 2
        session.rollback()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"person": "A1"}, "Give a reason"),
        ({"reason": "Lost"}, "Enter one of the two numbers"),
        ({"person": "A1", "number": "1", "reason": "Lost"}, "Enter one of the two numbers"),
        ({"person": "Z9", "reason": "Lost"}, "Nobody on the list of voters has this number"),
        ({"number": "99", "reason": "Lost"}, "Nobody on the list of voters has this number"),
        ({"number": "0", "reason": "Lost"}, "Nobody on the list of voters has this number"),
        ({"number": "one", "reason": "Lost"}, "in figures"),
        ({"number": "²", "reason": "Lost"}, "in figures"),
    ],
)
def test_a_replacement_that_names_nobody_keeps_what_was_typed(
    commissioner, listed, path, sent, sentence
):
    listed()
    page = commissioner.post(f"{path}/codes/replace", sent, status=422).text
    assert sentence in page
    for value in sent.values():
        assert f'value="{value}"' in page


def test_all_codes_are_taken_back_only_on_purpose(session, commissioner, listed, path):
    listed()
    commissioner.post(f"{path}/codes", {"how": "list", "area": ""}, status=200)
    commissioner.post(f"{path}/codes/take-back", {"all-reason": "Lost"}, status=422)
    sent = {"all-reason": "The file was lost", "all-sure": "y"}
    commissioner.post(f"{path}/codes/take-back", sent)
    found = rows(commissioner.post(f"{path}/codes", {"how": "list", "area": ""}, status=200))
    assert len(found) == 4


def test_while_voting_is_open_the_list_is_closed_and_codes_are_not(session, browse):
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    make.entry(session, round, "north")
    path = f"/commission/rounds/{round.slug}/voters"
    commissioner = browse(make.appointed(session, round, Role.COMMISSIONER))
    commissioner.post(f"{path}/import", upload(), status=409)
    assert "Bring in a list" not in commissioner.get(path).text
    assert (
        len(rows(commissioner.post(f"{path}/codes", {"how": "list", "area": ""}, status=200))) == 1
    )
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    assert "Give out codes" not in auditor.get(path).text
    auditor.post(f"{path}/codes", {"how": "list", "area": ""}, status=403)


def test_turnout_is_shown_by_area_only_where_it_points_at_nobody(session, browse, keys):
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    for area, voters in (("north", 23), ("south", 19)):
        for _ in range(voters):
            entry = make.entry(session, round, area)
            lists = {make.area(round).id: Ballot(("x",))}
            box.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)
    session.commit()
    clerk = browse(make.appointed(session, round, Role.CLERK))
    page = clerk.get(f"/commission/rounds/{round.slug}/voters").text
    table = re.search(r"<tbody.*?</tbody>", page, re.DOTALL).group()
    cells = re.findall(r"<t[hd][^>]*>([^<]+)<", table)
    assert cells == ["North", "23", "0", "23", "South", "19", "0", "fewer than 20"]
    assert "42" in page


def test_turnout_by_class_is_shown_only_where_it_points_at_nobody(session, browse, keys):
    """Nine students stay hidden, and so do the workers, from whom the nine could be worked out."""
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    for voter_class, voters in (("resident", 31), ("worker", 22), ("student", 9)):
        for _ in range(voters):
            entry = make.entry(session, round, voter_class=VoterClass(voter_class))
            lists = {make.area(round).id: Ballot(("x",))}
            box.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)
        make.entry(session, round, voter_class=VoterClass(voter_class))
    session.commit()
    clerk = browse(make.appointed(session, round, Role.CLERK))
    page = clerk.get(f"/commission/rounds/{round.slug}/voters").text
    table = re.findall(r"<tbody.*?</tbody>", page, re.DOTALL)[1]
    cells = re.findall(r"<t[hd][^>]*>([^<]+)<", table)
    assert cells == [
        *("Residents", "32", "31"),
        *("People who work here", "23", "not shown"),
        *("Students", "10", "not shown"),
    ]
