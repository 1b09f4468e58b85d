"""Plans: several counts one after another, by area and category, with money flowing on."""

from pb.tally.plans.counting import count
from pb.tally.plans.explain import StageExplanation, explain_plan, explain_plan_all, stage_line
from pb.tally.plans.files import PlanFile, read_plan
from pb.tally.plans.model import Ballots, Flow, Plan, Stage, with_floors
from pb.tally.plans.outcome import PlanOutcome, StageOutcome

__all__ = [
    "Ballots",
    "Flow",
    "Plan",
    "PlanFile",
    "PlanOutcome",
    "Stage",
    "StageExplanation",
    "StageOutcome",
    "count",
    "explain_plan",
    "explain_plan_all",
    "read_plan",
    "stage_line",
    "with_floors",
]
