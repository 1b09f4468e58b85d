"""Forms of moderation: a report, an answer to it, an appeal, a decision."""

from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from pb.purpose.moderation.appeals import TEXT
from pb.purpose.moderation.models import LONGEST, Clause, Kind, Verdict
from pb.purpose.moderation.service import REASON
from pb.web.forms import Form

STEPS = {
    Kind.WARN: ("A warning", "They are told, and nothing else happens."),
    Kind.LIMIT: ("One post a day", "For some days they can write once a day."),
    Kind.PAUSE: ("A pause", "For some days they cannot write. They can read and vote."),
}


def reason(label: str, hint: str = "", most: int = REASON) -> TextAreaField:
    """A text of a sentence or two that has to be given."""
    return TextAreaField(
        label,
        description=hint,
        validators=[
            DataRequired("Say why, in a sentence or two."),
            Length(max=most, message=f"Use at most {most:,} characters."),
        ],
    )


def offer(clauses: Sequence[Clause]) -> list[SelectChoice]:
    """The rules to choose from, with their text as a hint."""
    return [
        SelectChoice(clause.key, f"{clause.number}. {clause.heading}", {"hint": clause.text})
        for clause in clauses
    ]


class ReportForm(Form):
    clause = RadioField(
        "Which rule does it break?", validators=[InputRequired("Choose the rule that it breaks.")]
    )
    reason = reason("Why?", "The stewards read this. The person who wrote the post does not.")

    def __init__(self, clauses: Sequence[Clause], formdata: Any = None) -> None:
        self.clauses = clauses
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the rules that bound the author."""
        self.clause.choices = offer(self.clauses)
        super().process(*args, **kwargs)


class AnswerForm(Form):
    post = RadioField(
        "What becomes of the post?",
        choices=[
            SelectChoice("leave", "Leave it as it is"),
            SelectChoice(
                "hide", "Hide it", {"hint": "A note stays in its place: which rule, and when."}
            ),
        ],
        validators=[InputRequired("Choose what becomes of the post.")],
    )
    step = RadioField("And the person who wrote it?", default="none")
    days = IntegerField(
        "For how many days?",
        description=f"Only for a limit or a pause: from 1 to {LONGEST}. It ends by itself.",
        validators=[
            Optional(),
            NumberRange(1, LONGEST, message=f"Say for how many days, from 1 to {LONGEST}."),
        ],
    )
    clause = RadioField("Which rule do you cite, if you do anything?", validate_choice=False)
    reason = reason("Your reason", "The person who wrote the post reads it.")

    def __init__(
        self, clauses: Sequence[Clause], steps: Sequence[Kind], formdata: Any = None, **kw: Any
    ) -> None:
        self.clauses, self.steps = clauses, steps
        super().__init__(formdata, **kw)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the rules that bound the author, and the steps that may come next."""
        self.clause.choices = offer(self.clauses)
        self.step.choices = [SelectChoice("none", "Nothing")] + [
            SelectChoice(step.value, STEPS[step][0], {"hint": STEPS[step][1]})
            for step in self.steps
        ]
        super().process(*args, **kwargs)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Whether it can be sent: who acts cites a rule, and says for how long."""
        super().validate(*args, **kwargs)
        if (self.hides or self.chosen_step) and not self.clause.data:
            self.refuse("clause", "Choose the rule that you cite.")
        timed = self.chosen_step in (Kind.LIMIT, Kind.PAUSE)
        if timed and self.days.data is None and not self.days.errors:
            self.refuse("days", f"Say for how many days, from 1 to {LONGEST}.")
        return not self.errors

    @property
    def hides(self) -> bool:
        return self.post.data == "hide"

    @property
    def chosen_step(self) -> Kind | None:
        return next((step for step in self.steps if step == self.step.data), None)

    @property
    def what(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "hide": self.hides,
            "step": self.chosen_step,
            "days": self.days.data,
            "clause": self.clause.data or "",
            "reason": self.reason.data or "",
        }


class AppealForm(Form):
    text = reason(
        "Why do you think that this is wrong?",
        "Somebody who had no part in it reads this and decides. You can appeal once.",
        TEXT,
    )


class DecisionForm(Form):
    verdict = RadioField(
        "What do you decide?",
        choices=[
            SelectChoice(Verdict.UPHELD, "It stands"),
            SelectChoice(
                Verdict.RESTORED,
                "It is overturned",
                {"hint": "A hidden post comes back; a step ends and no longer counts."},
            ),
        ],
        validators=[InputRequired("Choose what you decide.")],
    )
    reason = reason("Your reason", "The person who appealed reads it.")


class LiftForm(Form):
    reason = reason("Why do you take it back?", "The person whom it concerns reads it.")
