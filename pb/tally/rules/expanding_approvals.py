"""Expanding approvals: what voters rank first counts first, then what they rank second, and on."""

from collections.abc import Iterable

from pb.tally import numbers, progress
from pb.tally.ballots import BallotKind
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, NoParams, rule
from pb.tally.rules.weights import Support, Weights
from pb.tally.scores import votes
from pb.tally.ties import tie_ranks


@rule(
    "expanding-approvals",
    version=1,
    title="Expanding approvals (experimental)",
    accepts=[BallotKind.ORDINAL],
    source="Aziz and Lee, Proportionally Representative Participatory Budgeting with Ordinal "
    "Preferences, AAAI 2021",
)
def expanding_approvals(
    instance: Instance, profile: Profile, params: NoParams, ties: tuple[str, ...]
) -> Count:
    """Fund what enough voters rank first, then what enough rank first or second, and so on.

    Enough is the share of the votes that the cost is of the budget. Of several projects with enough
    the one with most votes for its cost is funded, and exactly what it needs is taken from the
    votes that supported it, from each in proportion to what it is still worth. Costs are in minor
    units. A project dearer than the whole budget or without votes takes no part.
    """
    count = _ExpandingApprovals(instance, profile, ties)
    for rank in range(1, count.longest + 1):
        progress.report(rank - 1, count.longest)
        count.expand(rank)
    count.settle_rest()
    return Count(tuple(count.funded), tuple(count.steps))


class _ExpandingApprovals:
    """One count: the projects still waiting, what votes are still worth, and the steps so far."""

    def __init__(self, instance: Instance, profile: Profile, ties: tuple[str, ...]) -> None:
        self.instance, self.profile, self.left = instance, profile, instance.budget
        self.votes = votes(instance, profile)
        self.ranks = tie_ranks(instance, self.votes, ties)
        self.longest = max((len(ballot.choices) for ballot, _ in profile), default=0)
        self.weights = Weights(len(profile.groups))
        # Who has a project among the first places that count so far.
        self.backers: dict[str, list[tuple[int, int]]] = {
            project.id: []
            for project in instance.projects
            if self.votes[project.id] and project.cost <= instance.budget
        }
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def expand(self, rank: int) -> None:
        """Let one place more count, and fund all that has enough support then."""
        for group, (ballot, voters) in enumerate(self.profile):
            if len(ballot.choices) >= rank and ballot.choices[rank - 1] in self.backers:
                self.backers[ballot.choices[rank - 1]].append((group, voters))
        enough = self._with_enough(self.backers)
        while enough:
            best, *tied = self._strongest(enough)
            self._fund(best, enough[best], rank, tuple(tied))
            # Votes only lose: what had not enough before has not enough now.
            enough = self._with_enough(project for project in enough if project != best)

    def need(self, project: str) -> Number:
        """The share of all votes that the cost of a project is of the budget."""
        cost = self.instance.by_id[project].cost
        return cost and numbers.ratio(self.profile.voters * cost, self.instance.budget)

    def _with_enough(self, projects: Iterable[str]) -> dict[str, Support]:
        found = {id: self.weights.held(self.backers[id]) for id in projects if self.backers[id]}
        return {id: held for id, held in found.items() if self.weights.reaches(held, self.need(id))}

    def _strongest(self, enough: dict[str, Support]) -> list[str]:
        """The projects with most votes for their cost, in the order of ties."""
        costs = {id: self.instance.by_id[id].cost for id in enough}
        level = [id for id in enough if not costs[id]]
        for id in enough if not level else ():
            rival = level[0] if level else id
            order = self.weights.order(enough[id], costs[id], enough[rival], costs[rival])
            if order > 0:
                level = []
            if order >= 0:
                level.append(id)
        return sorted(level, key=self.ranks.__getitem__)

    def _fund(self, project: str, held: Support, rank: int, tied: tuple[str, ...]) -> None:
        need, groups = self.need(project), self.backers.pop(project)
        self.funded.append(project)
        facts = {"order": len(self.funded), "rank": rank, "backers": held.members.total()}
        facts |= self._facts(project)
        facts |= {"votes_left": self.weights.rounded_down(held), "votes_needed": need}
        self.steps.append(
            Step(StepKind.RANKED_HIGH, project, numbers.plain(self.left), facts, tied)
        )
        self.left -= self.instance.by_id[project].cost
        if need:
            self.weights.take(groups, held, need)

    def _facts(self, project: str) -> dict[str, Number]:
        return {"cost": self.instance.by_id[project].cost, "votes": self.votes[project]}

    def settle_rest(self) -> None:
        """Write down why every project that is not funded is not."""
        for project in self.instance.projects:
            if project.id in self.funded:
                continue
            facts, kind = self._facts(project.id), StepKind.NO_VOTES
            if project.cost > self.instance.budget:
                kind = StepKind.DEARER_THAN_BUDGET
            elif project.id in self.backers:
                kind = StepKind.WEIGHT_TOO_SMALL
                held = self.weights.held(self.backers[project.id])
                facts["votes_left"] = self.weights.rounded_down(held)
                facts["votes_needed"] = self.need(project.id)
            self.steps.append(Step(kind, project.id, numbers.plain(self.left), facts))
