"""Forms of the documents of a round."""

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from pb.purpose.documents.models import Choice, Kind, Reply
from pb.web.forms import Form

CHOICES = {Choice.YES: "Yes", Choice.NO: "No", Choice.ABSTAIN: "I abstain"}
REPLIES = {
    Reply.TAKEN_UP: "It is taken up in the draft",
    Reply.NOT_TAKEN_UP: "It is not taken up, because …",
    Reply.ANSWERED: "Only an answer",
}


class ClauseForm(Form):
    """One clause, as a steward writes it."""

    heading = StringField("Heading", description="A few words that can be cited.")
    text = TextAreaField("What the clause says")
    revision = HiddenField()

    def named_for(self, kind: Kind) -> "ClauseForm":
        """The same form with the words of a glossary, where it is one."""
        if kind is Kind.GLOSSARY:
            self.heading.label.text, self.heading.description = "Word", ""
            self.text.label.text = "What it means, in plain language"
        return self

    @property
    def seen(self) -> int | None:
        """The revision that was on the screen; -1, which never is, where it cannot be read."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class CommentForm(Form):
    """What somebody says about a clause."""

    text = TextAreaField("What do you think of this clause?")


class ReplyForm(Form):
    """What a steward says to a comment."""

    reply = RadioField(
        "What becomes of it?", choices=[SelectChoice(str(one), REPLIES[one]) for one in REPLIES]
    )
    answer = TextAreaField("Your answer, or the reason")


class VoteForm(Form):
    """One vote on a version."""

    choice = RadioField(
        "Should this version be in force?",
        choices=[SelectChoice(str(one), CHOICES[one]) for one in CHOICES],
    )


class OpenVoteForm(Form):
    """What a steward says when a draft is put to the vote."""

    reason = TextAreaField(
        "What is new in this version, and why?", description="Everybody reads it before voting."
    )
    revision = HiddenField()
