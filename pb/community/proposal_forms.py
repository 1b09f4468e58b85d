"""The form of a proposal, and the search among them."""

from collections.abc import Sequence
from typing import Any

from babel.numbers import get_currency_symbol
from wtforms import HiddenField, SearchField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from pb.community.idea_forms import IdeasField
from pb.proposals import texts
from pb.proposals.ideas.models import Idea
from pb.proposals.models import TOPICS, Proposal, State
from pb.proposals.queries import PUBLIC_STATES, Search
from pb.rounds import queries as rounds
from pb.rounds.models import Area, Round
from pb.web.filters import LOCALE
from pb.web.forms import Form, MoneyField

STATES = {
    State.SUBMITTED: "Sent in",
    State.CHANGES_REQUESTED: "Changes asked for",
    State.ELIGIBLE: "Can be done",
    State.INELIGIBLE: "Cannot be done",
    State.ON_BALLOT: "On the ballot",
    State.WITHDRAWN: "Withdrawn",
}


def at_most(name: str) -> str:
    return f"At most {texts.LENGTHS[name]:,} characters."


class ProposalForm(Form):
    """What a resident writes; `texts.faults` says what does not fit."""

    title = StringField(
        "Name of your proposal",
        description=f"What a neighbour would call it, in a few words. {at_most('title')}",
    )
    summary = TextAreaField(
        "In one or two sentences",
        description=f"This is what people see in the list. {at_most('summary')}",
    )
    body = TextAreaField(
        "What should happen, and why?",
        description="What would be there that is not there now? Who would it help? "
        f"Leave an empty line between paragraphs. {at_most('body')}",
    )
    area = SelectField("Which part of town?")
    place = StringField(
        "Where exactly?",
        description=f"A street, a square or a building. {at_most('place')}",
    )
    topic = SelectField("What is it about?")
    estimate = MoneyField(
        "What may it cost?",
        description="Your best guess. The commission works out the official cost later.",
        validators=[Optional()],
    )
    revision = HiddenField()
    ideas = IdeasField()

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the form; the round knows its areas and its money."""
        self.estimate.currency = self.of_round.currency
        self.area.choices = [SelectChoice("", "Choose one")] + [
            SelectChoice(area.slug, area.name) for area in self.of_round.areas
        ]
        self.topic.choices = [SelectChoice("", "Choose one")]
        self.topic.choices += [SelectChoice(topic, topic) for topic in TOPICS]
        super().process(*args, **kwargs)

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalForm":
        """The form with the text as it is saved."""
        names = ("title", "summary", "body", "place", "topic", "estimate", "revision")
        saved = {name: getattr(proposal, name) for name in names}
        return cls(proposal.round, data={**saved, "area": proposal.area.slug})

    @classmethod
    def from_ideas(cls, round: Round, ideas: Sequence[Idea]) -> "ProposalForm":
        """A form that begins with what the ideas say, where they agree."""
        areas = {idea.area.slug if idea.area else "" for idea in ideas}
        topics = {idea.topic for idea in ideas}
        begun = {
            "title": ideas[0].text[: texts.LENGTHS["title"]] if len(ideas) == 1 else "",
            "summary": ideas[0].text if len(ideas) == 1 else "",
            "body": "\n".join(f"- {idea.text}" for idea in ideas) + "\n\n" if ideas else "",
            "area": areas.pop() if len(areas) == 1 else "",
            "topic": topics.pop() if len(topics) == 1 else "",
            "ideas": ",".join(str(idea.id) for idea in ideas),
        }
        return cls(round, data=begun)

    def validate(self, *, complete: bool) -> bool:
        """Whether it can be saved; `complete` asks for everything that sending it in needs."""
        super().validate()
        written = {name: texts.clean(self[name].data) for name in texts.LENGTHS}
        found = texts.faults(
            self.of_round, self.chosen_area, self.estimate.data, written, complete=complete
        )
        self.refuse_all(found)
        if complete and not self.topic.data and not self.topic.errors:
            self.refuse("topic", "Choose what it is about.")
        return not self.errors

    @property
    def chosen_area(self) -> Area | None:
        return rounds.area(self.of_round, self.area.data or "")

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes."""
        written = {name: self[name].data or "" for name in texts.LENGTHS}
        return {**written, "area": self.chosen_area, "estimate": self.estimate.data}

    @property
    def seen(self) -> int | None:
        """The revision that was on the screen; -1, which never is, where it cannot be read."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @property
    def symbol(self) -> str:
        """The sign of the round's money."""
        return get_currency_symbol(self.of_round.currency, LOCALE)


class SearchForm(Form):
    """Filters over the list, sent with GET so that the address can be shared."""

    text = SearchField("Words")
    area = SelectField("Part of town", default="", validate_choice=False)
    topic = SelectField("About", default="", validate_choice=False)
    state = SelectField("State", default="", validate_choice=False)

    def __init__(self, round: Round, topics: Any, formdata: Any = None) -> None:
        self.of_round, self.topics = round, topics
        super().__init__(formdata)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round and the topics that occur in it."""
        everything = [SelectChoice("", "All")]
        self.area.choices = everything + [SelectChoice(a.slug, a.name) for a in self.of_round.areas]
        self.topic.choices = everything + [SelectChoice(topic, topic) for topic in self.topics]
        self.state.choices = everything + [SelectChoice(s, STATES[s]) for s in PUBLIC_STATES]
        super().process(*args, **kwargs)

    @property
    def wanted(self) -> Search:
        """What to look for; a choice that is not offered counts as all."""
        return Search(
            text=texts.clean(self.text.data)[:100],
            **{name: self.offered(name) for name in ("area", "topic", "state")},
        )
