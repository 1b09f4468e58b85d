"""Forms of the console: labels and messages are for a colleague; no database."""

from collections.abc import Callable

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from pb.commission.moments import LocalMomentField
from pb.errors import Invalid
from pb.rounds import names
from pb.web.forms import Form


class NewRoundForm(Form):
    name = StringField(
        "Name of the round",
        description="As residents will read it, such as “Our town 2027”.",
        validators=[
            DataRequired("Enter a name for the round."),
            Length(max=100, message="Use at most 100 characters."),
        ],
    )
    slug = StringField(
        "Address",
        description="The last part of its web address, such as our-town-2027. "
        "Leave it empty and we make one from the name.",
    )
    start = SelectField(
        "Start from",
        description="Copies texts, areas, money, ballot and counting rule, and moves the dates "
        "to next year. People, proposals and voters are never copied.",
        default="",
    )
    currency = StringField(
        "Currency",
        description="Three letters, such as EUR. A copy keeps the currency of the earlier round.",
        default="EUR",
    )
    time_zone = StringField(
        "Time zone",
        description="All dates are shown in this zone, such as Europe/Amsterdam. "
        "A copy keeps the zone of the earlier round.",
        default="Europe/Amsterdam",
    )

    def validate_currency(self, field: StringField) -> None:
        self._check(names.check_currency, (field.data or "").upper())

    def validate_time_zone(self, field: StringField) -> None:
        self._check(names.check_time_zone, field.data or "")

    def _check(self, check: Callable[[str], None], text: str) -> None:
        if self.start.data:
            return  # a copy keeps what the earlier round had
        try:
            check(text)
        except Invalid as refusal:
            raise ValidationError(str(refusal)) from None


class AskForm(Form):
    kind = RadioField("What do you ask for?", validators=[DataRequired("Choose what to ask for.")])
    closes_at = LocalMomentField("New end of the voting")
    project = SelectField("Which project?", default="", validate_choice=False)
    reason = TextAreaField(
        "Reason",
        description="One or two sentences. Everybody can read them.",
        validators=[
            DataRequired("Give a reason: everybody can read it."),
            Length(max=1000, message="Use at most 1,000 characters."),
        ],
    )
