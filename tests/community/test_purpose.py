"""The page from which everything about the purpose of a round starts."""

import pytest

from pb.community.purpose import PRACTICES
from pb.rounds.models import Phase
from tests import make


@pytest.mark.parametrize("phase", [Phase.PURPOSE, Phase.DELIVERY])
def test_the_page_says_what_the_round_is_for_and_leads_to_every_practice(session, pages, phase):
    round = make.round_(session, phase)

    page = pages.get(f"/rounds/{round.slug}/purpose").text

    assert "What would make our town <strong>better</strong>?" in page
    for practice in PRACTICES:
        assert practice.title in page
        assert practice.text in page


def test_the_round_leads_to_its_purpose(session, pages):
    round = make.round_(session)

    assert f'href="/rounds/{round.slug}/purpose"' in pages.get(f"/rounds/{round.slug}").text
