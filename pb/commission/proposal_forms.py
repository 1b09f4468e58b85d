"""Forms of reviewers and commissioners about proposals, and about what became of them."""

from datetime import datetime, time
from typing import Any

from babel.numbers import get_currency_symbol
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from pb.commission.moments import DayField
from pb.delivery.models import DeliveryState
from pb.delivery.service import LONGEST_TEXT
from pb.proposals import texts
from pb.proposals.models import CRITERIA, Criterion, Proposal, Verdict
from pb.proposals.review import faults
from pb.rounds.models import Round
from pb.web.filters import LOCALE
from pb.web.forms import Form, MoneyField

VERDICTS = {
    Verdict.ELIGIBLE: ("It can be done", "It goes on the ballot at its official cost."),
    Verdict.INELIGIBLE: ("It cannot be done", "It stays off the ballot, for one of the criteria."),
    Verdict.CHANGES: ("The author should change something", "They can read your reason at once."),
}
STATES = {
    DeliveryState.PLANNED: "Planned",
    DeliveryState.IN_PROGRESS: "Under way",
    DeliveryState.DONE: "Finished",
    DeliveryState.STOPPED: "Stopped: it will not be finished",
}
YEARS = range(2000, 2200)  # of a promised end


class MoneyOfRound(Form):
    """A form with amounts in the currency of a round."""

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Tell the amounts their currency before they are read."""
        for field in self:
            if isinstance(field, MoneyField):
                field.currency = self.of_round.currency
        super().process(*args, **kwargs)

    @property
    def symbol(self) -> str:
        """The sign of the round's money."""
        return get_currency_symbol(self.of_round.currency, LOCALE)


class DecisionForm(MoneyOfRound):
    """What a reviewer finds; the domain says what does not fit."""

    verdict = RadioField(
        "What do you find?",
        choices=[SelectChoice(v, label, {"hint": hint}) for v, (label, hint) in VERDICTS.items()],
        validators=[InputRequired("Choose what you find.")],
    )
    cost = MoneyField(
        "Official cost",
        description="Only if it can be done. Count everything that has to be paid for it.",
        validators=[Optional()],
    )
    criterion = RadioField(
        "Criterion that it does not meet",
        description="Only if it cannot be done.",
        choices=[SelectChoice(criterion, text) for criterion, text in CRITERIA.items()],
        validators=[Optional()],
    )
    reason = TextAreaField(
        "Reason",
        description="Everybody will read it. Write to the author, in plain words, and say what "
        f"could be done instead. At most {texts.REASON:,} characters.",
    )
    revision = HiddenField()

    def validate(self, proposal: Proposal) -> bool:
        """Whether it can be stored."""
        super().validate()
        if not self.verdict.errors:
            found = faults(proposal, **self.finding)
            for name, sentence in found.items():
                if not self[name].errors:
                    self.refuse(name, sentence)
        return not self.errors

    @property
    def finding(self) -> dict[str, Any]:
        """What the service takes."""
        criterion = self.criterion.data
        return {
            "verdict": Verdict(self.verdict.data),
            "criterion": Criterion(criterion) if criterion in CRITERIA else None,
            "reason": texts.clean(self.reason.data),
            "cost": self.cost.data,
        }

    @property
    def seen(self) -> int:
        """The revision that was on the screen; -1, which never is, where it cannot be read."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class ReportForm(MoneyOfRound):
    """News of a funded project."""

    state = RadioField(
        "How far is it?",
        choices=[SelectChoice(state, label) for state, label in STATES.items()],
        validators=[InputRequired("Choose how far it is.")],
    )
    text = TextAreaField(
        "What is new?",
        description="Everybody will read it. If something is late or stopped, say why. "
        f"At most {LONGEST_TEXT:,} characters.",
        validators=[
            DataRequired("Write what is new."),
            Length(max=LONGEST_TEXT, message=f"Use at most {LONGEST_TEXT:,} characters."),
        ],
    )
    spent = MoneyField(
        "Spent so far, all together",
        description="Leave it empty if nothing changed.",
        validators=[Optional()],
    )
    due = DayField(
        "When will it be finished?",
        description="The last day that you promise. Leave it empty to keep the earlier promise.",
    )

    def validate(self) -> bool:
        """Whether it can be stored."""
        super().validate()
        if self.spent.data is not None and self.spent.data < 0:
            self.refuse("spent", "Enter an amount of zero or more.")
        if self.due.data is not None and self.due.data.year not in YEARS:
            self.refuse("due", f"Enter a year from {YEARS[0]} to {YEARS[-1]}.")
        return not self.errors

    @property
    def news(self) -> dict[str, Any]:
        """What the service takes: the promised day ends at midnight in the round's zone."""
        due_at = None
        if self.due.data:
            due_at = datetime.combine(self.due.data, time(23, 59), self.of_round.zone)
        return {
            "state": DeliveryState(self.state.data),
            "text": self.text.data,
            "spent": self.spent.data,
            "due_at": due_at,
        }
