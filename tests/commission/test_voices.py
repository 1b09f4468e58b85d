"""The commission chooses how much one person may post; a round works without the choice."""

import pytest

from pb.purpose.contingents import queries
from pb.purpose.documents import queries as documents
from pb.rounds.models import Phase, Role
from tests import make

CHOICE = {
    "per_day": "5",
    "one_turn": "y",
    "others": "2",
    "hours": "12",
    "days": "4",
    "votes_needed": "2",
}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE)


@pytest.fixture
def cora(session, browse, round):
    return browse(make.appointed(session, round, Role.COMMISSIONER))


def path(round):
    return f"/commission/rounds/{round.slug}/setup/voices"


def test_the_limits_are_chosen_and_hold_for_the_round(session, cora, round):
    assert "Voices and votes" in cora.get(path(round).removesuffix("/voices")).text
    assert 'value="3"' in cora.get(path(round)).text

    cora.post(path(round), CHOICE)

    chosen = queries.rules(session, round)
    assert (chosen.per_day, chosen.one_turn, chosen.others, chosen.hours) == (5, True, 2, 12)
    terms = documents.terms(session, round)
    assert (terms.days, terms.votes_needed) == (4, 2)


@pytest.mark.parametrize("wrong", [{"per_day": "0"}, {"others": "99"}, {"hours": "soon"}])
def test_a_limit_out_of_range_comes_back_with_a_reason(session, cora, round, wrong):
    page = cora.post(path(round), {**CHOICE, **wrong}, 422).text

    assert "Enter a number from 1 to" in page
    assert f'value="{next(iter(wrong.values()))}"' in page
    assert queries.rules(session, round).per_day == 3
    assert documents.terms(session, round).days == 7


def test_a_vote_of_no_days_comes_back_with_a_reason(session, cora, round):
    page = cora.post(path(round), {**CHOICE, "days": "0", "votes_needed": "0"}, 422).text

    assert "open for 1 to 60 days" in page and "At least one vote is needed" in page
    assert queries.rules(session, round).per_day == 3
