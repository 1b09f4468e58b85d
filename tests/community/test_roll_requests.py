"""“Not on the list?”, from the question of a resident to their code."""

import re

import pytest
from sqlalchemy import func, select

from pb.accounts.limits import REFERENCES, REQUESTS
from pb.eligibility import crockford
from pb.eligibility.models import RollEntry, RollRequest
from pb.notices.models import Message
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make

AREAS = {"north": 5_000_00, "town": 80_000_00}
ANA = {
    "name": "Ana Núñez",
    "contact": "ana@example.org",
    "area": "north",
    "why": "I moved here in March.",
}


@pytest.fixture
def round(session):
    projects = {"park": ("town", 1_00), "bench": ("north", 1_00)}
    return make.round_(session, Phase.VOTING, areas=AREAS, projects=projects)


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}/not-on-the-list"


@pytest.fixture
def console(round):
    return f"/commission/rounds/{round.slug}/requests"


@pytest.fixture
def clerk(session, round, browse):
    return browse(make.appointed(session, round, Role.CLERK))


@pytest.fixture
def commissioner(session, round, browse):
    return browse(make.appointed(session, round, Role.COMMISSIONER))


def ask(pages, path) -> str:
    """Send a request; returns its reference."""
    made = pages.post(path, ANA)
    [reference] = re.findall(r'id="reference-code"[^>]*>([^<]+)<', pages.get(made.location).text)
    return reference


def accepted(console, clerk, commissioner, number=1) -> None:
    clerk.post(
        f"{console}/{number}/proposal", {"answer": "accept", "area": "north", "person": "A17"}
    )
    confirm(commissioner, console, number)


def confirm(pages, console, number=1, status=303, seen=None, press="confirm") -> str:
    """Press “Confirm” on the page of a request as it is, or as it was `seen`."""
    seen = seen or page_of(pages, console, number)
    [proposal] = re.findall(r'name="proposal" value="([^"]+)"', seen)
    sent = {press: "1", "proposal": proposal}
    return pages.post(f"{console}/{number}/decision", sent, status).text


def page_of(pages, console, number=1) -> str:
    return pages.get(f"{console}/{number}").text


def test_from_the_question_to_the_ballot(
    session, pages, browse, path, console, clerk, commissioner, round
):
    reference = ask(pages, path)
    assert "Your request waits" in pages.post(f"{path}/answer", {"reference": reference}, 200).text
    page = clerk.get(f"{console}/1").text
    assert "Ana Núñez" in page and "I moved here in March." in page
    accepted(console, clerk, commissioner)
    assert "Accepted" in commissioner.get(console).text

    later = browse()
    answer = later.post(f"{path}/answer", {"reference": reference.lower()}, 200).text
    assert "You are on the list of voters" in answer
    shown = later.post(f"{path}/code", {"reference": reference}, 200)
    [code] = re.findall(r'id="own-code"[^>]*>([^<]+)<', shown.text)
    later.post(f"/rounds/{round.slug}/vote", {"code": code})
    assert "North" in later.get(f"/rounds/{round.slug}/vote/ballot").text

    again = browse()
    again.post(f"{path}/code", {"reference": reference}, 409)
    answer = again.post(f"{path}/answer", {"reference": reference}, 200).text
    assert "given out already" in answer and code not in answer
    mail = session.scalars(select(Message)).one()
    assert mail.recipient == "ana@example.org" and code not in mail.text


def test_a_refusal_shows_its_reason(pages, path, console, clerk, commissioner):
    reference = ask(pages, path)
    refusal = {"answer": "refuse", "area": "north", "reason": "You are on the list of Westby."}
    clerk.post(f"{console}/1/proposal", refusal)
    confirm(commissioner, console)
    page = pages.post(f"{path}/answer", {"reference": reference}, 200).text
    assert "was refused" in page and "You are on the list of Westby." in page


def test_one_officer_alone_cannot_decide(session, pages, path, console, commissioner):
    ask(pages, path)
    commissioner.post(f"{console}/1/proposal", {"answer": "accept", "area": "north"})
    assert "A commissioner other than you decides" in commissioner.get(f"{console}/1").text
    commissioner.post(f"{console}/1/decision", {"confirm": "1"}, 409)
    assert session.scalar(select(func.count()).select_from(RollEntry)) == 0


def test_a_proposal_that_was_changed_since_it_was_seen_is_not_confirmed(
    session, pages, path, console, clerk, commissioner
):
    ask(pages, path)
    clerk.post(f"{console}/1/proposal", {"answer": "refuse", "reason": "Not from here."})
    seen = page_of(commissioner, console)
    clerk.post(f"{console}/1/proposal", {"answer": "accept", "area": "north"})
    assert "Look at it again" in confirm(commissioner, console, status=409, seen=seen)
    commissioner.post(f"{console}/1/decision", {"confirm": "1"}, 409)
    assert session.scalar(select(func.count()).select_from(RollEntry)) == 0
    session.rollback()
    confirm(commissioner, console)
    assert session.scalar(select(func.count()).select_from(RollEntry)) == 1


def test_who_is_put_on_the_list_learns_by_which_number_the_desk_finds_them(
    session, pages, path, console, clerk, commissioner, round
):
    make.entry(session, round, number=1233)
    reference = ask(pages, path)
    accepted(console, clerk, commissioner)
    assert "<strong>number 1234</strong>" in page_of(clerk, console)
    answer = pages.post(f"{path}/answer", {"reference": reference}, 200).text
    assert "Your number on the list: <strong>1234</strong>" in answer


def test_a_request_that_is_sent_back_has_no_answer_yet(
    session, pages, path, console, clerk, commissioner
):
    reference = ask(pages, path)
    clerk.post(f"{console}/1/proposal", {"answer": "accept", "area": "north"})
    confirm(commissioner, console, press="back")
    assert "Your request waits" in pages.post(f"{path}/answer", {"reference": reference}, 200).text
    assert session.scalars(select(Message)).all() == []


def test_a_clerk_proposes_and_does_not_decide(pages, path, console, clerk):
    ask(pages, path)
    clerk.post(f"{console}/1/proposal", {"answer": "accept", "area": "north"})
    clerk.post(f"{console}/1/decision", {"confirm": "1"}, 403)


def test_only_those_who_decide_read_who_asks(session, browse, pages, path, console, round):
    ask(pages, path)
    auditor = browse(make.appointed(session, round, Role.AUDITOR))
    page = auditor.get(console).text
    assert "Request 1" in page and "Ana" not in page
    auditor.get(f"{console}/1", 403)


def test_a_request_is_there_for_the_officers_of_its_own_round_only(
    session, browse, pages, path, console, clerk
):
    ask(pages, path)
    other = make.round_(session, Phase.VOTING, areas=AREAS, projects={"park": ("town", 1_00)})
    stranger = browse(make.appointed(session, other, Role.COMMISSIONER))
    there = f"/commission/rounds/{other.slug}/requests/1"
    stranger.get(there, 404)
    stranger.post(f"{there}/proposal", {"answer": "accept", "area": "north"}, 404)
    clerk.post(f"{console}/1/proposal", {"answer": "accept", "area": "north"})
    stranger.post(f"{there}/decision", {"confirm": "1"}, 404)
    stranger.post(f"{there}/letter", {}, 404)
    assert session.scalar(select(func.count()).select_from(RollEntry)) == 0


def test_the_officer_finds_the_area_that_was_asked_for_in_the_form(pages, path, console, clerk):
    ask(pages, path)
    assert re.search(
        r'value="north"[^>]* selected|selected[^>]* value="north"', clerk.get(f"{console}/1").text
    )


def test_a_faulty_proposal_comes_back_as_it_was(pages, path, console, clerk):
    ask(pages, path)
    page = clerk.post(f"{console}/1/proposal", {"answer": "refuse", "person": "A17"}, 422).text
    assert "Give a reason" in page and 'value="A17"' in page
    assert "Choose one of the two" in clerk.post(f"{console}/1/proposal", {}, 422).text
    clerk.get(f"{console}/99", 404)


def test_late_answers_are_marked(pages, path, console, clerk, clock, round):
    ask(pages, path)
    assert "Overdue" not in clerk.get(console).text
    clock.now = calendar.span(round, Phase.COUNTING).opens_at.replace(day=30)
    assert "Overdue" in clerk.get(console).text
    assert "Overdue" in clerk.get(f"{console}/1").text


def test_an_answer_in_time_is_never_overdue(
    pages, path, console, clerk, commissioner, clock, round
):
    ask(pages, path)
    accepted(console, clerk, commissioner)
    clock.now = calendar.span(round, Phase.COUNTING).opens_at.replace(day=30)
    assert "Overdue" not in clerk.get(console).text


def test_the_letter_is_made_once(pages, path, console, clerk, commissioner):
    ask(pages, path)
    clerk.post(f"{console}/1/letter", {}, 409)
    accepted(console, clerk, commissioner)
    assert clerk.post(f"{console}/1/letter", {}, 200).text.count('class="sheet') == 1
    clerk.post(f"{console}/1/letter", {}, 409)


@pytest.mark.parametrize("field", ["name", "contact", "area", "why"])
def test_a_request_needs_all_its_fields_and_keeps_what_was_typed(session, pages, path, field):
    page = pages.post(path, ANA | {field: ""}, 422).text
    assert "govuk-error-message" in page
    assert all(value in page for name, value in ANA.items() if name != field)
    assert session.scalars(select(RollRequest)).all() == []


def test_requests_of_one_net_are_limited(pages, path):
    for _ in range(REQUESTS.tries):
        pages.post(path, ANA)
    slowed = pages.post(path, ANA, 429)
    assert int(slowed.headers["Retry-After"]) > 0 and "I moved here in March." in slowed.text


def test_references_cannot_be_guessed_for_long(pages, path):
    reference = ask(pages, path)
    pages.post(f"{path}/answer", {"reference": "ABCD"}, 422)
    for n in range(REFERENCES.tries):
        pages.post(f"{path}/answer", {"reference": crockford.encode(n, 12)}, 422)
    pages.post(f"{path}/answer", {"reference": reference}, 429)


def test_after_voting_nobody_asks_any_more_but_answers_can_be_read(pages, path, clock, round):
    reference = ask(pages, path)
    clock.now = calendar.span(round, Phase.VOTING).closes_at
    pages.get(path, 409)
    page = pages.post(f"{path}/answer", {"reference": reference}, 200).text
    assert "not answered in time" in page


def test_the_next_person_at_a_kiosk_does_not_find_the_reference(session, browse, round, path):
    kiosk = browse(make.appointed(session, round, Role.CLERK))
    kiosk.post(f"/commission/rounds/{round.slug}/kiosk", {"minutes": "10"})
    reference = ask(kiosk, path)
    assert reference in kiosk.get(f"{path}/answer").text
    kiosk.client.get(f"/rounds/{round.slug}/kiosk?after=nothing")
    assert reference not in kiosk.get(f"{path}/answer").text
