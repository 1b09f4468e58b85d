"""Forms of listening: a question, an answer, what was heard, and what its author says."""

from datetime import datetime, time, timedelta
from typing import Any

from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from pb.purpose.listening import asking
from pb.purpose.listening.models import ANSWER, HEARD, QUESTION, Fit, Origin, Signature
from pb.rounds import queries as rounds
from pb.rounds.models import Area, Round
from pb.web.forms import Form

USUAL = timedelta(days=14)  # that a question is open
LAST_MINUTE = time(23, 59)


class AreaForm(Form):
    """A form with a part of town, which may stay open."""

    anywhere = "Everybody"

    area = SelectField("For which part of town?", default="")

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the parts of the town; the whole of it is what the empty choice says."""
        self.area.choices = [SelectChoice("", self.anywhere)]
        parts = [area for area in self.of_round.areas if not area.city_wide]
        self.area.choices += [SelectChoice(area.slug, area.name) for area in parts]
        super().process(*args, **kwargs)

    @property
    def chosen_area(self) -> Area | None:
        return rounds.area(self.of_round, self.area.data or "")


class SuggestionForm(AreaForm):
    """A question that the commission would like to have asked."""

    text = TextAreaField(
        "The question",
        description="One open question: start with what, how, where, who or when. "
        f"At most {QUESTION} characters.",
    )
    why = TextAreaField(
        "Why does it matter? (if you like)",
        description="What becomes of the answers. Everybody reads it under the question.",
    )

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "text": self.text.data or "",
            "why": self.why.data or "",
            "area": self.chosen_area,
        }


class QuestionForm(SuggestionForm):
    """A question as a steward asks it."""

    closes = DateField(
        "Until which day can people answer?",
        format="%d %m %Y",
        description="How many agree with which answer shows when that day is over.",
    )

    @staticmethod
    def usual(round: Round, now: datetime) -> dict[str, Any]:
        """The day that a new question offers: two weeks from now, or before proposals end."""
        last, day = asking.last_close(round), now + USUAL
        if last is not None:
            day = min(day, last - timedelta(days=1))
        return {"closes": max(day, now).astimezone(round.zone).date()}

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it can be asked, apart from what the checker says."""
        super().validate(extra_validators)
        if self.closes.data is None:
            self.closes.errors = ["Enter a day, such as 31 5 2026."]
        return not self.errors

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes; the day ends with its last minute, where the round is."""
        closes_at = datetime.combine(self.closes.data, LAST_MINUTE, self.of_round.zone)
        return super().fields | {"closes_at": closes_at}


class AnswerForm(AreaForm):
    """What somebody says for themselves."""

    page = "community/listening/answer.html"
    anywhere = "I would rather not say"

    text = TextAreaField(
        "Your answer",
        description=f"In your own words, at most {ANSWER} characters. "
        "Everybody reads it; it cannot be changed later.",
    )
    area = SelectField(
        "Where do you live? (if you like)",
        default="",
        description="So that everybody sees which parts of town were heard.",
    )
    signature = RadioField("How should it be signed?", default="name")
    pseudonym = StringField(
        "The other name",
        description="Only if you chose another name. You keep it for this whole round, and nobody "
        "else can use it. Who you are is shown to nobody.",
    )
    dissent = BooleanField(
        "I see it differently from most people",
        description="Then it is listed by itself and in full, and goes into no summary of the "
        "others.",
    )

    def __init__(self, round: Round, name: str, own_name: str | None, formdata: Any = None) -> None:
        self.real, self.own = name, own_name
        super().__init__(round, formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the name that the person has already, if they have one."""
        other = f"As “{self.own}”, your other name in this round" if self.own else None
        self.signature.choices = [
            SelectChoice(str(Signature.NAME), f"With my name: {self.real}"),
            SelectChoice(str(Signature.PSEUDONYM), other or "With another name"),
            SelectChoice(str(Signature.NONE), "Without a name: it says “a resident”"),
        ]
        super().process(*args, **kwargs)
        if self.own and "pseudonym" in self:
            del self.pseudonym

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "text": self.text.data or "",
            "area": self.chosen_area,
            "signature": Signature(self.signature.data),
            "pseudonym": (self.pseudonym.data or "") if "pseudonym" in self else "",
            "dissent": self.dissent.data,
        }


class OnBehalfForm(AreaForm):
    """What a steward heard from a workshop, or from somebody who is not online."""

    page = "community/listening/on_behalf.html"
    anywhere = "They did not say"

    origin = RadioField(
        "Who said it?",
        choices=[
            SelectChoice(str(Origin.PERSON), "A person who is not online"),
            SelectChoice(str(Origin.WORKSHOP), "A workshop"),
        ],
        default="person",
    )
    name = StringField(
        "The name to stand beside it",
        description="Of the person, if they want to be named, or of the workshop.",
    )
    text = TextAreaField(
        "What they said, in their words",
        description=f"At most {ANSWER} characters. Read it back to them.",
    )
    area = SelectField("Where do they live? (if they like to say)", default="")
    dissent = BooleanField("They say that they see it differently from most people")

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "origin": Origin(self.origin.data),
            "name": self.name.data or "",
            "text": self.text.data or "",
            "area": self.chosen_area,
            "dissent": self.dissent.data,
        }


class HeardForm(Form):
    """What a steward heard."""

    text = TextAreaField(
        "What I heard",
        description=f"In your words, and without your own opinion. At most {HEARD} characters.",
    )


class FitForm(Form):
    """What an author says about it."""

    fit = RadioField(
        "Is this what was meant?",
        choices=[
            SelectChoice(str(Fit.CONFIRMED), "Yes, that is it"),
            SelectChoice(str(Fit.CORRECTED), "Not quite"),
            SelectChoice(str(Fit.DECLINED), "No, that is something else"),
        ],
    )
    words = TextAreaField(
        "What was meant",
        description="Only for “not quite”. Everybody reads it beside the summary. "
        f"At most {HEARD} characters.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether one of the three was chosen; the service looks at the words."""
        if self.fit.data not in [choice.value for choice in self.fit.choices]:
            self.fit.errors = ["Choose one of the three."]
            return False
        return True


class ReasonForm(Form):
    """Why a steward does not ask what the commission suggested."""

    reason = StringField("Why not?")
