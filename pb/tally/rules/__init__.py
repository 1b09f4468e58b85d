"""The counting rules: an explicit list, to which a town may add its own by name."""

import pkgutil
from collections.abc import Sequence

from pb.tally.errors import TallyError
from pb.tally.rules.base import Count, NoParams, Rule, rule
from pb.tally.rules.bos import bos
from pb.tally.rules.cstv import cstv
from pb.tally.rules.equal_shares import equal_shares
from pb.tally.rules.exact_equal_shares import exact_equal_shares
from pb.tally.rules.expanding_approvals import expanding_approvals
from pb.tally.rules.greedy import greedy
from pb.tally.rules.max_welfare import max_welfare
from pb.tally.rules.maximin_support import maximin_support
from pb.tally.rules.phragmen import phragmen

__all__ = ["BUILT_IN", "Count", "NoParams", "Rule", "load_rules", "rule"]

# Listed, not discovered: a town should see in one place which code may decide its vote.
BUILT_IN: tuple[Rule, ...] = (
    greedy,
    equal_shares,
    exact_equal_shares,
    phragmen,
    max_welfare,
    maximin_support,
    expanding_approvals,
    bos,
    cstv,
)


def load_rules(extra: Sequence[str] = ()) -> dict[str, Rule]:
    """All rules by id: the built-in ones and those named "package.module:rule".

    Raises TallyError where a name leads to no rule or two rules have the same id.
    """
    found: dict[str, Rule] = {}
    for one in (*BUILT_IN, *(_resolve(name) for name in extra)):
        if one.id in found:
            raise TallyError(f"There are two rules with the id {one.id}.")
        found[one.id] = one
    return found


def _resolve(name: str) -> Rule:
    try:
        one = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TallyError(f"There is no rule at {name}: {error}.") from None
    if not isinstance(one, Rule):
        raise TallyError(f"{name} is not a rule.")
    return one
