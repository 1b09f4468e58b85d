"""What everybody sees of the projects while voting is open: the list, a page each, no counts."""

import re

import pytest
from sqlalchemy import select

from pb.ballots import service as box
from pb.ballots.models import Channel, LiveBallot
from pb.rounds.models import Phase, Role
from pb.tally.ballots import Ballot
from tests import make
from tests.community.ballot_town import stored, voting
from tests.conftest import NOW


@pytest.fixture
def round(session):
    return voting(session)


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}"


def test_projects_are_found_by_area_word_and_price(pages, path, round):
    assert "5 projects" in pages.get(f"{path}/projects").text
    assert "2 projects" in pages.get(f"{path}/projects?area=north").text
    assert "1 project found" in pages.get(f"{path}/projects?text=LAMP+helps").text
    assert "2 projects" in pages.get(f"{path}/projects?most=1,400").text
    assert "No project fits" in pages.get(f"{path}/projects?text=volcano").text
    assert "5 projects" in pages.get(f"{path}/projects?area=mars&page=77").text
    wrong = pages.get(f"{path}/projects?most=cheap", 422).text
    assert 'value="cheap"' in wrong
    assert "in figures" in wrong


def test_a_project_has_a_page_of_its_own(pages, path, round):
    page = pages.get(f"{path}/projects/3").text
    assert "Bench" in page
    assert "€1,333" in page
    pages.get(f"{path}/projects/99", 404)
    pages.get(f"{path}/projects/{10**30}", 404)


def test_before_the_freeze_there_is_no_list_of_projects(session, pages):
    round = make.round_(session, Phase.REVIEW, projects={"park": ("town", 1_00)})
    pages.get(f"/rounds/{round.slug}/projects", 404)
    pages.get(f"/rounds/{round.slug}/projects/1", 404)


def test_no_page_of_any_role_shows_votes_for_a_project_while_voting_is_open(
    app, session, browse, round, keys
):
    """The canary: 231 ballots, 173 for one project and 97 for another."""
    town = make.area(round).id
    for n in range(231):
        entry = make.entry(session, round, "north" if n % 2 else "south")
        chosen = [*(["park"] if n < 173 else []), *([] if n < 134 else ["pool"])]
        lists = {town: Ballot(tuple(chosen[:1] if n < 173 else chosen))}
        box.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)
    session.commit()
    cast = stored(session, select(LiveBallot.content))
    park = sum(b'"park"' in content for content in cast)
    pool = sum(b'"pool"' in content for content in cast)
    assert (park, pool) == (173, 58)
    people = [None, make.officer(session), make.account(session)]
    people += [make.appointed(session, round, role) for role in Role]
    opened = 0
    for account in people:
        pages = browse(account)
        for address in addresses(app, round):
            response = pages.client.get(address)
            if response.status_code == 200:
                opened += 1
                text = re.sub(r"<[^>]+>", " ", response.text).replace(round.name, " ")
                # Numbers that stand alone: no part of a fingerprint, a time or an amount.
                found = set(re.findall(r"(?<![\w.-])(?<!\d[:,])\d+(?!\w|[:,.]\d)", text))
                assert not found & {"173", "58"}, address
    assert opened > 20


def addresses(app, round) -> list[str]:
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.arguments <= {"round", "number"}:
                parts = {"round": round, "number": 1}
                found.append(
                    app.url_map.bind("localhost").build(
                        rule.endpoint, {name: parts[name] for name in rule.arguments}
                    )
                )
    return found
