"""Forms of the set-up of a round; some depend on its currency, phases and counting rules."""

from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from pb.commission.moments import LocalMomentField
from pb.rounds import calendar
from pb.rounds.models import Phase
from pb.web.forms import Form, MoneyField

EMPTY_ROWS = 3


class BasicsForm(Form):
    name = StringField(
        "Name of the round",
        validators=[
            DataRequired("Enter a name for the round."),
            Length(max=100, message="Use at most 100 characters."),
        ],
    )
    purpose = TextAreaField(
        "What is this round for?",
        description="Two or three short paragraphs for a first-time visitor. "
        "You can use **bold**, lists and links in Markdown.",
        validators=[Length(max=20_000, message="Use at most 20,000 characters.")],
    )
    who_may_vote = TextAreaField(
        "Who may vote?",
        description="One or two plain sentences, such as “Everybody who lives here "
        "and is 16 or older on 1 May”.",
        validators=[Length(max=20_000, message="Use at most 20,000 characters.")],
    )


def money_form(currency: str) -> type[Form]:
    """The form of areas and their budgets, in this currency."""

    class AreaForm(Form):
        slug = HiddenField()
        name = StringField("Name")
        budget = MoneyField("Budget", currency=currency)
        city_wide = BooleanField("This is the whole town")
        about = StringField("Where it is", description="Streets or quarters; may stay empty.")
        remove = BooleanField("Remove this area")

        @property
        def empty(self) -> bool:
            """Whether this is a new row in which nothing was written."""
            return not (self.slug.data or self.name.data or self.budget.typed)

        def validate(self, extra_validators: Any = None) -> bool:
            fine = super().validate(extra_validators)
            if self.empty or self.remove.data:
                for field in self:
                    field.errors = []
                return True
            if not self.name.data:
                self.refuse("name", "Enter a name for this area, or remove it.")
            if not self.budget.errors and self.budget.data is None:
                self.refuse("budget", "Enter the money of this area. It may be 0.")
            if self.budget.data is not None and self.budget.data < 0:
                self.refuse("budget", "The money of an area cannot be below zero.")
            return fine and not self.errors

    class MoneyForm(Form):
        rows = FieldList(FormField(AreaForm), "Areas", max_entries=500)

    return MoneyForm


def dates_form() -> type[Form]:
    """The form of all phases: on or off, and when each opens."""

    class DatesForm(Form):
        time_zone = StringField(
            "Time zone",
            description="All times below are in this zone. Write it like Europe/Amsterdam.",
            validators=[DataRequired("Enter a time zone, such as Europe/Amsterdam.")],
        )
        ends = LocalMomentField("The round ends")

        def opening(self, phase: Phase) -> LocalMomentField:
            return self[f"{phase}_opens"]

        def switch(self, phase: Phase) -> BooleanField | None:
            """The tick box of a phase; None where every round has it."""
            return None if phase in calendar.ALWAYS else self[f"{phase}_on"]

        def uses(self, phase: Phase) -> bool:
            switch = self.switch(phase)
            return switch is None or bool(switch.data)

        def validate(self, extra_validators: Any = None) -> bool:
            super().validate(extra_validators)
            for phase in calendar.DATED:
                field = self.opening(phase)
                if not self.uses(phase):
                    field.errors = []  # what is switched off may hold anything
                elif not field.errors and field.data is None:
                    label = calendar.LABELS[phase]
                    self.refuse(field.name, f"Enter when “{label}” opens.")
            if not self.ends.errors and self.ends.data is None:
                self.refuse("ends", "Enter when the round ends.")
            return not self.errors

    for phase in calendar.DATED:
        label = calendar.LABELS[phase]
        if phase not in calendar.ALWAYS:
            setattr(DatesForm, f"{phase}_on", BooleanField("This round has this phase"))
        setattr(DatesForm, f"{phase}_opens", LocalMomentField(f"“{label}” opens"))
    return DatesForm
