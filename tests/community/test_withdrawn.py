"""The proposal of a project that was withdrawn says so, wherever it is shown."""

import pytest

from pb.proposals import definition
from pb.proposals.models import State
from pb.rounds.models import ActKind, Phase
from tests import make
from tests.conftest import NOW
from tests.results.elections import town

REASON = "The land turned out to be polluted."


@pytest.fixture
def author(session):
    return make.account(session, "Ada")


@pytest.fixture
def proposals(session, keys, author):
    """One that was withdrawn from the ballot, and one that stays."""
    found = town(session, keys, Phase.BALLOT)
    made = [
        make.proposal(session, found.round, author, State.ON_BALLOT, title=title)
        for title in ("An arch", "A bell")
    ]
    for number, proposal in enumerate(made, 8):
        code = f"line-{number}"
        make.project(session, found.round, code, number=number, proposal_id=proposal.id)
    found.round.config_digest = definition.digest(session, found.round)
    found.round.frozen_at = NOW
    session.commit()
    found.do(ActKind.WITHDRAW_PROJECT, project=8, reason=REASON)
    return found.round, *made


def test_the_page_says_withdrawn_and_why(pages, proposals):
    round, gone, stays = proposals
    page = pages.get(f"/rounds/{round.slug}/proposals/{gone.id}").text
    assert "Withdrawn from the ballot" in page and REASON in page
    assert "On the ballot</strong>" not in page

    other = pages.get(f"/rounds/{round.slug}/proposals/{stays.id}").text
    assert "On the ballot</strong>" in other and "Withdrawn from the ballot" not in other


def test_lists_of_proposals_mark_it(browse, author, proposals):
    round = proposals[0]
    for path in ("", "/mine"):
        page = browse(author).get(f"/rounds/{round.slug}/proposals{path}").text
        assert page.count("Withdrawn from the ballot") == page.count("On the ballot</strong>") == 1
