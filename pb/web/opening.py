"""Typing the key sheets of a ballot box: the same form at both doors."""

from typing import Any

from wtforms import TextAreaField
from wtforms.validators import ValidationError

from pb.ballots import shares
from pb.errors import Invalid
from pb.web.forms import Form

# Browsers keep what is typed into fields, and send it away to have its spelling checked.
PRIVATE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
LONGEST = 1_000


class SheetField(TextAreaField):
    """The 33 words of one key sheet; faults are told word by word."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, render_kw=PRIVATE, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Check the spelling of a sheet that was typed."""
        if len(self.data or "") > LONGEST:
            raise ValidationError("That is too long for a key sheet.")
        if self.data:
            try:
                shares.read(self.data)
            except Invalid as refusal:
                raise ValidationError(str(refusal)) from None


class SheetForm(Form):
    """One sheet."""

    words = SheetField(
        f"The {shares.WORDS} words of your key sheet",
        description="In their order. Capitals, numbers and line breaks do not matter.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.words.errors and not self.words.data:
            self.refuse("words", "Type the words of your key sheet.")
        return not self.errors


class TwoSheetsForm(Form):
    """Two sheets that belong together; only the first is needed where the other one waits."""

    first = SheetField("First key sheet")
    second = SheetField("Second key sheet")
    one_waits = False

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for name in ("first",) if self.one_waits else ("first", "second"):
            if not self[name].errors and not self[name].data:
                self.refuse(name, "Type the words of this key sheet.")
        return not self.errors

    @property
    def sheets(self) -> tuple[str, ...]:
        """What was typed, without empty fields."""
        return tuple(field.data for field in self if field.data)


def opening_form(one_waits: bool, data: Any = None) -> TwoSheetsForm:
    """The form that confirms a count; where one sheet waits already, it asks for the other."""
    form = TwoSheetsForm(data)
    if one_waits:
        form.one_waits = True
        form.first.label.text = "The other key sheet"
        del form.second
    return form
