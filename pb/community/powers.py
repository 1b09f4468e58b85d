"""What officers can do that touches the vote, and what stops them from misusing it.

Who holds a power comes from the policy; a test sees to it that no power of an officer is left out.
"""

from typing import NamedTuple

from pb.community import decisions
from pb.policy import GRANTS, Permission, Who
from pb.rounds.models import Round

OFFICERS = frozenset({Who.COMMISSIONER, Who.REVIEWER, Who.CLERK, Who.AUDITOR, Who.OFFICER})


class Power(NamedTuple):
    """A line of the page: what it is, who holds it, what stops misuse, where it shows."""

    what: str
    who: str
    stop: str
    shows: str


LOG = "The public log"
# What stops the misuse of a power over the vote, and where the power shows once it was used.
STOPS: dict[Permission, tuple[str, str]] = {
    Permission.ROUND_SETUP: (
        "Everything is frozen before the first vote, with a fingerprint. "
        "Then the database refuses every change.",
        LOG,
    ),
    Permission.TEAM_APPOINT: (
        "Nobody can be on both sides of a round. Who serves is public, from the first day.",
        "Who does what",
    ),
    Permission.ACT_ASK: (
        "Asking changes nothing. A second person confirms, and only exactly what was asked for.",
        "Two hands on every step",
    ),
    Permission.ACT_CONFIRM_ALONE: (
        "Only where the round says that it has no stewards, and never the one who asked.",
        "Two hands on every step",
    ),
    Permission.DECISION_RELEASE: (
        "Never their own decision. The criterion and the reason are public.",
        "The page of the proposal",
    ),
    Permission.PROPOSAL_REVIEW: (
        "They cite a published criterion; another person releases it.",
        "The page of the proposal",
    ),
    Permission.BALLOT_COMPOSE: (
        "All proposals that can be done are on it; their order is drawn by lot.",
        LOG,
    ),
    Permission.KEY_MAKE: (
        "The key is cut into three sheets. Nobody keeps the whole key, and two sheets are needed.",
        LOG,
    ),
    Permission.ROLL_IMPORT: (
        "How many entries came in and went is in the log. The number of votes can be compared "
        "with the number of entries.",
        LOG,
    ),
    Permission.CODE_ISSUE: (
        "Every code that is made or replaced is counted in the log. One entry has one vote, "
        "whatever codes it had.",
        LOG,
    ),
    Permission.REQUEST_PROPOSE: ("Another officer decides.", LOG),
    Permission.REQUEST_DECIDE: (
        "Never on their own proposal. Whoever was refused reads why.",
        LOG,
    ),
    Permission.REQUEST_READ: ("Names are erased two weeks after the answer.", LOG),
    Permission.PAPER_ISSUE: (
        "The sheets are numbered; what was not used is counted too.",
        "The result",
    ),
    Permission.PAPER_ENTER: (
        "Two clerks type every sheet by themselves; where they differ, nothing is taken.",
        "The result",
    ),
    Permission.KIOSK_SET: (
        "It signs the officer out. A voter still needs a code of their own.",
        LOG,
    ),
    Permission.SHEET_HAND_IN: (
        "One sheet opens nothing. The second hand brings the other.",
        LOG,
    ),
    Permission.COUNT_READ: (
        "Only after the box is sealed: the number can no longer be changed by anybody.",
        LOG,
    ),
    Permission.PEOPLE_ERASE: ("It erases names, never an entry or a vote.", LOG),
}
# What officers do that touches no vote.
ELSEWHERE = frozenset(
    {
        Permission.ROUND_CREATE,
        Permission.CONSOLE_READ,
        Permission.DELIVERY_REPORT,
        Permission.LESSON_ANSWER,
        Permission.QUESTION_SUGGEST,
    }
)
NEVER = (
    "Read what somebody voted. Who voted and what was voted are kept apart, with nothing that "
    "joins them.",
    "Change or delete a ballot. No page does it, and the database refuses it once the box is "
    "sealed.",
    "See how a project is doing before the count. No page, export or log holds such a number.",
    "Propose, support or vote as a resident in a round in which they are an officer.",
    "Hide what somebody wrote, or keep somebody from writing. Only stewards can, by a rule.",
    "Change an old entry of the log unnoticed. Each entry carries the fingerprint of the one "
    "before.",
)


def only_officers() -> list[Permission]:
    """The permissions that nobody but officers holds."""
    return [permission for permission, grant in GRANTS.items() if grant.to <= OFFICERS]


def table(round: Round) -> list[Power]:
    """Every power of officers that touches the vote, in the order of a round."""
    shown = [one for one in only_officers() if one in STOPS and _used(round, one)]
    return [Power(decisions.WHAT[one], decisions.held_by(one), *STOPS[one]) for one in shown]


def _used(round: Round, permission: Permission) -> bool:
    """Whether this round has the thing that the power is about."""
    if permission in (Permission.KEY_MAKE, Permission.SHEET_HAND_IN):
        return round.encrypted
    return permission is not Permission.ACT_CONFIRM_ALONE or not round.stewards_confirm
