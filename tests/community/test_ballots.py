import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.accounts.limits import CODES
from pb.ballots import receipts
from pb.ballots import service as box
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.eligibility import codes, service
from pb.eligibility.models import RollEntry
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make
from tests.community.ballot_town import NUMBERS, stored, voting
from tests.conftest import NOW


@pytest.fixture
def round(session):
    return voting(session)


@pytest.fixture
def code(session, round, keys):
    """A printed code; `code(area)` belongs to somebody of that area."""
    clerk = make.appointed(session, round, Role.CLERK)

    def code(area="north"):
        entry = make.entry(session, round, area)
        [issued] = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys, entries=[entry])
        session.commit()
        return issued.printed

    return code


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}"


@pytest.fixture
def voter(pages, path, code):
    """Somebody from the north who has entered a code."""
    pages.post(f"{path}/vote", {"code": code()})
    return pages


def picks(*names) -> dict:
    return {"project": [str(NUMBERS[name]) for name in names]}


def hidden(text) -> dict:
    """What the review page carries on."""
    found = re.findall(r'<input type="hidden" name="(submission|project)" value="([^"]+)"', text)
    return {
        "submission": dict(found)["submission"],
        "project": [value for name, value in found if name == "project"],
    }


def ticked(text) -> set[str]:
    return set(re.findall(r'id="project-(\d+)"[^>]* checked', text))


def shown_receipt(text) -> str:
    return re.search(r'id="receipt-code"[^>]*>([^<]+)<', text).group(1)


def marks(session) -> list[int]:
    return stored(session, select(TurnoutMark.revision))


def test_from_the_code_to_the_receipt_in_four_screens(session, pages, path, code):
    printed = code()
    assert "Step 1 of 4" in pages.get(f"{path}/vote").text
    ballot = pages.post(f"{path}/vote", {"code": printed.lower().replace("-", " ")})
    assert ballot.location == f"{path}/vote/ballot"
    text = pages.get(ballot.location).text
    assert "not counted yet" in text
    assert {f'id="project-{n}"' in text for n in (1, 2, 3, 4)} == {True}
    assert 'id="project-5"' not in text, "the south votes on its own list"
    review = pages.post(f"{path}/vote/check", picks("park", "lamp"), status=200).text
    assert "Step 3 of 4" in review
    assert marks(session) == [], "nothing is stored before it is sent"
    sent = pages.post(f"{path}/vote/send", hidden(review))
    assert sent.location == f"{path}/vote/receipt"
    receipt = pages.get(sent.location).text
    assert "Your ballot is in the box" in receipt
    assert len(shown_receipt(receipt)) == 21
    assert marks(session) == [1]
    [content] = stored(session, select(LiveBallot.content))
    assert b'{"north":{"choices":["lamp"]},"town":{"choices":["park"]}}' in content


def test_a_link_fills_the_code_in_and_changes_nothing(session, pages, path, code):
    printed = code()
    page = pages.get(f"{path}/vote?code={printed}").text
    assert f'value="{printed}"' in page
    assert pages.get(f"{path}/vote/ballot", 303).location == f"{path}/vote"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the code from your letter"),
        ("ABC", "this one has 3"),
        ("ABCD-EFGH-JKMN-0", "typing mistake"),
        ("U" * 13, "“U” is not used"),
        ("X" * 100, "too long"),
    ],
)
def test_a_mistyped_code_is_explained_and_stays_in_the_field(pages, path, round, typed, sentence):
    response = pages.post(f"{path}/vote", {"code": typed}, status=422)
    assert sentence in response.text
    assert f'value="{typed}"' in response.text
    assert "Error:" in response.text


def test_an_unknown_code_is_told_apart_from_a_mistyped_one(pages, path, round):
    response = pages.post(f"{path}/vote", {"code": codes.new()}, status=422)
    assert "No letter of this round has this code" in response.text


def wrong_codes(pages, path, number=CODES.tries, address="203.0.113.7") -> None:
    for _ in range(number):
        sent = {"code": codes.new()}
        pages.post(f"{path}/vote", sent, 422, environ_base={"REMOTE_ADDR": address})


def test_guessing_is_slowed_down_and_the_right_code_has_a_way_in(pages, path, code, clock):
    printed, neighbour = code(), {"REMOTE_ADDR": "203.0.113.200"}
    for _ in range(CODES.tries):
        pages.post(f"{path}/vote", {"code": "ABCD-EFGH-JKMN-0"}, status=422)
    wrong_codes(pages, path)
    slowed = pages.post(f"{path}/vote", {"code": printed}, status=429, environ_base=neighbour)
    assert "Your code is not locked" in slowed.text
    assert f'value="{printed}"' in slowed.text

    # Others in the net go on guessing; the code that waited is looked at all the same.
    clock.now += timedelta(seconds=int(slowed.headers["Retry-After"]))
    pages.post(f"{path}/vote", {"code": codes.new()}, status=429, environ_base=neighbour)
    pages.post(f"{path}/vote", {"code": printed}, environ_base=neighbour)


def test_a_code_is_not_looked_at_before_it_has_waited(pages, path, code, clock):
    printed = code()
    wrong_codes(pages, path)
    pages.post(f"{path}/vote", {"code": printed}, 429, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    pages.post(f"{path}/vote", {"code": printed}, 429, environ_base={"REMOTE_ADDR": "203.0.113.9"})


def test_another_net_is_not_slowed_down(pages, path, code):
    wrong_codes(pages, path)
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    pages.post(f"{path}/vote", {"code": code()}, environ_base=elsewhere)


def test_over_the_limit_is_allowed_while_choosing_and_explained_before_sending(
    session, voter, path
):
    tried = picks("park", "pool", "bench")
    review = voter.post(f"{path}/vote/check", tried, status=422).text
    assert "cost €73,333 together" in review
    assert "€65,000" in review
    assert "Send my ballot" not in review
    assert set(hidden(review)["project"]) == {"1", "2", "3"}
    again = voter.post(f"{path}/vote/ballot", hidden(review), status=200).text
    assert ticked(again) == {"1", "2", "3"}
    forced = voter.post(f"{path}/vote/send", tried, status=422).text
    assert set(hidden(forced)["project"]) == {"1", "2", "3"}
    assert marks(session) == []
    fewer = voter.post(f"{path}/vote/check", tried | {"remove": "2"}, status=200).text
    assert set(hidden(fewer)["project"]) == {"1", "3"}


def test_a_project_of_another_area_or_of_none_is_refused(session, voter, path):
    for wrong in ("5", "99", "-1", "0", "x", "9" * 30, "<b>", "٣"):
        review = voter.post(f"{path}/vote/check", {"project": ["1", wrong]}, status=422).text
        assert "on your ballot. It was left out." in review
        assert hidden(review)["project"] == ["1"]
        voter.post(f"{path}/vote/send", {"project": ["1", wrong]}, status=422)
    assert marks(session) == []


def test_a_project_named_twice_counts_once(session, voter, path):
    voter.post(f"{path}/vote/send", {"project": ["1", "1", "1"]})
    [content] = stored(session, select(LiveBallot.content))
    assert b'"choices":["park"]' in content


def test_what_is_left_is_said_without_pressing(voter, path):
    review = voter.post(f"{path}/vote/check", picks("bench"), status=200).text
    assert "You could choose 1 more. That is up to you." in review
    assert "You have chosen nothing on this list. That is fine." in review


def test_an_empty_ballot_is_sent_only_on_purpose(session, voter, path):
    review = voter.post(f"{path}/vote/check", status=200).text
    assert "You have chosen nothing at all" in review
    voter.post(f"{path}/vote/send", status=422)
    assert marks(session) == []
    voter.post(f"{path}/vote/send", {"empty": "1"})
    assert marks(session) == [1]


def test_a_form_sent_twice_gives_one_ballot_and_one_receipt(session, voter, path):
    form = hidden(voter.post(f"{path}/vote/check", picks("park"), status=200).text)
    voter.post(f"{path}/vote/send", form)
    first = shown_receipt(voter.get(f"{path}/vote/receipt").text)
    voter.post(f"{path}/vote/send", form)
    assert shown_receipt(voter.get(f"{path}/vote/receipt").text) == first
    assert len(stored(session, select(LiveBallot.slot))) == 1


def test_a_ballot_can_be_changed_until_the_close_and_the_old_one_is_not_shown(
    session, pages, path, round, clock, code
):
    voter, printed = pages, code()
    voter.post(f"{path}/vote", {"code": printed})
    voter.post(f"{path}/vote/send", picks("park"))
    first = shown_receipt(voter.get(f"{path}/vote/receipt").text)
    page = voter.get(f"{path}/vote/ballot").text
    assert "You have sent a ballot before" in page
    assert "we do not show what you chose" in page
    assert ticked(page) == set()
    clock.now = calendar.span(round, Phase.VOTING).closes_at - timedelta(milliseconds=1)
    voter.post(f"{path}/vote", {"code": printed})
    voter.post(f"{path}/vote/send", picks("pool"))
    receipt = voter.get(f"{path}/vote/receipt").text
    assert "It replaces the ballot" in receipt
    assert shown_receipt(receipt) != first
    assert marks(session) == [2]
    clock.now += timedelta(milliseconds=1)
    late = voter.post(f"{path}/vote/send", picks("park"), status=409)
    assert "came too late and was not counted" in late.text
    assert marks(session) == [2]


@pytest.mark.parametrize(
    "phase", [Phase.REVIEW, Phase.BALLOT, Phase.COUNTING, Phase.RESULTS, Phase.ARCHIVED]
)
def test_outside_voting_nobody_gets_in(session, pages, phase):
    round = make.round_(session, phase, projects={"park": ("town", 1_00)})
    entry = make.entry(session, round)
    pages.get(f"/rounds/{round.slug}/vote", 409)
    pages.post(f"/rounds/{round.slug}/vote", {"code": codes.new()}, status=409)
    with pages.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): entry.id}
    pages.get(f"/rounds/{round.slug}/vote/ballot", 409)
    pages.post(f"/rounds/{round.slug}/vote/send", {"project": "1"}, status=409)
    assert marks(session) == []


def test_without_a_code_every_voting_page_leads_to_the_code(pages, path, round):
    for page in ("ballot", "receipt", "check", "send"):
        assert pages.get(f"{path}/vote/{page}", 303).location == f"{path}/vote"
    for page in ("ballot", "check", "send", "leave"):
        assert pages.post(f"{path}/vote/{page}", picks("park")).location == f"{path}/vote"


def test_a_code_of_one_round_is_no_key_to_another(session, voter, round):
    other = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
    page = voter.get(f"/rounds/{other.slug}/vote/ballot", 303)
    assert page.location == f"/rounds/{other.slug}/vote"
    entry = make.entry(session, round)
    with voter.client.session_transaction() as cookie:
        cookie["voter"] = {str(other.id): entry.id}
    voter.get(f"/rounds/{other.slug}/vote/ballot", 303)
    voter.post(f"/rounds/{other.slug}/vote/send", {"project": "1"})
    assert marks(session) == []


def test_who_came_in_with_a_code_that_was_replaced_is_out(session, voter, path, round, keys):
    [entry] = stored(session, select(RollEntry))
    clerk = make.appointed(session, round, Role.CLERK)
    service.replace_code(session, round, entry, reason="Lost", by=clerk, at=NOW, keys=keys)
    session.commit()
    assert voter.post(f"{path}/vote/send", picks("park")).location == f"{path}/vote"
    assert marks(session) == []


def test_a_shared_computer_forgets_the_voter_after_the_receipt(session, pages, path, code):
    pages.post(f"{path}/vote", {"code": code(), "shared": "y"})
    ballot = pages.get(f"{path}/vote/ballot")
    assert ballot.headers["Cache-Control"] == "no-store"
    pages.post(f"{path}/vote/send", picks("park"))
    assert "This browser has forgotten your code" in pages.get(f"{path}/vote/receipt").text
    assert pages.get(f"{path}/vote/receipt", 303).location == f"{path}/vote"
    assert pages.get(f"{path}/vote/ballot", 303).location == f"{path}/vote"


def test_who_comes_in_next_does_not_see_the_receipt_of_the_one_before(pages, path, code):
    pages.post(f"{path}/vote", {"code": code()})
    pages.post(f"{path}/vote/send", picks("park"))
    pages.get(f"{path}/vote/receipt")
    pages.post(f"{path}/vote", {"code": code()})
    assert pages.get(f"{path}/vote/receipt", 303).location == f"{path}/vote"


def test_leaving_ends_the_session_and_stores_nothing(session, voter, path):
    voter.post(f"{path}/vote/leave")
    voter.get(f"{path}/vote/ballot", 303)
    assert marks(session) == []


def test_the_order_is_drawn_for_each_voter_and_stays(session, browse, keys):
    projects = {f"project-{n}": ("town", 1_000_00) for n in range(12)}
    round = make.round_(session, Phase.VOTING, projects=projects)
    path, orders = f"/rounds/{round.slug}", set()
    for _ in range(5):
        pages, entry = browse(), make.entry(session, round)
        with pages.client.session_transaction() as cookie:
            cookie["voter"] = {str(round.id): entry.id}
        first = re.findall(r'id="project-(\d+)"', pages.get(f"{path}/vote/ballot").text)
        assert first == re.findall(r'id="project-(\d+)"', pages.get(f"{path}/vote/ballot").text)
        listed = re.findall(r'/projects/(\d+)"', pages.get(f"{path}/projects").text)
        assert listed == first
        assert sorted(first, key=int) == [str(n) for n in range(1, 13)]
        orders.add(tuple(first))
    assert len(orders) == 5


# Receipts


def test_a_receipt_is_found_after_the_seal(session, voter, browse, path, round, clock, keys):
    voter.post(f"{path}/vote/send", picks("park"))
    receipt = shown_receipt(voter.get(f"{path}/vote/receipt").text)
    anybody = browse()
    page = anybody.get(f"{path}/receipts").text
    assert "published when voting has ended" in page
    assert "<time" in page
    anybody.get(f"{path}/receipts.txt", 404)
    clock.now = calendar.counting_from(round)
    box.seal(session, round, at=clock.now, keys=keys)
    session.commit()
    assert "Found" in anybody.post(f"{path}/receipts", {"receipt": receipt}, status=200).text
    other = ("2" if receipt[0] != "2" else "3") + receipt[1:]
    wrong = anybody.post(f"{path}/receipts", {"receipt": other}, status=422)
    assert "typing mistake" in wrong.text
    assert f'value="{other}"' in wrong.text
    assert receipt in anybody.get(f"{path}/receipts.txt").text


def test_a_receipt_of_no_ballot_is_not_found(session, pages):
    round = make.round_(session, Phase.RESULTS, projects={"park": ("town", 1_00)})
    sent = {"receipt": receipts.code(b"nothing like a commitment at all"[:32])}
    page = pages.post(f"/rounds/{round.slug}/receipts", sent, status=200).text
    assert "Not found" in page
