"""Forms of looking back: a line, a lesson, what became of it, and the survey."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from pb.reflection import lessons, service
from pb.reflection.models import LessonState, Line, Signature, Topic
from pb.reflection.survey.models import AgeClass, Way
from pb.reflection.survey.queries import AGES, RATHER_NOT, WAYS
from pb.reflection.survey.service import LONGEST_WORDS, QUESTIONS, SCALE, Answers
from pb.rounds import calendar
from pb.rounds import queries as rounds
from pb.rounds.models import Phase, Round
from pb.texts import one_line
from pb.web.forms import Form

TOPICS = {
    Topic.KEPT: ("What should stay?", "This went well. Let us keep it."),
    Topic.CHANGE: ("What should change?", "This did not work. Let us do it differently."),
    Topic.LEARNED: ("What did we learn?", "This we did not know before."),
}


class LineForm(Form):
    topic = RadioField(
        "What is it about?",
        choices=[SelectChoice(str(topic), words[0]) for topic, words in TOPICS.items()],
    )
    text = TextAreaField(
        "In one sentence", description=f"At most {service.LONGEST_LINE} characters."
    )
    signature = RadioField(
        "How should it be signed?",
        choices=[
            SelectChoice("name", "With my name"),
            SelectChoice("pseudonym", "With another name"),
            SelectChoice("none", "Without a name"),
        ],
        default="name",
        description="Whether a resident or the commission says it always shows.",
    )
    pseudonym = StringField("The other name", description="Only if you chose another name.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it can be written; every fault beside its field."""
        super().validate(extra_validators)
        if self.topic.data not in list(Topic):
            self.topic.errors = ["Choose what it is about."]
        if self.signature.data not in list(Signature):
            self.signature.errors = ["Choose how it should be signed."]
            return False
        signature = Signature(self.signature.data)
        pseudonym = one_line(self.pseudonym.data) if signature == "pseudonym" else ""
        found = service.faults(one_line(self.text.data), signature, pseudonym)
        for name, sentence in found.items():
            self.refuse(name, sentence)
        return not self.errors

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes, apart from the topic."""
        return {
            "text": self.text.data or "",
            "signature": Signature(self.signature.data),
            "pseudonym": self.pseudonym.data or "",
        }


class LessonForm(Form):
    text = TextAreaField(
        "What should the next round do differently?",
        description="One sentence that somebody can act on. "
        f"At most {lessons.LONGEST_LESSON} characters.",
    )
    due = SelectField(
        "By which phase of the next round?",
        choices=[SelectChoice(str(phase), calendar.LABELS[phase]) for phase in lessons.DUE],
        default="setup",
        validate_choice=False,
    )

    @classmethod
    def of(cls, line: Line) -> "LessonForm":
        """The form with the words of the line, to be sharpened."""
        return cls(data={"text": line.text, "due": "setup"})

    @property
    def due_phase(self) -> Phase:
        """The chosen phase; one that is not offered is refused by the service."""
        return Phase(self.due.data) if self.due.data in list(Phase) else Phase.ARCHIVED


class CloseForm(Form):
    state = RadioField("What became of it?")
    outcome = TextAreaField(
        "What was done, or why is it dropped?", description="Everybody can read it."
    )

    def __init__(self, adopted: bool, formdata: Any = None) -> None:
        self.adopted = adopted
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """A proposal can only be dropped."""
        done = [SelectChoice("done", "It is done")] if self.adopted else []
        self.state.choices = [*done, SelectChoice("dropped", "We do not follow it")]
        super().process(*args, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether a choice was made; the service looks at the words."""
        if self.state.data not in [choice.value for choice in self.state.choices]:
            self.state.errors = ["Choose what became of it."]
            return False
        return True

    @property
    def chosen(self) -> LessonState:
        return LessonState(self.state.data)


def _question(name: str) -> RadioField:
    choices = [SelectChoice(str(mark), label) for mark, label in SCALE.items()]
    unsaid = SelectChoice("", RATHER_NOT)
    return RadioField(QUESTIONS[name], choices=[*choices, unsaid])


class SurveyForm(Form):
    """Five questions, three things about oneself, and one line; all of them may stay empty."""

    easy = _question("easy")
    understood = _question("understood")
    heard = _question("heard")
    fair = _question("fair")
    again = _question("again")
    area = SelectField("In which part of town do you live?", validate_choice=False)
    age = SelectField("How old are you?", validate_choice=False)
    way = SelectField("How did you take part?", validate_choice=False)
    words = TextAreaField(
        "Is there something you want to add?",
        description=f"One line, at most {LONGEST_WORDS} characters. Write nothing that tells "
        "who you are.",
    )
    may_publish = BooleanField(
        "My line may be published word for word",
        description="If you do not tick this, only the stewards read it.",
    )

    def __init__(self, round: Round, formdata: Any = None) -> None:
        self.of_round = round
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round."""
        unsaid = SelectChoice("", RATHER_NOT)
        self.area.choices = [unsaid] + [
            SelectChoice(area.slug, area.name) for area in self.of_round.areas
        ]
        self.age.choices = [unsaid] + [SelectChoice(str(k), v) for k, v in AGES.items()]
        self.way.choices = [unsaid] + [SelectChoice(str(k), v) for k, v in WAYS.items()]
        super().process(*args, **kwargs)

    @property
    def questions(self) -> list[Any]:
        """The five questions as fields."""
        return [self[name] for name in QUESTIONS]

    @property
    def answers(self) -> Answers:
        """What was answered; a choice that is not offered counts as not said."""
        marks = {name: self[name].data for name in QUESTIONS}
        return Answers(
            marks={name: int(mark) for name, mark in marks.items() if mark in map(str, SCALE)},
            area=rounds.area(self.of_round, self.area.data or ""),
            age=AgeClass(self.age.data) if self.age.data in list(AgeClass) else None,
            way=Way(self.way.data) if self.way.data in list(Way) else None,
            words=self.words.data or "",
            may_publish=self.may_publish.data,
        )
