"""The last minutes: what comes in time, what began in time, and what is too late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pb.errors import PhaseClosed
from pb.rounds import calendar
from pb.rounds.models import Phase
from tests import make

INSTANT = timedelta(milliseconds=1)


def test_a_form_that_was_begun_in_time_may_come_until_the_grace_is_over(
    session, round, cast, closes
):
    entry, begun = make.entry(session, round), closes - INSTANT
    for received in (closes, closes + INSTANT, closes + calendar.GRACE - INSTANT):
        cast(round, entry, now=received, begun=begun, town=["park"])
    with pytest.raises(PhaseClosed, match="came too late and was not counted"):
        cast(round, entry, now=closes + calendar.GRACE, begun=begun, town=["park"])


def test_a_form_that_was_begun_at_the_close_is_too_late(session, round, cast, closes):
    entry = make.entry(session, round)
    for begun in (closes, closes + INSTANT, None):
        with pytest.raises(PhaseClosed, match="Voting closed on"):
            cast(round, entry, now=closes + 2 * INSTANT, begun=begun, town=["park"])
        session.rollback()


def test_a_form_from_before_the_opening_wins_no_grace(session, round, cast, closes):
    opens = calendar.span(round, Phase.VOTING).opens_at
    with pytest.raises(PhaseClosed):
        cast(
            round, make.entry(session, round),
            now=closes + INSTANT, begun=opens - INSTANT, town=["park"],
        )  # fmt: skip


def test_the_box_is_opened_only_after_the_grace_and_the_queue(round, closes, shut):
    assert shut == closes + timedelta(minutes=16)


def test_the_refusal_tells_the_time_on_the_clocks_of_the_town(session, round, cast, closes):
    shown = closes.astimezone(ZoneInfo("Europe/Amsterdam"))
    with pytest.raises(PhaseClosed, match=f"at {shown:%H:%M}"):
        cast(round, make.entry(session, round), now=closes, town=["park"])


@pytest.mark.parametrize(
    ("night", "closes_utc"),
    [
        # Clocks go forward on 29 March 2026 at 2:00, and back on 25 October 2026 at 3:00.
        ("2026-03-29T03:05", datetime(2026, 3, 29, 1, 5, tzinfo=UTC)),
        ("2026-03-29T01:55", datetime(2026, 3, 29, 0, 55, tzinfo=UTC)),
        ("2026-10-25T01:55", datetime(2026, 10, 24, 23, 55, tzinfo=UTC)),
        ("2026-10-25T03:05", datetime(2026, 10, 25, 2, 5, tzinfo=UTC)),
    ],
)
def test_a_close_in_the_night_when_the_clocks_change(session, keys, cast, night, closes_utc):
    """The grace is a quarter of an hour by the watch, whatever the clocks on the wall do."""
    round = make.round_(
        session,
        Phase.VOTING,
        projects={"park": ("town", 1_00)},
        now=closes_utc - timedelta(days=5),
    )
    assert calendar.to_utc(datetime.fromisoformat(night), round.zone) == closes_utc
    assert calendar.span(round, Phase.VOTING).closes_at == closes_utc
    entry, last = make.entry(session, round), closes_utc - INSTANT
    cast(round, entry, now=last, town=["park"])
    cast(round, entry, now=closes_utc + timedelta(minutes=15) - INSTANT, begun=last, town=["park"])
    with pytest.raises(PhaseClosed):
        cast(round, entry, now=closes_utc + timedelta(minutes=15), begun=last, town=["park"])
