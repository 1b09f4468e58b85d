"""The form of the counting rule: made from the rules that are loaded and their parameters."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from pb.tally.ballots import BallotKind
from pb.tally.rules import Rule
from pb.tally.rules.base import options
from pb.web.forms import Form

TIES = {
    "lower-cost,more-votes,file-order": "The cheaper project comes first",
    "more-votes,lower-cost,file-order": "The project with more votes comes first",
    "higher-cost,more-votes,file-order": "The dearer project comes first",
    "lot": "A lot decides",
}
LOT_HINT = (
    "The order is computed from words that are fixed before the vote, "
    "such as numbers that were drawn in public."
)
PARAMS = {  # how people read a parameter; rules of others show the names they gave
    "order": "What puts one project before another",
    "unaffordable": "When a project costs more than is left",
    "threshold": "Fewest votes that a project needs",
    "threshold-share": "Smallest share of all ballots that a project needs, such as 1/10",
    "threshold-cost": "Share of all ballots that a project needs if it costs all the money",
    "leftover": "What happens with money that is left at the end",
    "top-up": "Share of the cost that must be left to pay for the first that does not fit",
    "oversize": "A project dearer than the whole budget",
    "utility": "What a funded project is worth to a voter",
    "completion": "What happens with money that is left over",
    "stop": "Where adding money ends",
    "comparison": "Compare with “most votes first”",
    "increment": "What is added per voter and step, in the smallest unit of money",
    "start": "The share of each voter",
    "ranking": "How ranks become points",
    "variant": "When no project has enough support",
}
CHOICES = {
    "score": "The number of votes",
    "score-per-cost": "Votes for each unit of money",
    "skip": "Pass over it and try the next one",
    "stop": "End the count there",
    "cost": "As much as it costs",
    "cardinality": "The same for every project",
    "none": "Nothing",
    "keep": "Nothing, it is kept",
    "fill": "After the end of the count it goes to projects that still fit",
    "part": "It goes towards the first project that did not fit",
    "add1": "Give every voter a little more until it is used",
    "add-opt": "Give every voter just enough more, again and again, until it is used",
    "add1+greedy": "Give every voter a little more, then most votes first",
    "greedy": "Most votes first",
    "ewt": "The one that lacks most goes out",
    "ewtc": "The one that lacks most for its cost goes out",
    "mt": "Move what is missing to the one that lacks least",
    "mtc": "Move what is missing to the one that lacks least for its cost",
}


BALLOTS = {  # what a rule that cannot count them is said not to count
    BallotKind.APPROVAL: "ticks",
    BallotKind.CUMULATIVE: "points that are shared out",
    BallotKind.SCORING: "scores",
    BallotKind.ORDINAL: "ballots that put projects in order",
}


def rule_form(
    rules: Mapping[str, Rule], ties: Iterable[str] = (), kind: BallotKind | None = None
) -> type[Form]:
    """The form of the counting rules, their parameters and the order of ties.

    Rules that cannot count ballots of this kind are shown with the reason, and cannot be chosen.
    """
    ties = list(ties)
    presets = dict(TIES)
    if ties and not ties[0].startswith("lot:") and ",".join(ties) not in presets:
        presets[",".join(ties)] = f"As it is now: {', '.join(ties)}"

    class RuleForm(Form):
        rule = RadioField(
            "How are the votes counted?",
            choices=[_offer(rule, kind) for rule in rules.values()],
            validators=[DataRequired("Choose one of the counting rules.")],
        )
        ties = RadioField(
            "When two projects are level",
            choices=[
                SelectChoice(key, text, {"hint": LOT_HINT} if key == "lot" else {})
                for key, text in presets.items()
            ],
            default=next(iter(TIES)),
        )
        lot = StringField(
            "The words for the lot",
            description="Everybody can read them and repeat the lot.",
            validators=[Length(max=100, message="Use at most 100 characters.")],
        )

        def params(self, rule_id: str) -> list[Any]:
            """The fields of one rule's parameters."""
            return [field for field in self if field.name.startswith(f"{rule_id}__")]

        def given(self) -> dict[str, str]:
            """What was written for the parameters of the chosen rule."""
            prefix = f"{self.rule.data}__"
            return {
                field.name.removeprefix(prefix): field.data
                for field in self.params(self.rule.data)
                if field.data
            }

        def tie_keys(self) -> list[str]:
            """The order of ties as the rule reads it."""
            chosen = self.ties.data or ""
            return [f"lot:{self.lot.data}"] if chosen == "lot" else chosen.split(",")

        def validate_lot(self, field: StringField) -> None:
            if self.ties.data == "lot" and not field.data:
                raise ValidationError("Enter the words from which the lot is computed.")

    for rule in rules.values():
        for option in options(rule.params):
            setattr(RuleForm, f"{rule.id}__{option['name']}", _param(option))
    return RuleForm


def _offer(rule: Rule, kind: BallotKind | None) -> SelectChoice:
    if kind is None or kind.counted_as in rule.accepts:
        return SelectChoice(rule.id, rule.title, {"hint": rule.summary})
    reason = f"{rule.summary} It cannot count {BALLOTS[kind.counted_as]}."
    return SelectChoice(rule.id, rule.title, {"hint": reason, "disabled": True})


def _param(option: Mapping[str, Any]) -> Any:
    name, default = option["name"], option["default"]
    label = PARAMS.get(name, name.replace("-", " ").capitalize())
    if option["choices"]:
        choices = [
            SelectChoice(value, CHOICES.get(value, value.replace("-", " ").capitalize()))
            for value in option["choices"]
        ]
        return SelectField(label, choices=choices, default=default)
    shown = "" if default is None else str(default)
    return StringField(label, default=shown, description="Leave it as it is if you are not sure.")
