"""The form of an idea, and the search among them."""

from typing import Any

from wtforms import BooleanField, HiddenField, SearchField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from pb.proposals.ideas import sentences
from pb.proposals.ideas.models import Origin
from pb.proposals.ideas.queries import TOGETHER, Search
from pb.proposals.models import TOPICS
from pb.rounds import queries as rounds
from pb.rounds.models import Area, Round
from pb.texts import one_line
from pb.web.forms import Form


class IdeaForm(Form):
    """One sentence; where and what about may stay open."""

    page = "community/ideas/form.html"

    text = TextAreaField(
        "Your idea, in one sentence",
        description="What would make life here better? "
        f"At most {sentences.LONGEST} characters; the details come later.",
    )
    area = SelectField("Which part of town? (if you like)", default="")
    topic = SelectField("What is it about? (if you like)", default="")
    unnamed = BooleanField(
        "Do not show my name",
        description="Then it says “a resident”. You can change that later.",
    )

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round and the usual topics."""
        self.area.choices = [SelectChoice("", "Anywhere")]
        self.area.choices += [SelectChoice(area.slug, area.name) for area in self.of_round.areas]
        self.topic.choices = [SelectChoice("", "Anything")]
        self.topic.choices += [SelectChoice(topic, topic) for topic in TOPICS]
        super().process(*args, **kwargs)

    def validate(self) -> bool:
        """Whether it can be saved, with a kind word beside what cannot."""
        super().validate()
        if fault := sentences.fault(one_line(self.text.data)):
            self.refuse("text", fault)
        return not self.errors

    @property
    def chosen_area(self) -> Area | None:
        return rounds.area(self.of_round, self.area.data or "")

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes from every such form."""
        return {
            "text": self.text.data or "",
            "area": self.chosen_area,
            "topic": self.topic.data or "",
        }


class OnBehalfForm(IdeaForm):
    """What a steward heard from somebody who is not online."""

    page = "community/ideas/on_behalf.html"

    unnamed = None
    text = TextAreaField(
        "The idea, in their words",
        description=f"One sentence, at most {sentences.LONGEST} characters.",
    )
    name = StringField(
        "Who said it?",
        description="The name they want to stand beside it. "
        "Leave it empty if they do not want to be named: then it says “a resident”.",
    )


class FilterForm(Form):
    """Filters over the list, sent with GET so that the address can be shared."""

    text = SearchField("Words")
    area = SelectField("Part of town", default="", validate_choice=False)
    topic = SelectField("About", default="", validate_choice=False)
    origin = SelectField("From", default="", validate_choice=False)

    def __init__(self, round: Round, topics: Any, formdata: Any = None) -> None:
        self.of_round, self.topics = round, topics
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round and the topics that occur in it."""
        everything = [SelectChoice("", "All")]
        self.area.choices = everything + [SelectChoice(a.slug, a.name) for a in self.of_round.areas]
        self.topic.choices = everything + [SelectChoice(topic, topic) for topic in self.topics]
        self.origin.choices = [
            *everything,
            SelectChoice(Origin.WORKSHOP.value, "A workshop"),
            SelectChoice(Origin.ON_BEHALF.value, "Told to a steward"),
        ]
        super().process(*args, **kwargs)

    @property
    def wanted(self) -> Search:
        """What to look for; a choice that is not offered counts as all."""
        return Search(
            text=one_line(self.text.data)[:100],
            **{name: self.offered(name) for name in ("area", "topic", "origin")},
        )


def numbers(texts: list[str]) -> list[int]:
    """The numbers among what came with an address or a form; the rest is left out."""
    found = [int(t) for t in texts if t.isascii() and t.isdigit() and len(t) < 10]
    return list(dict.fromkeys(found))[:TOGETHER]


class IdeasField(HiddenField):
    """The ideas that a proposal begins from: their numbers, with commas between."""

    @property
    def chosen(self) -> list[int]:
        """The numbers."""
        return numbers((self.data or "").split(","))
