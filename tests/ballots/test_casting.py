from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from pb.audit.models import Entry
from pb.ballots import receipts, service, turnout
from pb.ballots.models import Channel, LiveBallot, TurnoutMark
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.tally.ballots import Ballot
from tests import make
from tests.ballots.box import count, in_parallel, inside, seal
from tests.conftest import NOW


def test_a_ballot_leaves_a_mark_and_a_sealed_envelope(session, round, cast, keys):
    entry = make.entry(session, round, "north")
    receipt = cast(round, entry, north=["lamp"], town=["park"])
    mark = session.scalars(select(TurnoutMark)).one()
    assert (mark.entry_id, mark.revision, mark.channel) == (entry.id, 1, Channel.WEB)
    live = session.scalars(select(LiveBallot)).one()
    assert receipts.commitment(inside(round, live)) == live.commitment
    assert receipts.code(live.commitment) == receipt.code
    assert (receipt.at, receipt.revision) == (NOW, 1)
    assert not session.scalars(select(Entry).where(Entry.chain == round.id)).all()


def test_voting_again_replaces_the_ballot(session, round, cast):
    entry = make.entry(session, round, "north")
    first = cast(round, entry, north=["lamp"])
    second = cast(round, entry, north=["bench"])
    assert second.revision == 2
    assert second.code != first.code
    content = inside(round, session.scalars(select(LiveBallot)).one())
    assert b"bench" in content
    assert b"lamp" not in content
    assert count(session, TurnoutMark) == 1


def test_the_same_ballot_twice_has_two_receipts_but_a_form_sent_twice_has_one(session, round, cast):
    entry = make.entry(session, round)
    plain = cast(round, entry, town=["park"])
    assert cast(round, entry, town=["park"]).code != plain.code
    first = cast(round, entry, town=["park"], submission="once")
    assert cast(round, entry, town=["park"], submission="once").code == first.code
    assert cast(round, entry, town=["pool"], submission="once").code != first.code
    other = make.entry(session, round)
    assert cast(round, other, town=["pool"], submission="once").code != first.code
    assert count(session, LiveBallot) == 2


def test_an_empty_ballot_counts_as_taking_part(session, round, cast):
    cast(round, make.entry(session, round, "north"), north=[], town=[])
    assert turnout.of_round(session, round).voted == 1
    assert b'"lists":{}' in inside(round, session.scalars(select(LiveBallot)).one())


def test_the_order_in_which_a_voter_saw_the_projects_is_not_kept(session, round, cast):
    cast(round, make.entry(session, round), town=["pool"])
    entry = make.entry(session, round, "north")
    cast(round, entry, north=["lamp", "bench"])
    contents = [inside(round, live) for live in session.scalars(select(LiveBallot))]
    assert any(b'["bench","lamp"]' in content for content in contents)


@pytest.mark.parametrize(
    ("lists", "sentence"),
    [
        ({"north": ["bench", "lamp", "bench"]}, "Project bench is chosen 2 times"),
        ({"town": ["park", "pool"]}, "cost 7000000 together"),
        ({"town": ["bench"]}, "There is no project bench on this ballot"),
        ({"town": ["moon"]}, "There is no project moon on this ballot"),
        ({"south": ["tree"]}, "Your ballot has no list for this area"),
        ({"north": ["tree"]}, "There is no project tree on this ballot"),
    ],
)
def test_a_ballot_beyond_its_limits_is_not_counted(session, round, cast, lists, sentence):
    entry = make.entry(session, round, "north")
    with pytest.raises(Invalid) as refusal:
        cast(round, entry, **lists)
    session.rollback()
    assert sentence in " ".join(refusal.value.problems)
    assert count(session, TurnoutMark) == count(session, LiveBallot) == 0


@pytest.mark.parametrize(
    ("lists", "fits"),
    [
        ({"north": ["lamp", "bench"]}, True),  # 3,000 of 3,000
        ({"north": ["lamp", "tower"]}, False),  # 3,001
        ({"town": ["tower-of-the-town", "park"]}, True),  # the money of each area counts apart
        ({"north": ["lamp"], "town": ["pool", "park"]}, False),
    ],
)
def test_a_list_can_be_held_to_the_money_of_its_area(session, cast, lists, fits):
    projects = {
        "lamp": ("north", 2_000_00),
        "bench": ("north", 1_000_00),
        "tower": ("north", 1_001_00),
        "park": ("town", 4_000_00),
        "tower-of-the-town": ("town", 6_000_00),
        "pool": ("town", 6_001_00),
    }
    areas = {"north": 3_000_00, "town": 10_000_00}
    round = make.round_(session, Phase.VOTING, areas=areas, projects=projects, within_budget=True)
    entry = make.entry(session, round, "north")
    if fits:
        assert cast(round, entry, **lists).revision == 1
        return
    with pytest.raises(Invalid, match="together; the most"):
        cast(round, entry, **lists)


def test_points_on_an_approval_ballot_are_refused(session, round, keys):
    entry = make.entry(session, round)
    lists = {make.area(round).id: Ballot(("park",), (1_000_000,))}
    with pytest.raises(Invalid, match="takes no points"):
        service.cast(session, round, entry, lists, channel=Channel.WEB, now=NOW, keys=keys)


def test_a_refused_change_leaves_the_earlier_ballot_as_it_was(session, round, cast):
    entry = make.entry(session, round, "north")
    cast(round, entry, north=["lamp"])
    before = session.scalars(select(LiveBallot.commitment)).one()
    with pytest.raises(Invalid):
        cast(round, entry, north=["lamp", "moon"])
    session.rollback()
    assert session.scalars(select(LiveBallot.commitment)).one() == before
    assert session.scalars(select(TurnoutMark.revision)).one() == 1


def test_an_entry_of_another_round_is_refused(session, round, cast):
    other = make.round_(session, Phase.VOTING, projects={"x": ("town", 1)})
    with pytest.raises(Refused, match="another round"):
        cast(round, make.entry(session, other), town=["park"])


def test_one_millisecond_decides(session, round, cast, closes):
    entry, instant = make.entry(session, round), timedelta(milliseconds=1)
    opens = calendar.span(round, Phase.VOTING).opens_at
    cast(round, entry, now=opens, town=["park"])
    cast(round, entry, now=closes - instant, town=["park"])
    for late in (closes, closes + instant, opens - instant):
        with pytest.raises(PhaseClosed):
            cast(round, entry, now=late, town=["park"])
        session.rollback()
    assert session.scalars(select(TurnoutMark.revision)).one() == 2


def test_a_ballot_that_arrived_in_time_counts_though_it_had_to_wait(session, round, keys, closes):
    entry, second = make.entry(session, round), timedelta(seconds=1)
    lists = {make.area(round).id: Ballot(("park",))}
    receipt = service.cast(
        session, round, entry, lists,
        channel=Channel.WEB, now=closes + second, received=closes - second, keys=keys,
    )  # fmt: skip
    assert receipt.at == closes + second


def test_the_dates_that_count_are_those_in_the_database(app, session, round, cast, closes):
    """A request that read the round before an extension, or before it was sealed, is no older."""
    entry = make.entry(session, round)
    assert calendar.phase_at(round, closes) is not Phase.VOTING
    with sa.orm.Session(app.extensions["engine"]) as other:
        later = other.get(Round, round.id)
        dates = {row.phase: row for row in later.dates}
        dates[Phase.COUNTING].opens_at = closes + timedelta(days=1)
        dates[Phase.VOTING].closes_at = closes + timedelta(days=1)
        other.commit()
    cast(round, entry, now=closes, town=["park"])
    assert count(session, LiveBallot) == 1


def test_a_box_that_was_sealed_since_the_request_began_says_so(app, session, round, cast, keys):
    entry, closes = make.entry(session, round), calendar.span(round, Phase.VOTING).closes_at
    assert round.sealed_at is None
    session.commit()
    with sa.orm.Session(app.extensions["engine"]) as other:
        seal(other, other.get(Round, round.id), keys, calendar.counting_from(round))
    assert round.sealed_at is None, "this request has read the round before"
    with pytest.raises(PhaseClosed, match="the ballot box is sealed"):
        cast(round, entry, now=closes - timedelta(milliseconds=1), town=["park"])


def test_one_voter_has_one_ballot_however_many_requests_come_at_once(app, session, round, cast):
    entry = make.entry(session, round, "north")
    plan = ["bench", "lamp"] * 20

    def vote(n):
        with sa.orm.Session(app.extensions["engine"], expire_on_commit=False) as own:
            here = own.get(Round, round.id)
            return cast(here, own.get(RollEntry, entry.id), session=own, north=[plan[n]])

    found = in_parallel(40, vote)
    assert sorted(receipt.revision for receipt in found) == list(range(1, 41))
    assert session.scalars(select(TurnoutMark.revision)).one() == 40
    live = session.scalars(select(LiveBallot)).one()
    last = max(found, key=lambda receipt: receipt.revision)
    assert receipts.code(live.commitment) == last.code


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (Channel.WEB, Channel.PAPER, "has voted already"),
        (Channel.PAPER, Channel.WEB, "You have voted on paper"),
        (Channel.PAPER, Channel.PAPER, "has voted already"),
    ],
)
def test_whichever_of_web_and_paper_is_first_counts(session, round, cast, before, after, sentence):
    entry = make.entry(session, round, "north")
    first = cast(round, entry, channel=before, north=["lamp"])
    with pytest.raises(service.AlreadyVoted, match=sentence):
        cast(round, entry, channel=after, north=["bench"])
    session.rollback()
    mark, live = (
        session.scalars(select(TurnoutMark)).one(),
        session.scalars(select(LiveBallot)).one(),
    )
    assert (mark.channel, mark.revision) == (before, 1)
    assert receipts.code(live.commitment) == first.code
