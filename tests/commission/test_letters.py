"""Letters at the commission door: who gets one, in which form, and what became of it."""

import csv
import io
import re

import pytest

from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.cli.jobs import HANDLERS
from pb.eligibility import codes, orders, queries, service
from pb.eligibility.models import CodeBatch, RollEntry
from pb.notices import jobs
from pb.rounds.models import Phase, Role
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW

AREAS = {"north": 50_000_00, "south": 50_000_00, "town": 100_000_00}
ROLL = b"person;area\nA1;north\nA2;north\nB1;south\nC1;\n"
PEOPLE = b"person;name;address 1;language\nB1;Ana <b>;Long Street 1;\nA1;Leyla;Market 3;ar\n"
CODE = re.compile(r'<code class="app-code"[^>]*>([^<]+)<')


@pytest.fixture
def round(session, keys):
    made = make.round_(session, Phase.BALLOT, areas=AREAS)
    by = make.account(session)
    service.import_roll(session, made, ROLL, "roll.csv", by=by, at=NOW, keys=keys)
    session.commit()
    return made


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/letters"


@pytest.fixture
def clerk(session, round, browse):
    return browse(make.appointed(session, round, Role.CLERK))


@pytest.fixture
def work(app, keys, tmp_path, clock):
    """Let a worker do everything that waits."""
    tools = jobs.Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)

    def work():
        while jobs.run_next(tools, HANDLERS):
            pass

    return work


def asked(form="page", people=None, **more) -> dict:
    file = (io.BytesIO(people), "people.csv") if people else (io.BytesIO(b""), "")
    known = {"area": "", "form": form, "language": "en", "sender": "", "desk": "", "people": file}
    return known | more


def latest(session, round) -> int:
    """The number of the batch that was made last."""
    found = queries.batches(session, round)[0].id
    session.commit()
    return found


def with_code(session) -> int:
    found = session.query(RollEntry).filter(RollEntry.code_mac.is_not(None)).count()
    session.commit()
    return found


def area_of(session, round, keys, printed: str) -> str | None:
    """The area of the voter whom a code lets in; None if it lets nobody in."""
    entry = queries.find_by_code(session, round, codes.parse(printed), keys)
    found = entry and (entry.area.slug if entry.area else "")
    session.commit()
    return found


def test_letters_on_a_page_are_shown_once(session, clerk, path, round, keys):
    page = clerk.post(path, asked(area="north", desk="Market 1"), status=200)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count('class="sheet') == page.text.count("data:image/png") == 2
    assert "Market 1" in page.text and "To the holder of entry no. 1" in page.text
    printed = CODE.findall(page.text)
    assert {area_of(session, round, keys, code) for code in printed} == {"north"}
    again = clerk.post(path, asked(area="north"), status=409)
    assert "Everybody on this list has a code already." in again.text
    everywhere = clerk.get(path).text + clerk.get(f"{path}/{latest(session, round)}").text
    assert not any(code in everywhere for code in printed)


def test_a_page_in_arabic_with_addresses_is_read_from_the_right(clerk, path):
    page = clerk.post(path, asked(people=PEOPLE), status=200).text
    first, second = re.findall(r'<section class="sheet.*?</section>', page, re.DOTALL)
    assert 'lang="en" dir="ltr"' in first and "Ana &lt;b&gt;" in first
    assert 'lang="ar" dir="rtl"' in second and "رمز التصويت" in second and "Leyla" in second


def test_a_file_is_asked_for_made_and_collected_once(session, clerk, path, round, keys, work):
    answer = clerk.post(path, asked("csv", PEOPLE))
    waiting = clerk.get(answer.headers["Location"]).text
    assert "A list of codes" in waiting and "waits for its turn" in waiting
    work()
    done = clerk.get(answer.headers["Location"]).text
    batch = latest(session, round)
    assert "2 codes are ready." in done and f'href="{path}/{batch}"' in done
    assert "Collect the file" in clerk.get(f"{path}/{batch}").text

    file = clerk.post(f"{path}/{batch}/collect", status=200)

    assert file.mimetype == "text/csv" and file.headers["Cache-Control"] == "no-store"
    name = f"{round.slug}-letters-{batch}.csv"
    assert file.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert int(file.headers["Content-Length"]) == len(file.data)
    found = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [row["person"] for row in found] == ["B1", "A1"]
    assert area_of(session, round, keys, found[1]["code"]) == "north"
    again = clerk.post(f"{path}/{batch}/collect", status=409)
    assert "There is no file to collect" in again.text
    assert "Collect the file" not in clerk.get(f"{path}/{batch}").text


def test_of_a_file_that_was_collected_nothing_is_left_on_the_server(
    session, clerk, path, round, work, tmp_path
):
    clerk.post(path, asked("csv"))
    work()
    folder = tmp_path / orders.FOLDER
    assert len(list(folder.iterdir())) == 1
    clerk.post(f"{path}/{latest(session, round)}/collect", status=200)
    assert list(folder.iterdir()) == []


def test_letters_are_there_for_the_officers_of_their_own_round_only(
    session, browse, clerk, path, round, keys, work
):
    printed = CODE.findall(clerk.post(path, asked(area="north"), status=200).text)
    shown = latest(session, round)
    clerk.post(path, asked("csv", area="south"))
    work()
    file, other = latest(session, round), make.round_(session, Phase.BALLOT)
    stranger = browse(make.appointed(session, other, Role.COMMISSIONER))
    there = f"/commission/rounds/{other.slug}/letters"
    for number in (shown, file):
        stranger.get(f"{there}/{number}", 404)
        stranger.post(f"{there}/{number}/collect", status=404)
        stranger.post(f"{there}/{number}/again", {"reason": "Not ours"}, status=404)
    assert {area_of(session, round, keys, code) for code in printed} == {"north"}


def test_nobody_else_collects_the_file(session, browse, clerk, path, round, work):
    clerk.post(path, asked("pdf"))
    work()
    address = f"{path}/{latest(session, round)}"
    other = browse(make.appointed(session, round, Role.COMMISSIONER))
    assert "Nobody else can collect it" in other.get(address).text
    refused = other.post(f"{address}/collect", status=403)
    assert "Only the person who asked for these letters" in refused.text
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    auditor.get(address)
    auditor.post(f"{address}/collect", status=403)
    assert clerk.post(f"{address}/collect", status=200).data.startswith(b"%PDF-")


def test_a_list_with_mistakes_is_refused_line_by_line(session, clerk, path):
    page = clerk.post(
        path,
        asked("pdf", b"person;name\nA1;Ana\nZ9;Stranger\nA1;Twice\nB1;\xe6\x9d\x8e\n", desk="Here"),
        status=422,
    ).text
    assert "Line 3: person “Z9” is not on the roll." in page
    assert "Line 4: person “A1” is there twice." in page
    assert "Line 5: the letters have no sign for “李”" in page
    assert 'value="Here"' in page
    assert with_code(session) == 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"form": "magic"}, "Not a valid choice"),
        ({"area": "mars"}, "Not a valid choice"),
        ({"language": "tlh"}, "Not a valid choice"),
        ({"sender": "s" * 91}, "Use at most 90 characters"),
        ({"form": "pdf", "desk": "Room 🎉"}, "no sign for “🎉”"),
        ({"people": b"x", "area": "north"}, "an area or a list, not both"),
        ({"people": b"PK\x03\x04"}, "The spreadsheet cannot be opened"),
        ({"people": b"name\nAna\n"}, "must name a column “person”"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_happens(session, clerk, path, more, sentence):
    if "people" in more:
        more = more | {"people": (io.BytesIO(more["people"]), "list.csv")}
    assert sentence in clerk.post(path, asked() | more, status=422).text
    assert with_code(session) == 0
    assert session.query(CodeBatch).count() == 0


def test_more_than_a_page_can_print_is_refused(session, clerk, path, monkeypatch):
    monkeypatch.setitem(orders.MOST, orders.Form.PAGE, 3)
    page = clerk.post(path, asked(), status=422).text
    assert "4 codes are too many for this form; 3 fit" in page
    assert with_code(session) == 0


def test_a_specimen_gives_out_nothing(session, clerk, path):
    sent = asked("pdf", do="specimen", area="north", language="ar", desk="Market 1")
    file = clerk.post(path, sent, status=200)
    assert file.mimetype == "application/pdf" and file.data.startswith(b"%PDF-")
    assert with_code(session) == 0
    page = clerk.post(path, sent | asked(do="specimen", desk="🎉"), status=422).text
    assert "no sign for “🎉”" in page


def test_the_form_remembers_what_the_last_letters_said(clerk, path):
    clerk.post(path, asked(area="north", sender="Town hall", language="pl"), status=200)
    page = clerk.get(path).text
    assert 'value="Town hall"' in page
    assert re.search(r'<option selected value="pl">', page)


def test_a_code_from_the_desk_is_not_the_last_letter(clerk, path):
    clerk.post(path, asked(area="north", sender="Town hall", language="pl"), status=200)
    sent = {"number": "3", "codes": "0", "identity": "y"}
    clerk.post(path.replace("letters", "desk/code"), sent, status=200)
    page = clerk.get(path).text
    assert 'value="Town hall"' in page
    assert re.search(r'<option selected value="pl">', page)


def test_a_replaced_code_comes_in_a_letter_like_the_last(clerk, path):
    clerk.post(path, asked(area="north", sender="Town hall", language="pl"), status=200)
    sent = {"number": "1", "reason": "Lost"}
    page = clerk.post(path.replace("letters", "voters/codes/replace"), sent, status=200).text
    assert page.count('class="sheet') == 1
    assert "Town hall" in page and "Kod do głosowania" in page


def test_a_lost_batch_is_made_again(session, clerk, path, round, keys):
    old = CODE.findall(clerk.post(path, asked(), status=200).text)
    address = f"{path}/{latest(session, round)}"
    assert "Give a reason" in clerk.post(f"{address}/again", {"reason": ""}, status=422).text
    new = CODE.findall(clerk.post(f"{address}/again", {"reason": "Burnt"}, status=200).text)
    assert len(new) == len(old) == 4 and not set(new) & set(old)
    assert {area_of(session, round, keys, code) for code in new} == {"north", "south", ""}
    assert {area_of(session, round, keys, code) for code in old} == {None}
    assert "None of the codes of this batch works any more" in clerk.get(address).text
    again = clerk.post(f"{address}/again", {"reason": "Twice"}, status=409).text
    assert "taken back already" in again
    log = clerk.get(f"/rounds/{round.slug}/log").text
    assert "A batch of voting codes was taken back" in log


def test_a_lost_batch_of_which_somebody_has_no_address_stays_as_it_was(
    session, clerk, path, round, keys
):
    old = CODE.findall(clerk.post(path, asked(people=PEOPLE), status=200).text)
    address = f"{path}/{latest(session, round)}"
    sent = {"reason": "Burnt", "people": (io.BytesIO(b"person\nA1\n"), "p.csv")}
    page = clerk.post(f"{address}/again", sent, status=422).text
    assert "not on the list" in page and "None of the codes of this batch works" not in page
    assert {area_of(session, round, keys, code) for code in old} == {"north", "south"}


def test_a_lost_file_is_made_again_by_a_job(session, clerk, path, round, work):
    clerk.post(path, asked("csv", PEOPLE))
    work()
    address = f"{path}/{latest(session, round)}"
    sent = {"reason": "The download broke off", "people": (io.BytesIO(b"person\nA1\n"), "p.csv")}
    page = clerk.post(f"{address}/again", sent, status=422).text
    assert "1 person of this batch is not on the list" in page
    sent["people"] = (io.BytesIO(PEOPLE), "p.csv")
    clerk.post(f"{address}/again", sent)
    work()
    batch = latest(session, round)
    file = clerk.post(f"{path}/{batch}/collect", status=200).data.decode()
    assert "Leyla" in file and file.count("\n") == 3


def test_a_batch_is_not_made_again_once_somebody_has_voted(session, browse, keys):
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    entry, _ = make.entry(session, round, "north"), make.entry(session, round, "north")
    clerk = browse(make.appointed(session, round, Role.CLERK))
    path = f"/commission/rounds/{round.slug}/letters"
    old = CODE.findall(clerk.post(path, asked(), status=200).text)
    lists = {make.area(round).id: Ballot(("x",))}
    box.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)
    session.commit()
    address = f"{path}/{latest(session, round)}"
    page = clerk.post(f"{address}/again", {"reason": "Lost"}, status=409).text
    assert "Somebody of this batch has voted" in page and 'value="Lost"' in page
    assert {area_of(session, round, keys, code) for code in old} == {"north"}


def test_a_vote_with_a_letter_of_another_batch_is_no_sign_that_this_one_arrived(
    session, browse, keys
):
    round = make.round_(session, Phase.VOTING, areas=AREAS, projects={"x": ("town", 1_00)})
    make.entry(session, round, "north")
    clerk = browse(make.appointed(session, round, Role.CLERK))
    path = f"/commission/rounds/{round.slug}/letters"
    clerk.post(path, asked(), status=200)
    lost, voter = latest(session, round), make.entry(session, round, "south")
    clerk.post(path, asked(), status=200)
    lists = {make.area(round).id: Ballot(("x",))}
    box.cast(session, round, voter, lists, channel=Channel.WEB, now=NOW, keys=keys)
    session.commit()
    new = clerk.post(f"{path}/{lost}/again", {"reason": "Lost"}, status=200).text
    assert [area_of(session, round, keys, code) for code in CODE.findall(new)] == ["north"]


def test_before_there_is_a_roll_nothing_is_offered(session, browse):
    round = make.round_(session, Phase.BALLOT)
    clerk = browse(make.appointed(session, round, Role.CLERK))
    page = clerk.get(f"/commission/rounds/{round.slug}/letters").text
    assert "Nobody may vote yet" in page and "Make the letters" not in page
    clerk.get(f"/commission/rounds/{round.slug}/letters/99", status=404)
    other = make.round_(session, Phase.BALLOT)
    clerk.post(f"/commission/rounds/{other.slug}/letters", asked(), status=403)


def test_a_code_in_the_link_of_a_letter_is_in_the_field_and_goes_nowhere_else(session, browse):
    round = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
    page = browse().get(f"/rounds/{round.slug}/vote?code=ABCD-EFGH-JKMN-P")
    assert 'value="ABCD-EFGH-JKMN-P"' in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count("ABCD-EFGH-JKMN-P") == 1
