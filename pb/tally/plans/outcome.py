"""What comes out of a plan: the outcome of every stage, and where every amount went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pb.tally import digest, numbers
from pb.tally.errors import TallyError
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step
from pb.tally.plans.model import Plan

RULE = "plan"
VERSION = 1


@dataclass(frozen=True)
class StageOutcome:
    """One stage, counted: `own` money and what it `received` from earlier stages, by their names.

    `outcome.budget` is both together. What was not spent, `left`, went to the stage `to`, or
    stayed where `to` is empty. `projects` are those that took part, `voters` the ballots counted.
    """

    stage: str
    own: Number
    received: Mapping[str, Number]
    projects: tuple[str, ...]
    voters: int
    outcome: Outcome
    to: str = ""

    @property
    def left(self) -> Number:
        """The money that was not spent."""
        return numbers.plain(max(self.outcome.budget - self.outcome.spent, 0))

    @property
    def added(self) -> Number:
        """Other money that a rule with a top-up added to that of the stage."""
        return numbers.plain(max(self.outcome.spent - self.outcome.budget, 0))

    def to_json(self) -> dict[str, Any]:
        """The stage as plain data; numbers exact."""
        return {
            "stage": self.stage,
            "own": numbers.to_json(self.own),
            "received": {name: numbers.to_json(sum_) for name, sum_ in self.received.items()},
            "spent": numbers.to_json(self.outcome.spent),
            "added": numbers.to_json(self.added),
            "left": numbers.to_json(self.left),
            "to": self.to,
            "projects": list(self.projects),
            "voters": self.voters,
            "outcome": self.outcome.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "StageOutcome":
        """The stage that `to_json` wrote."""
        return cls(
            data["stage"],
            numbers.from_json(data["own"]),
            {name: numbers.from_json(sum_) for name, sum_ in data["received"].items()},
            tuple(data["projects"]),
            data["voters"],
            Outcome.from_json(data["outcome"]),
            data["to"],
        )


@dataclass(frozen=True)
class PlanOutcome:
    """The result of a plan: its stages as they were counted, and everything to repeat it.

    `outside` has a step for each project that no stage was for.
    """

    plan: Plan
    budget: Number
    stages: tuple[StageOutcome, ...]
    input_digest: str
    outside: tuple[Step, ...] = field(default=())

    @cached_property
    def whole(self) -> Outcome:
        """All stages as one outcome: funded in the order of the stages, with every step."""
        return Outcome(
            rule=RULE,
            version=VERSION,
            params={},
            ties=self.plan.ties,
            budget=self.budget,
            spent=numbers.plain(sum((stage.outcome.spent for stage in self.stages), 0)),
            funded=tuple(project for one in self.stages for project in one.outcome.funded),
            steps=(*(step for one in self.stages for step in one.outcome.steps), *self.outside),
            input_digest=self.input_digest,
        )

    @property
    def funded(self) -> tuple[str, ...]:
        """All funded projects, in the order of the stages."""
        return self.whole.funded

    @property
    def spent(self) -> Number:
        """What all funded projects cost."""
        return self.whole.spent

    @cached_property
    def outcome_digest(self) -> str:
        """sha256 (hex) of the whole outcome, the plan included, in canonical JSON."""
        return digest.of_data(self._content())

    def _content(self) -> dict[str, Any]:
        data = {k: v for k, v in self.whole.to_json().items() if k != "outcome_digest"}
        stages = [stage.to_json() for stage in self.stages]
        return data | {"plan": self.plan.to_json(), "stages": stages}

    def to_json(self) -> dict[str, Any]:
        """The keys of any outcome, with `plan` and `stages` beside them."""
        return self._content() | {"outcome_digest": self.outcome_digest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PlanOutcome":
        """The outcome that `to_json` wrote; raises TallyError if its digest does not match."""
        stages = tuple(StageOutcome.from_json(stage) for stage in data["stages"])
        inside = sum(len(stage.outcome.steps) for stage in stages)
        outcome = cls(
            Plan.from_json(data["plan"]),
            numbers.from_json(data["budget"]),
            stages,
            data["input_digest"],
            tuple(Step.from_json(step) for step in data["steps"][inside:]),
        )
        if "outcome_digest" in data and data["outcome_digest"] != outcome.outcome_digest:
            raise TallyError("The outcome does not match its digest.")
        return outcome
