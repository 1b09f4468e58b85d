"""The areas and the money of a round, with every bad input on the way."""

import pytest

from tests import make
from tests.commission.setup.typed import AREAS, fresh, setup


def test_more_rows_are_added_without_losing_what_was_typed(desk, town):
    assert 'name="rows-4-name"' not in desk.get(setup("money")).text
    typed = {
        "rows-0-name": "Harbour & quay",
        "rows-0-budget": "much",
        "rows-1-name": "Mill",
        "more": "1",
    }

    page = desk.post(setup("money"), typed, 200)

    assert "Harbour &amp; quay" in page.text and 'value="much"' in page.text
    assert 'name="rows-4-name"' in page.text
    assert "There is a problem" not in page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rows-1-budget": "-5"}, "cannot be below zero"),
        ({"rows-1-budget": "lots"}, "Enter an amount in figures"),
        ({"rows-1-budget": "99999999999999999"}, "That amount is too large."),
        ({"rows-1-budget": "1.234"}, "no more than two decimals"),
        ({"rows-1-budget": "NaN"}, "Enter an amount in figures"),
        ({"rows-1-budget": ""}, "Enter the money of this area"),
        ({"rows-1-name": ""}, "Enter a name for this area"),
        ({"rows-1-name": "whole town"}, "Two areas are called"),
        ({"rows-1-city_wide": "y"}, "Only one area can be the whole town."),
        ({"rows-1-slug": "gone"}, "There is no area “gone” any more."),
    ],
)
def test_bad_money_is_refused_and_everything_typed_stays(session, desk, town, changed, sentence):
    page = desk.post(setup("money"), {**AREAS, **changed}, 422)

    assert sentence in page.text
    assert "There is a problem" in page.text
    assert 'value="100,000"' in page.text
    assert fresh(session).areas == []


def test_an_area_is_renamed_and_another_removed(session, desk, town):
    desk.post(setup("money"), AREAS)
    page = desk.get(setup("money"))
    assert 'value="25,000.5' in page.text

    rows = {
        "rows-0-slug": "whole-town",
        "rows-0-name": "Whole town",
        "rows-0-budget": "100,000",
        "rows-0-remove": "y",
        "rows-1-slug": "old-mill",
        "rows-1-name": "New Mill",
        "rows-1-budget": "1",
    }
    desk.post(setup("money"), rows)

    assert [(area.slug, area.name, area.budget) for area in fresh(session).areas] == [
        ("old-mill", "New Mill", 1_00)
    ]


def test_an_area_with_proposals_is_not_removed(session, desk, town):
    desk.post(setup("money"), AREAS)
    make.proposal(session, fresh(session), make.account(session))
    row = {"rows-0-slug": "whole-town", "rows-0-name": "x", "rows-0-remove": "y"}

    page = desk.post(setup("money"), row, 409)

    assert "“Whole town” cannot be removed" in page.text
    assert len(fresh(session).areas) == 2
