"""Forms of people who hold a role: interests, stepping back, being away."""

from wtforms import DateField, IntegerField, StringField, TextAreaField
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


class LineForm(Form):
    """A line of one's own on the list of what has to be handed on."""

    line = StringField(
        "Something else that has to be handed on",
        description="One line, for example “The key of the cupboard in the hall”.",
    )


class NoteForm(Form):
    """A note for those who come after."""

    note = TextAreaField(
        "A note for whoever comes after you",
        description="What you wish you had known on your first day. "
        "Only people who hold this role, or are to hold it, read it.",
    )
