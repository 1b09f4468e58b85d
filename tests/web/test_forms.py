"""Reading what people type."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from pb.web.forms import Form, MoneyField, minor_units


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
    [
        "",
        "many",
        "1.234,56",
        "12.345",
        "NaN",
        "Infinity",
        "1e400",
        "1e999990",
        "1e999999999",
        "9" * 40,
        "9" * 400_000,
        "12.5.1",
        "١٢x",
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"^(Enter an amount|That amount).*\.$"):
        minor_units(text, "EUR")


class Sample(Form):
    name = StringField("Name", filters=[lambda text: text and text.upper()])
    amount = MoneyField("Amount", currency="EUR")


def test_texts_come_without_blanks_and_keep_their_own_filters():
    for _ in range(2):
        assert Sample(MultiDict({"name": "  ana "})).name.data == "ANA"


@pytest.mark.parametrize(
    ("amount", "shown"), [(None, ""), (25_000_00, "25,000"), (25_000_50, "25,000.50"), (5, "0.05")]
)
def test_an_amount_is_shown_as_it_can_be_typed(amount, shown):
    assert Sample(amount=amount).amount._value() == shown
    assert not shown or minor_units(shown, "EUR") == amount


def test_what_was_typed_stays_even_if_it_is_no_amount():
    form = Sample(MultiDict({"name": "x", "amount": " lots "}))

    assert not form.validate()
    assert form.amount._value() == " lots "
