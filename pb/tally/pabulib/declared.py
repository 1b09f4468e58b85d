"""The rule that a file declares, with the settings that reproduce official results."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pb.tally.errors import PabulibError
from pb.tally.pabulib.election import Election
from pb.tally.rules.base import Rule
from pb.tally.rules.comparison import Comparison
from pb.tally.rules.equal_shares import Completion, EqualSharesParams, Stop, equal_shares
from pb.tally.rules.greedy import GreedyParams, Oversize, Unaffordable, greedy
from pb.tally.ties import TieKey

# Withdrawn projects stand in the archive with a cost above the budget; they stop no count.
NO_SKIP = GreedyParams(unaffordable=Unaffordable.STOP, oversize=Oversize.IGNORE)
ADD1 = EqualSharesParams(completion=Completion.ADD1, stop=Stop.OVERSPEND)
DECLARED: dict[str, tuple[Rule, Any]] = {
    "greedy": (greedy, GreedyParams()),
    "greedy-threshold": (greedy, GreedyParams()),
    # Which projects exclude each other is not in the files.
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
    return rule, params, (TieKey.FILE_ORDER,)
