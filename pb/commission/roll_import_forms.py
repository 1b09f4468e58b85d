"""Forms for bringing a list of voters in, and for what it may hold."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from pb.eligibility import columns
from pb.eligibility.columns import Choices, Column, DateOrder, Need, Young
from pb.eligibility.models import DAYS_KEPT, RollRules, VoterClass
from pb.web.forms import Form

REASON = "Everybody can read it in the log. Do not write a name."
CLASSES = {
    VoterClass.RESIDENT: "Residents",
    VoterClass.WORKER: "People who work here",
    VoterClass.STUDENT: "Students",
    VoterClass.OTHER: "Others",
}


class ImportForm(Form):
    file = FileField(
        "List of voters (CSV or Excel)",
        description="One line per person. The first line names the columns. On the next page you "
        "say which column is what.",
    )


class ColumnsForm(Form):
    """What the columns are, and how to read them; `columns_form` adds a field per column."""

    date_order = RadioField(
        "How are dates written?",
        choices=[
            SelectChoice(DateOrder.DAY_FIRST, "Day first: 31.12.1990"),
            SelectChoice(DateOrder.MONTH_FIRST, "Month first: 12/31/1990"),
            SelectChoice(DateOrder.YEAR_FIRST, "Year first: 1990-12-31"),
        ],
    )
    voter_class = SelectField(
        "Class of people for whom the list says none",
        choices=[SelectChoice(one, CLASSES[one]) for one in VoterClass],
    )
    young = RadioField(
        "What becomes of people who are too young?",
        choices=[
            SelectChoice(Young.LEAVE_OUT, "Leave them out, and tell me how many"),
            SelectChoice(Young.MISTAKE, "They are mistakes: bring in nobody"),
            SelectChoice(Young.CHECKED, "The list was checked: all are old enough"),
        ],
    )
    letters = BooleanField("Letters", description="Keeps the name, the address and the language.")
    email = BooleanField(
        "Links by e-mail", description="Keeps the e-mail address and the language."
    )
    desk = BooleanField(
        "Finding people at the desk", description="Keeps the name and the birth date."
    )

    @property
    def column_fields(self) -> list[SelectField]:
        """The fields of the columns, in the order of the file."""
        return [field for field in self if field.name.startswith("column_")]

    @property
    def chosen(self) -> Choices:
        """What was decided."""
        return Choices(
            tuple(Column(field.data) for field in self.column_fields),
            DateOrder(self.date_order.data),
            VoterClass(self.voter_class.data),
            Young(self.young.data),
            frozenset(need for need in Need if self[need].data),
        )

    @staticmethod
    def data_of(choices: Choices) -> dict[str, Any]:
        """The data of a form that shows these choices."""
        named = {f"column_{place}": column for place, column in enumerate(choices.columns)}
        return named | {
            "date_order": choices.date_order,
            "voter_class": choices.voter_class,
            "young": choices.young,
            **{str(need): need in choices.needs for need in Need},
        }


def columns_form(header: Sequence[str]) -> type[ColumnsForm]:
    """The form for a file with these columns."""
    offered = [SelectChoice(column, columns.TITLES[column]) for column in Column]
    fields = {
        f"column_{place}": SelectField(name or f"Column {place + 1}", choices=offered)
        for place, name in enumerate(header)
    }
    return type("ColumnsFormOfFile", (ColumnsForm,), fields)


class UndoForm(Form):
    reason = StringField(
        "Why is the list taken back?",
        description=REASON,
        validators=[
            InputRequired("Give a reason: everybody can read it."),
            Length(max=300, message="Use at most 300 characters."),
        ],
    )


class Ticks(SelectMultipleField):
    """Several boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RulesForm(Form):
    classes = Ticks(
        "Who may be on the list?",
        choices=[SelectChoice(one, CLASSES[one]) for one in VoterClass],
        validators=[InputRequired("Tick at least one.")],
    )
    minimum_age = IntegerField(
        "Minimum age",
        description="Leave it empty if people of any age may vote.",
        validators=[Optional(), NumberRange(1, 99, "Enter an age between 1 and 99.")],
    )
    age_on = DateField(
        "On which day must people be that old?",
        description="Leave it empty for the day on which voting opens.",
        format="%d %m %Y",
        validators=[Optional()],
    )
    erase_after_days = IntegerField(
        "Days after the vote until names and addresses are erased",
        description=f"Usually {DAYS_KEPT}. They are erased by themselves.",
        validators=[
            InputRequired("Enter a number of days; 0 is the end of the vote."),
            NumberRange(0, 365, "Enter a number between 0 and 365."),
        ],
    )

    @classmethod
    def of(cls, rules: RollRules) -> "RulesForm":
        """The form that shows these rules."""
        return cls(obj=rules)


class FindForm(Form):
    name = StringField(
        "Name",
        description="Capitals, accents, hyphens and the order of names do not matter.",
        validators=[InputRequired("Enter a name."), Length(max=200, message="That is too long.")],
    )
    born = DateField(
        "Birth date", format="%d %m %Y", validators=[InputRequired("Enter a birth date.")]
    )


class EraseForm(Form):
    reason = StringField(
        "Why are they erased now?",
        description=REASON,
        validators=[
            InputRequired("Give a reason: everybody can read it."),
            Length(max=300, message="Use at most 300 characters."),
        ],
    )
    sure = BooleanField(
        "Nobody can get a letter or a mail from here any more",
        validators=[InputRequired("Tick the box if you are sure.")],
    )
