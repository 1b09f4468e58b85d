"""How pages call what was reported and what was done about it."""

from pb.purpose.moderation.models import Kind, Measure, Subject
from pb.purpose.moderation.queries import AppealState, appeal_state

SUBJECTS = {
    Subject.ANSWER: "an answer",
    Subject.COMMENT: "a comment",
    Subject.IDEA: "an idea",
    Subject.WORKSHOP_IDEA: "an idea from a workshop",
    Subject.REFLECTION: "a reflection",
    Subject.PROPOSAL: "a proposal",
}
KINDS = {
    Kind.HIDE: "Hidden",
    Kind.WARN: "Warning",
    Kind.LIMIT: "One post a day",
    Kind.PAUSE: "Pause",
}
APPEALS = {
    AppealState.NONE: "No appeal",
    AppealState.OPEN: "Appeal waits for a decision",
    AppealState.UPHELD: "Appeal: it stands",
    AppealState.RESTORED: "Appeal: overturned",
}


def done(measure: Measure) -> str:
    """What was done, such as “Pause for 3 days”."""
    if measure.days is None:
        return KINDS[measure.kind]
    return f"{KINDS[measure.kind]} for {measure.days} {'day' if measure.days == 1 else 'days'}"


def outcome(measure: Measure) -> str:
    """What became of it."""
    if measure.lift is not None:
        return "Taken back by a steward"
    return APPEALS[appeal_state(measure)]
