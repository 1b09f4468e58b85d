"""A resident proposes, on paper forms without a script."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.proposals import service
from pb.proposals.models import Proposal, ProposalVersion, State, Verdict
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.pages import check

FORM = {
    "title": "A bench by the pond",
    "summary": "Somewhere to rest on the way to the shops.",
    "body": "Many of us walk there and have nowhere to sit.",
    "place": "By the pond",
    "topic": "Green and water",
    "area": "town",
    "estimate": "1,500",
}


def path(round, *parts):
    return "/".join([f"/rounds/{round.slug}/proposals", *map(str, parts)])


# On SQLite an open transaction of the test would keep the next request waiting: commit ends it.


def reload(session, proposal):
    session.refresh(proposal)
    session.commit()
    return proposal


def everything(session, model=Proposal):
    found = session.scalars(sa.select(model).execution_options(populate_existing=True)).all()
    session.commit()
    return found


def only(session) -> Proposal:
    [proposal] = everything(session)
    return proposal


@pytest.fixture
def round(session):
    return make.round_(session)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "²", "٣", "9" * 30])
def test_a_page_that_makes_no_sense_is_a_page_all_the_same(session, pages, round, ana, page):
    make.proposal(session, round, ana)
    pages.get(path(round), query_string={"page": page})


def test_visitors_are_sent_to_sign_in_and_back(pages, round):
    answer = pages.get(path(round, "new"), 303)

    assert answer.location == f"/account/sign-in?next={path(round, 'new')}"


def test_a_draft_is_written_changed_and_sent_in(session, browse, round, ana):
    me, anybody = browse(ana), browse()
    me.get(path(round, "new"))

    draft = me.post(path(round), {**FORM, "body": "", "action": "save"}).location
    assert draft == path(round, only(session).id)
    anybody.get(draft, 404)
    assert "A bench by the pond" not in anybody.get(path(round)).text
    assert "Only you can see it" in me.get(draft).text

    saved = me.get(f"{draft}/edit").text
    assert 'value="1,500"' in saved
    me.post(
        f"{draft}/edit",
        {**FORM, "title": "Two benches", "revision": only(session).revision, "action": "send"},
    )
    assert only(session).state is State.SUBMITTED
    assert "Two benches" in anybody.get(path(round)).text
    assert "Ana" in anybody.get(draft).text


def test_a_saved_draft_is_sent_in_from_its_page(session, browse, round, ana):
    proposal = make.proposal(session, round, ana, State.DRAFT)

    browse(ana).post(path(round, proposal.id, "submission"))

    assert reload(session, proposal).state is State.SUBMITTED


def test_an_incomplete_draft_comes_back_as_a_form_with_what_is_missing(session, browse, round, ana):
    proposal = make.proposal(session, round, ana, State.DRAFT, place="", topic="Play and sport")

    page = browse(ana).post(path(round, proposal.id, "submission"), status=422).text

    assert "Say where it should be." in page
    assert reload(session, proposal).state is State.DRAFT


def test_sending_in_twice_is_refused(session, browse, round, ana):
    me = browse(ana)
    proposal = make.proposal(session, round, ana, State.DRAFT)

    me.post(path(round, proposal.id, "submission"))

    assert "already" in me.post(path(round, proposal.id, "submission"), status=409).text


BAD = [
    ({"title": ""}, "Give your proposal a name."),
    ({"title": "x" * 101}, "Use at most 100 characters. Now it is 101."),
    ({"summary": ""}, "Say in one or two sentences"),
    ({"body": "  "}, "Describe what should happen"),
    ({"place": ""}, "Say where it should be."),
    ({"area": ""}, "Choose a part of town."),
    ({"area": "moon"}, "Not a valid choice"),
    ({"topic": ""}, "Choose what it is about."),
    ({"estimate": ""}, "Enter an amount."),
    ({"estimate": "a lot"}, "Enter an amount in figures"),
    ({"estimate": "-5"}, "Enter an amount above zero."),
    ({"estimate": "0"}, "Enter an amount above zero."),
    ({"estimate": "1e400"}, "amount"),
    ({"estimate": "99999999999999999999"}, "too large"),
    ({"estimate": "100,000.01"}, "more than the whole budget of “Town”"),
]


@pytest.mark.parametrize(("bad", "sentence"), BAD)
def test_bad_input_is_named_and_nothing_typed_is_lost(session, browse, round, ana, bad, sentence):
    typed = {**FORM, "body": "Typed with <care> & love", **bad, "action": "send"}

    page = browse(ana).post(path(round), typed, 422).text

    assert sentence in page
    assert "<title>Error:" in page
    if "body" not in bad:
        assert "Typed with &lt;care&gt; &amp; love" in page
    if "place" not in bad:
        assert 'value="By the pond"' in page
    if bad.get("estimate"):
        assert f'value="{bad["estimate"]}"' in page
    assert everything(session) == []


def test_a_form_without_fields_is_named_too(browse, round, ana):
    page = browse(ana).post(path(round), {}, 422).text

    assert "Give your proposal a name." in page


def test_a_form_without_its_token_does_nothing(session, browse, round, ana):
    answer = browse(ana).client.post(path(round), data={**FORM, "action": "send"})

    assert answer.status_code == 400
    assert everything(session) == []


def test_the_sixth_proposal_is_refused_and_the_text_stays(session, browse, round, ana):
    for _ in range(service.PER_PERSON):
        make.proposal(session, round, ana)

    page = browse(ana).post(path(round), {**FORM, "action": "save"}, 409).text

    assert "the most for one person" in page
    assert FORM["body"] in page


def test_the_commission_cannot_propose(session, browse, round):
    olga = make.appointed(session, round, Role.COMMISSIONER)

    browse(olga).get(path(round, "new"), 403)
    browse(olga).post(path(round), FORM, 403)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.IDEAS])
def test_outside_its_phase_nothing_is_begun(session, browse, ana, phase):
    closed = make.round_(session, phase, published=True)
    me = browse(ana)

    status = 404 if phase is Phase.SETUP and closed.published_at is None else 409
    me.get(path(closed, "new"), status)
    me.post(path(closed), {**FORM, "action": "send"}, status)
    assert everything(session) == []


def test_two_windows_the_second_save_is_refused_and_keeps_the_text(session, browse, round, ana):
    me = browse(ana)
    proposal = make.proposal(session, round, ana)
    seen = proposal.revision
    edit = path(round, proposal.id, "edit")
    me.post(edit, {**FORM, "title": "First window", "revision": seen, "action": "save"})

    second = {**FORM, "title": "Second window", "revision": seen, "action": "save"}
    page = me.post(edit, second, 409).text

    assert 'value="Second window"' in page
    assert "not saved yet" in page
    assert reload(session, proposal).title == "First window"
    me.post(edit, second, 409)  # a replayed form stays refused

    fresh = re.search(r'name="revision"[^>]*value="(\d+)"', page).group(1)
    me.post(edit, {**second, "revision": fresh})
    assert reload(session, proposal).title == "Second window"


@pytest.mark.parametrize("revision", ["", "abc", "-1", "9" * 40, "١"])
def test_a_broken_revision_is_refused_as_stale(session, browse, round, ana, revision):
    proposal = make.proposal(session, round, ana)

    browse(ana).post(
        path(round, proposal.id, "edit"), {**FORM, "revision": revision, "action": "save"}, 409
    )

    assert reload(session, proposal).title == proposal.title != "A bench"


def test_bad_input_in_an_edit_keeps_the_text(session, browse, round, ana):
    proposal = make.proposal(session, round, ana)

    page = (
        browse(ana)
        .post(
            path(round, proposal.id, "edit"),
            {**FORM, "title": "", "summary": "Typed", "revision": 1, "action": "save"},
            422,
        )
        .text
    )

    assert "Typed" in page
    assert "Give your proposal a name." in page


def test_others_cannot_change_send_in_or_withdraw(session, browse, round, ana):
    ben = browse(make.account(session, "Ben"))
    public = make.proposal(session, round, ana)
    draft = make.proposal(session, round, ana, State.DRAFT)

    for proposal, status in ((public, 403), (draft, 404)):
        ben.get(path(round, proposal.id, "edit"), status)
        ben.post(path(round, proposal.id, "edit"), {**FORM, "revision": 1}, status)
        ben.post(path(round, proposal.id, "submission"), status=status)
        ben.post(path(round, proposal.id, "withdrawal"), status=status)
    assert reload(session, public).state is State.SUBMITTED
    assert reload(session, draft).state is State.DRAFT


def test_drafts_do_not_exist_for_anybody_else(session, browse, round, ana):
    draft = make.proposal(session, round, ana, State.DRAFT, title="Only a thought")
    officer = make.appointed(session, round, Role.COMMISSIONER)

    for other in (None, make.account(session), officer):
        other = browse(other)
        other.get(path(round, draft.id), 404)
        for query in ("", "?text=thought", "?state=draft"):
            assert "Only a thought" not in other.get(path(round) + query).text
    browse(officer).get(f"/commission{path(round, draft.id)}", 404)
    assert "Only a thought" not in browse(officer).get(f"/commission{path(round)}").text
    assert "Only a thought" in browse(ana).get(path(round, "mine")).text


def test_unknown_numbers_are_not_found(session, browse, round, ana):
    elsewhere = make.proposal(session, make.round_(session), ana)
    me = browse(ana)

    for number in (0, 999, 2**31, 2**63, 10**30, "x", elsewhere.id):
        me.get(path(round, number), 404)
        me.get(path(round, number, "edit"), 404)
    me.post(path(round, elsewhere.id, "withdrawal"), status=404)


def test_withdrawing_says_so_in_public(session, browse, round, ana):
    proposal = make.proposal(session, round, ana)

    browse(ana).post(path(round, proposal.id, "withdrawal"))

    page = browse().get(path(round, proposal.id)).text
    assert "Withdrawn" in page
    browse(ana).post(path(round, proposal.id, "withdrawal"), status=409)
    browse(ana).get(path(round, proposal.id, "edit"), 409)


def test_a_decision_under_embargo_shows_nowhere(session, browse, ana):
    round = make.round_(session, Phase.REVIEW)
    rita = make.appointed(session, round, Role.REVIEWER, "Rita")
    proposal, like = make.proposal(session, round, ana), make.proposal(session, round, ana)
    service.decide(
        session, proposal, by=rita, verdict=Verdict.ELIGIBLE, reason="Fine.", cost=777_00, at=NOW
    )
    session.commit()

    for reader in (browse(), browse(ana), browse(make.account(session))):
        shown = reader.get(path(round, proposal.id)).text
        assert "Fine." not in shown
        assert "777" not in shown
        assert "ecided" not in shown
        undecided = reader.get(path(round, like.id)).text
        assert _without_number(shown, proposal.id) == _without_number(undecided, like.id)
        listed = reader.get(path(round)).text
        assert "777" not in listed
        assert "ecided" not in listed


def _without_number(page, number):
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", page)
    return re.sub(rf"\bproposal(s?/| ){number}\b", "this proposal", page)


def test_a_changed_text_shows_what_changed(session, browse, round, ana):
    me = browse(ana)
    me.post(path(round), {**FORM, "action": "send"})
    proposal = only(session)
    me.post(
        path(round, proposal.id, "edit"),
        {**FORM, "estimate": "1,800", "revision": proposal.revision, "action": "save"},
    )

    page = browse().get(path(round, proposal.id)).text

    assert re.search(r"<del>.*1,500.*</del>.*<ins>.*1,800.*</ins>", page, re.S)
    assert len(everything(session, ProposalVersion)) == 2


def test_what_people_write_is_never_markup(session, browse, round, ana):
    evil = "<script>alert(1)</script>"
    proposal = make.proposal(
        session, round, ana, title=evil, summary=evil, place=evil, body=f"{evil} [x](javascript:y)"
    )

    for page in (path(round, proposal.id), path(round)):
        html = browse().get(page).text
        assert "<script>alert" not in html
        assert 'href="javascript' not in html


def test_the_list_filters_and_says_how_many(session, browse, round, ana):
    make.proposal(session, round, ana, title="A bench")
    make.proposal(session, round, ana, title="A tree", topic="Green and water")

    page = check(browse().get(f"{path(round)}?topic=Green+and+water&area=town&text=tree").text)
    text = browse().get(f"{path(round)}?topic=Green+and+water").text

    assert page.title.startswith("Proposals")
    assert "A tree" in text
    assert "A bench" not in text
    assert re.search(r"<strong>1</strong>\s+proposal\s+found", text)
    assert "Nothing fits" in browse().get(f"{path(round)}?text=submarine").text


@pytest.mark.parametrize(
    "query",
    ["?page=0", "?page=-1", "?page=x", "?page=99999999999999999999", "?area=moon", "?state=%00"]
    + ["?text=%00", "?text=%25_%5C", "?topic=%27%22", "?page=%D9%A1", "?text=" + "x+" * 3000],
)
def test_strange_searches_do_no_harm(session, browse, round, ana, query):
    make.proposal(session, round, ana)

    browse().get(path(round) + query)


def test_pages_keep_the_search(session, browse, round, ana):
    for number in range(30):
        make.proposal(session, round, ana, title=f"Bench {number:02}")

    text = browse().get(f"{path(round)}?text=bench").text

    assert "text=bench&amp;page=2" in text
    second = browse().get(f"{path(round)}?text=bench&page=2").text
    assert second.count('class="app-card__link"') == 6


def test_the_order_is_drawn_by_lot_once_ideas_are_closed(session, browse, clock, ana):
    round = make.round_(session, Phase.REVIEW)
    for number in range(12):
        make.proposal(session, round, ana, title=f"Bench {number:02}")

    def order():
        return re.findall(r"Bench \d\d", browse().get(path(round)).text)

    today = order()
    assert today == order()
    clock.now += timedelta(days=1)
    tomorrow = order()
    assert sorted(tomorrow) == sorted(today) != today
    assert tomorrow != today


def test_my_proposals_need_an_account(session, browse, round, ana):
    browse().get(path(round, "mine"), 303)
    browse(make.appointed(session, round, Role.REVIEWER)).get(path(round, "mine"))


def test_an_unpublished_round_has_no_pages(session, browse):
    hidden = make.round_(session, Phase.SETUP)

    browse().get(path(hidden), 404)
