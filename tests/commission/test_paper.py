"""Ballots on paper at the commission's door: from the batch to the public totals."""

import re

import pytest
from sqlalchemy import func, select

from pb.ballots import service as box
from pb.ballots.models import Channel, LiveBallot, TurnoutMark
from pb.ballots.paper.models import PaperReading
from pb.eligibility import codes
from pb.eligibility import service as eligibility
from pb.results import acts
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.ballots import Ballot, BallotKind, Limits
from tests import make
from tests.conftest import NOW
from tests.pages import Page

AREAS = {"north": 50_000_00, "town": 100_000_00}
PROJECTS = {"lamp": ("north", 2_000_00), "bench": ("north", 1_000_00), "park": ("town", 9_000_00)}


@pytest.fixture
def round(session):
    limits = Limits(BallotKind.APPROVAL, max_length=1)
    return make.round_(session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=limits)


@pytest.fixture
def path(round):
    return f"/commission/rounds/{round.slug}/paper"


@pytest.fixture
def clara(session, round, browse):
    return browse(make.appointed(session, round, Role.CLERK, "Clara"))


@pytest.fixture
def boris(session, round, browse):
    return browse(make.appointed(session, round, Role.CLERK, "Boris"))


@pytest.fixture
def batch(clara, path) -> str:
    """The address of a batch of ten sheets."""
    sent = {"place": "Town hall", "area": "north", "sheets": "10"}
    return clara.post(f"{path}/batches", sent).headers["Location"]


@pytest.fixture
def voters(session, round) -> list:
    """The voters number 1, 2 and 3."""
    return [make.entry(session, round, "north") for _ in range(3)]


def sheet(number="1", voter="1", north="1", town="", **more) -> dict:
    return {"sheet": number, "voter": voter, "list-north": north, "list-town": town, **more}


def size(session, model) -> int:
    found = session.scalar(select(func.count()).select_from(model))
    session.rollback()
    return found


def test_a_sheet_that_two_clerks_type_is_in_the_box(session, clara, boris, batch, voters):
    assert "waits for a second person" in follow(clara, f"{batch}/type", sheet(town="3"))
    assert "Waiting for you as the second person: <span" in boris.get(f"{batch}/type").text
    assert "Waiting for you" not in clara.get(f"{batch}/type").text
    assert "Sheet 1 counts." in follow(boris, f"{batch}/type", sheet(town="3"))
    assert size(session, LiveBallot) == size(session, TurnoutMark) == 1


def follow(pages, address, sent) -> str:
    """The text of the page to which sending a form leads."""
    return pages.get(pages.post(address, sent).headers["Location"]).text


def test_after_a_sheet_the_first_field_has_the_focus_again(clara, batch, voters):
    page = Page(clara.get(f"{batch}/type").text)
    assert [field["name"] for field in page.fields if "autofocus" in field] == ["sheet"]
    typed = [field["name"] for field in page.fields if field.get("type") == "text"]
    assert typed == ["sheet", "voter", "list-north", "list-town"]
    location = clara.post(f"{batch}/type", sheet()).headers["Location"]
    assert location.endswith("/type")
    assert all(not field.get("value") for field in Page(clara.get(location).text).fields[:4])


def test_the_second_clerk_sees_nothing_of_what_the_first_typed(clara, boris, batch, voters):
    clara.post(f"{batch}/type", sheet(voter="3", north="2", doubtful="y"))
    for address in (batch, f"{batch}/type"):
        page = Page(boris.get(address).text)
        assert not [f for f in page.fields if f.get("value") in ("2", "3") or "checked" in f]
        assert "doubtful mark" not in boris.get(address).text


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        (sheet(number="eleven"), "sheet", "in figures"),
        (sheet(number=""), "sheet", "Type the number of the sheet"),
        (sheet(number="11"), "sheet", "Batch 1 has the sheets 1 to 10."),
        (sheet(number="2-1"), "sheet", "This sheet belongs to batch 2, not 1."),
        (sheet(voter=""), "voter", "Type the voter’s number, or choose why"),
        (sheet(voter="99"), "voter", "Nobody on the list of voters has this number"),
        (sheet(voter="ABCD"), "voter", "A code has 13 letters and digits; this one has 4."),
        (sheet(north="1 9"), "list-north", "There is no project 9 on the list of North."),
        (sheet(north="3"), "list-north", "There is no project 3 on the list of North."),
        (sheet(north="lamp"), "list-north", "“lamp” is not the number of a project."),
        (sheet(north=""), "list-north", "Type 0 where the voter has left a list empty."),
    ],
)
def test_what_cannot_stand_on_a_sheet_is_said_beside_the_field_and_kept(
    session, clara, batch, voters, sent, field, sentence
):
    page = clara.post(f"{batch}/type", sent, status=422).text
    error = re.search(rf'id="{field}-error">(.*?)</p>', page, re.DOTALL)
    assert error and sentence in error[1]
    for name, value in sent.items():
        assert not value or f'name="{name}"' in page and f'value="{value}"' in page
    assert size(session, PaperReading) == 0


def test_a_sheet_may_carry_a_code_instead_of_a_number(
    session, round, clara, boris, batch, voters, keys
):
    clerk = make.appointed(session, round, Role.CLERK)
    [issued] = eligibility.issue_codes(
        session, round, by=clerk, at=NOW, keys=keys, entries=voters[1:2]
    )
    session.commit()
    clara.post(f"{batch}/type", sheet(voter=codes.grouped(issued.code).lower()))
    assert "Sheet 1 counts." in follow(boris, f"{batch}/type", sheet(number="1-1", voter="2"))


def test_a_list_beyond_its_limits_is_taken_and_named(session, clara, boris, batch, voters):
    sent = sheet(north="1 2", town="3")
    first = follow(clara, f"{batch}/type", sent)
    assert "This will not count: North: Choose at most 1 project; 2 are chosen." in first
    second = follow(boris, f"{batch}/type", sent)
    assert "Sheet 1 counts, but one list of it does not keep the limits." in second


def test_two_who_differ_look_together(session, clara, boris, batch, voters):
    clara.post(f"{batch}/type", sheet(north="1", town="3"))
    page = follow(boris, f"{batch}/type", sheet(north="2", town="3"))
    assert "Two people have to look at it together" in page

    assert f"{batch}/sheets/1" in clara.get(batch).text
    look = clara.get(f"{batch}/sheets/1").text
    assert "Clara and Boris do not agree" in look
    assert "The list of North is not the same" in look
    assert "The list of Town is not the same" not in look
    assert "The voter’s number is not the same" not in look

    clara.post(f"{batch}/sheets/1", sheet(north="x"), status=422)
    assert "Sheet 1 counts." in follow(clara, f"{batch}/sheets/1", sheet(north="2", town="3"))
    assert size(session, LiveBallot) == 1
    clara.get(f"{batch}/sheets/1", status=404)


def test_a_doubtful_mark_waits_for_two(session, clara, boris, batch, voters):
    clara.post(f"{batch}/type", sheet(doubtful="y"))
    boris.post(f"{batch}/type", sheet())
    look = boris.get(f"{batch}/sheets/1").text
    assert "A mark is doubtful" in look and "Clara finds a mark doubtful" in look
    assert size(session, LiveBallot) == 0
    assert "Sheet 1 counts." in follow(clara, f"{batch}/sheets/1", sheet())


def test_nobody_looks_at_a_sheet_before_two_have_typed_it(clara, boris, batch, voters):
    clara.post(f"{batch}/type", sheet(doubtful="y"))
    for clerk in (clara, boris):
        page = clerk.get(f"{batch}/sheets/1", status=404).text
        assert "does not wait for a look" in page
        assert "Clara finds" not in page and "doubtful" not in page
    boris.post(f"{batch}/type", sheet())
    assert "Clara finds a mark doubtful" in boris.get(f"{batch}/sheets/1").text


class TestTakingBack:
    WORDS = 'Take my reading back<span class="govuk-visually-hidden"> of sheet 7</span></button>'

    def test_a_sheet_under_a_wrong_number_is_taken_back_and_the_batch_is_closed(
        self, clara, boris, batch, voters
    ):
        clara.post(f"{batch}/type", sheet(number="7"))
        for clerk in (clara, boris):
            clerk.post(f"{batch}/type", sheet(number="1"))
        counts = {"returned": "1", "spoiled": "0", "unused": "9", "missing": "0"}
        clara.post(f"{batch}/counts", counts)
        clara.post(f"{batch}/close", status=422)
        page = clara.get(batch).text
        assert self.WORDS in page and f'action="{batch}/sheets/7/take-back"' in page

        told = follow(clara, f"{batch}/sheets/7/take-back", {})

        assert "Your reading of sheet 7 is taken back." in told
        assert "Sheets that wait" not in told and "Take my reading back" not in told
        assert "Every sheet is accounted for" in told
        assert "Batch 1 is closed" in follow(clara, f"{batch}/close", {})

    def test_only_who_typed_the_sheet_is_offered_it_and_can_do_it(
        self, session, round, clara, boris, batch, voters, browse
    ):
        clara.post(f"{batch}/type", sheet(number="7"))
        page = boris.get(batch).text
        assert "A second person types it." in page and "Take my reading back" not in page
        refusal = boris.post(f"{batch}/sheets/7/take-back", status=404).text
        assert "You have typed no sheet 7 of batch 1." in refusal
        auditor = browse(make.appointed(session, round, Role.AUDITOR))
        auditor.post(f"{batch}/sheets/7/take-back", status=403)
        assert size(session, PaperReading) == 1

    def test_who_typed_one_of_two_that_differ_is_offered_it_beside_the_look(
        self, clara, boris, batch, voters
    ):
        clara.post(f"{batch}/type", sheet(number="7", north="1"))
        boris.post(f"{batch}/type", sheet(number="7", north="2"))
        page = boris.get(batch).text
        assert "Look together<span" in page and self.WORDS in page
        assert "A second person types it." in follow(boris, f"{batch}/sheets/7/take-back", {})
        clara.get(f"{batch}/sheets/7", status=404)

    def test_neither_another_batch_nor_another_sheet_has_it(self, clara, path, batch, voters):
        sent = {"place": "Library", "area": "north", "sheets": "10"}
        other = clara.post(f"{path}/batches", sent).headers["Location"]
        clara.post(f"{batch}/type", sheet(number="7"))
        for address in (
            f"{other}/sheets/7", f"{batch}/sheets/6", f"{batch}/sheets/{2**70}",
            f"{path}/batches/9/sheets/7",
        ):  # fmt: skip
            clara.post(f"{address}/take-back", status=404)
        assert self.WORDS in clara.get(batch).text

    def test_a_settled_sheet_and_a_closed_batch_stay(self, session, clara, boris, batch, voters):
        for clerk in (clara, boris):
            clerk.post(f"{batch}/type", sheet(number="7"))
        refusal = clara.post(f"{batch}/sheets/7/take-back", status=409).text
        assert "Sheet 7 is settled already" in refusal
        counts = {"returned": "1", "spoiled": "0", "unused": "9", "missing": "0"}
        clara.post(f"{batch}/counts", counts)
        clara.post(f"{batch}/close")
        refusal = clara.post(f"{batch}/sheets/7/take-back", status=409).text
        assert "Batch 1 is closed." in refusal
        assert size(session, LiveBallot) == 1


def test_a_sheet_of_somebody_who_voted_on_the_web_is_refused_and_shown(
    session, round, clara, boris, batch, voters, keys
):
    lists = {make.area(round).id: Ballot(("park",))}
    box.cast(session, round, voters[0], lists, channel=Channel.WEB, now=NOW, keys=keys)
    session.commit()
    clara.post(f"{batch}/type", sheet())
    page = follow(boris, f"{batch}/type", sheet())
    assert "Sheet 1 does not count: has voted already." in page
    assert "Has voted already: 1" in clara.get(batch.rsplit("/batches", 1)[0]).text


def test_somebody_who_voted_on_paper_is_told_so_on_the_web(
    session, round, clara, boris, batch, voters, browse
):
    for clerk in (clara, boris):
        clerk.post(f"{batch}/type", sheet())
    voter = browse()
    with voter.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): voters[0].id}
    sentence = "You have voted on paper. That ballot counts"
    assert sentence in voter.get(f"/rounds/{round.slug}/vote/ballot", status=409).text
    sent = voter.post(f"/rounds/{round.slug}/vote/send", {"project": "3"}, status=409)
    assert sentence in sent.text


def test_a_settled_sheet_is_not_typed_again(clara, boris, batch, voters):
    for clerk in (clara, boris):
        clerk.post(f"{batch}/type", {"sheet": "1", "reason": "late"})
    page = clara.post(f"{batch}/type", sheet(), status=409).text
    assert "Sheet 1 is settled already" in page
    assert 'name="list-north"' in page and 'value="1"' in page


def test_a_batch_is_counted_closed_and_told_to_everybody(
    session, round, clara, boris, batch, voters, browse, clock
):
    for clerk in (clara, boris):
        clerk.post(f"{batch}/type", sheet())
        clerk.post(f"{batch}/type", {"sheet": "2", "reason": "unreadable"})
    clock.now = calendar.span(round, Phase.VOTING).closes_at
    counts = {"returned": "2", "spoiled": "1", "unused": "6", "missing": "1", "explanation": ""}
    assert "Explain what became" in clara.post(f"{batch}/counts", counts, status=422).text
    clara.post(f"{batch}/counts", counts | {"returned": "many"}, status=422)
    clara.post(f"{batch}/close", status=422)
    clara.post(f"{batch}/counts", counts | {"explanation": "Taken home."})
    assert "Every sheet is accounted for" in clara.get(batch).text
    clara.post(f"{batch}/close")

    closed = clara.get(batch).text
    assert "destroy them" in closed and "Taken home." in closed
    assert "Type sheets" not in closed
    log = browse().get(f"/rounds/{round.slug}/log").text
    assert "A batch of paper ballots was closed" in log
    assert "&#34;unreadable&#34;: 1" in log or '"unreadable": 1' in log
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    assert "1-2</span>: cannot be read" in auditor.get(batch).text
    auditor.post(f"{batch}/type", sheet(), status=403)


def test_without_balance_the_page_says_what_is_missing(clara, batch, voters):
    clara.post(f"{batch}/type", sheet())
    page = clara.get(batch).text
    assert "10 sheets were issued, but 0 are accounted for" in page
    assert "1 sheet has still to be typed by a second person." in page
    assert "Close the batch</button>" not in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"place": "", "area": "north", "sheets": "10"}, "Say where"),
        ({"place": "Hall", "area": "north", "sheets": "3000"}, "between 1 and 2,000"),
        ({"place": "Hall", "area": "mars", "sheets": "10"}, "Not a valid choice"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(clara, path, sent, sentence):
    page = clara.post(f"{path}/batches", sent, status=422).text
    assert sentence in page


class TestPrinting:
    def sheets(self, pages, address) -> list[str]:
        return re.findall(r'<section class="sheet.*?</section>', pages.get(address).text, re.DOTALL)

    def test_every_sheet_has_a_page_for_each_list_its_number_and_the_frozen_ballot(
        self, round, clara, batch
    ):
        pages = self.sheets(clara, f"{batch}/print")
        assert len(pages) == 20
        assert "1-10 · page 2 of 2" in pages[-1]
        assert all(f"Ballot {round.config_digest[:12]}" in page for page in pages)
        assert "Choose one project." in pages[0]
        assert "Lamp" in pages[0] and "Park" not in pages[0] and "Park" in pages[1]
        assert [("strip" in page) for page in pages[:2]] == [True, False]

    def test_projects_stand_in_the_order_of_their_numbers(self, clara, batch):
        page = self.sheets(clara, f"{batch}/print")[0]
        numbers = re.findall(r'__number">(\d+)<', page)
        assert numbers == ["1", "2"]

    def test_large_print_and_many_sheets(self, clara, path, batch):
        assert "app-ballot-sheet--large" in self.sheets(clara, f"{batch}/print?large=1")[0]
        sent = {"place": "Library", "area": "-", "sheets": "250"}
        many = clara.post(f"{path}/batches", sent).headers["Location"]
        last = self.sheets(clara, f"{many}/print?first=201")
        assert (len(last), "2-250" in last[-1]) == (50, True)
        assert len(self.sheets(clara, f"{many}/print")) == 100

    @pytest.mark.parametrize(
        ("limits", "words", "wide"),
        [
            (Limits(BallotKind.APPROVAL, max_sum_cost=5_000_00), "Together they may cost", False),
            (Limits(BallotKind.CUMULATIVE, max_sum_points=5), "up to 5 points", True),
            (Limits(BallotKind.SCORING, max_points=5), "from 0 to 5", True),
            (Limits(BallotKind.ORDINAL, max_length=2), "1 for your first choice", True),
        ],
    )
    def test_every_kind_has_its_boxes_and_its_rule(self, session, browse, limits, words, wide):
        round = make.round_(session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=limits)
        clerk = browse(make.appointed(session, round, Role.CLERK))
        path = f"/commission/rounds/{round.slug}/paper/batches"
        sent = {"place": "Hall", "area": "north", "sheets": "1"}
        pages = self.sheets(clerk, clerk.post(path, sent).headers["Location"] + "/print")
        assert words in pages[0]
        assert ("box--wide" in pages[0]) is wide


@pytest.mark.parametrize(
    ("kind", "typed", "choices"),
    [
        (BallotKind.CUMULATIVE, "1:3 2:1", b'{"choices":["bench","lamp"],"points":[1,3]}'),
        (BallotKind.ORDINAL, "2 1", b'{"choices":["bench","lamp"]}'),
        (BallotKind.SCORING, "1:5", b'{"choices":["lamp"],"points":[5]}'),
    ],
)
def test_points_places_and_scores_reach_the_box(session, browse, kind, typed, choices):
    round = make.round_(
        session, Phase.VOTING, areas=AREAS, projects=PROJECTS, limits=Limits(kind, max_length=2)
    )
    make.entry(session, round, "north")
    path = f"/commission/rounds/{round.slug}/paper/batches"
    first, second = (browse(make.appointed(session, round, Role.CLERK)) for _ in range(2))
    sent = {"place": "Hall", "area": "north", "sheets": "1"}
    batch = first.post(path, sent).headers["Location"]
    for clerk in (first, second):
        clerk.post(f"{batch}/type", sheet(north=typed))
    assert choices in session.scalars(select(LiveBallot.content)).one()


def test_the_totals_stand_beside_the_result(
    app, session, round, clara, boris, batch, voters, browse, clock, keys
):
    for clerk in (clara, boris):
        clerk.post(f"{batch}/type", sheet(north="1 2", town="3"))
        clerk.post(f"{batch}/type", {"sheet": "2", "reason": "late"})
    clara.post(batch.rsplit("/paper", 1)[0] + "/desk/help", {"helper": "desk"})
    clara.post(f"{batch}/counts", {"returned": 2, "spoiled": 0, "unused": 8, "missing": 0})
    clara.post(f"{batch}/close")
    asker = make.appointed(session, round, Role.COMMISSIONER)
    steward = make.appointed(session, round, Role.STEWARD)
    later = calendar.span(round, Phase.RESULTS).opens_at
    for kind in (ActKind.COUNT, ActKind.PUBLISH_RESULT):
        act = acts.ask(session, round, kind, by=asker, reason="It is time.", at=later)
        rules = app.extensions["rules"]
        acts.confirm(session, act, by=steward, at=later, keys=keys, rules=rules)
        session.commit()
    clock.now = later
    page = browse().get(f"/rounds/{round.slug}/results").text
    assert "1 ballot on paper is in this count" in page
    assert "1 voter was helped to fill in a ballot" in page
    assert "Handed in too late: 1" in page
    assert "1 single list did not keep the limits" in page
