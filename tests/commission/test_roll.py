import io
import re

import pytest
from sqlalchemy import func, select

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.eligibility import codes, queries, service
from pb.eligibility.models import RollEntry
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
def commissioner(session, round, browse):
    return browse(make.appointed(session, round, Role.COMMISSIONER))


def upload(data=GOOD, name="file", **fields) -> dict:
    return {name: (io.BytesIO(data), "voters.csv"), **fields}


def size(session) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(RollEntry))
    session.rollback()
    return found


def test_a_list_is_brought_in_and_counted_by_area(session, commissioner, path):
    assert "Nobody may vote yet" in commissioner.get(path).text
    commissioner.post(f"{path}/import", upload())
    page = commissioner.get(path).text
    assert "4 people are on the list" in page
    assert "voters.csv" in page
    assert size(session) == 4


def test_a_list_with_mistakes_is_refused_line_by_line(session, commissioner, path):
    page = commissioner.post(
        f"{path}/import", upload(b"person;area\nA1;north\nA1;mars\n"), status=422
    ).text
    assert "Line 3: person “A1” is already in line 2." in page
    assert "Line 3: this round has no area “mars”." in page
    assert size(session) == 0


@pytest.mark.parametrize("name", ["file", "other"])
def test_without_a_file_the_form_says_so(commissioner, path, name):
    fields = {name: (io.BytesIO(b""), "")}
    assert "Choose a file." in commissioner.post(f"{path}/import", fields, status=422).text


def give_out(session, round, keys) -> list[str]:
    """Codes for everybody, in the order of the roll."""
    by = make.account(session)
    issued = service.issue_codes(session, round, by=by, at=NOW, keys=keys)
    session.commit()
    return [one.printed for one in issued]


def test_a_clerk_replaces_a_code_by_person_or_by_number(
    session, browse, commissioner, path, round, keys
):
    commissioner.post(f"{path}/import", upload())
    old = give_out(session, round, keys)
    clerk = browse(make.appointed(session, round, Role.CLERK))
    for who, code in (({"person": "a 2"}, old[1]), ({"number": "3"}, old[2])):
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
def test_a_replacement_that_names_nobody_keeps_what_was_typed(commissioner, path, sent, sentence):
    commissioner.post(f"{path}/import", upload())
    page = commissioner.post(f"{path}/codes/replace", sent, status=422).text
    assert sentence in page
    for value in sent.values():
        assert f'value="{value}"' in page


def test_all_codes_are_taken_back_only_on_purpose(session, commissioner, path, round, keys):
    commissioner.post(f"{path}/import", upload())
    give_out(session, round, keys)
    commissioner.post(f"{path}/codes/take-back", {"all-reason": "Lost"}, status=422)
    sent = {"all-reason": "The file was lost", "all-sure": "y"}
    commissioner.post(f"{path}/codes/take-back", sent)
    assert len(give_out(session, round, keys)) == 4


def test_while_voting_is_open_the_list_is_closed_and_codes_are_not(session, browse):
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    make.entry(session, round, "north")
    path = f"/commission/rounds/{round.slug}/voters"
    commissioner = browse(make.appointed(session, round, Role.COMMISSIONER))
    commissioner.post(f"{path}/import", upload(), status=409)
    assert "Bring in a list" not in commissioner.get(path).text
    assert "Make letters with codes" in commissioner.get(path).text
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    assert "Make letters with codes" not in auditor.get(path).text


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
