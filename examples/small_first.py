"""Small projects first: a counting rule of a town, kept outside the library.

Put into service by TALLY_RULES=examples.small_first:small_first; see examples/README.md.
"""

from dataclasses import dataclass
from fractions import Fraction

from pb.tally import numbers, scores
from pb.tally.ballots import BallotKind
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules import Count, rule
from pb.tally.ties import tie_ranks


@dataclass(frozen=True)
class SmallFirstParams:
    """What is small, and how much money is kept for it, both as parts of the whole budget."""

    small: int | Fraction = Fraction(1, 10)
    reserved: int | Fraction = Fraction(1, 4)


@rule(
    "small-first",
    version=1,
    title="Small projects first",
    accepts=BallotKind,
    params=SmallFirstParams,
    source="Towns with separate pots for small and large projects, such as Gdynia and Poznań",
)
def small_first(
    instance: Instance, profile: Profile, params: SmallFirstParams, ties: tuple[str, ...]
) -> Count:
    """Keep a part of the money for small projects, then let all others compete for the rest.

    Both times the most votes go first, and a project that does not fit is passed over. A small
    project that found no room in the first part takes its turn again in the second.
    """
    if params.small > 1 or params.reserved > 1:
        raise TallyError("Parameters small and reserved are parts of the budget: at most 1.")
    count = _Count(instance, profile, ties)
    limit = params.small * instance.budget
    reserved = params.reserved * instance.budget
    count.fund([p for p in count.order if p.cost <= limit], reserved, may_wait=True)
    rest = [p for p in count.order if p.id not in set(count.funded)]
    count.fund(rest, count.left, may_wait=False)
    return Count(tuple(count.funded), tuple(count.steps))


class _Count:
    """The order of the projects, the money left, and what has been decided so far."""

    def __init__(self, instance: Instance, profile: Profile, ties: tuple[str, ...]) -> None:
        self.left: Number = instance.budget
        self.score = scores.scores(instance, profile)
        self.votes = scores.votes(instance, profile)
        ranks = tie_ranks(instance, self.votes, ties)
        self.order = sorted(instance.projects, key=lambda p: (-self.score[p.id], ranks[p.id]))
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def fund(self, projects: list[Project], pot: Number, *, may_wait: bool) -> None:
        """Go down the projects and fund each that the pot still pays for."""
        for project in projects:
            if project.cost <= pot:
                self._record(StepKind.FUNDED, project, projects)
                self.funded.append(project.id)
                self.left -= project.cost
                pot -= project.cost
            elif not may_wait:
                self._record(StepKind.DOES_NOT_FIT, project, projects)

    def _record(self, kind: StepKind, project: Project, rivals: list[Project]) -> None:
        """Write down what was decided, and every number that decided it."""
        score = self.score[project.id]
        facts = {"cost": project.cost, "score": score, "votes": self.votes[project.id]}
        if kind.funds:
            facts["order"] = len(self.funded) + 1
        tied = tuple(p.id for p in rivals if p != project and self.score[p.id] == score)
        self.steps.append(Step(kind, project.id, numbers.plain(self.left), facts, tied))
