"""Forms of workshops: opening one, coming in, and adding somebody who has no phone."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from pb.purpose.listening import checker
from pb.purpose.workshops import stages
from pb.purpose.workshops.models import LENGTHS, Kind, Stage
from pb.rounds import queries as rounds
from pb.rounds.models import Area, Round
from pb.texts import one_line
from pb.web.forms import Form

LONGEST = 14 * 24 * 60  # minutes of a stage


class MinutesField(StringField):
    """Whole minutes, or nothing for the usual length; its data is a number or None."""

    def process_formdata(self, values: list[str]) -> None:
        """Read the minutes; raises ValueError with a sentence for the person."""
        super().process_formdata(values)
        typed = (self.data or "").strip()
        if typed and not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= LONGEST):
            raise ValueError(f"Enter whole minutes, from 1 to {LONGEST:,}.")

    @property
    def seconds(self) -> int | None:
        """The length in seconds; None for the usual one."""
        return int(self.data) * 60 if self.data else None


class AreaForm(Form):
    """A form that asks for a part of town, if somebody likes to say."""

    area: SelectField
    nowhere = "Not said"

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round."""
        named = [SelectChoice(area.slug, area.name) for area in self.of_round.areas]
        self.area.choices = [SelectChoice("", self.nowhere), *named]
        super().process(*args, **kwargs)

    @property
    def chosen_area(self) -> Area | None:
        return rounds.area(self.of_round, self.area.data or "")


class WorkshopForm(AreaForm):
    """A workshop to be opened."""

    nowhere = "No, about all of it"

    question = TextAreaField(
        "The one question",
        description="An open question that everybody can answer from their own life, such as "
        "“What would a good evening by the harbour look like?”",
    )
    kind = RadioField(
        "How do people take part?",
        choices=[
            SelectChoice(
                Kind.LIVE.value,
                "Together in a room",
                render_kw={"hint": "About an hour and a half, with a screen that all can see."},
            ),
            SelectChoice(
                Kind.ASYNCHRONOUS.value,
                "Each when they have time",
                render_kw={"hint": "A day for every stage; people come back for the next one."},
            ),
        ],
        validators=[InputRequired("Choose how people take part.")],
    )
    area = SelectField("Is it about one part of town?", default="")
    own = MinutesField("Think alone, minutes")
    pair = MinutesField("Talk in pairs, minutes")
    explain = MinutesField("Explain, minutes")
    rank = MinutesField("Rank, minutes")
    arrange = MinutesField("Arrange, minutes")
    everyone_arranges = BooleanField(
        "Everybody may put ideas in groups",
        description="Else the stewards do it, on the screen, while all say where things belong.",
    )

    @property
    def minutes(self) -> list[MinutesField]:
        """The fields for the lengths of the stages."""
        return [self[stage.value] for stage in stages.TIMED]

    @property
    def lengths(self) -> dict[Stage, int]:
        """Seconds of the stages for which somebody chose a length."""
        chosen = {stage: self[stage.value].seconds for stage in stages.TIMED}
        return {stage: seconds for stage, seconds in chosen.items() if seconds}

    def look_at_question(self, *, sure: bool) -> checker.Finding:
        """What the checker says; a question that is not open is refused beside its field.

        `sure`: somebody has said that it is a question although the checker knows no such words.
        """
        text = one_line(self.question.data)
        finding = checker.check(text)
        if not text:
            self.refuse("question", "Write the question.")
            return checker.Finding()
        if len(text) > LENGTHS["question"]:
            self.refuse("question", f"Use at most {LENGTHS['question']} characters.")
        unknown = finding.reasons == (checker.Reason.NOT_A_QUESTION,)
        if not finding.open and not (unknown and sure):
            self.refuse("question", " ".join(finding.sentences))
        return finding


class CodeForm(Form):
    code = StringField(
        "The code of the workshop",
        description="Five letters and digits. They stand on the screen in the room.",
    )


class PersonForm(AreaForm):
    """Somebody without a phone, as the steward writes them down."""

    name = StringField(
        "Name",
        description="As they want to be called, and named beside their ideas.",
        validators=[
            DataRequired("Enter a name."),
            Length(max=LENGTHS["name"], message=f"Use at most {LENGTHS['name']} characters."),
        ],
    )
    area = SelectField("Part of town (if they like)", default="")


class JoinForm(PersonForm):
    """Coming in: the code, and what to be called."""

    nowhere = "I would rather not say"

    code = StringField(
        "The code of the workshop",
        description="Five letters and digits. They stand on the screen in the room.",
    )
    name = StringField(
        "What should the others call you?",
        description="Everybody in the workshop sees it, and it stands beside your ideas.",
        validators=[
            DataRequired("Enter a name; your first name is enough."),
            Length(max=LENGTHS["name"], message=f"Use at most {LENGTHS['name']} characters."),
        ],
        render_kw={"autocomplete": "nickname"},
    )
    area = SelectField(
        "Where do you live? (if you like)",
        default="",
        description="Pairs are drawn from different parts of town where possible.",
    )
