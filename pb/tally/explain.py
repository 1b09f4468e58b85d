"""Why a project won or lost: one plain sentence, and the numbers behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pb.tally.errors import TallyError
from pb.tally.model import Instance
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step, StepKind

# The numbers in these are money and are written by the caller's `money`.
MONEY = frozenset(
    {
        "cost",
        "left",
        "budget",
        "payment",
        "money_behind",
        "top_up",
        "paid",
        "share",
        "missing",
        "part",
        "ceiling",
        "category_spent",
        "load",
        "top_load",
        "total_money",
        "total_money_with",
        "support",
        "excess",
        "moved",
        "left_over",
        "lacking",
        "overspent",
        "raised",
    }
)

# One sentence per reason; a translation has the same keys and the same names in braces.
SENTENCES: Mapping[str, str] = {
    "funded": "Funded {place}, with {score}: it cost {cost} and {left} was left.",
    "topped-up": "Funded {place}, with {score}: {left} of its cost of {cost} was left, "
    "and {top_up} was added from other money.",
    "completed": "Funded {place}, with the money left over: it had {score}, it cost {cost} "
    "and {left} was left.",
    "bought": "Funded {place}: {payers} paid at most {payment} each, together {cost}.",
    "bought-by-points": "Funded {place}: {payers} paid at most {payment} per point, "
    "together {cost}.",
    "bought-overspending": "Funded {place}: {payers} paid at most {payment} each, together {paid}; "
    "the other {overspent} of its cost of {cost} came from money that others had not spent.",
    "bought-overspending-by-points": "Funded {place}: {payers} paid at most {payment} per point, "
    "together {paid}; the other {overspent} of its cost of {cost} came from money that others had "
    "not spent.",
    "bought-equally": "Funded {place}: {payers} paid exactly {payment} each, together {cost}.",
    "bought-for-nothing": "Funded {place}: it has {supporters} and costs nothing.",
    "carried": "Funded {place}: shared by its {supporters}, its cost of {cost} brings each of them "
    "to {load} in all; {left} was left.",
    "spread": "Funded {place}: with it, the costs can be shared so that nobody carries more than "
    "{top_load}; it cost {cost} and {left} was left.",
    "spread-for-nothing": "Funded {place}: it has {supporters} and costs nothing.",
    "ranked-high": "Funded {place}: {backers} ranked it {rank} or higher; their votes were still "
    "worth {votes_left}, and it needed {votes_needed}.",
    "supported": "Funded {place}: its support of {support} reached its cost of {cost}; "
    "{excess} was over and went on to other projects of its supporters.",
    "lifted": "Funded {place}: its supporters moved {moved} to it from their other projects, "
    "so that its support of {support} reached its cost of {cost}.",
    "completed-support": "Funded {place}, with the money left over: it had a support of {support}, "
    "it cost {cost} and {left} was left.",
    "chosen": "Funded: it has {score} and costs {cost}; no selection within the budget has more "
    "than the {total} of the funded one.",
    "chosen-by-money": "Funded: it has {supporters} and costs {cost}; no selection within the "
    "budget is worth more than the funded one, with {total_money} when each cost counts once "
    "for every supporter.",
    "does-not-fit": "Not funded: with {score} its turn came when {left} was left, "
    "and it costs {cost}.",
    "load-does-not-fit": "Not funded: its turn came when its {supporters} would carry "
    "{load}{each}; {left} was left, and it costs {cost}.",
    "spread-does-not-fit": "Not funded: {left} was left before its turn came, and it costs {cost}; "
    "with it, somebody would have to carry {top_load}.",
    "after-stop": "Not funded: with {score} it came after {stopped_at}, "
    "the first project that did not fit, where the count stopped.",
    "load-after-stop": "Not funded: its {supporters} would carry {load}{each}, so it came after "
    "{stopped_at}, the first project that did not fit, where the count stopped.",
    "below-threshold": "Not funded: it has {score}, and at least {threshold} was needed.",
    "below-threshold-share": "Not funded: it has {supporters} among {voters} voters, "
    "and at least {needed} were needed.",
    "below-threshold-cost": "Not funded: it has {supporters} among {voters} voters, "
    "and at least {needed} were needed for its cost of {cost}.",
    "excluded": "Not funded: it cannot stand beside {barred_by}, which came first.",
    "above-ceiling": "Not funded: with its cost of {cost} the category {barred_by} would get more "
    "than {ceiling}; it had {category_spent}.",
    "part-paid": "Not funded in full: with {score} its turn came when {left} was left, and it "
    "costs {cost}; the {part} left at the end goes towards it.",
    "no-stage": "Not funded: no stage of the count was for it.",
    "dearer-than-budget": "Not funded: it costs {cost}, more than the whole budget of {budget}.",
    "no-votes": "Not funded: nobody voted for it.",
    "support-too-poor": "Not funded: its {supporters} had {money_behind} left{between_them}, "
    "and it costs {cost}.",
    "shares-too-small": "Not funded: {nearest} would have had to pay {share} each, "
    "and the one with least left lacked {missing}.",
    "weight-too-small": "Not funded: the votes of its {supporters} were still worth {votes_left}, "
    "and it needed {votes_needed}.",
    "left-out": "Not funded: the best selection with it has {total_with}, "
    "and the funded one has {total}.",
    "left-out-by-money": "Not funded: the best selection with it is worth {total_money_with}, "
    "and the funded one {total_money}, when each cost counts once for every supporter.",
    "left-out-by-order": "Not funded: the best selection with it is worth just as much as the "
    "funded one, and the order of ties decided.",
    "adds-nothing": "Not funded: with {score} it adds nothing to the total.",
    "eliminated": "Not funded: when no project had enough support, it was furthest from its cost "
    "of {cost}, with {support}; at the end {left_over} was left.",
    "no-longer-fits": "Not funded: it costs {cost}, and before its turn came only {left} was left.",
    "won-by-rule": "Funded {place}, under the rule {rule}: it cost {cost}.",
    "lost-by-rule": "Not funded, under the rule {rule}: it costs {cost}.",
}


@dataclass(frozen=True)
class Explanation:
    """Why one project won or lost.

    `reason` and `numbers` are the same in every language; `message` is the key of the sentence
    in `SENTENCES`; `order` is the place in the order of funding; `tied` names projects that
    were level with it when the published order of ties decided.
    """

    project: str
    funded: bool
    reason: StepKind
    message: str
    sentence: str
    numbers: Mapping[str, Number]
    order: int | None = None
    tied: tuple[str, ...] = ()
    stopped_at: str | None = None
    barred_by: str | None = None


def explain(
    instance: Instance,
    outcome: Outcome,
    project_id: str,
    money: Callable[[Number], str] = str,
) -> Explanation:
    """Say why a project won or lost; `money` writes an exact amount in minor units.

    Raises TallyError for a project that is not on the ballot.
    """
    if project_id not in instance.by_id:
        raise TallyError(f"There is no project {project_id}.")
    funded = project_id in outcome.funded
    order = outcome.funded.index(project_id) + 1 if funded else None
    step = _step(instance, outcome, project_id)
    facts = {**step.numbers, "left": step.left, "budget": outcome.budget}
    if step.kind is StepKind.BOUGHT:
        facts["payers"] = facts["full"] + facts["rest"]
    stopped_at = _stopped_at(outcome) if step.kind is StepKind.AFTER_STOP else None
    message = _message(step, outcome, funded)
    words = _words(facts, order, outcome, money)
    if stopped_at is not None:
        words["stopped_at"] = instance.by_id[stopped_at].name or stopped_at
    if barred_by := step.barred_by or None:
        known = instance.by_id.get(barred_by) if step.kind is StepKind.EXCLUDED else None
        words["barred_by"] = known.name if known and known.name else barred_by
    return Explanation(
        project_id,
        funded,
        step.kind,
        message,
        SENTENCES[message].format(**words),
        facts,
        order,
        step.tied,
        stopped_at,
        barred_by,
    )


def explain_all(
    instance: Instance, outcome: Outcome, money: Callable[[Number], str] = str
) -> list[Explanation]:
    """Every project of the ballot: the funded ones in order of funding, then the others."""
    others = [p.id for p in instance.projects if p.id not in set(outcome.funded)]
    return [explain(instance, outcome, id, money) for id in (*outcome.funded, *others)]


def _step(instance: Instance, outcome: Outcome, project_id: str) -> Step:
    """The step that settled the project; a rule of a third party may have recorded none."""
    funded = project_id in outcome.funded
    for step in outcome.steps:
        if step.project == project_id and step.kind.funds == funded:
            return step
    cost = instance.by_id[project_id].cost
    return Step(StepKind.BY_RULE, project_id, outcome.budget - outcome.spent, {"cost": cost})


def _stopped_at(outcome: Outcome) -> str | None:
    """The project at which a count without skipping stopped: the first that did not fit."""
    stopping = {StepKind.DOES_NOT_FIT, StepKind.TOPPED_UP, StepKind.PART_PAID}
    if outcome.params.get("oversize") != "ignore":
        stopping.add(StepKind.DEARER_THAN_BUDGET)
    return next((step.project for step in outcome.steps if step.kind in stopping), None)


def _message(step: Step, outcome: Outcome, funded: bool) -> str:
    if step.kind is StepKind.BY_RULE:
        return "won-by-rule" if funded else "lost-by-rule"
    bought = step.kind in (StepKind.BOUGHT, StepKind.BOUGHT_EQUALLY)
    if bought and not step.numbers["payment"]:
        return "bought-for-nothing"
    if step.kind is StepKind.CARRIED and not step.numbers["cost"]:
        return "bought-for-nothing"
    if step.kind is StepKind.BOUGHT:
        how = "bought-overspending" if step.numbers.get("overspent") else "bought"
        return f"{how}-by-points" if outcome.params.get("utility") == "score" else how
    if step.kind is StepKind.COMPLETED and "support" in step.numbers:
        return "completed-support"
    if step.kind is StepKind.SPREAD and not step.numbers["cost"]:
        return "spread-for-nothing"
    if step.kind is StepKind.DOES_NOT_FIT and "top_load" in step.numbers:
        return "spread-does-not-fit"
    if step.kind in (StepKind.DOES_NOT_FIT, StepKind.AFTER_STOP) and "load" in step.numbers:
        return f"load-{step.kind}"
    if step.kind is StepKind.BELOW_THRESHOLD and "needed" in step.numbers:
        return f"below-threshold-{'cost' if step.numbers['by_cost'] else 'share'}"
    if step.kind is StepKind.LEFT_OUT and step.tied:
        return "left-out-by-order"
    if step.kind in (StepKind.CHOSEN, StepKind.LEFT_OUT) and "total_money" in step.numbers:
        return f"{step.kind}-by-money"
    return str(step.kind)


def _words(
    facts: Mapping[str, Number],
    order: int | None,
    outcome: Outcome,
    money: Callable[[Number], str],
) -> dict[str, str]:
    """The numbers as they stand in an English sentence."""
    words = {
        name: money(value) if name in MONEY else _number(value) for name, value in facts.items()
    }
    words["rule"] = outcome.rule
    words["place"] = ordinal(order) if order else ""
    votes = facts.get("votes", 0)
    score = facts.get("score", votes)
    words["score"] = _counted(score, "vote" if score == votes else "point")
    words["supporters"] = _counted(votes, "supporter")
    words["payers"] = _counted(facts.get("payers", votes), "supporter")
    words["nearest"] = _counted(facts.get("nearest", votes), "supporter")
    words["backers"] = _counted(facts.get("backers", votes), "supporter")
    words["between_them"], words["each"] = ("", "") if votes == 1 else (" between them", " each")
    words["rank"] = ordinal(facts.get("rank", 1))
    for name in {"votes_left", "votes_needed"} & facts.keys():
        # Rounded so that what was not enough never looks like enough, nor the other way round.
        words[name] = _hundredths(facts[name], up=name == "votes_needed" and not order)
    for name in {"total", "total_with"} & facts.keys():
        words[name] = _counted(facts[name], "point" if _has_points(outcome) else "vote")
    return words


def _has_points(outcome: Outcome) -> bool:
    """Whether any project has a score other than its number of votes."""
    counted = [step.numbers for step in outcome.steps if "score" in step.numbers]
    return any(numbers["score"] != numbers["votes"] for numbers in counted)


def _number(value: Number) -> str:
    """A count with separators of thousands; anything else as an exact fraction."""
    return str(value) if isinstance(value, Fraction) else f"{value:,}"


def _hundredths(value: Number, *, up: bool) -> str:
    hundredths = -(-value * 100 // 1) if up else value * 100 // 1
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"


def _counted(number: Number, noun: str) -> str:
    return f"{_number(number)} {noun}" if number == 1 else f"{_number(number)} {noun}s"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st …"""
    teens = number % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
