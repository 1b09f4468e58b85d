"""What a steward heard is the author's to confirm; who differs is listed; unheard come first."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.audit import queries as log
from pb.errors import Invalid, Refused, Unfit
from pb.notices.models import Note
from pb.purpose.listening import answering, hearing, listing, queries
from pb.purpose.listening.models import (
    Dissent,
    Fit,
    Heard,
    HeardAnswer,
    Origin,
    Signature,
    Support,
)
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Post, Subject
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.purpose.listening import said

CLOSED = NOW + timedelta(days=2)


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE)


@pytest.fixture
def steward(session, round):
    return make.appointed(session, round, Role.STEWARD, "Sam")


@pytest.fixture
def question(session, round, steward):
    return said.question(session, round, by=steward)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def ben(session):
    return make.account(session, "Ben")


def hear(session, question, answers, by, text="You want shade, and later buses."):
    return hearing.hear(session, question, answers, by=by, text=text, at=NOW)


def notes(session, account):
    return session.scalars(sa.select(Note.text).where(Note.account_id == account.id)).all()


def seen(session, question, *, reader=None, steward=False, now=NOW, seed="x"):
    found = listing.listing(session, question, reader=reader, steward=steward, seed=seed, now=now)
    return found.items


class TestHearing:
    def test_a_summary_shows_once_its_author_confirms_it(
        self, session, question, steward, ana, ben
    ):
        answer = said.answer(session, question, ana)
        heard = hear(session, question, [answer], steward)
        assert queries.heard(session, question) == []
        assert [len(one.heard) for one in seen(session, question, reader=ben)] == [0]
        assert [len(one.heard) for one in seen(session, question, reader=ana)] == [1]
        assert "You can confirm it" in notes(session, ana)[0]

        hearing.say(session, heard.answers[0], Fit.CONFIRMED, by=ana, at=NOW)

        assert queries.heard(session, question) == [heard]
        assert [len(one.heard) for one in seen(session, question)] == [1]
        assert "that is what was meant" in notes(session, steward)[0]

    def test_a_correction_stands_beside_it_in_the_authors_words(
        self, session, question, steward, ana
    ):
        [link] = hear(session, question, [said.answer(session, question, ana)], steward).answers
        with pytest.raises(Unfit, match="what you meant"):
            hearing.say(session, link, Fit.CORRECTED, by=ana, words=" ", at=NOW)
        hearing.say(session, link, Fit.CORRECTED, by=ana, words="Trees, not roofs.", at=NOW)

        [found] = queries.heard(session, question)
        assert found.answers[0].words == "Trees, not roofs."

    def test_a_declined_summary_is_not_shown_and_another_may_follow(
        self, session, question, steward, ana
    ):
        answer = said.answer(session, question, ana)
        [link] = hear(session, question, [answer], steward).answers
        with pytest.raises(Refused, match="waits"):
            hear(session, question, [answer], steward)
        hearing.say(session, link, Fit.DECLINED, by=ana, at=NOW)

        assert queries.heard(session, question) == []
        hear(session, question, [answer], steward)

    def test_it_is_said_once_and_by_the_author_alone(self, session, question, steward, ana, ben):
        [link] = hear(session, question, [said.answer(session, question, ana)], steward).answers
        for other in (ben, steward):
            with pytest.raises(Refused, match="Only who gave"):
                hearing.say(session, link, Fit.CONFIRMED, by=other, at=NOW)
        hearing.say(session, link, Fit.CONFIRMED, by=ana, at=NOW)
        with pytest.raises(Refused, match="already"):
            hearing.say(session, link, Fit.DECLINED, by=ana, at=NOW)
        with pytest.raises(sa.exc.DatabaseError, match="has said"):
            session.execute(sa.update(HeardAnswer).values(fit=Fit.WAITING, said_at=None))

    def test_for_somebody_not_online_another_steward_passes_it_on(
        self, session, question, steward, round, ben
    ):
        answer = said.answer(session, question, None, name="Mrs Okoro")
        [link] = hear(session, question, [answer], steward).answers
        for wrong in (steward, ben):
            with pytest.raises(Refused):
                hearing.say(session, link, Fit.CONFIRMED, by=wrong, at=NOW)
        other = make.appointed(session, round, Role.STEWARD, "Sofia")
        hearing.say(session, link, Fit.CONFIRMED, by=other, at=NOW)
        assert link.passed_on_by == other.id

    def test_nobody_sums_up_their_own_answer(self, session, question, steward, ana):
        answer = said.answer(session, question, steward)
        with pytest.raises(Refused, match="your own"):
            hear(session, question, [answer], steward)
        with pytest.raises(sa.exc.DatabaseError, match="their own answer"):
            said.heard(session, answer, steward)

    def test_only_stewards_hear_for_everybody_and_what_they_wrote_stays(
        self, session, question, steward, ana, ben
    ):
        answer = said.answer(session, question, ana)
        with pytest.raises(Refused, match="Only a steward"):
            hear(session, question, [answer], ben)
        for text in ("", "x" * 601):
            with pytest.raises(Unfit):
                hear(session, question, [answer], steward, text)
        with pytest.raises(Invalid, match="from one to"):
            hear(session, question, [], steward)
        hear(session, question, [answer], steward)
        with pytest.raises(sa.exc.DatabaseError, match="stays as it was written"):
            session.execute(sa.update(Heard).values(text="Something else"))

    def test_the_account_behind_another_name_is_told_to_nobody(
        self, session, round, question, steward, ana
    ):
        answer = said.answer(session, question, ana, signature=Signature.PSEUDONYM, name="Heron")
        [link] = hear(session, question, [answer], steward).answers
        hearing.say(session, link, Fit.CONFIRMED, by=ana, at=NOW)

        [told] = notes(session, steward)
        assert "Heron says" in told and "Ana" not in told
        logged = [(one.kind, one.actor_id) for one in log.entries(session, round.id)]
        assert logged == [("answer.hear", steward.id), ("heard.confirmed", None)]


class TestDissent:
    def test_the_author_says_that_they_differ_and_it_is_listed_in_full(
        self, session, question, ana, ben
    ):
        answer = said.answer(session, question, ana)
        hearing.differ(session, answer, True, by=ana, at=NOW)
        [found] = listing.dissents(session, question, reader=ben, steward=False, now=NOW)
        assert found.answer is answer

        with pytest.raises(Refused, match="Only who gave"):
            hearing.differ(session, answer, False, by=ben, at=NOW)
        hearing.differ(session, answer, False, by=ana, at=NOW)
        assert listing.dissents(session, question, reader=ben, steward=False, now=NOW) == []

    def test_a_steward_asks_and_the_author_decides(self, session, question, steward, ana):
        answer = said.answer(session, question, ana)
        hearing.ask_whether_it_differs(session, answer, by=steward, at=NOW)
        assert listing.dissents(session, question, reader=None, steward=True, now=NOW) == []
        assert "differs from what most people say" in notes(session, ana)[0]

        hearing.differ(session, answer, False, by=ana, at=NOW)
        assert answer.dissent is Dissent.DECLINED
        with pytest.raises(Refused, match="asked already"):
            hearing.ask_whether_it_differs(session, answer, by=steward, at=NOW)

    def test_nobody_is_asked_who_is_not_online(self, session, question, steward):
        answer = said.answer(session, question, None)
        with pytest.raises(Refused, match="not online"):
            hearing.ask_whether_it_differs(session, answer, by=steward, at=NOW)
        entered = answering.enter(
            session, question, by=steward, origin=Origin.PERSON, name="", text="Leave it.",
            area=None, dissent=True, at=NOW,
        )  # fmt: skip
        assert entered.dissent is Dissent.YES

    def test_an_answer_that_differs_goes_into_no_summary_with_others(
        self, session, question, steward, ana, ben
    ):
        one = said.answer(session, question, ana, dissent=Dissent.YES)
        other = said.answer(session, question, ben)
        with pytest.raises(Refused, match="differs"):
            hear(session, question, [one, other], steward)
        hear(session, question, [one], steward)


class TestOrder:
    def ids(self, session, question, **changes):
        return [one.answer.id for one in seen(session, question, **changes)]

    def test_unheard_answers_and_people_come_first(self, session, question, steward, ana, ben):
        cem = make.account(session, "Cem")
        heard = said.answer(session, question, ana)
        of_heard_person = said.answer(session, question, ana)
        of_talker = [said.answer(session, question, ben) for _ in range(2)]
        new = said.answer(session, question, cem)
        said.heard(session, heard, steward)

        found = self.ids(session, question)

        assert found[0] == new.id
        assert set(found[1:3]) == {one.id for one in of_talker}
        assert found[3:] == [of_heard_person.id, heard.id]

    def test_the_order_stays_for_a_seed_and_differs_between_seeds(self, session, question):
        for n in range(12):
            said.answer(session, question, make.account(session, f"Person {n}"))
        assert self.ids(session, question, seed="a") == self.ids(session, question, seed="a")
        assert self.ids(session, question, seed="a") != self.ids(session, question, seed="b")

    def test_how_many_agree_moves_nothing_before_the_close(self, session, question, ana, ben):
        for author in (ana, ben, make.account(session), make.account(session)):
            said.answer(session, question, author)
        before = self.ids(session, question)
        for n in range(3):
            for id in before[:2]:
                answer = queries.find_answer(session, question.round, id)
                said.support(session, answer, make.account(session, f"Reader {n}"))

        assert self.ids(session, question) == before
        assert set(self.ids(session, question, now=CLOSED)[2:]) == set(before[:2])

    def test_the_order_does_not_connect_names_with_other_names(
        self, session, question, steward, ana
    ):
        said.heard(session, said.answer(session, question, ana), steward)
        other = said.answer(session, question, ana, signature=Signature.PSEUDONYM, name="Heron")
        nobody = said.answer(session, question, ana, signature=Signature.NONE)
        assert set(self.ids(session, question)[:2]) == {other.id, nobody.id}


def test_what_is_hidden_takes_no_support_and_no_summary(
    session, round, question, steward, ana, ben
):
    answer = said.answer(session, question, ana)
    post = Post(Subject.ANSWER, answer.id, ana.id, answer.at, answer.text, "/rounds/x")
    cited = {"clause": "ground:1", "reason": "An insult.", "at": NOW}
    report = moderation.report(session, round, post, by=ben, **cited)
    moderation.answer(session, report, by=steward, hide=True, **cited)

    [shown] = seen(session, question)
    assert shown.hiding is not None
    with pytest.raises(Refused, match="hidden"):
        answering.support(session, answer, True, by=ben, at=NOW)
    with pytest.raises(Refused, match="hidden"):
        hear(session, question, [answer], steward)
    assert session.scalars(sa.select(Support)).all() == []
    assert queries.voices_by_area(session, round)[-1].voices == 0
