"""The text of a proposal: how long its parts may be, and what is wrong with them."""

from typing import Any

from pb.errors import Unfit
from pb.rounds.models import Area, Round
from pb.texts import clean

LENGTHS = {"title": 100, "summary": 200, "body": 5000, "place": 150, "topic": 60}
REASON = 2000  # characters of a decision's reason

MISSING = {
    "title": "Give your proposal a name.",
    "summary": "Say in one or two sentences what it is.",
    "body": "Describe what should happen, and why.",
    "place": "Say where it should be.",
}
FOR_A_DRAFT = {"title"}  # the rest may follow before the draft is sent in


def faults(
    round: Round, area: Area | None, estimate: int | None, texts: dict[str, str], *, complete: bool
) -> dict[str, str]:
    """One sentence for every field that does not fit; a draft need not be complete."""
    wanted = set(MISSING) if complete else FOR_A_DRAFT
    found = {name: MISSING[name] for name in MISSING if name in wanted and not texts[name]}
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            found[name] = f"Use at most {most:,} characters. Now it is {len(texts[name]):,}."
    if area is None or area.round_id != round.id:
        found["area"] = "Choose a part of town."
    if fault := cost_fault(area, estimate):
        found["estimate"] = fault
    return found


def cost_fault(area: Area | None, cost: int | None) -> str | None:
    """What is wrong with a cost for a project of this area."""
    if cost is None:
        return "Enter an amount."
    if cost <= 0:
        return "Enter an amount above zero."
    if area is not None and cost > area.budget:
        return f"That is more than the whole budget of “{area.name}”."
    return None


def fitting(
    round: Round, *, area: Area | None, estimate: int | None, complete: bool, **texts: str
) -> dict[str, Any]:
    """The fields of a proposal, cleaned; raises Unfit."""
    cleaned = {name: clean(text) for name, text in texts.items()}
    if found := faults(round, area, estimate, cleaned, complete=complete):
        raise Unfit(found)
    return {**cleaned, "area": area, "estimate": estimate}
