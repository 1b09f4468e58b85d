"""Forms for requests to be put on the list of voters."""

from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from pb.rounds.models import Round
from pb.web.forms import Form


class ProposeForm(Form):
    answer = RadioField(
        "What do you propose?",
        choices=[
            SelectChoice("accept", "Put this person on the list"),
            SelectChoice("refuse", "Refuse"),
        ],
        validators=[InputRequired("Choose one of the two.")],
    )
    area = SelectField("Area in which they vote", default="")
    person = StringField(
        "Number in the town’s register, if they have one",
        description="With it, nobody comes onto the list twice. We keep only a fingerprint of it.",
        validators=[Length(max=80, message="That is too long for a register number.")],
    )
    reason = StringField(
        "Reason",
        description="The person who asked will read it. A refusal needs one.",
        validators=[Length(max=300, message="Use at most 300 characters.")],
    )

    def __init__(self, round: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(area.slug, area.name) for area in round.areas if not area.city_wide]
        self.area.choices = [("", "Whole town only"), *named]
