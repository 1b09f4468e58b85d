"""Forms of people who hold a role: interests, stepping back, being away."""

from wtforms import DateField, IntegerField, TextAreaField
from wtforms.validators import InputRequired

from pb.web.forms import Form

DAY = "%d %m %Y"


class InterestsForm(Form):
    """What somebody with a role says of their interests."""

    text = TextAreaField(
        "What interests do you have in this round?",
        description="Work, property, clubs, family: whatever somebody could want to know. "
        "Leave it empty if you have none. Everybody can read it.",
    )


class RecusalForm(Form):
    """Stepping back from what is decided about one proposal."""

    number = IntegerField(
        "Number of the proposal",
        description="It stands in the address of its page.",
        validators=[InputRequired("Enter the number of the proposal.")],
    )
    reason = TextAreaField("Why?", description="Everybody can read it.")


class AwayForm(Form):
    """From when to when somebody is away."""

    first = DateField("First day away", format=DAY, validators=[InputRequired("Enter a day.")])
    last = DateField("Last day away", format=DAY, validators=[InputRequired("Enter a day.")])
