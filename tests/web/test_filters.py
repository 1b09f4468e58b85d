"""How pages write money, times and texts."""

from fractions import Fraction

import pytest

from pb.web import filters


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2_500_000, "EUR", "€25,000"),
        (2_500_050, "EUR", "€25,000.50"),
        (0, "EUR", "€0"),
        (100, "PLN", "PLN 1"),
        (-5_00, "EUR", "-€5"),
        (7, "XYZ", "XYZ 0.07"),
        (25_000, "JPY", "JP¥25,000"),
        (Fraction(1999, 2), "EUR", "€10"),
    ],
)
def test_money_shows_cents_only_where_there_are_any(amount, currency, text):
    assert filters.money(amount, currency).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "![x](https://elsewhere.example/pixel.png)",
        '<a href="https://x.example" onclick="alert(1)">x</a>',
    ],
)
def test_texts_of_people_cannot_run_or_load_anything(text):
    html = filters.markdown(text)

    assert "<script" not in html and "<img" not in html
    assert 'href="javascript' not in html
    assert "<a" not in html or "onclick" not in html.split("</a>")[0].split("&lt;")[0]


def test_markdown_becomes_paragraphs_and_links_that_give_no_credit():
    html = filters.markdown("Better **paths**: [plan](https://example.org)")

    assert "<strong>paths</strong>" in html
    assert 'rel="nofollow noopener ugc"' in html


def test_percent_of_nothing_is_a_dash():
    assert filters.percent(1, 3) == "33.3%"
    assert filters.percent(0, 0) == "–"
