"""The story of a charter, from an empty page to the people whom it binds; and the glossary."""

from datetime import timedelta

import pytest

from pb.purpose.documents import queries, service
from pb.purpose.documents.models import Choice, Kind
from pb.rounds.models import Phase, Role
from tests import make
from tests.community.test_proposals import FORM
from tests.conftest import NOW
from tests.purpose.documents import made


@pytest.fixture
def round(session):
    return make.round_(session, Phase.IDEAS)


def purpose(round, *parts):
    return "/".join([f"/rounds/{round.slug}/purpose", *map(str, parts)])


def test_a_charter_is_drafted_talked_over_adopted_and_accepted(session, browse, clock, round):
    stella = browse(make.appointed(session, round, Role.STEWARD, "Stella"))
    olga = browse(make.appointed(session, round, Role.COMMISSIONER, "Olga"))
    ana, anybody = browse(make.account(session, "Ana")), browse()
    made.terms(session, round, days=7, votes_needed=2)

    # A steward begins with the suggestions, and writes one clause of their own.
    draft = stella.post(purpose(round, "charter", "drafts"), {"start": "template"}).location
    clauses = f"{draft}/clauses"
    stella.get(f"{clauses}/new")
    assert (
        "Write what the clause says"
        in stella.post(clauses, {"heading": "Tea for all", "text": ""}, 422).text
    )
    anchor = stella.post(clauses, {"heading": "Tea for all", "text": "We meet over tea."}).location
    clause = anchor.rsplit("-", 1)[1]
    stella.post(f"{clauses}/{clause}/up")
    ana.post(f"{clauses}/{clause}", {"heading": "x", "text": "y"}, 403)
    assert "Lanyards stay at the door" in anybody.get(draft).text

    # Both sides comment; the vote waits until each has an answer.
    ana.post(f"{clauses}/{clause}/comments", {"text": "And coffee?"})
    olga.post(f"{clauses}/{clause}/comments", {"text": "Who pays?"})
    assert (
        "Write what you want to say"
        in ana.post(f"{clauses}/{clause}/comments", {"text": " "}, 422).text
    )
    revision = queries.find(session, round, Kind.CHARTER, 1).revision
    session.commit()
    opening = {"reason": "The first one.", "revision": revision}
    assert "2 comments wait" in stella.post(f"{draft}/voting", opening, 409).text
    first, second = 1, 2
    refused = stella.post(
        f"{draft}/comments/{first}/reply", {"reply": "not-taken-up", "answer": ""}, 422
    ).text
    assert "Say why it was not taken up." in refused
    stella.post(f"{draft}/comments/{first}/reply", {"reply": "not-taken-up", "answer": "Later."})
    stella.post(f"{draft}/comments/{second}/reply", {"reply": "answered", "answer": "We do."})
    stella.post(f"{draft}/voting", opening)

    # Residents vote; counts stay hidden; the commission has no vote.
    olga.post(f"{draft}/vote", {"choice": "yes"}, 403)
    ana.post(f"{draft}/vote", {"choice": "maybe"}, 422)
    ana.post(f"{draft}/vote", {"choice": "no"})
    ana.post(f"{draft}/vote", {"choice": "yes"})
    stella.post(f"{draft}/vote", {"choice": "yes"})
    assert "2 yes" not in anybody.get(draft).text
    assert "There is none yet." in anybody.get(purpose(round, "charter")).text

    clock.now = NOW + timedelta(days=7)
    page = anybody.get(purpose(round, "charter")).text
    assert "2 yes, 0 no" in page and "We meet over tea." in page
    today = clock.now.date()
    before = anybody.get(purpose(round, f"charter?on={today - timedelta(days=1)}")).text
    assert "There was none on this day." in before
    anybody.get(purpose(round, "charter?on=yesterday"), 422)

    # It binds both sides, and the page says how many have accepted it.
    version = queries.in_force_id(session, round, Kind.CHARTER, clock.now)
    session.commit()
    olga.post(purpose(round, "charter", "acceptance"), {"charter": version})
    assert (
        "0 on the side of the residents, 1 on the side of the commission"
        in anybody.get(purpose(round, "charter")).text
    )


def test_nothing_is_lost_when_the_charter_was_not_accepted(session, browse, round):
    version = made.in_force(session, round)
    me = browse(make.account(session, "Ana"))
    address = f"/rounds/{round.slug}/proposals"
    assert "We do not insult anybody." in me.get(f"{address}/new").text

    page = me.post(address, {**FORM, "action": "send"}, 422).text
    assert "Tick that you accept the charter" in page
    assert FORM["body"] in page
    ticked = {**FORM, "charter": version.id}
    assert "checked" in me.post(address, {**ticked, "title": "", "action": "send"}, 422).text
    me.post(address, {**ticked, "action": "send"})

    assert "I accept the charter" not in me.get(f"{address}/new").text
    me.post(address, {**FORM, "title": "A second bench", "action": "send"})


def test_a_new_charter_is_accepted_again(session, browse, round):
    old = made.in_force(session, round, since=NOW - timedelta(days=20))
    ana = make.account(session, "Ana")
    service.accept(session, round, ana, old, at=NOW - timedelta(days=15))
    session.commit()
    made.in_force(session, round, number=2, since=NOW - timedelta(days=1))

    assert "I accept the charter" in browse(ana).get(f"/rounds/{round.slug}/proposals/new").text


def test_two_versions_are_compared_word_by_word(session, pages, round):
    made.in_force(session, round, since=NOW - timedelta(days=20))
    changed = (("Listening comes first", "We always listen."), made.CHARTER[1])
    made.in_force(session, round, clauses=changed, number=2)

    page = pages.get(purpose(round, "charter", "compare?old=1&new=2")).text

    assert "added: </span>always " in page
    assert "removed: </span> before we answer" in page
    pages.get(purpose(round, "purpose", "compare"))


def test_the_adopted_purpose_takes_the_place_of_what_was_written(session, pages, round):
    made.in_force(session, round, Kind.PURPOSE, (("Good", "Every child can walk to a park."),))

    for path in (f"/rounds/{round.slug}", purpose(round)):
        page = pages.get(path).text
        assert "Every child can walk to a park." in page
        assert "What would make our town" not in page


def test_words_of_the_glossary_are_explained_where_they_stand(session, pages, round):
    made.in_force(session, round, Kind.GLOSSARY, (("Bench", 'A seat for "all" & <some>.'),))
    ana = make.account(session, "Ana")
    proposal = make.proposal(
        session, round, ana, body="# A bench\n\nThe bench, the BENCH; benches."
    )

    page = pages.get(f"/rounds/{round.slug}/proposals/{proposal.id}").text

    glossary = purpose(round, "glossary")
    assert page.count(f'href="{glossary}#term-bench"') == 1
    assert 'A seat for "all" &amp; &lt;some&gt;.' in page
    assert page.count("popovertarget") == page.count(" popover>") == 1
    assert 'id="term-bench"' in pages.get(glossary).text


def test_votes_of_one_person_are_never_on_the_page_of_another(session, browse, round):
    version = made.voting(session, made.draft(session, round), NOW - timedelta(days=1))
    ana, ben = make.account(session, "Ana"), make.account(session, "Ben")
    service.vote(session, version, Choice.NO, by=ana, at=NOW)
    session.commit()
    path = purpose(round, "charter", "versions", 1)

    assert "checked" in browse(ana).get(path).text
    assert "checked" not in browse(ben).get(path).text
