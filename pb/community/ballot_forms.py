"""What voters type and tick."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from pb.ballots.sheet import Section, Sheet
from pb.proposals.models import Project
from pb.rounds.models import Round
from pb.tally.ballots import Ballot, Violation
from pb.web.forms import Form, MoneyField

MOST_PICKS = 2_000  # far more than any ballot has; the rest of a made-up form is not read


class EnterForm(Form):
    code = StringField(
        "Voting code",
        description="The 13 letters and digits in your letter. Small letters and blanks are fine.",
        validators=[
            InputRequired("Enter the code from your letter."),
            Length(max=60, message="That is too long for a code."),
        ],
    )
    shared = BooleanField(
        "Other people use this computer too",
        description="We forget your code as soon as you have sent your ballot.",
    )


class ReceiptForm(Form):
    receipt = StringField(
        "Receipt",
        description="The 17 letters and digits that you saw after voting.",
        validators=[
            InputRequired("Enter your receipt."),
            Length(max=60, message="That is too long for a receipt."),
        ],
    )


class FilterForm(Form):
    text = StringField("Word", validators=[Length(max=80, message="Use at most 80 characters.")])
    area = SelectField("Area", validate_choice=False)
    most = MoneyField("Costs at most", validators=[Optional()])

    def __init__(self, round: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most.currency = round.currency
        self.area.choices = [("", "All areas"), *((a.slug, a.name) for a in round.areas)]
        self.area.data = self.area.data or ""


@dataclass(frozen=True)
class FilledSection:
    """One area's list with the voter's ticks."""

    section: Section
    chosen: tuple[Project, ...]

    @property
    def ballot(self) -> Ballot:
        return Ballot(tuple(project.code for project in self.chosen))

    @property
    def spent(self) -> int:
        return sum(project.cost for project in self.chosen)

    @cached_property
    def problems(self) -> list[Violation]:
        """What keeps this list from being counted."""
        return self.section.problems(self.ballot)

    @property
    def free_choices(self) -> int | None:
        """How many more projects would fit; None without a limit."""
        longest = self.section.limits.longest
        return None if longest is None else max(0, longest - len(self.chosen))

    @property
    def free_money(self) -> int | None:
        """How much more money would fit; None without a limit."""
        most = self.section.limits.max_sum_cost
        return None if most is None else max(0, most - self.spent)


@dataclass(frozen=True)
class FilledSheet:
    """A voter's sheet with the ticks that came with a form; stored nowhere."""

    sections: tuple[FilledSection, ...]
    unknown: tuple[str, ...]  # what the form named that is not on this voter's sheet

    @property
    def numbers(self) -> list[int]:
        """The numbers of all chosen projects, as forms carry them."""
        return [project.number for one in self.sections for project in one.chosen]

    @property
    def lists(self) -> dict[int, Ballot]:
        """The ballot as it is cast: a list for each area."""
        return {one.section.area.id: one.ballot for one in self.sections}

    @property
    def faulty(self) -> bool:
        return bool(self.unknown) or any(one.problems for one in self.sections)


def fill(sheet: Sheet, form: MultiDict | None = None) -> FilledSheet:
    """The sheet with the ticks of a form; a tick named in `remove` is taken out."""
    picks = _picks(form) if form else []
    by_number = {str(p.number): p for section in sheet.sections for p in section.projects}
    chosen = [by_number[pick] for pick in picks if pick in by_number]
    return FilledSheet(
        tuple(FilledSection(one, _on(chosen, one)) for one in sheet.sections),
        tuple(pick[:12] for pick in picks if pick not in by_number),
    )


def _picks(form: MultiDict) -> list[str]:
    removed = set(form.getlist("remove"))
    found = dict.fromkeys(form.getlist("project")[:MOST_PICKS])
    return [pick for pick in found if pick not in removed]


def _on(chosen: Iterable[Project], section: Section) -> tuple[Project, ...]:
    area_id = section.area.id
    return tuple(sorted((p for p in chosen if p.area_id == area_id), key=lambda p: p.number))
