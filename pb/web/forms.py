"""The base of every form, and fields that several forms need."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms import Field, StringField
from wtforms import Form as PlainForm
from wtforms.widgets import TextInput


def strip(text: Any) -> Any:
    """Text without blanks around it, and without NUL, which PostgreSQL does not store."""
    return text.replace("\0", "").strip() if isinstance(text, str) else text


class Form(PlainForm):
    """A form whose texts come without blanks around them; the guard checks its token."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            if issubclass(unbound_field.field_class, StringField):
                options["filters"] = [strip, *unbound_field.kwargs.get("filters", ())]
            return unbound_field.bind(form=form, **options)

    @property
    def csrf_token(self) -> Markup:
        """The hidden field that proves that the form comes from our own page."""
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())

    def refuse(self, field: str, sentence: str) -> None:
        """Show a refusal of the domain beside a field."""
        self[field].errors = [*self[field].errors, sentence]

    def refuse_all(self, faults: Mapping[str, str]) -> None:
        """Show every fault beside its field, unless the field says something already."""
        for name, sentence in faults.items():
            if not self[name].errors:
                self.refuse(name, sentence)

    def offered(self, name: str) -> str:
        """What was chosen in a list; empty where the list does not offer it."""
        chosen = self[name].data
        return chosen if any(choice.value == chosen for choice in self[name].choices) else ""


class MoneyField(Field):
    """An amount such as “12,500” or “12 500.50”; its data is in minor units."""

    widget = TextInput()

    def __init__(self, *args: Any, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.typed: str | None = None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        if self.data is None:
            return ""
        places = get_currency_precision(self.currency)
        value = Decimal(self.data) / 10**places
        return f"{value:,.{places}f}" if value % 1 else f"{int(value):,}"

    def process_formdata(self, values: list[str]) -> None:
        """Read the amount; raises ValueError with a sentence for the person."""
        if not values:
            return
        self.typed, self.data = values[0], None
        if not self.typed.strip():
            return
        self.data = minor_units(self.typed, self.currency)


AMOUNT = re.compile(r"[+-]?(\d{1,30}\.?\d{0,10}|\.\d{1,10})", re.ASCII)
LARGEST = 10**15  # minor units; more than any budget, and far below what a database holds


def minor_units(text: str, currency: str) -> int:
    """Minor units from an amount as people type it; raises ValueError with a sentence."""
    plain = text.strip().replace(" ", "").replace("\u00a0", "").replace("'", "").lstrip("€£$")
    if "," in plain and "." not in plain and len(plain.rsplit(",", 1)[1]) != 3:
        plain = plain.replace(",", ".")  # 12,50 as written on the continent
    plain = plain.replace(",", "")
    try:
        if not AMOUNT.fullmatch(plain):  # 1e999999 is a number too, and takes minutes to write out
            raise ValueError
        value = Decimal(plain) * 10 ** get_currency_precision(currency)
        amount = int(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError("Enter an amount in figures, such as 12,500.") from None
    if value != amount:
        raise ValueError("Enter an amount with no more than two decimals.")
    if amount > LARGEST:
        raise ValueError("That amount is too large.")
    return amount
