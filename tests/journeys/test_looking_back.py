"""A round looks back, both sides adopt a lesson, the next round answers it, and everybody sees."""

import re
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.accounts.models import Account
from pb.purpose.moderation import rules
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Post, Subject
from pb.reflection.models import Lesson, Line
from pb.reflection.survey.models import SurveyAnswer
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.pages import Pages
from tests.purpose.documents import made

LINE = {"topic": "change", "text": "Three weeks were too short.", "signature": "name"}


def all_of(session, model):
    found = session.scalars(sa.select(model).execution_options(populate_existing=True)).all()
    session.commit()
    return found


def only(session, model):
    [found] = all_of(session, model)
    return found


class Story:
    """A round that looks back, the people in it, and the round after it."""

    def __init__(self, session, browse):
        self.session = session
        self.round = make.round_(session, Phase.REFLECTION)
        self.next = make.round_(session, Phase.SETUP)
        self.ana = browse(make.account(session, "Ana"))
        self.ben = browse(make.account(session, "Ben"))
        self.steward = browse(make.appointed(session, self.round, Role.STEWARD, "Sam"))
        self.cora = browse(make.appointed(session, self.round, Role.COMMISSIONER, "Cora"))
        self.officer = browse(make.appointed(session, self.next, Role.COMMISSIONER, "Olga"))
        self.stranger = browse()
        self.here = f"/rounds/{self.round.slug}/looking-back"
        self.console = f"/commission/rounds/{self.next.slug}"

    def write(self, who, **kw):
        return who.post(f"{self.here}/ideas/lines", {**LINE, **kw})


@pytest.fixture
def story(session, browse):
    return Story(session, browse)


def test_from_a_line_to_what_the_next_round_makes_of_it(story):
    session = story.session
    assert "Be the first" in story.stranger.get(story.here).text

    # Both sides write; everybody reads who says it from which side, nobody how many agree.
    story.write(story.cora, text="Costs came too late.", signature="none")
    story.write(story.ana)
    mine = all_of(session, Line)[-1]
    story.ben.post(f"{story.here}/lines/{mine.id}/support", {"wanted": "yes"})
    board = story.stranger.get(f"{story.here}/ideas").text
    assert "Three weeks were too short." in board and "Ana, a resident" in board
    assert "Somebody from the commission" in board and "Cora" not in board
    assert "agrees" not in board and "Add my line" not in board

    # Anybody proposes it; a steward and a commissioner adopt it.
    story.ben.get(f"{story.here}/lines/{mine.id}/lesson")
    lesson_page = story.ben.post(
        f"{story.here}/lines/{mine.id}/lesson", {"text": "Give ideas six weeks.", "due": "ideas"}
    ).location
    assert "Put my hand under it" not in story.ana.get(lesson_page).text
    story.ana.post(f"{lesson_page}/adoption", status=403)
    assert "Put my hand under it" in story.steward.get(lesson_page).text
    story.steward.post(f"{lesson_page}/adoption")
    assert "A commissioner’s hand is missing" in story.stranger.get(lesson_page).text
    assert "No lesson yet" in story.officer.get(f"{story.console}/lessons").text
    story.cora.post(f"{lesson_page}/adoption")
    assert "Adopted by Sam (steward) and Cora" in story.stranger.get(lesson_page).text

    # Somebody looks after it.
    story.cora.post(f"{lesson_page}/role", {"role": "reviewer"})
    assert "The reviewers" in story.stranger.get(lesson_page).text
    story.ben.post(f"{lesson_page}/owner", {"wanted": "yes"})
    assert "I cannot look after it any more" in story.ben.get(lesson_page).text

    # The set-up of the next round shows it with its origin, and the answer is public there.
    assert "1 lesson waits for an answer" in story.officer.get(f"{story.console}/setup").text
    suggestion = story.officer.get(f"{story.console}/lessons").text
    for part in (
        "Give ideas six weeks.",
        story.round.name,
        "Adopted by Sam",
        "Looked after by Ben",
    ):
        assert part in suggestion
    number = only(session, Lesson).id
    answer = {"taken_up": "yes", "text": "Ideas are open for six weeks."}
    story.officer.post(f"{story.console}/lessons/{number}", answer)
    assert "for an answer of this round" not in story.officer.get(f"{story.console}/setup").text
    assert "Taken up" in story.officer.get(f"{story.console}/lessons").text

    # Until the next round is public, the earlier one says nothing of it.
    assert "Ideas are open for six weeks." not in story.stranger.get(lesson_page).text
    story.next.published_at = NOW
    session.commit()
    text = story.stranger.get(lesson_page).text
    assert "Ideas are open for six weeks." in text and story.next.name in text
    trace = story.stranger.get(f"/rounds/{story.next.slug}/looking-back").text
    assert "Give ideas six weeks." in trace and f"From {story.round.name}" in trace
    assert lesson_page in trace
    assert "Taken up" in story.stranger.get(story.here).text


def test_how_many_agree_shows_when_it_is_over(story, clock):
    story.write(story.ana)
    line = only(story.session, Line)
    story.ben.post(f"{story.here}/lines/{line.id}/support", {"wanted": "yes"})
    story.cora.post(f"{story.here}/lines/{line.id}/support", {"wanted": "yes"})
    story.cora.post(f"{story.here}/lines/{line.id}/support", {"wanted": "no"})

    clock.now = NOW + timedelta(days=6)  # archived
    text = re.sub(r"<[^>]+>", "", story.stranger.get(f"{story.here}/ideas").text)

    assert "1 person agrees" in text
    refused = story.ana.post(f"{story.here}/ideas/lines", LINE, status=409).text
    assert "is over" in refused


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"text": ""}, "Write one sentence."),
        ({"text": "x" * 281}, "Use at most 280 characters."),
        ({"topic": "other"}, "Choose what it is about."),
        ({"signature": "other"}, "Choose how it should be signed."),
        ({"signature": "pseudonym"}, "Write the name that you want to use."),
    ],
)
def test_a_line_that_does_not_fit_comes_back_filled_in(story, bad, sentence):
    page = story.ana.post(f"{story.here}/ideas/lines", {**LINE, **bad}, status=422).text

    assert sentence in page
    assert (bad.get("text") or LINE["text"]) in page or bad == {"text": ""}
    assert all_of(story.session, Line) == []


def test_a_fourth_line_is_refused_with_everything_typed_still_there(story):
    for _ in range(3):
        story.write(story.ana)

    page = story.ana.post(f"{story.here}/ideas/lines", {**LINE, "text": "A 4th"}, status=409).text

    assert "as many as everybody may" in page and "A 4th" in page
    line = all_of(story.session, Line)[0]
    story.ana.post(f"{story.here}/lines/{line.id}/removal")
    story.write(story.ana, text="A 4th")


def test_phases_lines_and_lessons_that_do_not_exist_are_not_found(story):
    for path in ("/setup", "/nothing", "/reflection", "/lessons/9"):
        story.stranger.get(f"{story.here}{path}", 404)
    story.ana.get(f"{story.here}/lines/9/lesson", 404)
    story.ana.post(f"{story.here}/lines/9/support", status=404)
    story.officer.post(f"{story.console}/lessons/9", {"taken_up": "yes", "text": "x"}, 404)


def test_a_proposal_is_turned_down_with_a_reason(story):
    story.write(story.ana)
    line = only(story.session, Line)
    path = f"{story.here}/lines/{line.id}/lesson"
    assert "1 to 280" in story.ana.post(path, {"text": "", "due": "ideas"}, status=422).text
    assert "by when" in story.ana.post(path, {"text": "Yes.", "due": "x"}, status=422).text
    page = story.ana.post(path, {"text": "Give ideas six weeks.", "due": "ideas"}).location
    assert story.ana.get(path, 303).location == page

    end = {"state": "dropped", "outcome": ""}
    assert "Write what was done" in story.steward.post(f"{page}/end", end, status=422).text
    assert "Choose what" in story.steward.post(f"{page}/end", {"outcome": "No"}, status=422).text
    story.ana.post(f"{page}/end", {**end, "outcome": "I want it so."}, status=409)
    story.steward.post(f"{page}/end", {**end, "outcome": "Nobody could read so many."})

    text = story.stranger.get(page).text
    assert "Not followed" in text and "Nobody could read so many." in text


def test_an_answer_without_words_comes_back(story):
    story.write(story.ana)
    line = only(story.session, Line)
    page = story.ana.post(
        f"{story.here}/lines/{line.id}/lesson", {"text": "Six weeks.", "due": "ideas"}
    ).location
    for hand in (story.cora, story.steward):
        hand.post(f"{page}/adoption")
    path = f"{story.console}/lessons/{only(story.session, Lesson).id}"

    assert "Choose what this round" in story.officer.post(path, {"text": "Kept"}, 422).text
    assert "Write what changed" in story.officer.post(path, {"taken_up": "no"}, 422).text
    story.officer.post(path, {"taken_up": "no", "text": "There is no time this year."})
    assert "Not this time" in story.officer.get(f"{story.console}/lessons").text


def test_a_round_chooses_for_how_long_it_looks_back(story):
    path = f"{story.console}/setup/looking-back"
    assert 'value="14"' in story.officer.get(path).text

    bad = story.officer.post(path, {"days": "0", "survey_days": "400"}, status=422).text
    assert "between 1 and 90" in bad and "between 7 and 365" in bad
    story.officer.post(path, {"days": "21", "survey_days": "30"})
    assert 'value="21"' in story.officer.get(path).text


ANSWERS = {"easy": "5", "understood": "4", "heard": "2", "fair": "3", "again": "5"}


@pytest.mark.parametrize("people", [9, 10])
def test_a_survey_of_nine_says_how_many_answered_and_one_of_ten_what(
    story, session, browse, clock, people
):
    path = f"/rounds/{story.round.slug}/survey"
    assert "Sign in" in story.stranger.get(path).text
    assert "for residents" in story.cora.get(path).text
    story.cora.post(path, ANSWERS, status=403)
    for n in range(people):
        words = {"words": f"Line {n}", "may_publish": "y"} if n < 2 else {"words": f"Secret {n}"}
        me = browse(make.account(session))
        me.post(path, {**ANSWERS, "area": "town", "age": "30-44", "way": "online", **words})
        assert "You have answered" in me.get(path).text
        me.post(path, ANSWERS, status=409)
    assert f"{people} people have answered so far" in story.stranger.get(path).text
    assert "Line 1" not in story.stranger.get(path).text
    story.stranger.get(f"{path}/results.csv", 409)
    story.steward.get(f"{path}/lines", 409)

    clock.now = NOW + timedelta(days=6)
    text = story.stranger.get(path).text

    assert f"{people} people answered." in text
    enough = people == 10
    assert ("Did you feel heard?" in text) is enough
    assert ("Line 1" in text) is enough and "Secret" not in text
    assert ("Nothing shows about fewer than 10 people" in text) is not enough
    csv = story.stranger.get(f"{path}/results.csv").text
    assert ("Did you feel heard?,Rather not,10" in csv) is enough
    assert "Secret 5" in story.steward.get(f"{path}/lines").text
    story.ana.get(f"{path}/lines", 403)


def test_questions_may_be_left_out_and_a_line_that_is_too_long_comes_back(story):
    path = f"/rounds/{story.round.slug}/survey"
    page = story.ana.post(path, {"easy": "5", "words": "x" * 281}, status=422).text
    assert "at most 280" in page and "x" * 281 in page

    story.ana.post(path, {"easy": "nonsense", "area": "nowhere", "age": "7", "way": "x"})

    answer = only(story.session, SurveyAnswer)
    assert (answer.easy, answer.heard, answer.area_id, answer.age, answer.way) == (None,) * 5


def test_a_hidden_line_shows_nowhere_and_nothing_can_be_done_with_it(story):
    session, round = story.session, story.round
    for text in ("Three weeks were too short.", "Somebody is a fool."):
        story.write(story.ana, text=text)
    lines = all_of(session, Line)
    page = story.ben.post(
        f"{story.here}/lines/{lines[1].id}/lesson", {"text": "Be kind.", "due": "ideas"}
    ).location
    reporter, steward = make.account(session), make.appointed(session, round, Role.STEWARD)
    ana = session.get(Account, lines[0].author_id)
    for line in lines:
        post = Post(Subject.REFLECTION, line.id, ana.id, line.at, line.text, story.here)
        cited = rules.in_force(session, round, NOW)[0].key
        told = moderation.report(
            session, round, post, by=reporter, clause=cited, reason="It hurts.", at=NOW
        )
        moderation.answer(
            session,
            told,
            by=steward,
            hide=True,
            step=None,
            clause=cited,
            reason="It hurts.",
            at=NOW,
        )
    session.commit()

    assert "fool" not in story.stranger.get(page).text
    assert "A steward hid this" in story.stranger.get(page).text
    first = f"{story.here}/lines/{lines[0].id}"
    story.ben.get(f"{first}/lesson", 409)
    story.ben.post(f"{first}/lesson", {"text": "Six weeks.", "due": "ideas"}, status=409)
    story.ben.post(f"{first}/support", {"wanted": "yes"}, status=409)
    story.ana.post(f"{first}/removal", status=409)


def test_whoever_writes_a_line_for_the_first_time_accepts_the_charter(story):
    charter = made.in_force(story.session, story.round)
    for who in (story.ana, story.cora):
        page = who.post(f"{story.here}/ideas/lines", LINE, 422).text
        assert "Tick that you accept the charter" in page and LINE["text"] in page
        assert "I accept the charter" in page
    assert all_of(story.session, Line) == []

    for who in (story.ana, story.cora):
        story.write(who, charter=str(charter.id))
        story.write(who, text="Costs came too late.")
    assert len(all_of(story.session, Line)) == 4


def test_requests_at_the_same_moment_leave_three_lines_and_one_answer(story, app):
    account = story.session.scalars(sa.select(Account).where(Account.name == "Ana")).one()
    story.session.commit()
    browsers = [Pages(app) for _ in range(6)]
    for pages in browsers:
        pages.sign_in(account)
    tokens, gate = [pages.token() for pages in browsers], threading.Barrier(len(browsers))
    statuses: list[tuple[int, int]] = []

    def send(n: int) -> None:
        gate.wait()
        token, client = {"csrf_token": tokens[n]}, browsers[n].client
        line = client.post(f"{story.here}/ideas/lines", data={**LINE, **token})
        survey = client.post(f"/rounds/{story.round.slug}/survey", data={**ANSWERS, **token})
        statuses.append((line.status_code, survey.status_code))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(line for line, _ in statuses) == [303] * 3 + [409] * 3
    assert sorted(survey for _, survey in statuses) == [303] + [409] * 5
    assert len(all_of(story.session, Line)) == 3
    assert len(all_of(story.session, SurveyAnswer)) == 1
