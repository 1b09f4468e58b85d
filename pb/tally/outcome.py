"""What comes out of a count: who is funded, and every step that led there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from pb.tally import digest, numbers
from pb.tally.errors import TallyError
from pb.tally.numbers import Number


class StepKind(StrEnum):
    """What one step of a count decided, and why; the vocabulary of explanations."""

    FUNDED = "funded"
    BOUGHT = "bought"
    BOUGHT_EQUALLY = "bought-equally"
    CARRIED = "carried"
    SPREAD = "spread"
    RANKED_HIGH = "ranked-high"
    CHOSEN = "chosen"
    COMPLETED = "completed"
    TOPPED_UP = "topped-up"
    SUPPORTED = "supported"
    LIFTED = "lifted"
    DOES_NOT_FIT = "does-not-fit"
    AFTER_STOP = "after-stop"
    BELOW_THRESHOLD = "below-threshold"
    DEARER_THAN_BUDGET = "dearer-than-budget"
    EXCLUDED = "excluded"
    ABOVE_CEILING = "above-ceiling"
    PART_PAID = "part-paid"
    NO_STAGE = "no-stage"
    NO_VOTES = "no-votes"
    SUPPORT_TOO_POOR = "support-too-poor"
    SHARES_TOO_SMALL = "shares-too-small"
    WEIGHT_TOO_SMALL = "weight-too-small"
    LEFT_OUT = "left-out"
    ADDS_NOTHING = "adds-nothing"
    ENDOWMENT = "endowment"
    OPTIMUM = "optimum"
    COMPARISON = "comparison"
    ELIMINATED = "eliminated"
    NO_LONGER_FITS = "no-longer-fits"
    BY_RULE = "by-rule"

    @property
    def funds(self) -> bool:
        """Whether the step funds its project."""
        return self in FUNDING


FUNDING = frozenset(
    {
        StepKind.FUNDED,
        StepKind.BOUGHT,
        StepKind.BOUGHT_EQUALLY,
        StepKind.CARRIED,
        StepKind.SPREAD,
        StepKind.RANKED_HIGH,
        StepKind.CHOSEN,
        StepKind.COMPLETED,
        StepKind.TOPPED_UP,
        StepKind.SUPPORTED,
        StepKind.LIFTED,
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: about one project, or about the whole count where `project` is empty.

    `left` is the money left just before the step; `numbers` are the numbers that decided it;
    `tied` names the projects that were level with this one when the order of ties decided;
    `barred_by` the funded project, or the category, that stood in the way of this one.
    """

    kind: StepKind
    project: str
    left: Number
    numbers: Mapping[str, Number] = field(default_factory=dict)
    tied: tuple[str, ...] = ()
    barred_by: str = ""

    def to_json(self) -> dict[str, Any]:
        """The step as plain data; numbers exact."""
        data = {
            "kind": str(self.kind),
            "project": self.project,
            "left": numbers.to_json(self.left),
            "numbers": {name: numbers.to_json(value) for name, value in self.numbers.items()},
            "tied": list(self.tied),
        }
        return data | {"barred_by": self.barred_by} if self.barred_by else data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Step":
        """The step that `to_json` wrote."""
        return cls(
            StepKind(data["kind"]),
            data["project"],
            numbers.from_json(data["left"]),
            {name: numbers.from_json(value) for name, value in data["numbers"].items()},
            tuple(data["tied"]),
            data.get("barred_by", ""),
        )


@dataclass(frozen=True)
class Outcome:
    """The result of one count, with everything needed to explain it and to repeat it."""

    rule: str
    version: int
    params: Mapping[str, int | str]
    ties: tuple[str, ...]
    budget: Number
    spent: Number
    funded: tuple[str, ...]
    steps: tuple[Step, ...]
    input_digest: str

    @cached_property
    def outcome_digest(self) -> str:
        """sha256 (hex) of the whole outcome in canonical JSON."""
        return digest.of_data(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "version": self.version,
            "params": dict(self.params),
            "input_digest": self.input_digest,
            "budget": numbers.to_json(self.budget),
            "spent": numbers.to_json(self.spent),
            "funded": list(self.funded),
            "ties": list(self.ties),
            "steps": [step.to_json() for step in self.steps],
        }

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain data, its digest included."""
        return self._content() | {"outcome_digest": self.outcome_digest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        """The outcome that `to_json` wrote; raises TallyError if its digest does not match."""
        outcome = cls(
            rule=data["rule"],
            version=data["version"],
            params=dict(data["params"]),
            ties=tuple(data["ties"]),
            budget=numbers.from_json(data["budget"]),
            spent=numbers.from_json(data["spent"]),
            funded=tuple(data["funded"]),
            steps=tuple(Step.from_json(step) for step in data["steps"]),
            input_digest=data["input_digest"],
        )
        if "outcome_digest" in data and data["outcome_digest"] != outcome.outcome_digest:
            raise TallyError("The outcome does not match its digest.")
        return outcome
