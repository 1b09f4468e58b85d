"""Who holds how much in a cumulative single transferable vote, and what stands behind a project.

A voter's money always stands on the projects still in the running in the proportions of the
points on the ballot: whatever is passed on is passed on in these proportions. So one number per
voter is enough, the money; and voters who have paid the same parts for the same projects hold
the same money and are one class. Support is a sum over classes with short, exact coefficients;
only the money of a class may be an enclosure.
"""

from fractions import Fraction

from pb.tally.enclosures import Enclosed, Undecided
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number


class Purses:
    """The money of all voters, and the projects on which it stands."""

    def __init__(self, instance: Instance, profile: Profile, bits: int) -> None:
        self.costs = {
            project.id: project.cost
            for project in instance.projects
            if project.cost <= instance.budget
        }
        self.weights: list[int] = []
        self.points: list[dict[str, int]] = []
        self.supporters: dict[str, list[int]] = {}
        for ballot, weight in profile:
            given = zip(ballot.choices, ballot.points, strict=True)
            lines = {id: points for id, points in given if points > 0 and id in self.costs}
            for project in lines:
                self.supporters.setdefault(project, []).append(len(self.weights))
            self.weights.append(weight)
            self.points.append(lines)
        self.running = set(self.supporters)
        self.totals = [sum(lines.values()) for lines in self.points]
        share = Fraction(instance.budget) / (profile.voters or 1)
        self.nothing, self.one = Enclosed(0, 0, bits), Enclosed(1, 1, bits)
        # Class 0 has nothing and stays so; class 1 is everyone else at the start.
        self.money = [self.nothing, Enclosed(share, share, bits)]
        self.class_of = [1] * len(self.weights)

    def support(self, project: str) -> Enclosed:
        """The money that stands on a project."""
        return self._sum(self._coefficients(project))

    def behind(self, project: str) -> Enclosed:
        """All money of a project's supporters, wherever it stands."""
        held: dict[int, int] = {}
        for group in self.supporters[project]:
            one = self.class_of[group]
            held[one] = held.get(one, 0) + self.weights[group]
        return self._sum(held)

    def compare(
        self, supports: dict[str, Enclosed], one: str, other: str, *, per_cost: bool
    ) -> int:
        """1 if the support of `one` exceeds its cost by more, -1 if by less, 0 if level.

        With `per_cost` by how many times, not by how much; what costs nothing is then first.
        """
        costs = self.costs[one], self.costs[other]
        if per_cost and 0 in costs:
            return (costs[0] == 0) - (costs[1] == 0)
        scales = (costs[1], costs[0]) if per_cost else (1, 1)
        extras = (0, 0) if per_cost else (costs[1], costs[0])
        try:
            left, right = supports[one] * scales[0], supports[other] * scales[1]
            return (left + extras[0]).compare(right + extras[1])
        except Undecided:
            return self._compare_apart(one, other, scales, extras)

    def _compare_apart(
        self,
        one: str,
        other: str,
        scales: tuple[Number, Number],
        extras: tuple[Number, Number],
    ) -> int:
        """The same without the money that is on both sides, so that equals are found equal."""
        apart = {key: each * scales[0] for key, each in self._coefficients(one).items()}
        for key, each in self._coefficients(other).items():
            apart[key] = apart.get(key, 0) - each * scales[1]
        more = self._sum({key: each for key, each in apart.items() if each > 0})
        less = self._sum({key: -each for key, each in apart.items() if each < 0})
        gap = extras[0] - extras[1]
        return (more + max(gap, 0)).compare(less + max(-gap, 0))

    def factor(self, project: str) -> Enclosed:
        """How many times their support the supporters must give to reach the cost.

        Nobody gives more than there is; those who cannot give so many times give everything,
        and the others more for it. The supporters must hold the cost between them.
        """
        held: dict[Fraction, Enclosed] = {}
        for (one, part), weight in self._parts(project).items():
            held[part] = held.get(part, self.nothing) + self.money[one] * weight
        parts = sorted(held, reverse=True)
        missing = self.nothing + self.costs[project]
        for place, part in enumerate(parts):
            spread = sum((held[other] * other for other in parts[place:]), self.nothing)
            times = missing / spread
            if (times * part).compare(1) < 0:
                return times
            missing = missing - held[part]
        return self.nothing + 1 / parts[-1]

    def pay(self, project: str, times: Enclosed, *, limited: bool) -> None:
        """Take so many times its support from the supporters of a project, and end its run.

        With `limited` this may be more than they have: then they give everything.
        """
        paid: dict[tuple[int, Fraction], int] = {}
        for one, part in self._parts(project):
            # Who supports nothing else cannot pass on what is left.
            emptied = part == 1 or (limited and (times * part).compare(1) >= 0)
            paid[one, part] = 0 if emptied else len(self.money)
            if not emptied:
                self.money.append(self.money[one] * (self.one - times * part))
        for group in self.supporters[project]:
            part = Fraction(self.points[group][project], self.totals[group])
            self.class_of[group] = paid[self.class_of[group], part]
        self.drop(project)

    def drop(self, project: str) -> None:
        """End the run of a project; what stands on it moves to the others by itself."""
        for group in self.supporters[project]:
            self.totals[group] -= self.points[group][project]
        self.running.remove(project)

    def _parts(self, project: str) -> dict[tuple[int, Fraction], int]:
        """The number of supporters by class and by the part of their money on the project."""
        found: dict[tuple[int, Fraction], int] = {}
        for group in self.supporters[project]:
            part = Fraction(self.points[group][project], self.totals[group])
            key = self.class_of[group], part
            found[key] = found.get(key, 0) + self.weights[group]
        return found

    def _coefficients(self, project: str) -> dict[int, Fraction]:
        """How many times the money of each class stands on the project."""
        sums: dict[tuple[int, int], int] = {}
        for group in self.supporters[project]:
            key = self.class_of[group], self.totals[group]
            sums[key] = sums.get(key, 0) + self.weights[group] * self.points[group][project]
        found: dict[int, Fraction] = {}
        for (one, total), points in sums.items():
            found[one] = found.get(one, 0) + Fraction(points, total)
        return found

    def _sum(self, times: dict[int, Number]) -> Enclosed:
        """The money of the classes, each so many times."""
        return sum((self.money[one] * each for one, each in times.items()), self.nothing)
