"""How a workshop moves from stage to stage: by the clock, or by whoever leads it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pb.errors import Refused
from pb.purpose.workshops.models import Kind, Stage, Workshop

ORDER = tuple(Stage)
TIMED = ORDER[1:-1]
GRACE = timedelta(seconds=15)  # what was being typed when the time was up still counts
MINUTES = {Stage.OWN: 8, Stage.PAIR: 12, Stage.EXPLAIN: 20, Stage.RANK: 8, Stage.ARRANGE: 15}
DAY = 24 * 60 * 60
LABELS = {
    Stage.LOBBY: "Coming in",
    Stage.OWN: "Think alone",
    Stage.PAIR: "Talk in pairs",
    Stage.EXPLAIN: "Explain",
    Stage.RANK: "Rank",
    Stage.ARRANGE: "Arrange",
    Stage.FINISHED: "Finished",
}
WAS = {
    Stage.LOBBY: "The workshop has begun.",
    Stage.OWN: "The time for your own notes is over.",
    Stage.PAIR: "The time for ideas in pairs is over.",
    Stage.EXPLAIN: "The time for explaining is over.",
    Stage.RANK: "The ranking is over.",
    Stage.ARRANGE: "The ideas are arranged.",
}


class TooLate(Refused):
    """The stage that this belongs to is over, or has not begun."""


@dataclass(frozen=True)
class Moment:
    """A stage with its beginning and end."""

    stage: Stage
    began_at: datetime
    ends_at: datetime | None


def default_lengths(kind: Kind) -> dict[str, int]:
    """Seconds for every stage with a clock."""
    if kind is Kind.ASYNCHRONOUS:
        return {stage.value: DAY for stage in TIMED}
    return {stage.value: minutes * 60 for stage, minutes in MINUTES.items()}


def following(stage: Stage) -> Stage:
    """The next stage."""
    return ORDER[ORDER.index(stage) + 1]


def ends(workshop: Workshop, stage: Stage, began_at: datetime) -> datetime | None:
    """When a stage that begins then will end; None where no clock runs."""
    seconds = workshop.lengths.get(stage.value)
    return began_at + timedelta(seconds=seconds) if seconds else None


def due(workshop: Workshop, now: datetime) -> list[Moment]:
    """The stages that have begun by the clock since the last change, oldest first.

    Where people are together, one stage at most: the next begins when somebody is there to see.
    """
    stage, ends_at, found = workshop.stage, workshop.stage_ends_at, []
    while ends_at is not None and ends_at <= now:
        stage = following(stage)
        began = now if workshop.live and now - ends_at > GRACE else ends_at
        ends_at = ends(workshop, stage, began)
        found.append(Moment(stage, began, ends_at))
    return found


def at(workshop: Workshop, now: datetime) -> Stage:
    """The stage by the clock, whether or not anybody has noted it yet."""
    moved = due(workshop, now)
    return moved[-1].stage if moved else workshop.stage


def require(workshop: Workshop, now: datetime, *wanted: Stage) -> None:
    """Refuse (TooLate) what does not belong to the stage; a moment after its end it still does."""
    if workshop.stage in wanted:
        return
    just_now = workshop.stage_began_at <= now <= workshop.stage_began_at + GRACE
    place = ORDER.index(workshop.stage)
    if place and ORDER[place - 1] in wanted and just_now:
        return
    last = max(wanted, key=ORDER.index)
    over = ORDER.index(last) < place
    raise TooLate(WAS[last] if over else f"That comes later, at “{LABELS[last]}”.")
