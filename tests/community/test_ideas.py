"""Ideas on the page: said, joined instead of doubled, made into proposals; all without a script."""

import pytest
import sqlalchemy as sa

from pb.notices.models import Note
from pb.proposals.ideas.models import Idea, IdeaInProposal, Step
from pb.proposals.models import Proposal, State
from pb.rounds.models import Phase, Role
from tests import make
from tests.purpose.documents import made

PROPOSAL = {
    "title": "Benches on the way",
    "summary": "Somewhere to rest.",
    "body": "Many of us walk there.",
    "place": "By the pond",
    "topic": "Green and water",
    "area": "town",
    "estimate": "1,500",
}


def path(round, *parts):
    return "/".join([f"/rounds/{round.slug}/ideas", *map(str, parts)])


def everything(session, model=Idea):
    found = session.scalars(
        sa.select(model).order_by(model.id).execution_options(populate_existing=True)
    ).all()
    session.commit()
    return found


@pytest.fixture
def round(session):
    return make.round_(session)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def ben(session):
    return make.account(session, "Ben")


def test_an_idea_is_said_and_everybody_reads_it(session, browse, round, ana):
    me = browse(ana)
    me.get(path(round, "new"))

    page = me.post(path(round), {"text": "A bench by the pond", "area": "town"}).location

    assert "Ana" in browse().get(page).text
    assert "A bench by the pond" in browse().get(path(round)).text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "in one sentence"), ("x" * 200, "at most 140"), ("One bench. Two more.", "one sentence")],
)
def test_bad_words_come_back_with_a_reason_and_nothing_is_lost(
    session, browse, round, ana, text, sentence
):
    page = (
        browse(ana)
        .post(path(round), {"text": text, "topic": "Play and sport", "unnamed": "y"}, 422)
        .text
    )

    assert sentence in page
    assert text in page and 'selected value="Play and sport"' in page and " checked" in page
    assert everything(session) == []


def test_a_choice_that_is_not_offered_is_refused(session, browse, round, ana):
    bad = {"text": "A bench by the pond", "area": "moon"}
    assert "Not a valid choice" in browse(ana).post(path(round), bad, 422).text


def test_the_next_page_shows_what_is_alike_and_keeps_what_was_typed(
    session, browse, round, ana, ben
):
    make.idea(session, round, ana, "A bench by the pond")

    page = browse(ben).post(path(round), {"text": "Benches by the pond", "unnamed": "y"}, 200).text

    assert "A bench by the pond" in page and "Benches by the pond" in page
    assert len(everything(session)) == 1
    browse(ben).post(path(round), {"text": "Benches by the pond", "different": "yes"})
    assert len(everything(session)) == 2


def test_joining_instead_counts_quietly_until_the_phase_ends(
    session, browse, round, ana, ben, clock
):
    idea = make.idea(session, round, ana)
    browse(ben).post(path(round, idea.id, "joining"))

    assert "Ben" not in browse().get(path(round, idea.id)).text.replace("Benches", "")
    clock.now = round.dates[1].closes_at
    session.commit()
    page = browse().get(path(round, idea.id)).text
    assert "Also said by" in page and "Ben" in page


def test_who_joined_may_leave_and_who_is_named_may_hide_the_name(session, browse, round, ana, ben):
    idea = make.idea(session, round, ana)
    browse(ana).post(path(round, idea.id, "name"), {"named": "no"})
    assert "a resident" in browse().get(path(round, idea.id)).text
    assert "Ana" not in browse().get(path(round, idea.id)).text

    browse(ana).post(path(round, idea.id, "leaving"))
    assert "was taken back" in browse().get(path(round, idea.id)).text
    assert "A bench" not in browse().get(path(round)).text
    assert "not one of" in browse(ben).post(path(round, idea.id, "leaving"), status=409).text


def test_the_piece_for_scripts_lists_what_is_alike(session, browse, round, ana, ben):
    make.idea(session, round, ana, "A bench by the <pond>")
    piece = browse(ben).client.get(path(round, "alike"), query_string={"text": "bench by a pond"})

    assert piece.status_code == 200
    assert "A bench by the &lt;pond&gt;" in piece.text and "<html" not in piece.text
    nothing = browse(ben).client.get(path(round, "alike"), query_string={"text": "evening buses"})
    assert nothing.text.strip() == ""


def test_a_basket_of_ideas_becomes_a_proposal_and_all_are_credited_and_told(
    session, browse, round, ana, ben
):
    bench = make.idea(session, round, ana, "A bench by the pond")
    water = make.idea(session, round, ben, "Clean water in the pond")
    cleo = make.account(session, "Cleo")
    me = browse(cleo)
    me.post(path(round, "basket"), {"shown": [bench.id, water.id], "idea": [bench.id]})
    assert "checked" in me.get(path(round)).text

    ticked = {"shown": [bench.id, water.id], "idea": [bench.id, water.id], "action": "write"}
    form = me.get(me.post(path(round, "basket"), ticked).location).text
    assert "- A bench by the pond" in form and "- Clean water in the pond" in form

    sent = PROPOSAL | {"ideas": f"{bench.id},{water.id}", "action": "send"}
    page = me.post(f"/rounds/{round.slug}/proposals", sent).location

    assert "Grew from ideas by Ana and Ben" in browse().get(page).text
    assert "Benches on the way" in browse().get(path(round, bench.id)).text
    told = {(note.account_id, note.path) for note in everything(session, Note)}
    assert told == {(ana.id, page), (ben.id, page)}


def test_what_was_typed_and_chosen_survives_a_mistake(session, browse, round, ana, ben):
    idea = make.idea(session, round, ana)
    wrong = PROPOSAL | {"ideas": f"{idea.id},99,x", "title": "", "action": "send"}

    page = browse(ben).post(f"/rounds/{round.slug}/proposals", wrong, 422).text

    assert f'value="{idea.id},99,x"' in page
    assert "A bench by the pond" in page


def test_the_people_of_an_idea_are_asked_and_answer_on_its_page(session, browse, round, ana, ben):
    idea, proposal = make.idea(session, round, ana), make.proposal(session, round, ben)

    browse(ben).post(path(round, idea.id, "proposals"), {"proposal": proposal.id})
    assert "May it go into this proposal?" in browse(ana).get(path(round, idea.id)).text
    assert "May it go" not in browse().get(path(round, idea.id)).text
    browse(ana).post(path(round, idea.id, "proposals", proposal.id), {"answer": "yes"})

    [link] = session.scalars(sa.select(IdeaInProposal)).all()
    assert link.step is Step.IN
    session.commit()
    page = browse().get(f"/rounds/{round.slug}/proposals/{proposal.id}").text
    assert "Grew from an idea by Ana" in page


def test_a_proposal_from_one_idea_names_who_joined_it_when_the_phase_ends(
    session, browse, round, ana, clock
):
    idea = make.idea(session, round, ana)
    browse(make.account(session, "Bartholomew")).post(path(round, idea.id, "joining"))
    proposal = make.proposal(session, round, make.account(session, "Cleo"))
    at = proposal.submitted_at
    session.add(
        IdeaInProposal(
            round_id=round.id,
            idea_id=idea.id,
            proposal_id=proposal.id,
            step=Step.IN,
            asked_at=at,
            at=at,
        )
    )
    session.commit()
    page = f"/rounds/{round.slug}/proposals/{proposal.id}"

    assert "Bartholomew" not in browse().get(page).text
    clock.now = round.dates[1].closes_at
    assert "Grew from an idea by Ana and Bartholomew" in browse().get(page).text


def test_nobody_asks_for_or_answers_what_is_not_theirs(session, browse, round, ana, ben):
    idea, proposal = make.idea(session, round, ana), make.proposal(session, round, ben)
    browse(ana).post(path(round, idea.id, "proposals"), {"proposal": proposal.id}, 403)
    browse(ana).post(path(round, idea.id, "proposals"), {"proposal": "x"}, 404)
    browse(ana).post(path(round, idea.id, "proposals", proposal.id), {"answer": "yes"}, 404)
    draft = make.proposal(session, round, ben, State.DRAFT)
    browse(ana).post(path(round, idea.id, "proposals"), {"proposal": draft.id}, 404)
    assert len(everything(session, Proposal)) == 2


def test_a_steward_writes_down_what_somebody_said(session, browse, round):
    steward = browse(make.appointed(session, round, Role.STEWARD))
    steward.get(path(round, "on-behalf"))
    heard = {"text": "A ramp at the library", "name": "Mrs Okoro"}
    steward.post(path(round, "on-behalf"), heard)

    page = browse().get(path(round, everything(session)[0].id)).text
    assert "Mrs Okoro" in page and "Told to a steward" in page
    assert "same" in steward.post(path(round, "on-behalf"), heard, 200).text
    long = steward.post(
        path(round, "on-behalf"), heard | {"name": "x" * 99, "different": "yes"}, 422
    ).text
    assert "A ramp at the library" in long


def test_the_list_is_searched_by_words_topic_area_and_origin(session, browse, ana):
    round = make.round_(session, areas={"town": 100_000_00, "north": 10_000_00})
    make.idea(session, round, ana, "A bench by the pond", topic="Green and water")
    make.idea(session, round, ana, "Evening buses", area_id=make.area(round, "north").id)

    def found(query):
        page = browse().get(f"{path(round)}?{query}").text
        return ("A bench" in page, "Evening buses" in page)

    assert found("text=BENCH") == found("topic=Green+and+water") == (True, False)
    assert found("area=north") == (False, True)
    assert found("origin=workshop") == (False, False)
    assert found("area=moon&origin=x&page=99") == (True, True)


def test_after_the_phase_nothing_new_is_said(session, browse, ana):
    round = make.round_(session, Phase.REVIEW)
    idea = make.idea(session, round, ana)
    browse(make.account(session)).post(path(round, idea.id, "joining"), status=409)
    assert "I say the same" not in browse().get(path(round, idea.id)).text


def test_the_pages_ask_the_database_as_often_for_many_ideas_as_for_few(
    session,
    browse,
    round,
    ana,
    ben,
    asked,
):
    pages = browse(ben)
    idea = make.idea(session, round, ana, "Idea number 0 of this town")
    counts = []
    for size in (3, 20):
        for n in range(size):
            made = make.idea(session, round, ana, f"Idea number {n} of this town")
            session.add(
                IdeaInProposal(
                    round_id=round.id,
                    idea_id=idea.id if n else made.id,
                    proposal_id=make.proposal(session, round, ben).id,
                    step=Step.IN,
                    asked_at=made.at,
                    at=made.at,
                )
            )
        session.commit()
        counts.append(
            [asked(pages, at) for at in (path(round), path(round, idea.id), path(round, "new"))]
        )
    assert counts[0] == counts[1]
    assert all(status == 200 for status, _ in counts[0])


def test_a_fourth_idea_of_the_day_comes_back_with_the_reason(session, browse, round, ana):
    me = browse(ana)
    for what in ("A bench by the pond", "Lights in the underpass", "A library on wheels"):
        me.post(path(round), {"text": what})

    page = me.post(path(round), {"text": "Swings for grown-ups"}, 409).text

    assert "You have used your 3 posts for today among the ideas." in page
    assert "Swings for grown-ups" in page
    assert "You can say 0 more ideas today." in page


@pytest.fixture
def charter(session, round):
    return made.in_force(session, round)


def test_whoever_writes_for_the_first_time_accepts_the_charter(
    session, browse, round, ana, charter
):
    me = browse(ana)
    page = me.post(path(round), {"text": "A bench by the pond"}, 422).text
    assert "Tick that you accept the charter" in page and "A bench by the pond" in page
    assert everything(session) == []

    me.post(path(round), {"text": "A bench by the pond", "charter": str(charter.id)})
    me.post(path(round), {"text": "Lights in the underpass"})
    assert len(everything(session)) == 2


def test_joining_asks_for_the_charter_too_and_loses_no_text(
    session, browse, round, ana, ben, charter
):
    browse(ana).post(path(round), {"text": "A bench by the pond", "charter": str(charter.id)})
    [idea] = everything(session)
    me = browse(ben)

    assert "Tick that you accept" in me.post(path(round, idea.id, "joining"), {}, 422).text
    page = me.post(path(round, idea.id, "joining"), {"text": "A bench at the pond"}, 422).text
    assert "A bench at the pond" in page and "I say the same" in page
    me.post(path(round, idea.id, "joining"), {"charter": str(charter.id)})


def test_a_hidden_idea_is_not_found_by_its_words_and_its_author_may_appeal(
    session, browse, round, ana
):
    me, stella = browse(ana), browse(make.appointed(session, round, Role.STEWARD, "Stella"))
    page = me.post(path(round), {"text": "Everybody from Mill Street should leave"}).location
    reader = browse(make.account(session, "Ben"))
    assert "Report" in reader.get(page).text
    [idea] = everything(session)
    reader.post(
        f"/rounds/{round.slug}/report/idea/{idea.id}",
        {"clause": "ground:1", "reason": "It drives people away."},
    )
    stella.post(
        f"/rounds/{round.slug}/moderation/reports/1",
        {"post": "hide", "step": "none", "clause": "ground:1", "reason": "It drives people away."},
    )

    assert "Mill Street" not in reader.get(path(round) + "?text=Mill").text
    assert "A steward hid this" in reader.get(page).text
    assert "or appeal" in me.get(page).text
