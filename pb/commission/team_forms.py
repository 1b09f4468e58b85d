"""Forms of the team of a round: who is appointed, and who confirms."""

from collections.abc import Sequence
from typing import Any

from wtforms import EmailField, IntegerField, RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from pb.commission.moments import DayField
from pb.rounds.models import Appointment, Role
from pb.rounds.terms.models import MOST, Fallback
from pb.web.forms import Form


class AppointForm(Form):
    email = EmailField(
        "E-mail address of the person",
        description="The person needs an account here. The address is not shown to anybody.",
        validators=[DataRequired("Enter the e-mail address of an account.")],
    )
    role = SelectField(
        "Role",
        choices=[
            SelectChoice(Role.COMMISSIONER, "Commissioner: sets up the round and asks for acts"),
            SelectChoice(Role.REVIEWER, "Reviewer: checks proposals and their cost"),
            SelectChoice(Role.CLERK, "Clerk: hands out voting codes"),
            SelectChoice(Role.AUDITOR, "Auditor: sees everything, changes nothing"),
            SelectChoice(Role.STEWARD, "Steward: a resident who confirms acts"),
            SelectChoice(Role.CONNECTOR, "Connector: a resident who brings people in"),
        ],
    )
    deputy_for = SelectField(
        "Deputy of",
        description="A deputy serves whenever the other person does not: after the end of their "
        "term, or while they are away.",
        coerce=int,
        default=0,
    )
    ends_on = DayField(
        "Last day",
        description="Leave it empty for no end; a steward or a connector then serves for a year, "
        "or until the round ends.",
    )

    def __init__(self, holders: Sequence[Appointment], formdata: Any = None) -> None:
        self.holders = holders
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer those who can have a deputy."""
        self.deputy_for.choices = [SelectChoice(0, "Nobody: serves by themselves")]
        self.deputy_for.choices += [
            SelectChoice(one.id, f"{one.account.name}, {one.role}") for one in self.holders
        ]
        super().process(*args, **kwargs)

    @property
    def holder(self) -> Appointment | None:
        """For whom this person is to step in."""
        return next((one for one in self.holders if one.id == self.deputy_for.data), None)


class ConfirmationForm(Form):
    stewards = RadioField(
        "Who confirms the acts that decide money?",
        choices=[
            SelectChoice(
                "yes",
                "A steward: a resident",
                {"hint": "Two hands from two sides. Nobody decides alone."},
            ),
            SelectChoice(
                "no",
                "Another commissioner",
                {"hint": "Only where there is no steward yet. The public pages say so."},
            ),
        ],
        validators=[DataRequired("Choose who confirms.")],
    )
    required = IntegerField(
        "How many stewards does the round need?", validators=[Optional(), NumberRange(1, MOST)]
    )
    fallback = SelectField(
        "What happens while fewer serve?",
        description="This is public, and cannot change once the round is published.",
        choices=[
            SelectChoice(Fallback.WAIT, "Acts wait until enough serve"),
            SelectChoice(Fallback.COMMISSIONER, "Another commissioner may confirm"),
            SelectChoice(Fallback.AUDITOR, "An auditor may confirm"),
        ],
        default=Fallback.WAIT,
    )
