"""Listening on the page: asked, answered under any name, heard, and nobody counts too early."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.accounts.models import Account
from pb.notices.jobs import Tools
from pb.notices.models import Note
from pb.purpose.listening import asking
from pb.purpose.listening.models import Answer, Dissent, Heard, Question, Suggestion, Support
from pb.rounds.models import Phase, Role, Seat, Side
from tests import make
from tests.conftest import NOW
from tests.purpose.documents import made
from tests.purpose.listening import said

ASKED = {"text": said.OPEN, "why": "The route to school is planned next.", "closes": "12 5 2026"}
CLOSED = NOW + timedelta(days=3)
MANY = 41  # people who agree; the number stands nowhere else
WRITTEN = re.compile(rf"(?<![0-9A-Za-z]){MANY}(?![0-9A-Za-z])")


def path(round, *parts):
    return "/".join([f"/rounds/{round.slug}/listening", *map(str, parts)])


def everything(session, model=Answer):
    found = session.scalars(
        sa.select(model).order_by(model.id).execution_options(populate_existing=True)
    ).all()
    session.commit()
    return found


def words(response):
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.fixture
def round(session):
    town = make.round_(session, Phase.PURPOSE, areas={"town": 100_00, "north": 50_00})
    town.name, town.slug = "Budget of the town", "town-budget"  # without numbers
    session.commit()
    return town


@pytest.fixture
def stella(session, browse, round):
    return browse(make.appointed(session, round, Role.STEWARD, "Stella"))


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def ben(session):
    return make.account(session, "Ben")


@pytest.fixture
def question(session, round):
    return said.question(session, round)


def test_a_steward_asks_and_everybody_finds_it_from_the_page_of_the_purpose(
    session, browse, round, stella
):
    stella.get(path(round, "new"))
    page = stella.post(path(round), ASKED).location

    assert path(round) in browse().get(f"/rounds/{round.slug}/purpose").text
    assert said.OPEN in browse().get(path(round)).text
    shown = browse().get(page).text
    assert "The route to school is planned next." in shown and "12 May 2026" in shown


def test_a_leading_question_is_turned_away_with_better_ones_to_pick_from(session, round, stella):
    leading = ASKED | {"text": "Should we build a skate park?", "area": "north"}
    page = stella.post(path(round), leading, 422).text

    assert "answered with yes or no" in page and "Should we build a skate park?" in page
    better = re.findall(r'name="use" value="([^"]+)"', page)
    assert better and everything(session, Question) == []

    again = stella.post(path(round), leading | {"use": better[0]}, 200).text
    assert better[0] in again and 'selected value="north"' in again
    stella.post(path(round), leading | {"text": better[0]})
    assert [one.text for one in everything(session, Question)] == [better[0]]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"closes": "x"}, "Enter a day"),
        ({"closes": "1 1 2026"}, "still to come"),
        ({"closes": "1 1 2030"}, "Answers are collected until"),
        ({"area": "moon"}, "Not a valid choice"),
        ({"why": "x" * 401}, "at most 400"),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(round, stella, wrong, sentence):
    page = stella.post(path(round), ASKED | wrong, 422).text
    assert sentence in page and said.OPEN in page


def test_a_question_changes_until_somebody_has_answered(session, browse, round, stella, ana):
    page = stella.post(path(round), ASKED).location
    [question] = everything(session, Question)
    assert said.OPEN in stella.get(path(round, question.id, "change")).text
    assert "yes or no" in stella.post(f"{page}/change", ASKED | {"text": "Is it fine?"}, 422).text
    stella.post(f"{page}/change", ASKED | {"text": "What helps on the way?"})

    said.answer(session, question, ana)
    assert "stays as it is" in stella.post(f"{page}/change", ASKED, 409).text
    assert "Change the question" not in stella.get(page).text


def test_the_commission_suggests_and_a_steward_decides(session, browse, round, stella):
    officer = browse(make.appointed(session, round, Role.REVIEWER, "Rui"))
    officer.get(path(round, "suggestions/new"))
    assert (
        "yes or no"
        in officer.post(path(round, "suggestions"), {"text": "Do you like it?"}, 422).text
    )
    for text in (said.OPEN, "How do you get to work?"):
        officer.post(path(round, "suggestions"), {"text": text})
    first, second = everything(session, Suggestion)

    assert "Waits for a steward" in officer.get(path(round)).text
    officer.get(path(round, "suggestions", first.id), 403)
    assert said.OPEN in stella.get(path(round, "suggestions", first.id)).text
    assert said.OPEN in stella.get(path(round, "new") + f"?suggestion={first.id}").text
    stella.post(path(round), ASKED | {"suggestion": first.id})
    refusal = path(round, "suggestions", second.id, "refusal")
    assert "Say why" in stella.post(refusal, {}, 422).text
    stella.post(refusal, {"reason": "Everybody knows by now."})

    assert "Suggested by the commission" not in stella.get(path(round)).text
    stella.get(path(round, "suggestions", second.id), 404)
    assert "Everybody knows by now." in officer.get("/notes").text


def test_an_answer_under_another_name_shows_nowhere_whose_it_is(
    session, browse, round, question, ana, stella
):
    me = browse(ana)
    me.get(path(round, question.id, "answer"))
    given = {"text": "Shade, please.", "signature": "pseudonym", "area": "north"}
    assert "name that you want" in me.post(path(round, question.id, "answers"), given, 422).text
    page = me.post(path(round, question.id, "answers"), given | {"pseudonym": "Heron"}).location

    officer = browse(make.appointed(session, round, Role.COMMISSIONER))
    for reader in (browse(), stella, officer):
        shown = reader.get(page).text
        assert "Shade, please." in shown and "Heron" in shown and "North" in shown
        assert "Ana" not in shown
        assert "Ana" not in reader.get(f"/rounds/{round.slug}/log").text
    form = me.get(path(round, question.id, "answer")).text
    assert "As “Heron”" in form and 'name="pseudonym"' not in form
    me.post(path(round, question.id, "answers"), given)
    assert {one.name for one in everything(session)} == {"Heron"}


def test_without_a_name_it_says_a_resident(browse, round, question, ana):
    given = {"text": "Later buses.", "signature": "none"}
    page = browse(ana).post(path(round, question.id, "answers"), given).location
    shown = browse().get(page).text
    assert "A resident" in shown and "Ana" not in shown


def test_words_that_do_not_fit_and_answers_beyond_the_days_limit_come_back(
    browse, round, question, ana
):
    me, send = browse(ana), path(round, question.id, "answers")
    assert "at most 800" in me.post(send, {"text": "x" * 801, "signature": "name"}, 422).text
    assert "Not a valid choice" in me.post(send, {"text": "Shade", "signature": "x"}, 422).text
    for _ in range(3):
        me.post(send, {"text": "Shade.", "signature": "name"})
    page = me.post(send, {"text": "A fourth thing.", "signature": "name"}, 409).text
    assert "used your 3 posts for today on this question" in page and "A fourth thing." in page
    assert "You can give 0 more answers today" in page


def test_the_first_answer_accepts_the_charter(session, browse, round, question, ana):
    charter = made.in_force(session, round)
    me, given = browse(ana), {"text": "Shade.", "signature": "name"}
    page = me.post(path(round, question.id, "answers"), given, 422).text
    assert "Tick that you accept the charter" in page and "Shade." in page
    me.post(path(round, question.id, "answers"), given | {"charter": str(charter.id)})


def test_a_steward_writes_down_what_a_workshop_said(browse, round, question, stella, ana):
    here = path(round, question.id, "on-behalf")
    stella.get(here)
    heard = {"origin": "workshop", "name": "Kitchen table at No. 9", "text": "A ramp at the door."}
    long = stella.post(here, heard | {"name": "x" * 99}, 422).text
    assert "A ramp at the door." in long
    stella.post(here, heard)

    shown = browse().get(path(round, question.id)).text
    assert "Kitchen table at No. 9" in shown and "From a workshop" in shown
    assert "written down by Stella" in shown
    browse(ana).get(here, 403)


def crowd(session, round, answer):
    """Many people agree."""
    people = [
        Account(email=f"crowd{n}@example.org", name="x", session_key=f"crowd{n}", created_at=NOW)
        for n in range(MANY)
    ]
    session.add_all(people)
    session.flush()
    session.add_all(Seat(round_id=round.id, account_id=p.id, side=Side.COMMUNITY) for p in people)
    session.flush()
    session.add_all(
        Support(round_id=round.id, answer_id=answer.id, account_id=p.id, at=NOW) for p in people
    )
    session.commit()


def test_how_many_agree_stands_on_no_page_before_the_close(
    app, session, browse, round, question, stella, ana, ben, clock, keys, tmp_path
):
    answer = said.answer(session, question, ana)
    said.heard(session, answer, make.appointed(session, round, Role.STEWARD, "Sam"))
    crowd(session, round, answer)
    officer = browse(make.appointed(session, round, Role.COMMISSIONER))
    here = ("", f"/{question.id}", f"/{question.id}/answer", f"/{question.id}/heard", "/heard/1")
    pages = [path(round) + one for one in here]
    pages += [f"/rounds/{round.slug}{one}" for one in ("", "/purpose", "/log", "/moderation")]
    for reader in (browse(), browse(ana), browse(ben), stella, officer):
        for page in [*pages, "/", "/notes"]:
            response = reader.client.get(page)
            assert response.status_code in (200, 303, 403)
            assert not WRITTEN.search(words(response)), page

    clock.now = CLOSED
    asking.tick(Tools(app.extensions["engine"], keys, tmp_path, "", clock))
    shown = words(browse().get(path(round, question.id)))
    assert f"{MANY} people agree" in shown and len(WRITTEN.findall(shown)) == 2


def test_agreeing_and_no_longer_agreeing(session, browse, round, question, ana, ben):
    answer = said.answer(session, question, ana)
    send, page = path(round, "answers", answer.id, "support"), path(round, question.id)
    me = browse(ben)
    assert me.post(send, {"wanted": "yes"}).location.endswith(f"#answer-{answer.id}")
    assert "You agree. Take that back" in me.get(page).text
    me.post(send, {"wanted": "no"})
    assert "I agree" in me.get(page).text
    assert "your own" in browse(ana).post(send, {"wanted": "yes"}, 409).text
    browse(make.appointed(session, round, Role.COMMISSIONER)).post(send, {"wanted": "yes"}, 403)
    me.post(path(round, "answers", 99, "support"), {"wanted": "yes"}, 404)


def test_what_a_steward_heard_is_confirmed_by_its_author(
    session, browse, round, question, stella, ana, ben
):
    one, two = said.answer(session, question, ana), said.answer(session, question, ben, "Shade!")
    form = stella.get(path(round, question.id, "heard") + f"?answer={one.id}").text
    assert f'value="{one.id}" checked' in form
    send = path(round, question.id, "heard")
    assert "Write what you heard" in stella.post(send, {"answer": one.id}, 422).text
    assert "from one to" in stella.post(send, {"text": "You want shade."}, 422).text
    page = stella.post(send, {"answer": [one.id, two.id], "text": "You want shade."}).location
    [heard] = everything(session, Heard)

    assert "You want shade." not in browse().get(path(round, question.id)).text
    browse().get(page, 404)
    browse(make.account(session)).get(page, 404)
    told = {(note.account_id, note.path) for note in everything(session, Note)}
    assert told == {(ana.id, page), (ben.id, page)}
    me = browse(ana)
    assert "Is this what you meant?" in me.get(page).text
    say = path(round, "heard", heard.id, "answers", one.id)
    assert "Choose one" in me.post(say, {}, 422).text
    assert "Write what you meant" in me.post(say, {"fit": "corrected"}, 422).text
    assert "Only who gave" in browse(ben).post(say, {"fit": "confirmed"}, 409).text
    me.post(path(round, "heard", heard.id, "answers", 99), {"fit": "confirmed"}, 404)
    me.post(say, {"fit": "corrected", "words": "Trees, not roofs."})

    shown = browse().get(path(round, question.id)).text
    assert "You want shade." in shown and "Trees, not roofs." in shown
    assert "Trees, not roofs." in browse().get(page).text
    assert "Not quite" in stella.get("/notes").text


def test_who_differs_is_listed_in_full_after_the_close(
    session, browse, round, question, stella, ana, ben, clock
):
    said.answer(session, question, ben, "More of the same.")
    answer = said.answer(session, question, ana, "Leave it as it is: " + "quiet " * 90)
    page = path(round, question.id)
    stella.post(path(round, "answers", answer.id, "dissent-question"))
    assert "A steward thinks that you see this differently" in browse(ana).get(page).text
    assert "A steward thinks" not in browse(ben).get(page).text
    browse(ben).post(path(round, "answers", answer.id, "dissent"), {"differs": "yes"}, 409)
    browse(ana).post(path(round, "answers", answer.id, "dissent"), {"differs": "yes"})
    assert everything(session)[1].dissent is Dissent.YES

    clock.now = CLOSED
    shown = browse().get(page).text
    assert "Who sees it differently" in shown and shown.count("quiet " * 89) == 2


def test_an_answer_is_taken_back_by_its_author_alone(session, browse, round, question, ana, ben):
    answer = said.answer(session, question, ana, "Shade in summer.")
    browse(ben).post(path(round, "answers", answer.id, "removal"), status=409)
    browse(ana).post(path(round, "answers", answer.id, "removal"))
    assert "Shade in summer." not in browse().get(path(round, question.id)).text
    browse(ben).get(f"/rounds/{round.slug}/report/answer/{answer.id}", 404)


def test_unheard_answers_come_first_and_the_page_says_how(
    session, browse, round, question, stella, ana, ben
):
    heard, new = said.answer(session, question, ana, "One."), said.answer(session, question, ben)
    said.heard(session, heard, make.appointed(session, round, Role.STEWARD, "Sam"))

    for reader in (browse(), browse(ana), stella):
        shown = reader.get(path(round, question.id)).text
        assert shown.index(f'id="answer-{new.id}"') < shown.index(f'id="answer-{heard.id}"')
        assert "Unheard first" in shown


def test_a_hidden_answer_leaves_a_note_in_its_place(
    session, browse, round, question, stella, ana, ben
):
    answer = said.answer(session, question, ana, "Everybody from Mill Street should leave.")
    page, reader = path(round, question.id), browse(ben)
    assert "Report" in reader.get(page).text
    cited = {"clause": "ground:1", "reason": "It drives people away."}
    reader.post(f"/rounds/{round.slug}/report/answer/{answer.id}", cited)
    stella.post(
        f"/rounds/{round.slug}/moderation/reports/1", {"post": "hide", "step": "none", **cited}
    )

    assert "Mill Street" not in reader.get(page).text and "A steward hid" in reader.get(page).text
    assert "Mill Street" in browse(ana).get(page).text
    assert "hidden" in reader.post(path(round, "answers", answer.id, "support"), status=409).text
    assert "Mill Street" not in stella.get(path(round, question.id, "heard")).text


def test_after_its_date_nobody_answers_and_later_phases_only_read(
    session, browse, round, question, ana, clock
):
    answer = said.answer(session, question, ana)
    clock.now = CLOSED
    browse(ana).get(path(round, question.id, "answer"), 409)
    given = {"text": "Shade.", "signature": "name"}
    assert "closed on" in browse(ana).post(path(round, question.id, "answers"), given, 409).text
    clock.now = round.dates[2].opens_at
    assert answer.text in browse().get(path(round, question.id)).text
    browse(ana).get(path(round, question.id, "answer"), 409)
    browse().get(path(round, 99), 404)
