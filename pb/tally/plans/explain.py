"""Why a project won or lost under a plan: one explanation for every stage it took part in."""

from collections.abc import Callable
from dataclasses import dataclass

from pb.tally.explain import Explanation, explain
from pb.tally.model import Instance
from pb.tally.numbers import Number
from pb.tally.plans.outcome import PlanOutcome, StageOutcome


@dataclass(frozen=True)
class StageExplanation:
    """Why a project won or lost in one stage; `stage` is empty where none was for it."""

    stage: str
    why: Explanation

    @property
    def sentence(self) -> str:
        """What happened, after the name of the stage."""
        return f"{self.stage}: {self.why.sentence}" if self.stage else self.why.sentence


def stage_line(stage: StageOutcome, money: Callable[[Number], str] = str) -> str:
    """Where the money of a stage came from and where it went, in one line."""
    said = [f"own {money(stage.own)}"]
    said += [f"{money(amount)} from {name}" for name, amount in stage.received.items()]
    said.append(f"spent {money(stage.outcome.spent)}")
    if stage.added:
        said.append(f"{money(stage.added)} of that from other money")
    said.append(f"{money(stage.left)} left" + (f" for {stage.to}" if stage.to else ""))
    return f"{stage.stage}: {', '.join(said)}"


def explain_plan(
    instance: Instance,
    outcome: PlanOutcome,
    project_id: str,
    money: Callable[[Number], str] = str,
) -> tuple[StageExplanation, ...]:
    """One explanation for every stage the project took part in; the last one settled it.

    Raises TallyError for a project that is not on the ballot.
    """
    found = tuple(
        StageExplanation(one.stage, explain(instance, one.outcome, project_id, money))
        for one in outcome.stages
        if project_id in one.projects
    )
    return found or (StageExplanation("", explain(instance, outcome.whole, project_id, money)),)


def explain_plan_all(
    instance: Instance, outcome: PlanOutcome, money: Callable[[Number], str] = str
) -> list[tuple[StageExplanation, ...]]:
    """Every project of the ballot: the funded ones in order of funding, then the others."""
    others = [p.id for p in instance.projects if p.id not in set(outcome.funded)]
    return [explain_plan(instance, outcome, id, money) for id in (*outcome.funded, *others)]
