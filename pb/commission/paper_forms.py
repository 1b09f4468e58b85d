"""Forms for ballots on paper: making a batch, typing a sheet, counting what came back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from pb.ballots.paper import typed
from pb.ballots.paper.models import Invalidity, PaperBatch
from pb.ballots.paper.queries import WHY
from pb.ballots.paper.reading import Reading
from pb.ballots.paper.service import MOST_ISSUED
from pb.ballots.sheet import Section
from pb.eligibility import codes
from pb.eligibility import queries as roll
from pb.eligibility.models import RollEntry
from pb.errors import Invalid
from pb.keys import KeyRing
from pb.rounds.models import Round
from pb.tally.ballots import Ballot
from pb.web.forms import Form

# The box finds these out by itself, when two people have typed the same.
CHOSEN = [why for why in Invalidity if why is not Invalidity.OVER_LIMIT]
NOBODY = "Nobody on the list of voters has this number. Is it typed as it stands on the sheet?"
WHOSE = "Type the voter’s number, or choose why the sheet does not count."


class IssueForm(Form):
    place = StringField(
        "Where are the sheets handed out?",
        description="Everybody can read it in the log, such as: Library, Mill Lane.",
        validators=[
            InputRequired("Say where the sheets are handed out."),
            Length(max=80, message="Use at most 80 characters."),
        ],
    )
    area = SelectField("For the voters of")
    sheets = IntegerField(
        "How many sheets?",
        validators=[
            InputRequired("Say how many sheets are made."),
            NumberRange(1, MOST_ISSUED, f"Make between 1 and {MOST_ISSUED:,} sheets."),
        ],
    )

    def __init__(self, round: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(area.slug, area.name) for area in round.areas if not area.city_wide]
        self.area.choices = [*named, ("-", "The whole town only")]


def counted(label: str, description: str = "") -> IntegerField:
    """A number of sheets, counted by hand."""
    return IntegerField(
        label,
        description=description,
        default=0,
        validators=[
            InputRequired("Type a number, 0 if there is none."),
            NumberRange(0, MOST_ISSUED, f"Type a number between 0 and {MOST_ISSUED:,}."),
        ],
    )


class CountForm(Form):
    returned = counted("Handed in", "Sheets in the box, whether they count or not.")
    spoiled = counted("Spoiled", "Given back by a voter in exchange for a new one.")
    unused = counted("Unused", "Never given to anybody.")
    missing = counted("Missing", "Given out and not come back.")
    explanation = TextAreaField(
        "What became of the missing sheets?",
        description="Everybody can read it in the log. Do not write a name.",
        validators=[Length(max=300, message="Use at most 300 characters.")],
    )


class SheetForm(Form):
    """One sheet as a clerk reads it; `sheet_form` adds a field for every list."""

    sheet = StringField(
        "Sheet",
        validators=[InputRequired("Type the number of the sheet.")],
        render_kw={"autofocus": True},
    )
    voter = StringField(
        "Voter’s number",
        description="It stands on the strip: the number on the list of voters, or a code.",
        validators=[Length(max=60, message="That is too long for a number.")],
    )
    reason = SelectField(
        "Does the sheet count?",
        choices=[
            SelectChoice("", "Yes"),
            *(SelectChoice(why.value, f"No: {WHY[why].lower()}") for why in CHOSEN),
        ],
        default="",
    )
    doubtful = BooleanField("A mark is doubtful: two people have to look at it together")
    sections: Sequence[Section] = ()

    @property
    def lists(self) -> list[tuple[Section, StringField]]:
        """The list of every area, with the field in which it is typed."""
        return [(section, self[f"list-{section.area.slug}"]) for section in self.sections]

    def number(self, batch: PaperBatch) -> int | None:
        """The sheet's number, typed as “17” or as printed, “2-17”."""
        before, dash, number = self.sheet.data.rpartition("-")
        if not (number.isascii() and number.isdecimal() and len(number) < 8):
            self.refuse("sheet", "Type the number of the sheet in figures, such as 17.")
        elif dash and before.strip() != str(batch.number):
            self.refuse("sheet", f"This sheet belongs to batch {before[:8]}, not {batch.number}.")
        else:
            return int(number)
        return None

    def reading(self, session: Session, round: Round, keys: KeyRing) -> Reading | None:
        """What was read on the sheet; None, with an error beside a field, if it cannot be."""
        if self.reason.data:
            return Reading(reason=Invalidity(self.reason.data), doubtful=self.doubtful.data)
        voter = self._voter(session, round, keys)
        lists = {section.area.id: self._list(section) for section in self.sections}
        if not self.errors and lists and not any(one is not None for one in lists.values()):
            first = self.sections[0].area
            self.refuse(f"list-{first.slug}", "Type 0 where the voter has left a list empty.")
        if self.errors or voter is None:
            return None
        filled = {area_id: one for area_id, one in lists.items() if one is not None}
        return Reading(voter, filled, doubtful=self.doubtful.data)

    def _voter(self, session: Session, round: Round, keys: KeyRing) -> RollEntry | None:
        """The voter by number on the list of voters, or by code."""
        typed_number = self.voter.data
        if not typed_number:
            self.refuse("voter", WHOSE)
            return None
        if typed_number.isascii() and typed_number.isdecimal() and len(typed_number) < 10:
            found = roll.find_by_number(session, round, int(typed_number))
        else:
            try:
                found = roll.find_by_code(session, round, codes.parse(typed_number), keys)
            except Invalid as refusal:
                self.refuse("voter", str(refusal))
                return None
        if found is None:
            self.refuse("voter", NOBODY)
        return found

    def _list(self, section: Section) -> Ballot | None:
        name = f"list-{section.area.slug}"
        try:
            return typed.read(self[name].data or "", section)
        except Invalid as refusal:
            self.refuse(name, str(refusal))
            return None


def sheet_form(sections: Sequence[Section], *args: Any, **kwargs: Any) -> SheetForm:
    """The form for sheets with these lists."""
    fields = {
        f"list-{section.area.slug}": StringField(
            section.area.name, validators=[Length(max=2_000, message="That is too long.")]
        )
        for section in sections
    }
    made = type("SheetForm", (SheetForm,), fields)(*args, **kwargs)
    made.sections = sections
    return made
