"""What everybody sees: home, a round in each phase, its people, its log, the help pages."""

import json
import subprocess
import sys
from datetime import timedelta
from html import unescape

import pytest

from pb import audit
from pb.community import decisions
from pb.community.stand import stand
from pb.policy import GRANTS, Permission, Who
from pb.rounds import calendar, people
from pb.rounds.models import Phase, Role
from pb.tally.ballots import Ballot
from pb.tally.model import Instance, Profile, Project
from tests import make
from tests.conftest import NOW


def text_of(response) -> str:
    return unescape(response.text)


def log(session, town, number: int) -> None:
    for n in range(number):
        audit.record(session, chain=town.id, kind="round.describe", at=NOW, body={"n": n})
    session.commit()


# Home


def test_an_empty_town_says_so(pages):
    assert "No round is open yet" in pages.get("/").text


def test_the_home_page_shows_running_rounds_first_with_one_button_each(session, pages):
    voting = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    ideas = make.round_(session, Phase.IDEAS)
    old = make.round_(session, Phase.DELIVERY, projects={"bench": ("town", 1_00)})
    hidden = make.round_(session, Phase.SETUP)
    page = text_of(pages.get("/"))

    assert hidden.name not in page
    assert page.index(voting.name) < page.index("Decided rounds") < page.index(old.name)
    assert page.index(ideas.name) < page.index("Decided rounds")
    assert f"/rounds/{voting.slug}/vote" in page
    assert f"/rounds/{ideas.slug}/proposals/new" in page
    assert page.count("app-button--start") == 2
    assert "Voting is open." in page and "5 days left." in page
    assert "€100,000" in page


# A round


@pytest.mark.parametrize("phase", list(Phase))
def test_a_round_says_in_one_sentence_where_it_stands(session, pages, phase):
    town = make.round_(session, phase, projects={"bench": ("town", 1_00)}, published=True)
    found = stand(town, NOW)
    page = text_of(pages.get(f"/rounds/{town.slug}"))

    assert found.sentence in page
    assert found.left in page
    assert page.count("app-button--start") == (1 if found.actions else 0)
    assert "Ballots of this round lie in open envelopes" in page
    assert "Most votes first" in page


@pytest.mark.parametrize(
    ("phase", "sentence"),
    [
        (Phase.IDEAS, "5 days left."),
        (Phase.REVIEW, "“Getting the ballot ready” begins in 5 days."),
        (Phase.BALLOT, "Voting opens in 5 days."),
        (Phase.VOTING, "5 days left."),
        (Phase.COUNTING, "The result is due in 5 days."),
        (Phase.DELIVERY, ""),
        (Phase.ARCHIVED, ""),
    ],
)
def test_a_round_says_how_long_it_lasts(session, phase, sentence):
    town = make.round_(session, phase, projects={"bench": ("town", 1_00)})
    assert stand(town, NOW).left == sentence


@pytest.mark.parametrize(
    ("hours", "left"), [(1, "less than a day left."), (25, "1 day left."), (49, "2 days left.")]
)
def test_the_last_days_are_counted(session, hours, left):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    closes = calendar.span(town, Phase.VOTING).closes_at
    assert stand(town, closes - timedelta(hours=hours)).left == left


def test_a_round_says_what_holds_the_clock(session, pages, clock):
    town = make.round_(session, Phase.BALLOT, projects={"bench": ("town", 1_00)})
    clock.now = NOW + timedelta(days=6)  # voting should be open
    page = text_of(pages.get(f"/rounds/{town.slug}"))

    assert "Voting opens as soon as the ballot is frozen." in page
    assert "Waits until the ballot is frozen." in page
    assert "Voting is open." not in page


def test_a_round_follows_the_clock_without_anybody_doing_anything(session, pages, clock):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    closes = calendar.span(town, Phase.VOTING).closes_at
    address = f"/rounds/{town.slug}"

    clock.now = closes - timedelta(seconds=1)
    assert "Voting is open." in pages.get(address).text
    clock.now = closes
    assert "Voting is over." in pages.get(address).text


def test_money_is_shown_by_area_and_together(session, pages):
    town = make.round_(session, areas={"town": 100_000_00, "mill": 50_000_50})
    page = text_of(pages.get(f"/rounds/{town.slug}"))
    for amount in ("€100,000", "€50,000.50", "€150,000.50", "Together"):
        assert amount in page


def test_the_texts_of_a_round_cannot_bring_scripts(session, pages):
    town = make.round_(session)
    town.purpose = "<script>alert(1)</script> **bold** [x](javascript:alert(1))"
    session.commit()
    page = pages.get(f"/rounds/{town.slug}").text
    assert "<script>alert" not in page and 'href="javascript' not in page
    assert "<strong>bold</strong>" in page


def test_a_round_that_does_not_exist_is_not_found(pages):
    for page in ("", "/people", "/acts", "/log", "/log.jsonl"):
        pages.get(f"/rounds/nowhere{page}", 404)


# Preview


@pytest.mark.parametrize("page", ["", "/people", "/acts", "/log", "/log.jsonl"])
def test_an_unpublished_round_exists_only_for_its_team(session, pages, browse, page):
    town = make.round_(session, Phase.SETUP)
    address = f"/rounds/{town.slug}{page}"
    member = browse(make.appointed(session, town, Role.REVIEWER))
    steward = browse(make.appointed(session, town, Role.STEWARD))

    for visitor in (member, steward):
        found = visitor.get(address)
        assert page == "/log.jsonl" or "Preview: only the team sees this" in found.text
    for visitor in (pages, browse(make.account(session)), browse(make.officer(session))):
        visitor.get(address, 404)


def test_a_published_round_has_no_preview_banner(session, browse):
    town = make.round_(session, Phase.IDEAS)
    member = browse(make.appointed(session, town, Role.COMMISSIONER))
    assert "Preview:" not in member.get(f"/rounds/{town.slug}").text


def test_the_preview_ends_with_the_role(session, browse, clock):
    town = make.round_(session, Phase.SETUP)
    olga = make.appointed(session, town, Role.COMMISSIONER)
    ana = make.account(session)
    held = people.appoint(session, town, ana, Role.CLERK, by=olga, at=NOW)
    session.commit()
    visitor = browse(ana)
    visitor.get(f"/rounds/{town.slug}")

    people.end(session, held, by=olga, at=NOW + timedelta(minutes=1))
    session.commit()
    clock.now = NOW + timedelta(minutes=2)

    visitor.get(f"/rounds/{town.slug}", 404)


# People


def test_everybody_sees_who_holds_which_role_from_when_to_when(session, pages, clock):
    town = make.round_(session, Phase.IDEAS)
    olga = make.appointed(session, town, Role.COMMISSIONER, "Olga")
    gone = people.appoint(
        session,
        town,
        make.account(session, "Gustav"),
        Role.CLERK,
        by=olga,
        at=NOW - timedelta(days=2),
        ends_at=NOW - timedelta(days=1),
    )
    session.commit()
    page = text_of(pages.get(f"/rounds/{town.slug}/people"))

    assert page.index("Olga") < page.index("Who served before") < page.index("Gustav")
    assert olga.email not in page and gone.account.email not in page
    assert "3 May 2026" in page


def test_the_table_of_decisions_is_the_table_of_the_policy(session, pages):
    town = make.round_(session, Phase.IDEAS)
    for address in (f"/rounds/{town.slug}/people", "/help/roles"):
        page = text_of(pages.get(address))
        for what, who, when in decisions.table():
            assert f">{what}<" in page and f">{who}<" in page and f">{when}<" in page
    assert len(decisions.table()) == len(GRANTS)


def test_every_permission_and_everybody_has_plain_words():
    assert set(decisions.WHAT) == set(Permission)
    assert set(decisions.WHO) == set(Who)


# Log


def test_the_log_is_newest_first_and_paged(session, pages):
    town = make.round_(session, Phase.IDEAS)
    log(session, town, 120)
    address = f"/rounds/{town.slug}/log"

    first, last = pages.get(address).text, pages.get(f"{address}?page=3").text
    assert first.index('id="entry-120"') < first.index('id="entry-71"')
    assert 'id="entry-70"' not in first
    assert 'id="entry-1"' in last
    for odd in ("0", "-4", "99999", "x", ""):
        pages.get(f"{address}?page={odd}")


def test_the_log_names_roles_and_no_people(session, pages):
    town = make.round_(session, Phase.IDEAS)
    olga = make.appointed(session, town, Role.COMMISSIONER, "Olga Example")
    ana = make.account(session, "Ana Example")
    people.appoint(session, town, ana, Role.STEWARD, by=olga, at=NOW)
    session.commit()
    page = text_of(pages.get(f"/rounds/{town.slug}/log"))
    file = pages.get(f"/rounds/{town.slug}/log.jsonl").text

    assert "by a commissioner" in page
    for name in ("Olga", "Ana", olga.email, ana.email):
        assert name not in page and name not in file


def test_an_empty_log_is_a_page_too(session, pages):
    town = make.round_(session, Phase.IDEAS)
    assert "The log is empty." in pages.get(f"/rounds/{town.slug}/log").text
    assert pages.get(f"/rounds/{town.slug}/log.jsonl").text == ""


def run(program, path):
    return subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )


def test_the_program_on_the_page_checks_the_downloaded_log(session, pages, tmp_path):
    town = make.round_(session, Phase.IDEAS)
    log(session, town, 3)
    audit.record(session, chain=town.id, kind="round.describe", at=NOW, body={"ünï": "“ß”"})
    session.commit()
    page = text_of(pages.get(f"/rounds/{town.slug}/log"))
    program = page.split('id="program">')[1].split("</code>")[0]
    lines = pages.get(f"/rounds/{town.slug}/log.jsonl").text.splitlines()
    good, bad, short = (tmp_path / name for name in ("good", "bad", "short"))
    good.write_text("\n".join(lines), encoding="utf-8")
    bad.write_text("\n".join(lines).replace('{"n": 1}', '{"n": 7}'), encoding="utf-8")
    short.write_text("\n".join(lines[1:]), encoding="utf-8")

    whole = run(program, good)
    assert whole.returncode == 0
    assert json.loads(lines[-1])["hash"] in whole.stdout
    assert json.loads(lines[-1])["hash"] in page
    assert run(program, bad).stderr == "Entry 2 is broken.\n"
    assert run(program, short).stderr == "Entry 1 is broken.\n"


# Help


@pytest.mark.parametrize("page", ["how-it-works", "accessibility", "privacy", "roles"])
def test_help_pages_open_for_everybody(session, pages, browse, page):
    pages.get(f"/help/{page}")
    browse(make.account(session)).get(f"/help/{page}")


def test_the_help_explains_every_loaded_rule(app, pages):
    page = text_of(pages.get("/help/how-it-works"))
    for rule in app.extensions["rules"].values():
        assert f'id="rule-{rule.id}"' in page
        assert rule.title in page and rule.summary in page


def test_privacy_says_what_envelopes_protect_from_and_that_some_rounds_have_none(pages):
    page = pages.get("/help/privacy").text
    assert "the page of the round says so" in page
    assert "Two holders of key sheets who act together" in page


def test_the_example_on_the_help_page_is_what_the_rules_do(app):
    path, lamps, ground = Project("path", 60_00), Project("lamps", 40_00), Project("ground", 40_00)
    instance = Instance(100_00, (path, lamps, ground))
    profile = Profile.of(
        [Ballot(("path", "lamps"))] * 5 + [Ballot(("path",))] + [Ballot(("ground",))] * 4
    )
    rules = app.extensions["rules"]

    assert set(rules["greedy"](instance, profile).funded) == {"path", "lamps"}
    assert set(rules["equal-shares"](instance, profile).funded) == {"path", "ground"}
