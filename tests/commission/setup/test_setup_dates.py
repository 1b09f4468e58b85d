"""The dates of a round, with every bad input on the way."""

import re

import pytest

from pb.rounds import calendar
from pb.rounds.models import Phase
from tests.commission.setup.typed import DATES, fresh, moment, setup


def test_the_usual_dates_are_offered_but_not_saved(session, desk, town):
    assert "Fill in usual dates" in desk.get(setup("dates")).text
    page = desk.get(setup("dates") + "?usual=1")
    assert 'name="voting_opens" type="text" inputmode="numeric" value="2026"' in page.text
    assert fresh(session).dates == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"voting_opens": moment("31 2 2026 09:00")}, "There is no day 31 in February 2026."),
        ({"voting_opens": moment("29 2 2027 09:00")}, "There is no day 29 in February 2027."),
        ({"voting_opens": moment("1 13 2026 09:00")}, "Enter a month from 1 to 12."),
        ({"voting_opens": moment("1 9 2026 25:00")}, "Enter a time from 00:00 to 23:59."),
        ({"voting_opens": moment("one 9 2026 09:00")}, "in figures"),
        ({"voting_opens": moment("1 9 0 09:00")}, "a year with four figures"),
        ({"voting_opens": moment("1 9 20260 09:00")}, "in figures"),
        ({"voting_opens": ["1", "9", "", "09:00"]}, "Enter a day, month, year and time"),
        ({"voting_opens": ["", "", "", ""]}, "Enter when “Voting” opens."),
        ({"voting_opens": moment("1 9 1999 09:00")}, "enter a year between 2000 and 2100"),
        ({"ends": ["", "", "", ""]}, "Enter when the round ends."),
        ({"ends": moment("1 9 2026 09:00")}, "“Results” must open before the next phase does."),
        ({"review_opens": moment("1 5 2026 09:00")}, "“Proposals” must open before the next"),
        ({"ideas_opens": moment("29 3 2026 02:30")}, "There is no 02:30 on 29 March 2026"),
        ({"ends": moment("25 10 2026 02:30")}, "02:30 on 25 October 2026 comes twice"),
        ({"time_zone": "Amsterdam"}, "Did you mean Europe/Amsterdam?"),
        ({"time_zone": ""}, "Enter a time zone"),
    ],
)
def test_impossible_dates_are_refused_and_everything_typed_stays(
    session, desk, town, changed, sentence
):
    page = desk.post(setup("dates"), {**DATES, **changed}, 422)

    assert sentence in page.text
    assert 'value="18:00"' in page.text
    for typed in changed.values():
        for part in typed if isinstance(typed, list) else [typed]:
            assert f'value="{part}"' in page.text
    assert fresh(session).dates == []


def test_a_phase_that_is_switched_off_may_hold_any_date(session, desk, town):
    off = {**DATES, "review_opens": moment("99 99 9999 99:99")}
    del off["review_on"]
    desk.post(setup("dates"), off)
    assert calendar.span(fresh(session), Phase.REVIEW) is None


def test_saved_dates_are_shown_as_they_were_typed(desk, town):
    desk.post(setup("dates"), DATES)
    page = desk.get(setup("dates"))
    assert 'value="18:00"' in page.text
    assert re.search(r'name="review_on"[^>]*checked|checked[^>]*name="review_on"', page.text)
    assert not re.search(r'name="purpose_on"[^>]*checked|checked[^>]*name="purpose_on"', page.text)
