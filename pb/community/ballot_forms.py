"""What voters type and tick."""

from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from pb.rounds.models import Round
from pb.web.forms import Form, MoneyField, strip


class EnterForm(Form):
    code = StringField(
        "Voting code",
        description="The 13 letters and digits in your letter. Small letters and blanks are fine.",
        validators=[
            InputRequired("Enter the code from your letter."),
            Length(max=60, message="That is too long for a code."),
        ],
    )
    shared = BooleanField(
        "Other people use this computer too",
        description="We forget your code as soon as you have sent your ballot.",
    )


class ReceiptForm(Form):
    receipt = StringField(
        "Receipt",
        description="The 17 letters and digits that you saw after voting.",
        validators=[
            InputRequired("Enter your receipt."),
            Length(max=60, message="That is too long for a receipt."),
        ],
    )


class FilterForm(Form):
    text = StringField("Word", validators=[Length(max=80, message="Use at most 80 characters.")])
    area = SelectField("Area", validate_choice=False)
    topic = SelectField("Topic", validate_choice=False)
    most = MoneyField("Costs at most", validators=[Optional()])

    def __init__(self, round: Round, topics: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most.currency = round.currency
        self.area.choices = [("", "All areas"), *((a.slug, a.name) for a in round.areas)]
        self.area.data = self.area.data or ""
        self.topic.choices = [("", "All topics"), *((topic, topic) for topic in topics)]
        self.topic.data = strip(self.topic.data or "")

    @property
    def active(self) -> bool:
        """Whether anything is asked for."""
        return any(field.data not in (None, "") for field in self)
