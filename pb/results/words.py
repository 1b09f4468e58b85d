"""The counting rule of a round in plain sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from pb.rounds.models import Round
from pb.tally.ballots import BallotKind, Limits
from pb.tally.rules import Rule
from pb.tally.ties import LOT, TieKey

TIES = {
    TieKey.LOWER_COST: "the cheaper one goes first",
    TieKey.HIGHER_COST: "the dearer one goes first",
    TieKey.MORE_VOTES: "the one with more votes goes first",
    TieKey.FILE_ORDER: "the one with the lower number on the ballot goes first",
}
BY_LOT = "a lot that was published before the vote decides"

COMPLETIONS = {
    "add1": "Then the count is repeated with a little more for every voter, "
    "as long as the budget is kept.",
    "add1+greedy": "Then the count is repeated with a little more for every voter, as long as "
    "the budget is kept. What is still left goes to the projects with most votes.",
    "greedy": "What is left goes to the projects with most votes.",
}


UNCONFIGURED = {  # rules whose parameters change none of this
    "bos": [
        "Every voter gets an equal part of the money.",
        "A project is funded when the people who chose it can pay for it together, or nearly: "
        "what is missing then comes from money that others do not spend, at a higher price.",
        "The project that asks least of its supporters for what it gives comes first.",
        "A project that costs more than what is left takes no part any more.",
    ],
    "maximin-support": [
        "The people who chose a project share its cost, each as much as suits all of them best.",
        "The project comes next with which the one who carries most carries the least.",
        "A project that costs more than what is left is passed over.",
    ],
    "expanding-approvals": [
        "A project needs as large a part of the votes as its cost is of the budget.",
        "First places count first. When no project has enough of them, second places count too, "
        "and so on.",
        "What a project needs is taken from the votes of the people who helped to fund it.",
    ],
}


def rule(rule: Rule, params: Mapping[str, Any], kind: BallotKind) -> list[str]:
    """How the rule counts ballots of a kind with these parameters, one sentence each."""
    if rule.id == "greedy":
        what = "votes" if kind.counted_as is BallotKind.APPROVAL else "points"
        return _points(kind) + _greedy(params, what)
    if rule.id == "equal-shares":
        return _equal_shares(params)
    if rule.id == "exact-equal-shares":
        return _exact_equal_shares(params)
    if rule.id == "phragmen":
        return _phragmen(params)
    if rule.id == "max-welfare":
        what = "votes" if kind.counted_as is BallotKind.APPROVAL else "points"
        return _max_welfare(params, what, _points(kind))
    if rule.id == "cstv":
        return _cstv(params)
    return UNCONFIGURED.get(rule.id, [rule.summary])


def _points(kind: BallotKind) -> list[str]:
    if kind is not BallotKind.ORDINAL:
        return []
    return ["The first place on a ballot is worth most points, and each next place one less."]


def _greedy(params: Mapping[str, Any], what: str) -> list[str]:
    by_value = params.get("order") == "score-per-cost"
    order = f"the most {what} for its cost" if by_value else f"the most {what}"
    stops = params.get("unaffordable") == "stop"
    said = [
        f"The project with {order} comes first, then the next, down the list.",
        "The count stops at the first project that costs more than what is left."
        if stops
        else "A project that costs more than what is left is passed over.",
    ]
    if top_up := params.get("top_up", params.get("top-up")):
        said.append(f"That project is still funded if at least {top_up} of its cost is left.")
    if threshold := params.get("threshold"):
        said.append(f"A project needs at least {threshold} {what} to take part.")
    return said + _thresholds(params) + _leftover(params)


def _thresholds(params: Mapping[str, Any]) -> list[str]:
    said = []
    share = params.get("threshold_share", params.get("threshold-share"))
    if share and str(share) != "0":
        said.append(f"At least {share} of all ballots must choose a project for it to take part.")
    cost = params.get("threshold_cost", params.get("threshold-cost"))
    if cost and str(cost) != "0":
        said.append(
            f"A project that costs all the money must be chosen on at least {cost} of all ballots "
            "to take part, and one that costs less on fewer, in the same proportion."
        )
    return said


def _leftover(params: Mapping[str, Any]) -> list[str]:
    sentences = {
        "fill": "After that, projects further down that still fit are funded.",
        "part": "What is left at the end goes towards the first project that did not fit.",
    }
    sentence = sentences.get(str(params.get("leftover")))
    return [sentence] if sentence else []


def _equal_shares(params: Mapping[str, Any]) -> list[str]:
    said = [
        "Every voter gets an equal part of the money.",
        "A project is funded when the people who chose it can pay for it together.",
        "The project that asks least of its supporters for what it gives comes first.",
    ]
    if sentence := COMPLETIONS.get(str(params.get("completion"))):
        said.append(sentence)
    if params.get("comparison", "none") != "none":
        said.append(
            "If more voters are better off when most votes simply come first, that is done instead."
        )
    return said


def _phragmen(params: Mapping[str, Any]) -> list[str]:
    skips = params.get("unaffordable") == "skip"
    return [
        "The people who chose a project share its cost, so that each of them carries the same.",
        "The project comes next that leaves its supporters with the least to carry in all.",
        "A project that costs more than what is left is passed over."
        if skips
        else "The count stops at the first project that costs more than what is left.",
    ]


def _max_welfare(params: Mapping[str, Any], what: str, points: list[str]) -> list[str]:
    said = ["All selections of projects that the budget can pay are compared."]
    if params.get("utility") == "cost":
        return [
            *said,
            "Each project is worth its cost, once for everyone who chose it.",
            "The selection that is worth most together is funded.",
        ]
    return [*points, *said, f"The one whose projects have the most {what} together is funded."]


def _exact_equal_shares(params: Mapping[str, Any]) -> list[str]:
    each = "each unit of money" if params.get("utility") == "cardinality" else "it"
    said = [
        "Every voter gets an equal part of the money.",
        "A project is funded when people who chose it can pay for it, all of them the same.",
        f"The project with most people paying for {each} comes first.",
    ]
    if params.get("completion") == "add-opt":
        said.append(
            "Then the count is repeated with just enough more for every voter to change it, "
            "as long as the budget is kept."
        )
    return said


def _cstv(params: Mapping[str, Any]) -> list[str]:
    variant = str(params.get("variant", "ewt"))
    order = " for its cost" if variant.endswith("c") else ""
    return [
        "Every voter gets an equal part of the money. It stands on projects as the points say.",
        "A project on which its cost stands is funded. What is over goes on to the other projects "
        "on the same ballots.",
        f"If there is none, the project that lacks most{order} goes out, and what stands on it "
        "goes on in the same way."
        if variant.startswith("ewt")
        else f"If there is none, the project that lacks least{order} is funded, if its supporters "
        "can move what is missing to it from their other projects.",
        "What is left at the end goes to other projects that still fit.",
    ]


def of_round(round: Round, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The rule and the order of ties of a round, as pages show them."""
    found = rules.get(round.rule_id or "")
    limits = round.ballot_limits or Limits()
    return {
        "rule_title": found.title if found else round.rule_id,
        "rule": rule(found, round.rule_params, limits.kind) if found else [],
        "ties": ties(round.ties),
    }


def ties(keys: Sequence[str]) -> str:
    """What decides between projects that are level, in one sentence."""
    parts = [BY_LOT if key.startswith(LOT) else TIES[TieKey(key)] for key in keys]
    if TieKey.FILE_ORDER not in keys:
        parts.append(TIES[TieKey.FILE_ORDER])
    parts = parts[: parts.index(TIES[TieKey.FILE_ORDER]) + 1]
    return f"If projects are level, {'; if they still are, '.join(parts)}."
