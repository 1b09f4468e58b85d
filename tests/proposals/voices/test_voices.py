"""People are counted once, by the area they speak about; silent areas are invited once a week."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.errors import Invalid, PhaseClosed, Refused
from pb.notices.models import Note
from pb.proposals.ideas.models import IdeaAuthor, Origin, Part
from pb.proposals.models import State
from pb.proposals.voices import queries, service
from pb.proposals.voices.models import AreaInvitation
from pb.purpose.documents.models import ClauseComment
from pb.purpose.listening.models import Answer, Question, Signature
from pb.purpose.listening.models import Origin as Told
from pb.purpose.workshops import service as workshops
from pb.purpose.workshops.models import Kind
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW
from tests.purpose.documents import made

AREAS = {"town": 100_000_00, "north": 10_000_00, "south": 10_000_00}
WEEK = timedelta(days=7)


@pytest.fixture
def round(session):
    return make.round_(session, areas=AREAS)


@pytest.fixture
def stella(session, round):
    return make.appointed(session, round, Role.STEWARD, "Stella")


def heard(session, round, now=NOW):
    """Area → people, and everybody."""
    found = queries.meter(session, round, now)
    counted = {one.area.slug: one.heard.people for one in found.areas}
    return counted | {"elsewhere": found.elsewhere.heard.people, "all": found.everybody.people}


def idea_in(session, round, slug, author=None, **kw):
    author = author or make.account(session)
    return make.idea(session, round, author, area_id=make.area(round, slug).id, **kw)


def join(session, idea, *, left=None):
    """Somebody says the same."""
    account = make.account(session)
    round = idea.round
    make.seat(session, round, account, Side.COMMUNITY)
    session.add(
        IdeaAuthor(
            round_id=round.id,
            idea_id=idea.id,
            account_id=account.id,
            side=Side.COMMUNITY,
            part=Part.JOINED,
            at=NOW,
            left_at=left,
        )
    )
    session.commit()


def test_who_says_many_things_about_an_area_is_heard_once(session, round):
    ana = make.account(session, "Ana")
    idea_in(session, round, "north", ana)
    idea_in(session, round, "north", ana)
    make.proposal(session, round, ana, area_id=make.area(round, "north").id)

    assert heard(session, round) == {"north": 1, "south": 0, "elsewhere": 0, "all": 1}


def test_who_speaks_about_two_areas_is_heard_in_both_and_once_in_all(session, round):
    ana = make.account(session, "Ana")
    idea_in(session, round, "north", ana)
    idea_in(session, round, "south", ana)

    assert heard(session, round) == {"north": 1, "south": 1, "elsewhere": 0, "all": 1}


def test_what_names_no_part_of_town_and_what_is_about_all_of_it_are_elsewhere(session, round):
    make.idea(session, round, make.account(session))
    idea_in(session, round, "town")
    assert heard(session, round) == {"north": 0, "south": 0, "elsewhere": 2, "all": 2}


def test_drafts_of_proposals_and_what_was_left_are_not_heard(session, round):
    make.proposal(session, round, make.account(session), State.DRAFT)
    idea = idea_in(session, round, "north")
    for _ in range(2):
        idea_in(session, round, "north")
    join(session, idea, left=NOW)
    assert heard(session, round)["all"] == 3


def test_who_joined_a_lonely_idea_is_heard_when_the_phase_is_over(session, round):
    idea = idea_in(session, round, "north")
    join(session, idea)

    assert heard(session, round)["north"] == 1
    assert heard(session, round, round.dates[1].closes_at)["north"] == 2


def test_who_joined_is_heard_at_once_where_there_are_several_ideas(session, round):
    idea = idea_in(session, round, "north")
    for _ in range(2):
        idea_in(session, round, "north")
    join(session, idea)
    assert heard(session, round)["north"] == 4


def test_residents_comments_are_heard_and_those_of_the_commission_are_not(session, round):
    version = made.draft(session, round)
    for side in Side:
        author = make.account(session)
        make.seat(session, round, author, side)
        session.add(
            ClauseComment(
                round_id=round.id,
                clause_id=version.clauses[0].id,
                author_id=author.id,
                author_side=side,
                text="Say it in shorter words.",
                at=NOW,
            )
        )
    session.commit()
    assert heard(session, round) == {"north": 0, "south": 0, "elsewhere": 1, "all": 1}


def test_people_of_a_workshop_are_heard_where_they_say_they_come_from(session, round, stella):
    ana = make.account(session, "Ana")
    workshop = workshops.create(
        session,
        round,
        question="What would a good evening by the harbour look like?",
        kind=Kind.LIVE,
        by=stella,
        at=NOW,
        draw=lambda below: below - 1,
        area=make.area(round, "south"),
    )
    workshops.join(session, workshop, name="Ben", at=NOW, area=make.area(round, "north"))
    workshops.join(session, workshop, name="Cleo", at=NOW, area=None)
    workshops.join(session, workshop, name="Ana", at=NOW, area=None, account=ana)
    idea_in(session, round, "south", ana)
    session.commit()

    assert heard(session, round) == {"north": 1, "south": 2, "elsewhere": 0, "all": 3}


def test_answers_are_heard_where_their_people_live_or_where_the_question_is_asked(
    session, round, stella
):
    question = Question(
        round_id=round.id,
        area_id=make.area(round, "south").id,
        text="What would a good evening by the harbour look like?",
        asked_by=stella.id,
        opened_at=NOW,
        closes_at=NOW + WEEK,
    )
    session.add(question)
    session.flush()
    ana = make.account(session, "Ana")
    make.seat(session, round, ana, Side.COMMUNITY)
    told = {"entered_by": stella.id, "entered_side": Side.COMMUNITY, "name": "Mrs Okoro"}
    for who in (
        {"account_id": ana.id, "side": Side.COMMUNITY, "area_id": make.area(round, "north").id},
        {"account_id": ana.id, "side": Side.COMMUNITY},
        {"origin": Told.PERSON, **told},
        {"origin": Told.WORKSHOP, **told},
        {"origin": Told.PERSON, **told, "withdrawn_at": NOW},
    ):
        fixed = {"round_id": round.id, "question_id": question.id, "at": NOW}
        session.add(Answer(text="Lights.", signature=Signature.NAME, **fixed, **who))
    session.commit()

    assert heard(session, round) == {"north": 1, "south": 2, "elsewhere": 0, "all": 2}


def test_somebody_without_an_account_is_heard_once_from_workshop_to_idea(session, round, stella):
    by = {"entered_by": stella.id, "entered_side": Side.COMMUNITY}
    told = idea_in(session, round, "north", origin=Origin.ON_BEHALF, **by)
    carried = idea_in(session, round, "north", origin=Origin.WORKSHOP, workshop_idea_id=1, **by)
    for idea in (told, carried):
        idea.authors[0].account_id, idea.authors[0].side = None, None
        idea.authors[0].name = "Mrs Okoro"
    session.commit()
    assert heard(session, round)["north"] == 1  # the other one is counted in the workshop


def test_an_area_is_silent_far_below_its_share_of_the_list_of_voters(session, round):
    for slug, size in (("north", 30), ("south", 10)):
        for _ in range(size):
            make.entry(session, round, slug)
    for _ in range(8):
        idea_in(session, round, "south")
    assert [one.area.slug for one in queries.meter(session, round, NOW).silent] == ["north"]
    for _ in range(8):
        idea_in(session, round, "north")
    assert queries.meter(session, round, NOW).silent == ()


def test_without_a_list_of_voters_only_an_area_with_nobody_is_silent(session, round):
    for _ in range(12):
        idea_in(session, round, "south")
    idea_in(session, round, "north")
    found = queries.meter(session, round, NOW)
    assert (found.silent, found.with_roll) == ((), False)


@pytest.mark.parametrize(
    ("people", "floor", "drawn"), [(0, 0, 0), (1, 0, 5), (9, 0, 5), (10, 10, 10), (129, 120, 120)]
)
def test_a_number_is_shown_rounded_down_and_a_small_one_not_at_all(people, floor, drawn):
    shown = queries.Heard(people)
    assert (shown.floor, shown.drawn) == (floor, drawn)


def test_an_invitation_is_kept_logged_and_told_to_connectors(session, round, stella):
    connector = make.appointed(session, round, Role.CONNECTOR)
    north = make.area(round, "north")
    invited = service.invite(session, round, north, " Come! ", by=stella, at=NOW)
    session.commit()

    assert (invited.text, queries.latest(session, north)) == ("Come!", invited)
    [note] = session.scalars(sa.select(Note))
    assert (note.account_id, "North" in note.subject) == (connector.id, True)


def test_an_area_is_invited_once_in_a_week(session, round, stella):
    north, south = make.area(round, "north"), make.area(round, "south")
    service.invite(session, round, north, "Come!", by=stella, at=NOW)
    with pytest.raises(Refused, match="North was invited on 4 May, .* from Monday 11 May"):
        service.invite(session, round, north, "Come again!", by=stella, at=NOW + WEEK / 2)
    service.invite(session, round, south, "Come!", by=stella, at=NOW + WEEK / 2)
    next_monday = NOW + timedelta(days=7)
    round.dates[1].closes_at = next_monday + WEEK
    round.dates[2].opens_at = next_monday + WEEK
    service.invite(session, round, north, "Come again!", by=stella, at=NOW + WEEK)


def test_the_database_holds_one_invitation_for_an_area_and_week(session, round, stella):
    service.invite(session, round, make.area(round, "north"), "Come!", by=stella, at=NOW)
    session.commit()
    [kept] = session.scalars(sa.select(AreaInvitation))
    again = {
        column.name: getattr(kept, column.name)
        for column in AreaInvitation.__table__.c
        if column.name != "id"
    }
    session.add(AreaInvitation(**again))
    with pytest.raises(IntegrityError):
        session.flush()


def test_only_a_steward_invites_a_part_of_town_while_voices_are_collected(session, round, stella):
    north = make.area(round, "north")
    with pytest.raises(Refused, match="Only a steward"):
        service.invite(session, round, north, "Come!", by=make.account(session), at=NOW)
    with pytest.raises(Refused, match="no part of it"):
        service.invite(session, round, make.area(round, "town"), "Come!", by=stella, at=NOW)
    for text, sentence in ((" ", "Write"), ("x" * 601, "at most 600")):
        with pytest.raises(Invalid, match=sentence):
            service.invite(session, round, north, text, by=stella, at=NOW)
    late = make.round_(session, Phase.REVIEW, areas=AREAS)
    steward = make.appointed(session, late, Role.STEWARD)
    with pytest.raises(PhaseClosed):
        service.invite(session, late, make.area(late, "north"), "Come!", by=steward, at=NOW)
