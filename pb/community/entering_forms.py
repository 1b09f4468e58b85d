"""What people fill in who come to their ballot without a letter, or are not on the list."""

from typing import Any

from wtforms import BooleanField, DateField, EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from pb.community.forms import EMAIL
from pb.rounds.models import Round
from pb.web.forms import Form

SHARED = "Other people use this computer too"
BORN = "Enter your day of birth, such as 31 3 1980."
WHOLE_TOWN = "-"  # the choice of no area of its own


class BirthdayField(DateField):
    """Day, month and year in three boxes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format="%d %m %Y", **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the boxes; raises ValueError with a sentence for the person."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(BORN) from None


def _shared(description: str) -> BooleanField:
    return BooleanField(SHARED, description=description)


def _name(description: str) -> StringField:
    return StringField(
        "Your first name and family name",
        description=description,
        validators=[
            InputRequired("Enter your name."),
            Length(max=120, message="Use at most 120 characters."),
        ],
        render_kw={"autocomplete": "name"},
    )


def _area() -> SelectField:
    return SelectField(
        "Where do you live?", validators=[InputRequired("Choose where you live.")], default=""
    )


class AreaForm(Form):
    """A form with the areas of a round to choose from."""

    def __init__(self, round: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(area.slug, area.name) for area in round.areas if not area.city_wide]
        if named:
            other = (WHOLE_TOWN, "In none of these, or I do not know")
            self.area.choices = [("", "Choose"), *named, other]
        else:
            del self.area

    @property
    def chosen_area(self) -> str:
        """The short name of the chosen area; empty for none."""
        slug = self.area.data if "area" in self else None
        return "" if slug in (None, WHOLE_TOWN) else slug


class LinkForm(Form):
    email = EmailField(
        "Your e-mail address",
        description="The one that the town knows. We do not keep it.",
        validators=[
            InputRequired("Enter your e-mail address."),
            EMAIL,
            Length(max=254, message="That is too long for an e-mail address."),
        ],
    )


class UseLinkForm(Form):
    shared = _shared("We forget you as soon as you have sent your ballot.")


class DeclareForm(AreaForm):
    name = _name("As it stands on your letterbox. We keep only a fingerprint of it.")
    born = BirthdayField(
        "Your day of birth",
        description="For example, 31 3 1980",
        validators=[InputRequired(BORN)],
    )
    area = _area()
    here = BooleanField(
        "I declare that I live here, may vote in this round, and have not voted yet",
        validators=[InputRequired("Tick the box if this is true.")],
    )
    shared = _shared("We forget you as soon as you have sent your ballot.")

    def __init__(self, round: Round, least_age: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(round, *args, **kwargs)
        if least_age is None:
            del self.born


class RequestForm(AreaForm):
    name = _name("As it stands on your identity card.")
    contact = StringField(
        "How can we reach you?",
        description="An e-mail address or a telephone number. "
        "We write to an e-mail address when your request is answered.",
        validators=[
            InputRequired("Enter an e-mail address or a telephone number."),
            Length(max=200, message="Use at most 200 characters."),
        ],
    )
    area = _area()
    why = TextAreaField(
        "Why should you be on the list?",
        description="For example: I moved here in March, my address is 5 Mill Street.",
        validators=[
            InputRequired("Write in a sentence why you may vote."),
            Length(max=1000, message="Use at most 1,000 characters."),
        ],
    )


class ReferenceForm(Form):
    reference = StringField(
        "Your reference",
        description="The 13 letters and digits that you were shown when you asked.",
        validators=[
            InputRequired("Enter your reference."),
            Length(max=60, message="That is too long for a reference."),
        ],
    )
