"""Forms around connectors: offering introductions, asking for one, answering."""

from typing import Any

from wtforms import SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from pb.rounds.models import Round
from pb.web.forms import Form


class OfferForm(Form):
    """“I can introduce people in …”"""

    text = TextAreaField(
        "I can introduce people …",
        description="One or two sentences, for example “to the allotment holders, and to anybody "
        "who speaks Arabic”. Everybody can read it. Give no address and no telephone number.",
    )
    areas = SelectMultipleField(
        "In which parts of town?",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def __init__(self, round: Round, formdata: Any = None, **kwargs: Any) -> None:
        self.of_round = round
        super().__init__(formdata, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the areas of the round."""
        self.areas.choices = [SelectChoice(a.slug, a.name) for a in self.of_round.areas]
        super().process(*args, **kwargs)


class AskForm(Form):
    """Asking for an introduction."""

    text = TextAreaField(
        "What would you like?",
        description="For example whom you would like to meet, or to whom somebody should go. "
        "They see your name, not your address.",
    )


class AnswerForm(Form):
    """Answering somebody who asked."""

    text = TextAreaField("Your answer", description="They see your name, not your address.")
