"""The rule that a file declares, with the settings that reproduce official results."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pb.tally.errors import PabulibError
from pb.tally.numbers import plain
from pb.tally.pabulib.election import Election
from pb.tally.plans.files import PlanFile
from pb.tally.plans.model import Plan, Stage
from pb.tally.rules.base import Rule, written
from pb.tally.rules.comparison import Comparison
from pb.tally.rules.equal_shares import Completion, EqualSharesParams, Stop, equal_shares
from pb.tally.rules.greedy import GreedyParams, Leftover, Oversize, Unaffordable, greedy
from pb.tally.ties import TieKey

# Withdrawn projects stand in the archive with a cost above the budget; they stop no count.
NO_SKIP = GreedyParams(unaffordable=Unaffordable.STOP, oversize=Oversize.IGNORE)
ADD1 = EqualSharesParams(completion=Completion.ADD1, stop=Stop.OVERSPEND)
DECLARED: dict[str, tuple[Rule, Any]] = {
    "greedy": (greedy, GreedyParams()),
    "greedy-threshold": (greedy, GreedyParams()),
    # Which projects exclude each other is not in the files; give it as `Instance.exclusive`.
    "greedy-exclusive": (greedy, GreedyParams()),
    "greedy-no-skip": (greedy, NO_SKIP),
    # Poznań adds money where 80 % of the first project that does not fit is left.
    "greedy-custom": (greedy, replace(NO_SKIP, top_up=Fraction(4, 5))),
    "equalshares": (equal_shares, EqualSharesParams()),
    "equalshares-comparison": (
        equal_shares,
        EqualSharesParams(comparison=Comparison.SATISFACTION),
    ),
    "equalshares/add1": (equal_shares, ADD1),
    "equalshares/add1-comparison": (
        equal_shares,
        replace(ADD1, comparison=Comparison.SATISFACTION),
    ),
}

# META's `leftover_budget` is free text; these are the texts in the archive.
LEFTOVERS = {
    "Fund additional projects that fit within leftover budget ordered by score": Leftover.FILL,
    "Partially fund one additional project with highest score": Leftover.PART,
}
# The list of names in META, the list of amounts beside it, the column of the projects.
PARTS = (
    ("neighborhoods", "budget_per_neighborhood", "neighborhood"),
    ("categories", "budget_per_category", "category"),
)


def declared(election: Election) -> tuple[Rule, Any, tuple[str, ...]]:
    """The rule, its parameters and the tie keys that the file's META declares.

    Ties are broken by the order in the file, as official results were; the threshold applies
    wherever META has one. Raises PabulibError for a rule that is not known.
    """
    name = election.meta.get("rule", "")
    if name not in DECLARED:
        raise PabulibError(f"declares the rule {name!r}, which is not known", field="rule")
    rule, params = DECLARED[name]
    threshold = election.meta.get("min_project_score_threshold", "")
    if threshold and rule is greedy:
        if not re.fullmatch(r"\d{1,18}", threshold, re.ASCII):
            message = f"is {threshold!r}, not a whole number"
            raise PabulibError(message, field="min_project_score_threshold")
        params = replace(params, threshold=int(threshold))
    if rule is greedy and (leftover := LEFTOVERS.get(election.meta.get("leftover_budget", ""))):
        params = replace(params, leftover=leftover)
    return rule, params, (TieKey.FILE_ORDER,)


def declared_plan(election: Election) -> PlanFile | None:
    """A stage for every neighborhood or category that META gives money of its own, if any.

    Each is counted by the rule that META declares, over all ballots; what is left stays. Raises
    PabulibError where the names and the amounts do not fit together.
    """
    for names, amounts, column in PARTS:
        if election.meta.get(amounts):
            parts = [name.strip() for name in election.meta.get(names, "").split(",")]
            given = [text.strip() for text in election.meta[amounts].split(",")]
            if len(parts) != len(given) or not all(parts):
                message = f"has {len(given)} amounts, but {names} does not have as many names"
                raise PabulibError(message, field=amounts)
            return _parts_plan(election, column, dict(zip(parts, given, strict=True)), amounts)
    return None


def _parts_plan(election: Election, column: str, amounts: dict[str, str], field: str) -> PlanFile:
    rule, params, ties = declared(election)
    given = {name: str(value) for name, value in written(params).items()}
    stages = []
    for name, text in amounts.items():
        if not re.fullmatch(r"\d{1,18}(\.\d{1,2})?", text, re.ASCII):
            raise PabulibError(f"is {text!r} for {name}, not an amount of money", field=field)
        money = plain(Fraction(text) * election.instance.unit)
        tag = "areas" if column == "neighborhood" else "categories"
        stages.append(Stage(name, money, rule=rule.id, params=given, **{tag: (name,)}))
    areas = column if column == "neighborhood" else ""
    return PlanFile(Plan(tuple(stages), ties), areas=areas)
