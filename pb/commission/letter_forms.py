"""Forms for letters with voting codes."""

from typing import Any

from wtforms import FileField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from pb.commission.roll_forms import REASON
from pb.eligibility.letter_texts import LANGUAGES
from pb.eligibility.models import Form as LetterForm
from pb.eligibility.orders import CITY_WIDE, EVERYBODY
from pb.rounds.models import Round
from pb.web.forms import Form

FORMS = [
    SelectChoice(
        LetterForm.PDF.value,
        "Letters as PDF",
        render_kw={"hint": "One page per voter. More than 500 come as several files in a ZIP."},
    ),
    SelectChoice(
        LetterForm.CSV.value,
        "A list for a printing house (CSV)",
        render_kw={"hint": "Number, area, language, address, code and link, one line per voter."},
    ),
    SelectChoice(
        LetterForm.PAGE.value,
        "Letters on a page, to print at once",
        render_kw={"hint": "At most 3,000. The page is shown once."},
    ),
]


class LettersForm(Form):
    area = SelectField("Who gets a code?", description="Nobody gets a second one.")
    people = FileField(
        "A list with names and addresses (CSV or Excel)",
        description="You can leave this out: then letters are addressed by number. If you choose a "
        "list, only its people get a code, in its order.",
    )
    form = RadioField("What do you need?", choices=FORMS, default=LetterForm.PDF.value)
    language = SelectField(
        "Language of the letters",
        description="For people whose own language is not known.",
        choices=[SelectChoice(language, words.name) for language, words in LANGUAGES.items()],
        default="en",
    )
    sender = StringField(
        "Sender",
        description="One small line above the address, such as “Town of Example, Market 1”.",
        validators=[Length(max=90, message="Use at most 90 characters.")],
    )
    desk = StringField(
        "Help desk",
        description="Where it is, when it is open, and its phone number.",
        validators=[Length(max=200, message="Use at most 200 characters.")],
    )

    def __init__(self, round: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area.choices = [SelectChoice(slug, name) for slug, name in self.whom(round).items()]

    @staticmethod
    def whom(round: Round) -> dict[str, str]:
        """Whom letters can be made for, in words."""
        areas = {area.slug: area.name for area in round.areas if not area.city_wide}
        last = {CITY_WIDE: "City-wide voters only"}
        return {EVERYBODY: "Everybody without a code"} | areas | last


class AgainForm(Form):
    reason = StringField(
        "What became of this batch?",
        description=REASON,
        validators=[
            InputRequired("Give a reason: everybody can read it."),
            Length(max=300, message="Use at most 300 characters."),
        ],
    )
    people = FileField(
        "The list with names and addresses again (CSV or Excel)",
        description="Only if the letters had addresses from a list: we have not kept it.",
    )
