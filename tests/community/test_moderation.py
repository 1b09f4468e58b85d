"""Fair play by HTTP: a report, a tombstone, steps, appeals, and the public log of it all."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from pb.purpose.moderation import queries, service
from pb.purpose.moderation.models import Kind, Post, Subject
from pb.reflection import service as reflection
from pb.reflection.models import Signature, Topic
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

REPORT = {"clause": "ground:1", "reason": "It calls the mayor’s cook a thief."}
HIDE = {"post": "hide", "step": "none", "clause": "ground:1", "reason": "An insult."}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.IDEAS)


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


@pytest.fixture
def proposal(session, round, ana):
    return make.proposal(session, round, ana, title="Down with the cook", body="The cook steals.")


@pytest.fixture
def sam(session, round):
    return make.appointed(session, round, Role.STEWARD, "Sam")


def path(round, *parts):
    return "/".join([f"/rounds/{round.slug}", *map(str, parts)])


def reported(session, round, proposal, by=None):
    """A report of the proposal by somebody else."""
    post = Post(
        Subject.PROPOSAL,
        proposal.id,
        proposal.author_id,
        NOW,
        proposal.body,
        path(round, "proposals", proposal.id),
    )
    by = by or make.account(session, "Ben")
    made = service.report(session, round, post, by=by, **REPORT, at=NOW)
    session.commit()
    return made


def stepped(session, round, proposal, steward, *steps):
    """Steps against the author, each after a report by somebody else."""
    for step in steps:
        report = reported(session, round, proposal)
        days = None if step is Kind.WARN else 3
        service.answer(
            session,
            report,
            by=steward,
            step=step,
            days=days,
            clause="ground:1",
            reason="So.",
            at=NOW,
        )
        session.commit()


def test_a_story_of_fair_play(session, browse, round, ana, proposal, sam):
    ben, sofia = make.account(session, "Ben"), make.appointed(session, round, Role.STEWARD, "Sofia")
    author, reader, steward, second = (browse(one) for one in (ana, ben, sam, sofia))
    page = path(round, "proposals", proposal.id)
    anybody = browse()

    # Somebody reports it, with a rule and a reason.
    form = path(round, "report", "proposal", proposal.id)
    assert form in reader.get(page).text
    assert "criticism of the town, its officers" in reader.get(form).text
    again = reader.post(form, {"reason": REPORT["reason"]}, 422)
    assert "Choose the rule" in again.text and REPORT["reason"] in again.text
    assert reader.post(form, REPORT).location == page
    assert "already" in reader.post(form, REPORT, 409).text

    # A steward finds it in the notes and in the inbox, and hides it.
    assert "A post was reported" in steward.get("/notes").text
    inbox = steward.get(path(round, "moderation", "inbox")).text
    [waiting] = queries.open_reports(session, round)
    session.commit()
    desk = path(round, "moderation", "reports", waiting.id)
    assert desk in inbox
    assert "is no ground to hide anything" in steward.get(desk).text
    assert "Choose the rule" in steward.post(desk, {**HIDE, "clause": ""}, 422).text
    steward.post(desk, HIDE)
    assert "Another steward has answered" in second.post(desk, HIDE, 409).text

    # A tombstone for everybody, the text only for the author, no name anywhere.
    hidden = anybody.get(page).text
    assert "A steward hid this" in hidden and "About the matter" in hidden
    assert "steals" not in hidden and "cook" not in hidden and "Sam" not in hidden
    assert "Down with" not in anybody.get(path(round, "proposals")).text
    assert "Nothing fits" in anybody.get(path(round, "proposals?text=steals")).text
    own = author.get(page).text
    assert "The cook steals." in own and "An insult." in own

    # The author is told, and appeals once.
    assert "Something you wrote was hidden" in author.get("/notes").text
    [measure] = queries.measures(session, round)
    session.commit()
    concerns = path(round, "moderation", "measures", measure.id)
    assert "Sofia" in author.get(concerns).text
    assert concerns in author.get(path(round, "moderation", "mine")).text
    reader.get(concerns, 404)
    author.post(f"{concerns}/appeal", {"text": ""}, 422)
    author.post(f"{concerns}/appeal", {"text": "He did steal, says the court."})
    assert "one appeal" in author.post(f"{concerns}/appeal", {"text": "Again."}, 409).text

    # Whoever hid it cannot decide; another steward can.
    decision = path(round, "moderation", "appeals", measure.id)
    verdict = {"verdict": "restored", "reason": "The court says so."}
    assert "not yours to decide" in steward.get(decision).text
    assert "cannot decide" in steward.post(decision, verdict, 409).text
    assert "He did steal" in second.get(decision).text
    second.post(decision, {"verdict": "", "reason": "x"}, 422)
    second.post(decision, verdict)
    assert "The cook steals." in anybody.get(page).text
    assert "Your appeal was decided" in author.get("/notes").text
    assert "The court says so." in author.get(concerns).text

    # The log says what happened, without text or names.
    log = anybody.get(path(round, "moderation")).text
    assert "Appeal: overturned" in log and "About the matter" in log
    assert not any(word in log for word in ("cook", "Ana", "Ben", "Sam", "court", "insult"))
    rows = list(csv.DictReader(io.StringIO(anybody.get(path(round, "moderation", "log.csv")).text)))
    assert [(row["done"], row["post"], row["outcome"]) for row in rows] == [
        ("hide", "proposal", "restored")
    ]


def test_a_report_by_the_commission_is_marked_and_the_commission_cannot_moderate(
    session, browse, round, proposal, sam
):
    officer = make.appointed(session, round, Role.COMMISSIONER)
    browse(officer).post(path(round, "report", "proposal", proposal.id), REPORT)
    steward = browse(sam)

    assert "Reported by the commission" in steward.get(path(round, "moderation", "inbox")).text
    [report] = queries.open_reports(session, round)
    session.commit()
    desk = path(round, "moderation", "reports", report.id)
    browse(officer).get(desk, 403)
    browse(officer).post(desk, HIDE, 403)
    steward.post(desk, HIDE)
    assert "The commission" in browse().get(path(round, "moderation")).text


def test_a_paused_author_keeps_the_draft_and_reads_why(session, browse, round, ana, proposal, sam):
    stepped(session, round, proposal, sam, *queries.LADDER)
    author = browse(ana)
    form = {
        "title": "A bench by the pond",
        "summary": "Somewhere to rest.",
        "body": "Many of us walk there.",
        "place": "By the pond",
        "topic": "Green and water",
        "area": "town",
        "estimate": "1,500",
        "action": "send",
    }

    refused = author.post(path(round, "proposals"), form, 409).text
    assert "You cannot post in this round until" in refused and "Many of us walk" in refused
    author.post(path(round, "proposals"), {**form, "action": "save"})
    assert (
        "You cannot post"
        in author.post(
            path(round, "proposals", proposal.id, "edit"), {**form, "revision": "1"}, 409
        ).text
    )
    assert "You cannot post until" in author.get(path(round, "moderation", "mine")).text


def test_an_author_under_a_limit_sends_in_one_proposal_a_day(
    session, browse, round, ana, proposal, sam
):
    stepped(session, round, proposal, sam, Kind.WARN, Kind.LIMIT)
    drafts = [make.proposal(session, round, ana, make.State.DRAFT, topic="Care") for _ in "ab"]
    author = browse(ana)

    author.post(path(round, "proposals", drafts[0].id, "submission"))
    second = author.post(path(round, "proposals", drafts[1].id, "submission"), status=409)
    assert "post is used" in second.text


def test_a_steward_takes_a_measure_back(session, browse, round, proposal, sam):
    report = reported(session, round, proposal)
    steward = browse(sam)
    steward.post(path(round, "moderation", "reports", report.id), HIDE)
    [measure] = queries.measures(session, round)
    session.commit()
    lift = path(round, "moderation", "measures", measure.id, "lift")

    steward.post(lift, {"reason": ""}, 422)
    steward.post(lift, {"reason": "My mistake."})
    assert "already" in steward.post(lift, {"reason": "Again."}, 409).text
    assert "The cook steals." in browse().get(path(round, "proposals", proposal.id)).text


def test_without_a_charter_the_four_ground_rules_are_on_a_page(browse, round):
    text = browse().get(path(round, "moderation", "rules")).text

    assert text.count("app-panel__title") == 4
    assert "Criticism is welcome" in text


@pytest.mark.parametrize("kind", ["proposal", "idea", "comment", "ballot"])
def test_what_is_not_there_cannot_be_reported(browse, round, ana, kind):
    browse(ana).get(path(round, "report", kind, 9999), 404)


def test_a_line_of_a_retrospective_can_be_hidden_also_one_of_an_officer(session, browse):
    looking = make.round_(session, Phase.REFLECTION)
    officer = make.appointed(session, looking, Role.COMMISSIONER)
    steward = make.appointed(session, looking, Role.STEWARD)
    line = reflection.write(
        session,
        looking,
        Phase.REVIEW,
        Topic.CHANGE,
        by=officer,
        text="Residents talk too much.",
        signature=Signature.NONE,
        pseudonym="",
        at=NOW,
    )
    session.commit()
    board = path(looking, "looking-back", "review")
    browse(make.account(session)).post(path(looking, "report", "reflection", line.id), REPORT)
    [report] = queries.open_reports(session, looking)
    session.commit()

    browse(steward).post(path(looking, "moderation", "reports", report.id), HIDE)

    assert "talk too much" not in browse().get(board).text
    assert "A steward hid this" in browse().get(board).text
    assert "talk too much" in browse(officer).get(board).text
    [measure] = queries.measures(session, looking)
    session.commit()
    concerns = path(looking, "moderation", "measures", measure.id)
    browse(officer).post(f"{concerns}/appeal", {"text": "It was meant kindly."})
    assert "It was meant kindly." in browse(officer).get(concerns).text


def test_of_stewards_who_answer_at_the_same_moment_one_does(session, browse, round, proposal, sam):
    report = reported(session, round, proposal)
    others = [make.appointed(session, round, Role.STEWARD, f"Steward {n}") for n in range(3)]
    browsers = [browse(one) for one in (sam, *others)]
    forms = [{**HIDE, "csrf_token": one.token()} for one in browsers]
    desk = path(round, "moderation", "reports", report.id)

    with ThreadPoolExecutor(len(browsers)) as pool:
        sent = pool.map(
            lambda n: browsers[n].client.post(desk, data=forms[n]).status_code,
            range(len(browsers)),
        )
        assert sorted(sent) == [303, 409, 409, 409]
    assert len(queries.measures(session, round)) == 1


def test_a_limited_author_with_many_windows_posts_once(session, browse, round, ana, proposal, sam):
    stepped(session, round, proposal, sam, Kind.WARN, Kind.LIMIT)
    drafts = [make.proposal(session, round, ana, make.State.DRAFT, topic="Care") for _ in "abc"]
    browsers = [browse(ana) for _ in drafts]
    forms = [{"csrf_token": one.token()} for one in browsers]

    with ThreadPoolExecutor(len(drafts)) as pool:
        sent = pool.map(
            lambda n: (
                browsers[n]
                .client.post(path(round, "proposals", drafts[n].id, "submission"), data=forms[n])
                .status_code
            ),
            range(len(drafts)),
        )
        assert sorted(sent) == [303, 409, 409]


def test_the_inbox_asks_as_often_for_five_reports_as_for_one(
    session,
    browse,
    round,
    ana,
    sam,
    asked,
):
    pages, costs = browse(sam), []
    for n in (1, 4):
        for _ in range(n):
            reported(session, round, make.proposal(session, round, ana), make.account(session))
        costs.append(asked(pages, path(round, "moderation", "inbox")))

    assert costs[0] == costs[1]
    assert costs[0][0] == 200
