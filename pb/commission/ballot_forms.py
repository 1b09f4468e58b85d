"""The form of what a ballot may hold: its kind, the limits of a list, and which lists."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from pb.rounds.models import Area, Round
from pb.tally.ballots import AreaLimits, BallotKind, Limits
from pb.web.forms import Form, MoneyField

KNAPSACK = "knapsack"  # approval ballots held to the money of their area
KINDS = [
    SelectChoice(
        BallotKind.APPROVAL,
        "They tick the projects they want",
        {"hint": "Easy to explain, and every rule but one can count it."},
    ),
    SelectChoice(
        BallotKind.CHOOSE_1, "They tick one project", {"hint": "Says least about what people want."}
    ),
    SelectChoice(
        KNAPSACK,
        "They make a budget",
        {"hint": "They tick projects until the money of their area is used up."},
    ),
    SelectChoice(
        BallotKind.CUMULATIVE,
        "They share out points",
        {"hint": "Such as 10 points, all on one project or spread over several."},
    ),
    SelectChoice(
        BallotKind.ORDINAL,
        "They put projects in order",
        {"hint": "First choice, second choice, and so on."},
    ),
    SelectChoice(
        BallotKind.SCORING, "They give every project a score", {"hint": "Such as from 0 to 5."}
    ),
]
HIGHEST_SCORE = 100
OWN, OTHERS, ANY = "own", "others", "any"
REACH = [
    SelectChoice(OWN, "Only that of their own area, and that of the whole town"),
    SelectChoice(OTHERS, "That of their own area, and those of some other areas"),
    SelectChoice(ANY, "Those of any areas: everybody chooses"),
]
OF_AREA = "max_length_in_"  # and the area's name in addresses: a field of its own
EMPTY = "Leave it empty for no limit."
PAIRS = (  # (the least, the most) of the same thing
    ("min_points", "max_points"),
    ("min_sum_points", "max_sum_points"),
    ("min_sum_cost", "max_sum_cost"),
    ("min_length_per_category", "max_length_per_category"),
)
PLAIN = ("min_points", "min_sum_points", "min_sum_cost")
BY_TOPIC = ("min_length_per_category", "max_length_per_category", "max_sum_cost_per_category")


def _number(label: str, description: str, most: int = 1_000) -> IntegerField:
    message = f"Enter a number from 1 to {most:,}."
    checks = [Optional(), NumberRange(min=1, max=most, message=message)]
    return IntegerField(label, description=description, validators=checks)


class AreaFields(Form):
    """Which lists a voter may fill in."""

    reach = RadioField("Which lists may a person fill in?", choices=REACH, default=OWN)
    other_areas = _number(
        "The lists of how many other areas?", "Only if some other areas are allowed."
    )
    max_areas = _number(
        "At most how many areas in all?",
        "The list of the whole town is never counted. Leave it empty for no limit.",
    )


class TopicFields(Form):
    """Limits that hold for each topic by itself."""

    max_length_per_category = _number("At most how many projects of one topic?", EMPTY)
    min_length_per_category = _number(
        "At least how many projects of each topic?",
        "Only for those who choose any. A topic with fewer projects asks for all of them.",
    )


class ListFields(Form):
    """What one list may hold, but for its money."""

    kind = RadioField("How people vote", choices=KINDS, default=BallotKind.APPROVAL)
    max_length = _number(
        "At most how many projects?",
        "In the list of each area. A generous number, such as 5 or 10, gives a "
        "fairer picture than 1 or 2. Leave it empty for no limit.",
    )
    min_length = _number(
        "At least how many projects?",
        "Only for those who choose any: a list may always stay empty. "
        "Leave it empty for no such limit.",
    )
    max_sum_points = _number(
        "How many points has each person?", "In the list of each area. Only for sharing out."
    )
    max_points = _number(
        "At most how many points for one project?",
        "The highest score, or the most that one project may get when points are shared out.",
    )
    min_points = _number(
        "At least how many points for a chosen project?", "Leave it empty for no such limit."
    )
    min_sum_points = _number(
        "At least how many points in all?",
        "Only for those who give any. The same number as above: all points must be used.",
    )
    within_budget = BooleanField(
        "A list may not cost more than its area has",
        description="Then everybody makes a budget that could be paid.",
    )


def _above_zero(form: Form, field: MoneyField) -> None:
    if field.data is not None and field.data <= 0:
        raise ValidationError("Enter an amount above zero, or leave it empty.")


def _money_fields(currency: str) -> dict[str, MoneyField]:
    """The limits in money, for a round's currency."""
    texts = {
        "min_sum_cost": (
            "At least how much money together?",
            "Only for those who choose any. Most towns leave this empty: it keeps "
            "people from voting.",
        ),
        "max_sum_cost": (
            "At most how much money together?",
            "In the list of each area. Most towns leave this empty: then people need not do sums.",
        ),
        "max_sum_cost_per_category": ("At most how much money for one topic?", EMPTY),
    }
    return {
        name: MoneyField(label, currency=currency, description=hint, validators=[_above_zero])
        for name, (label, hint) in texts.items()
    }


class BallotForm(AreaFields, TopicFields, ListFields):
    """The kind of ballot and its limits; `ballot_form` adds what depends on the round."""

    areas_shown: Sequence[Area] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every limit can be read, and all of them go together."""
        if not super().validate(extra_validators):
            return False
        for name, sentence in _clashes(self):
            self.refuse(name, sentence)
        return not self.errors

    @property
    def limits(self) -> Limits:
        """The limits as they were chosen; one tick needs no number."""
        kind = BallotKind.APPROVAL if self.kind.data == KNAPSACK else self.kind.data
        one = kind == BallotKind.CHOOSE_1
        return Limits(
            BallotKind(kind),
            min_length=None if one else self.min_length.data,
            max_length=None if one else self.max_length.data,
            max_sum_cost=self.max_sum_cost.data,
            max_points=self.max_points.data,
            max_sum_points=self.max_sum_points.data,
            **{name: self[name].data for name in (*PLAIN, *BY_TOPIC)},
        )

    @property
    def area_limits(self) -> AreaLimits:
        """Which lists may be filled in, and those that have a length of their own."""
        reach = self.reach.data if self.areas_shown else OWN
        lengths = {area.slug: self.length_in(area).data for area in self.areas_shown}
        return AreaLimits(
            max_areas=None if reach == OWN else self.max_areas.data,
            max_other_areas={OWN: 0, OTHERS: self.other_areas.data}.get(reach),
            lengths={slug: {"max_length": most} for slug, most in lengths.items() if most},
        )

    def length_in(self, area: Area) -> IntegerField:
        """The field of the length of one area's list."""
        return self[f"{OF_AREA}{area.slug}"]

    @property
    def holds_to_budget(self) -> bool:
        """Whether a list may cost no more than its area has."""
        return self.within_budget.data or self.kind.data == KNAPSACK


def ballot_form(currency: str, areas: Sequence[Area] = ()) -> type[BallotForm]:
    """The form of the kind of ballot and its limits, in this currency, for lists of these areas."""
    shown = areas if len(areas) > 1 else ()
    lengths = {f"{OF_AREA}{area.slug}": _number(area.name, "") for area in shown}
    fields = {"areas_shown": shown, **_money_fields(currency), **lengths}
    return type("BallotForm", (BallotForm,), fields)


def chosen(round: Round) -> dict[str, Any]:
    """What the form shows of a round."""
    limits = round.ballot_limits or Limits(max_length=5)
    areas = round.area_limits
    reach = {0: OWN, None: ANY}.get(areas.max_other_areas, OTHERS)
    found = limits.to_json() | {"within_budget": round.within_budget, "reach": reach}
    found |= {"other_areas": areas.max_other_areas or None, "max_areas": areas.max_areas}
    for slug, lengths in areas.lengths.items():
        found[f"{OF_AREA}{slug}"] = lengths.get("max_length")
    lengths = limits.max_length, limits.min_length, limits.max_sum_cost
    if round.within_budget and limits.kind is BallotKind.APPROVAL and not any(lengths):
        found["kind"] = KNAPSACK
    return found


def _clashes(form: Any) -> list[tuple[str, str]]:
    """What does not go together, as (field, sentence)."""
    kind, found = form.kind.data, []
    shared, scored = kind == BallotKind.CUMULATIVE, kind == BallotKind.SCORING
    least, most = form.min_length.data, form.max_length.data
    if least and most and least > most and kind != BallotKind.CHOOSE_1:
        found.append(("min_length", f"This is more than the most, {most}."))
    if form.max_sum_points.data and not shared:
        found.append(("max_sum_points", "Only points that are shared out have a sum. Empty this."))
    if form.max_points.data and not (shared or scored):
        found.append(("max_points", "This kind of ballot has no points. Leave this empty."))
    if not (shared or scored):
        found += [
            (name, "This kind of ballot has no points. Leave this empty.")
            for name in ("min_points", "min_sum_points")
            if form[name].data
        ]
    if shared:
        found += _clashes_of_points(form)
    found += [
        (low, "This is more than the most of it. Enter less, or raise the other.")
        for low, high in PAIRS
        if form[low].data and form[high].data and form[low].data > form[high].data
    ]
    if form.areas_shown:
        found += _clashes_of_areas(form)
    if scored and not form.max_points.data:
        found.append(("max_points", "Enter the highest score, such as 5."))
    if scored and (form.max_points.data or 0) > HIGHEST_SCORE:
        found.append(("max_points", f"A score goes up to {HIGHEST_SCORE} at most."))
    return found


def _clashes_of_areas(form: Any) -> list[tuple[str, str]]:
    reach, others, most = form.reach.data, form.other_areas.data, form.max_areas.data
    if reach == OTHERS and not others:
        return [("other_areas", "Enter how many other areas, such as 1.")]
    if reach != OTHERS and others:
        return [("other_areas", "Only where some other areas are allowed. Empty this.")]
    if reach == OWN and most:
        return [("max_areas", "There is only the own area to fill in. Empty this.")]
    return []


def _clashes_of_points(form: Any) -> list[tuple[str, str]]:
    total, each, least = form.max_sum_points.data, form.max_points.data, form.min_length.data
    if not total:
        return [("max_sum_points", "Enter how many points each person has, such as 10.")]
    if each and each > total:
        return [("max_points", f"Nobody can give more than {total} points. Enter fewer.")]
    if least and least > total:
        return [("min_length", f"{total} points cannot go to {least} projects. Enter fewer.")]
    return []
