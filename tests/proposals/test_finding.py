"""Looking for proposals among those that everybody may read."""

from pb.proposals import queries
from pb.proposals.models import State
from tests import make


def _search(session, round, **wanted):
    return queries.search(session, round, queries.Search(**wanted))


def test_the_search_looks_at_words_area_topic_and_state(session):
    round = make.round_(session, areas={"town": 100_000_00, "east": 50_000_00})
    ana = make.account(session)
    bench = make.proposal(session, round, ana, title="A bench", topic="Green and water")
    tree = make.proposal(
        session, round, ana, State.INELIGIBLE, title="100% trees", area_id=round.areas[1].id
    )
    make.proposal(session, round, ana, State.DRAFT, title="A bench too")

    assert _search(session, round, text="BENCH").items == [bench]
    assert _search(session, round, text="0% tree").items == [tree]
    assert _search(session, round, text="0_").items == []
    assert _search(session, round, area="east").items == [tree]
    assert _search(session, round, topic="Green and water").items == [bench]
    assert _search(session, round, state="ineligible").items == [tree]
    assert _search(session, round, state="draft").items == []


def test_a_decision_under_embargo_is_found_among_the_ones_sent_in(session):
    proposal = make.proposal(session, make.round_(session), make.account(session), State.DECIDED)

    assert _search(session, proposal.round, state="submitted").items == [proposal]
    assert _search(session, proposal.round, state="decided").items == []


def test_pages_hold_everything_once_in_the_order_of_the_lot(session):
    round = make.round_(session)
    ana = make.account(session)
    made = {make.proposal(session, round, ana).id for _ in range(queries.PAGE + 3)}

    def ids(page, seed):
        listing = queries.search(session, round, queries.Search(), page=page, seed=seed)
        return [proposal.id for proposal in listing.items]

    first, second = ids(1, "a"), ids(2, "a")
    assert len(first) == queries.PAGE
    assert set(first + second) == made
    assert first == ids(1, "a") != ids(1, "b")
    assert ids(99, "a") == second
    assert ids(1, None) == sorted(made, reverse=True)[: queries.PAGE]
