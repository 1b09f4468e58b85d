"""Forms for the list of voters and their codes."""

from typing import Any

from wtforms import BooleanField, FileField, StringField
from wtforms.validators import InputRequired, Length

from pb.web.forms import Form

NOBODY = "Enter one of the two numbers."
REASON = "Everybody can read it in the log. Do not write a name."


class ImportForm(Form):
    file = FileField(
        "List of voters (CSV)",
        description="One line per person, with the columns “person” and “area”. "
        "Leave the area empty for people who vote on the whole town only.",
    )


class TakeBackForm(Form):
    reason = StringField(
        "Why are all codes taken back?",
        description=REASON,
        validators=[
            InputRequired("Give a reason: everybody can read it."),
            Length(max=300, message="Use at most 300 characters."),
        ],
    )
    sure = BooleanField(
        "All codes given out so far stop working",
        validators=[InputRequired("Tick the box if you are sure.")],
    )


class ReplaceForm(Form):
    person = StringField(
        "Number in the town’s register",
        description="Check who the person is before you go on.",
        validators=[Length(max=80, message="That is too long for a register number.")],
    )
    number = StringField(
        "Or: number on the letter",
        description="It stands under the code, after “No.”.",
        validators=[Length(max=12, message="That is too long for a number.")],
    )
    reason = StringField(
        "Why is the code replaced?",
        description=REASON,
        validators=[
            InputRequired("Give a reason: everybody can read it."),
            Length(max=300, message="Use at most 300 characters."),
        ],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Exactly one of the two numbers names the voter."""
        valid = super().validate(extra_validators)
        if bool(self.person.data) == bool(self.number.data):
            self.refuse("person", NOBODY)
            return False
        if self.number.data and not self.number.data.isdecimal():
            self.refuse("number", "Enter the number in figures, such as 1024.")
            return False
        return valid
