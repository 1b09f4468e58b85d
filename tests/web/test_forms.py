"""Reading what people type."""

import pytest

from pb.web.forms import minor_units


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12500", "EUR", 12_500_00),
        ("12,500", "EUR", 12_500_00),
        ("12 500", "EUR", 12_500_00),
        ("12\u00a0500.50", "EUR", 12_500_50),
        ("€1,234,567.89", "EUR", 1_234_567_89),
        ("12,50", "EUR", 12_50),
        ("12'500", "CHF", 12_500_00),
        ("-5", "EUR", -5_00),
        ("500", "JPY", 500),
    ],
)
def test_amounts_are_read_as_people_write_them(text, currency, amount):
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize(
    "text",
    ["", "many", "1.234,56", "12.345", "NaN", "Infinity", "1e400", "9" * 40, "12.5.1", "١٢x"],
)
def test_what_is_no_amount_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"^(Enter an amount|That amount).*\.$"):
        minor_units(text, "EUR")
