"""Forms of the desk."""

from wtforms import BooleanField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from pb.ballots.desk import Helper
from pb.commission.roll_forms import ReplaceForm
from pb.web.forms import Form

REASONS = {
    "lost": "The letter with the code was lost",
    "never-came": "The letter never came",
    "unreadable": "The code cannot be read",
    "seen": "Somebody else has seen the code",
}
HELPERS = {
    Helper.COMPANION: "Somebody whom they brought along",
    Helper.DESK: "Somebody at the desk",
}


class FindForm(ReplaceForm):
    """Somebody on the list of voters, by one of two numbers."""

    reason = None


class HandOutForm(Form):
    number = StringField("Number on the list of voters", validators=[InputRequired()])
    codes = IntegerField("Codes so far", validators=[Optional()])
    reason = SelectField(
        "Why a new code?",
        choices=[SelectChoice(*one) for one in REASONS.items()],
        validators=[Optional()],
    )
    identity = BooleanField(
        "I have checked who this is",
        validators=[InputRequired("Check who this is before you hand out a code.")],
    )


class HelpForm(Form):
    helper = RadioField(
        "Who helps?",
        choices=[SelectChoice(helper.value, text) for helper, text in HELPERS.items()],
        validators=[InputRequired("Choose who helps.")],
    )
