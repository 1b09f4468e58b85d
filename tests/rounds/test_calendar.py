"""The clock decides the phase; gates hold it; clocks on walls jump."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pb.errors import Invalid, PhaseClosed
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from tests import make
from tests.conftest import NOW

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def plain(phase: Phase = Phase.SETUP, **facts) -> Round:
    """A round that needs no database, whose clock stands in `phase` at NOW."""
    made = Round(name="Our town", slug="our-town", time_zone="Europe/Amsterdam")
    made.published_at = NOW - timedelta(days=300)
    made.dates = make.dates(phase)
    for name, value in facts.items():
        setattr(made, name, value)
    return made


GATES_PASSED = {"frozen_at": NOW, "results_at": NOW}


@pytest.mark.parametrize("phase", list(Phase))
def test_the_clock_alone_leads_through_all_phases(phase):
    assert calendar.phase_at(plain(phase, **GATES_PASSED), NOW) is phase


def test_a_phase_opens_at_its_very_moment():
    round = plain(Phase.IDEAS, **GATES_PASSED)
    opens = calendar.span(round, Phase.REVIEW).opens_at

    assert calendar.phase_at(round, opens - timedelta(microseconds=1)) is Phase.IDEAS
    assert calendar.phase_at(round, opens) is Phase.REVIEW


def test_a_round_that_is_not_published_stays_in_preparation():
    assert calendar.phase_at(plain(Phase.VOTING, published_at=None), NOW) is Phase.SETUP


def test_a_round_without_dates_stays_in_preparation():
    assert calendar.phase_at(plain(dates=[]), NOW) is Phase.SETUP


@pytest.mark.parametrize("phase", [Phase.VOTING, Phase.COUNTING, Phase.RESULTS, Phase.ARCHIVED])
def test_voting_does_not_open_until_the_ballot_is_frozen(phase):
    assert calendar.phase_at(plain(phase, results_at=NOW), NOW) is Phase.BALLOT


@pytest.mark.parametrize("phase", [Phase.RESULTS, Phase.DELIVERY, Phase.ARCHIVED])
def test_results_do_not_show_until_they_are_published(phase):
    assert calendar.phase_at(plain(phase, frozen_at=NOW), NOW) is Phase.COUNTING


def test_voting_ends_by_the_clock_even_if_nobody_does_anything():
    assert calendar.phase_at(plain(Phase.COUNTING, frozen_at=NOW), NOW) is Phase.COUNTING


def test_a_phase_that_is_switched_off_is_passed_over():
    first = NOW - timedelta(days=1)
    opens = {
        Phase.VOTING: first,
        Phase.COUNTING: NOW + timedelta(days=1),
        Phase.RESULTS: NOW + timedelta(days=2),
    }
    round = plain(
        dates=calendar.plan(opens, NOW + timedelta(days=3)), frozen_at=NOW, results_at=NOW
    )

    assert calendar.phase_at(round, NOW) is Phase.VOTING
    assert calendar.phase_at(round, NOW + timedelta(days=3)) is Phase.ARCHIVED


def test_a_phase_that_is_not_open_is_refused_with_both_names():
    with pytest.raises(PhaseClosed, match="“voting”.*now in the phase “proposals”"):
        calendar.require(plain(Phase.IDEAS), NOW, Phase.VOTING)


@pytest.mark.parametrize("phase", calendar.ALWAYS)
def test_a_plan_needs_the_phases_of_every_round(phase):
    opens = {one: NOW + timedelta(days=n) for n, one in enumerate(calendar.ALWAYS)}
    del opens[phase]

    with pytest.raises(Invalid) as refusal:
        calendar.plan(opens, NOW + timedelta(days=9))

    assert any(calendar.LABELS[phase] in problem for problem in refusal.value.problems)


def test_a_plan_names_each_phase_that_is_out_of_order():
    opens = {
        Phase.VOTING: NOW + timedelta(days=2),
        Phase.COUNTING: NOW + timedelta(days=1),
        Phase.RESULTS: NOW + timedelta(days=3),
    }

    with pytest.raises(Invalid) as refusal:
        calendar.plan(opens, NOW)

    assert refusal.value.problems == (
        "“Voting” must open before the next phase does.",
        "“Results” must open before the next phase does.",
    )


def test_a_phase_does_not_close_at_the_moment_it_opens():
    opens = {phase: NOW + timedelta(days=n) for n, phase in enumerate(calendar.ALWAYS)}
    opens[Phase.COUNTING] = opens[Phase.VOTING]

    with pytest.raises(Invalid) as refusal:
        calendar.plan(opens, NOW + timedelta(days=9))

    assert refusal.value.problems == ("“Voting” must open before the next phase does.",)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2026, 1, 15, 9), datetime(2026, 1, 15, 8, tzinfo=UTC)),
        (datetime(2026, 7, 15, 9), datetime(2026, 7, 15, 7, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (datetime(2026, 3, 29, 3, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (datetime(2026, 10, 25, 3, 0), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_time_on_the_wall_is_one_moment(local, utc):
    assert calendar.to_utc(local, AMSTERDAM) == utc


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_an_hour_that_does_not_exist_is_refused(minute):
    with pytest.raises(Invalid, match="There is no 02:.* on 29 March 2026: the clocks go forward"):
        calendar.to_utc(datetime(2026, 3, 29, 2, minute), AMSTERDAM)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_an_hour_that_comes_twice_is_refused(minute):
    with pytest.raises(Invalid, match="on 25 October 2026 comes twice: the clocks go back"):
        calendar.to_utc(datetime(2026, 10, 25, 2, minute), AMSTERDAM)


def test_next_year_keeps_weekdays_and_distances():
    first, second = datetime(2026, 3, 2, 9), datetime(2026, 4, 6, 9)  # Mondays
    opens, ends = calendar.next_year(
        {Phase.IDEAS: first, Phase.VOTING: second}, datetime(2026, 5, 4), datetime(2026, 6, 1)
    )

    assert opens[Phase.IDEAS] == datetime(2027, 3, 1, 9)
    assert opens[Phase.IDEAS].weekday() == first.weekday()
    assert opens[Phase.VOTING] - opens[Phase.IDEAS] == second - first
    assert ends.weekday() == 0


def test_next_year_goes_as_many_years_as_the_future_needs():
    old = datetime(2016, 2, 29, 9)  # a Monday in a leap year
    opens, _ = calendar.next_year({Phase.VOTING: old}, old, datetime(2026, 6, 1))

    assert opens[Phase.VOTING] == datetime(2027, 3, 1, 9)
    assert opens[Phase.VOTING].weekday() == old.weekday()


def test_the_usual_plan_is_a_plan_that_opens_on_a_monday_to_come():
    today = datetime(2026, 5, 7, 15, 30)
    opens, ends = calendar.usual(today)

    calendar.plan(
        {phase: at.replace(tzinfo=UTC) for phase, at in opens.items()}, ends.replace(tzinfo=UTC)
    )
    assert min(opens.values()) > today + timedelta(days=10)
    assert {at.weekday() for at in opens.values()} == {0}


@pytest.mark.parametrize(
    ("phase", "facts", "name", "note"),
    [
        (Phase.VOTING, {}, "Voting", "Waits until the ballot is frozen."),
        (Phase.RESULTS, {"frozen_at": NOW}, "Results", "Waits until the result is published."),
    ],
)
def test_the_timeline_says_what_holds_the_clock(phase, facts, name, note):
    stages = {stage["name"]: stage for stage in calendar.stages(plain(phase, **facts), NOW)}

    assert stages[name]["state"] == "next"
    assert stages[name]["note"] == note
    assert [stage["state"] for stage in stages.values()].count("current") == 1
