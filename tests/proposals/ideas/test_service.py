"""What people may do with ideas: say them, say the same, leave, and be credited for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb.audit import queries as log
from pb.errors import PhaseClosed, Refused, Unfit
from pb.notices.models import Note
from pb.proposals import service as proposals
from pb.proposals.ideas import credits, growing, queries, sentences, service
from pb.proposals.ideas.models import Idea, IdeaAuthor, Origin, Part, Step
from pb.proposals.ideas.service import Carried
from pb.proposals.models import State
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW

PLAIN = {"area": None, "topic": "", "named": True, "at": NOW}


@pytest.fixture
def round(session):
    return make.round_(session)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def ben(session):
    return make.account(session, "Ben")


def say(session, round, author, text="A bench by the pond", **changes):
    return service.write(session, round, author, text=text, **PLAIN | changes)


def kinds(session, round):
    return [entry.kind for entry in log.entries(session, round.id)]


def notes(session, account):
    return session.scalars(sa.select(Note).where(Note.account_id == account.id)).all()


def test_an_idea_is_one_sentence_with_its_author(session, round, ana):
    idea = say(session, round, ana, "  A bench\n by the   pond ", area=round.areas[0])

    assert idea.text == "A bench by the pond"
    assert credits.wrote(idea) == "Ana"
    assert kinds(session, round) == ["idea.write"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "in one sentence"),
        ("Bench", "a little more"),
        ("!?! … !!", "a little more"),
        ("x" * 141, "at most 140"),
        ("We need a bench. Also a fountain.", "more than one sentence"),
        ("نحتاج مقعدا في الحديقة. ونريد نافورة.", "more than one sentence"),
    ],
)
def test_what_is_not_one_sentence_comes_back_with_a_kind_word(session, round, ana, text, words):
    with pytest.raises(Unfit, match=words):
        say(session, round, ana, text)


@pytest.mark.parametrize(
    "text",
    [
        "A bench by St. Anne, and one for the no. 5 bus!",
        "Ein Fahrradständer für die Nr. 12 bzw. Rathaus",
        "Wouldn’t a pond be nice?",
        "x" * 140,
    ],
)
def test_abbreviations_do_not_make_a_second_sentence(text):
    assert sentences.fault(text) is None


def test_ideas_are_written_in_their_phase_by_the_community_only(session, ana):
    early = make.round_(session, Phase.PURPOSE)
    with pytest.raises(PhaseClosed):
        say(session, early, ana)
    round = make.round_(session)
    officer = make.appointed(session, round, Role.COMMISSIONER)
    with pytest.raises(Refused, match="both sides"):
        say(session, round, officer)


def test_the_database_refuses_an_idea_of_the_commission(session, round):
    officer = make.appointed(session, round, Role.COMMISSIONER)
    idea = make.idea(session, round, make.account(session))
    session.add(
        IdeaAuthor(
            round_id=round.id,
            idea_id=idea.id,
            account_id=officer.id,
            side=Side.COMMISSION,
            part=Part.JOINED,
            at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_who_says_the_same_becomes_a_co_author_and_the_log_does_not_count(session, round, ana, ben):
    idea = say(session, round, ana)
    before = kinds(session, round)

    service.join(session, idea, ben, named=True, at=NOW)

    assert credits.joined(idea) == "Ben"
    assert credits.voices(idea) == 2
    assert kinds(session, round) == before


def test_nobody_joins_twice_or_their_own(session, round, ana, ben):
    idea = say(session, round, ana)
    service.join(session, idea, ben, named=True, at=NOW)
    for account in (ana, ben):
        with pytest.raises(Refused, match="already"):
            service.join(session, idea, account, named=True, at=NOW)


def test_who_left_may_come_back(session, round, ana, ben):
    idea = say(session, round, ana)
    service.join(session, idea, ben, named=True, at=NOW)
    service.leave(session, idea, ben, at=NOW)
    assert credits.joined(idea) == ""

    service.join(session, idea, ben, named=False, at=NOW)

    assert credits.joined(idea) == "a resident"
    assert len(idea.authors) == 2


def test_an_idea_stays_while_somebody_still_says_it(session, round, ana, ben):
    idea = say(session, round, ana)
    service.join(session, idea, ben, named=True, at=NOW)

    service.leave(session, idea, ana, at=NOW)
    assert idea.withdrawn_at is None
    service.leave(session, idea, ben, at=NOW)

    assert idea.withdrawn_at == NOW
    assert kinds(session, round)[-1] == "idea.withdraw"
    with pytest.raises(Refused, match="taken back"):
        service.join(session, idea, ana, named=True, at=NOW)


def test_ten_people_join_at_once_and_each_counts_once(app, session, round, ana):
    idea = say(session, round, ana)
    others = [make.account(session, f"P{n}") for n in range(5)]
    session.commit()

    def join(number):
        with Session(app.extensions["engine"]) as other:
            account = other.get_one(type(ana), others[number % 5].id)
            try:
                service.join(other, other.get_one(Idea, idea.id), account, named=True, at=NOW)
                other.commit()
            except Refused:
                return False
        return True

    with ThreadPoolExecutor(10) as pool:
        joined = list(pool.map(join, range(10)))

    assert sum(joined) == 5
    session.refresh(idea, ["authors"])
    assert credits.voices(idea) == 6


def test_a_steward_writes_down_what_somebody_said(session, round):
    steward = make.appointed(session, round, Role.STEWARD)
    plain = {"text": "A ramp at the library", "area": None, "topic": "", "at": NOW}

    idea = service.enter(session, round, by=steward, name="Mrs Okoro", **plain)
    nameless = service.enter(session, round, by=steward, name="", **plain)

    assert (idea.origin, idea.entered_by) == (Origin.ON_BEHALF, steward.id)
    assert credits.wrote(idea) == "Mrs Okoro"
    assert credits.wrote(nameless) == "a resident"


def carried(*authors, number=1):
    return Carried(number, "Evening buses on Sundays", "So that shifts end well", authors, None)


def test_a_workshop_is_carried_over_once_with_everybody_credited_and_told(session, ana):
    round = make.round_(session, Phase.PURPOSE)
    steward = make.appointed(session, round, Role.STEWARD)
    make.seat(session, round, ana, Side.COMMUNITY)
    harvest = [carried((ana.id, "Ana"), (None, "Carla")), carried((None, ""), number=2)]

    first = service.carry_over(session, round, harvest, by=steward, at=NOW)
    again = service.carry_over(session, round, harvest, by=steward, at=NOW)

    assert [credits.wrote(idea) for idea in first] == ["Ana and Carla", "a resident"]
    assert again == []
    assert [note.path for note in notes(session, ana)] == [service.path(round, first[0])]


def a_draft(session, round, author):
    return make.proposal(session, round, author, State.DRAFT, topic="Play and sport")


def test_ideas_grow_into_many_proposals_and_everybody_is_told_once_it_is_public(
    session, round, ana, ben
):
    cleo, dan = make.account(session, "Cleo"), make.account(session, "Dan")
    bench, pond = say(session, round, ana), say(session, round, ben, "Clean water in the pond")
    service.join(session, bench, cleo, named=False, at=NOW)
    proposal, other = a_draft(session, round, dan), a_draft(session, round, dan)

    for one in (proposal, other):
        growing.grow(session, one, [bench, pond], by=dan, at=NOW)
    assert notes(session, ana) == []
    proposals.submit(session, proposal, by=dan, at=NOW)

    links = queries.in_proposal(session, proposal)
    assert credits.grown(links) == "Ana, Ben and a resident"
    for person in (ana, ben, cleo):
        assert [note.subject for note in notes(session, person)] == ["Your idea is in a proposal"]
    assert notes(session, dan) == []
    assert kinds(session, round).count("idea.grow") == 2
    session.refresh(bench)
    assert [link.proposal_id for link in bench.proposals] == [proposal.id, other.id]


def test_credit_survives_when_an_idea_is_taken_back_but_not_for_who_left_before(
    session, round, ana, ben
):
    idea = say(session, round, ana)
    service.join(session, idea, ben, named=True, at=NOW)
    service.leave(session, idea, ben, at=NOW)
    proposal = a_draft(session, round, make.account(session, "Dan"))
    growing.grow(session, proposal, [idea], by=proposal.author, at=NOW)

    service.leave(session, idea, ana, at=NOW + timedelta(hours=1))

    assert idea.withdrawn_at is not None
    assert credits.grown(queries.in_proposal(session, proposal)) == "Ana"


def test_who_asks_not_to_be_named_is_not_named_beside_any_of_their_ideas(session, round, ana):
    one, two = say(session, round, ana), say(session, round, ana, "Clean water in the pond")
    proposal = a_draft(session, round, make.account(session, "Dan"))
    growing.grow(session, proposal, [one, two], by=proposal.author, at=NOW)

    service.show_name(session, two, ana, named=False)

    assert credits.grown(queries.in_proposal(session, proposal)) == "a resident"


def test_the_people_of_an_idea_are_asked_and_one_answers(session, round, ana, ben):
    idea = say(session, round, ana)
    service.join(session, idea, ben, named=True, at=NOW)
    dan = make.account(session, "Dan")
    proposal = make.proposal(session, round, dan)

    link = growing.ask(session, proposal, idea, by=dan, at=NOW)
    assert link.step is Step.ASKED
    assert queries.in_proposal(session, proposal) == []
    assert notes(session, ana) and notes(session, ben)
    with pytest.raises(Refused, match="Only people who say"):
        growing.answer(session, link, by=dan, yes=True, at=NOW)
    growing.answer(session, link, by=ben, yes=True, at=NOW)

    assert credits.grown(queries.in_proposal(session, proposal)) == "Ana and Ben"
    assert "may go into" in notes(session, dan)[0].text
    with pytest.raises(Refused, match="answered this already"):
        growing.answer(session, link, by=ana, yes=False, at=NOW)


def test_no_is_an_answer_that_is_not_asked_for_again(session, round, ana):
    idea, dan = say(session, round, ana), make.account(session, "Dan")
    proposal = make.proposal(session, round, dan)
    link = growing.ask(session, proposal, idea, by=dan, at=NOW)

    growing.answer(session, link, by=ana, yes=False, at=NOW)

    assert queries.in_proposal(session, proposal) == []
    with pytest.raises(Refused, match="rather keep"):
        growing.ask(session, proposal, idea, by=dan, at=NOW)


def test_ones_own_idea_and_one_nobody_can_be_asked_about_are_in_at_once(session, round, ana):
    steward = make.appointed(session, round, Role.STEWARD)
    mine = say(session, round, ana)
    heard = service.enter(
        session,
        round,
        by=steward,
        name="Mo",
        text="A ramp at the hall",
        area=None,
        topic="",
        at=NOW,
    )
    proposal = make.proposal(session, round, ana)

    for idea in (mine, heard):
        assert growing.ask(session, proposal, idea, by=ana, at=NOW).step is Step.IN

    assert credits.grown(queries.in_proposal(session, proposal)) == "Ana and Mo"


def test_nobody_takes_ideas_into_the_proposal_of_somebody_else(session, round, ana, ben):
    proposal = make.proposal(session, round, ana)
    with pytest.raises(Refused, match="wrote a proposal"):
        growing.ask(session, proposal, say(session, round, ben), by=ben, at=NOW)


def test_what_was_taken_back_is_neither_listed_nor_alike(session, round, ana):
    idea = say(session, round, ana)
    assert queries.alike(session, round, "A bench at the pond") == [idea]

    service.leave(session, idea, ana, at=NOW)

    assert queries.alike(session, round, "A bench at the pond") == []
    assert queries.search(session, round, queries.Search(), seed="x").total == 0


def test_ideas_are_alike_within_their_round_and_after_every_new_one(session, round, ana):
    other = make.round_(session)
    say(session, other, ana)
    assert queries.alike(session, round, "A bench near the pond") == []

    for text in ("A bench near the pond", "Benches by the pond"):
        say(session, round, ana, text)

    found = queries.alike(session, round, "A bench near the pond")
    assert [idea.text for idea in found] == ["A bench near the pond", "Benches by the pond"]


def test_the_order_of_the_list_is_the_readers_own_and_stays(session, round, ana):
    for n in range(30):
        if n % 3 == 0:
            ana = make.account(session)  # nobody says more than three a day
        say(session, round, ana, f"Idea number {n} for our town")

    def order(seed):
        pages = [
            queries.search(session, round, queries.Search(), seed=seed, page=page)
            for page in (1, 2)
        ]
        return [idea.id for listing in pages for idea in listing.items]

    assert order("one") == order("one")
    assert order("one") != order("two")
    assert sorted(order("one")) == sorted(order("two"))
    assert len(order("one")) == 30
