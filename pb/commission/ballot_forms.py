"""The form of what one list of a ballot may hold: the kind of ballot and its limits."""

from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from pb.rounds.models import Round
from pb.tally.ballots import BallotKind, Limits
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


def _number(label: str, description: str, most: int = 1_000) -> IntegerField:
    message = f"Enter a number from 1 to {most:,}."
    checks = [Optional(), NumberRange(min=1, max=most, message=message)]
    return IntegerField(label, description=description, validators=checks)


def ballot_form(currency: str) -> type[Form]:
    """The form of the kind of ballot and its limits, in this currency."""

    class BallotForm(Form):
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
        max_sum_cost = MoneyField(
            "At most how much money together?",
            currency=currency,
            description="In the list of each area. Most towns leave this empty: "
            "then people need not do sums.",
        )
        within_budget = BooleanField(
            "A list may not cost more than its area has",
            description="Then everybody makes a budget that could be paid.",
        )

        def validate_max_sum_cost(self, field: MoneyField) -> None:
            if field.data is not None and field.data <= 0:
                raise ValidationError("Enter an amount above zero, or leave it empty.")

        def validate(self, extra_validators: Any = None) -> bool:
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
            )

        @property
        def holds_to_budget(self) -> bool:
            """Whether a list may cost no more than its area has."""
            return self.within_budget.data or self.kind.data == KNAPSACK

    return BallotForm


def chosen(round: Round) -> dict[str, Any]:
    """What the form shows of a round."""
    limits = round.ballot_limits or Limits(max_length=5)
    found = limits.to_json() | {"within_budget": round.within_budget}
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
    if shared:
        found += _clashes_of_points(form)
    if scored and not form.max_points.data:
        found.append(("max_points", "Enter the highest score, such as 5."))
    if scored and (form.max_points.data or 0) > HIGHEST_SCORE:
        found.append(("max_points", f"A score goes up to {HIGHEST_SCORE} at most."))
    return found


def _clashes_of_points(form: Any) -> list[tuple[str, str]]:
    total, each, least = form.max_sum_points.data, form.max_points.data, form.min_length.data
    if not total:
        return [("max_sum_points", "Enter how many points each person has, such as 10.")]
    if each and each > total:
        return [("max_points", f"Nobody can give more than {total} points. Enter fewer.")]
    if least and least > total:
        return [("min_length", f"{total} points cannot go to {least} projects. Enter fewer.")]
    return []
