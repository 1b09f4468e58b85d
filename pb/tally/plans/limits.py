"""Limits that hold over any rule: projects that exclude each other, ceilings of categories."""

from collections.abc import Collection, Mapping

from pb.tally import numbers
from pb.tally.model import Instance
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step, StepKind


class Limits:
    """What is funded so far, and what may no more be funded beside it."""

    def __init__(self, instance: Instance, ceilings: Mapping[str, Number]) -> None:
        self.instance, self.ceilings = instance, ceilings
        self.funded: list[str] = []
        self.spent: dict[str, Number] = dict.fromkeys(ceilings, 0)

    def fund(self, project: str) -> None:
        """Count a project as funded, with its whole cost in each of its categories."""
        self.funded.append(project)
        _spend(self.spent, self.instance, project)

    def rival(self, project: str, funded: Collection[str]) -> str:
        """The first funded project that excludes this one; empty if there is none."""
        rivals = self.instance.rivals.get(project, frozenset())
        return next((other for other in funded if other in rivals), "")

    def first_against(
        self, outcome: Outcome, facts: Mapping[str, Mapping[str, Number]]
    ) -> Step | None:
        """The first project, in order of funding, that a limit forbids after those before it."""
        spent, before, left = dict(self.spent), [], outcome.budget
        for project in outcome.funded:
            known = dict(facts[project])
            if rival := self.rival(project, before):
                return Step(StepKind.EXCLUDED, project, left, known, (), rival)
            for category in self.instance.by_id[project].categories:
                most = self.ceilings.get(category)
                if most is not None and spent[category] + known["cost"] > most:
                    known |= {"ceiling": most, "category_spent": spent[category]}
                    return Step(StepKind.ABOVE_CEILING, project, left, known, (), category)
            before.append(project)
            _spend(spent, self.instance, project)
            left = numbers.plain(max(left - known["cost"], 0))
        return None


def _spend(spent: dict[str, Number], instance: Instance, project: str) -> None:
    for category in set(instance.by_id[project].categories) & spent.keys():
        spent[category] = numbers.plain(spent[category] + instance.by_id[project].cost)
