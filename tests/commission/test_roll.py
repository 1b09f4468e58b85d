import io
import re

import pytest

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.eligibility import codes, queries, service
from pb.eligibility.models import VoterClass
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


def give_out(session, round, keys) -> list[str]:
    """Codes for everybody, in the order of the roll."""
    by = make.account(session)
    issued = service.issue_codes(session, round, by=by, at=NOW, keys=keys)
    session.commit()
    return [one.printed for one in issued]


def test_a_clerk_replaces_a_code_by_person_or_by_number(
    session, browse, commissioner, listed, path, round, keys
):
    listed()
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
def test_a_replacement_that_names_nobody_keeps_what_was_typed(
    commissioner, listed, path, sent, sentence
):
    listed()
    page = commissioner.post(f"{path}/codes/replace", sent, status=422).text
    assert sentence in page
    for value in sent.values():
        assert f'value="{value}"' in page


def test_all_codes_are_taken_back_only_on_purpose(session, commissioner, listed, path, round, keys):
    listed()
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
