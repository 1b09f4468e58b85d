"""How evenly the costs of funded projects can be spread over the people who chose them, exactly.

Each project's cost is split among its supporters in any way; the load of a selection is the most
that anybody must carry when that is done as evenly as possible. By the theorem of maximum flow and
minimum cut it is also the greatest quotient, over all groups of projects in the selection, of what
the group costs and how many people chose something in it.

The greatest quotient is found by Newton's method (Dinkelbach 1967): try a load that is surely not
too great; if everything can be placed under it, it is the answer; if not, the projects that could
not all be placed cost more than their supporters may carry, and their quotient is tried next. All
amounts are whole numbers of a unit in which the load tried is whole too, so nothing is rounded that
decides. What was placed under a smaller load is a good start for a greater one: rounded down to the
new unit it still fits, and only little is left to place.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate


@dataclass(slots=True)
class Part:
    """Voters who chose the same projects of a selection, and what they carry of each in all."""

    voters: int
    carries: dict[str, int]
    free: int = 0


class Electorate:
    """What projects cost, in whole numbers, and which groups of identical ballots chose them."""

    def __init__(
        self,
        costs: Mapping[str, int],
        supporters: Mapping[str, Sequence[tuple[int, int]]],
        groups: Sequence[int],
    ) -> None:
        """`supporters` has (group, voters) for every project; `groups` the voters of each group."""
        self.costs, self.supporters, self.groups = costs, supporters, groups
        self.starts = list(accumulate(groups, initial=0))
        self.masks = {project: self._mask(found) for project, found in supporters.items()}

    def _mask(self, found: Sequence[tuple[int, int]]) -> int:
        """The supporters of a project as bits of a number, one for each voter."""
        members = bytearray(b"0" * (self.starts[-1] + 1))
        for group, voters in found:
            start = self.starts[group]
            members[start : start + voters] = b"1" * voters
        return int(members, 2)

    def at_least(self, project: str, funded: Sequence[str]) -> Fraction:
        """A load below which the project cannot be added to funded ones; mostly the load itself.

        From the project alone, and from it with all that is funded, funded ones are put in and
        taken out as long as that raises the quotient.
        """
        starts = ([project], [project, *funded])
        return max(self._raised(inside, funded) for inside in starts)

    def _raised(self, inside: list[str], funded: Sequence[str]) -> Fraction:
        while True:
            cost, reached = self._grown(inside, funded)
            kept = self._without_the_cheap(inside, cost, reached.bit_count())
            if len(kept) == len(inside):
                return Fraction(cost, reached.bit_count())
            inside = kept

    def _grown(self, inside: list[str], funded: Sequence[str]) -> tuple[int, int]:
        """Put to some projects all that cost more than the voters they bring may carry."""
        cost, reached = sum(self.costs[one] for one in inside), 0
        for one in inside:
            reached |= self.masks[one]
        voters, grows, others = reached.bit_count(), True, set(funded).difference(inside)
        others = [one for one in funded if one in others]
        while grows:
            grows = False
            for other in others.copy():
                more = (reached | self.masks[other]).bit_count() - voters
                if self.costs[other] * voters > cost * more:
                    cost, voters = cost + self.costs[other], voters + more
                    reached |= self.masks[other]
                    inside.append(other)
                    others.remove(other)
                    grows = True
        return cost, reached

    def _without_the_cheap(self, inside: list[str], cost: int, voters: int) -> list[str]:
        """The same projects without one that costs less than voters it alone brings may carry."""
        after = [0]
        for one in reversed(inside[1:]):
            after.append(after[-1] | self.masks[one])
        before = self.masks[inside[0]]
        for place, one in enumerate(inside[1:], 1):
            rest = (before | after[-place - 1]).bit_count()
            if (cost - self.costs[one]) * voters > cost * rest:
                return inside[:place] + inside[place + 1 :]
            before |= self.masks[one]
        return inside

    def nothing(self) -> "Spread":
        """The spread of an empty selection: nobody carries anything."""
        everybody = Part(sum(self.groups), {})
        return Spread(self, (), Fraction(0), [everybody], [0] * len(self.groups))


class Spread:
    """The costs of a selection, spread as evenly as they can be: nobody carries over `load`."""

    def __init__(
        self,
        electorate: Electorate,
        projects: tuple[str, ...],
        load: Fraction,
        parts: list[Part],
        part_of: list[int],
    ) -> None:
        self.electorate, self.projects, self.load = electorate, projects, load
        self.parts, self.part_of = parts, part_of

    def adding(
        self, project: str, least: Fraction, most: Fraction | None = None
    ) -> tuple[Fraction, "Spread | None"]:
        """The load with one project more, and its spread; or, above `most`, a lower bound alone.

        The load is known to be at least `least`. The project must have a supporter.
        """
        joining = Counter()
        for group, voters in self.electorate.supporters[project]:
            joining[self.part_of[group]] += voters
        parts, stays, joins = self._divided(project, joining)
        projects = (*self.projects, project)
        alone = Fraction(self.electorate.costs[project], joining.total())
        load = max(self.load, least, alone)
        placing = _Placing(self.electorate.costs, projects, parts, self.load.denominator)
        while most is None or load <= most:
            heavy = placing.under(load)
            if not heavy:
                part_of = [stays[part] for part in self.part_of]
                for group, _ in self.electorate.supporters[project]:
                    part_of[group] = joins[self.part_of[group]]
                return load, Spread(self.electorate, projects, load, parts, part_of)
            load = placing.quotient(heavy)
        return load, None

    def _divided(
        self, project: str, joining: Mapping[int, int]
    ) -> tuple[list[Part], list[int], list[int]]:
        """Every part in two: those who did not choose the project, and those who did."""
        parts: list[Part] = []
        stays, joins = [-1] * len(self.parts), [-1] * len(self.parts)
        for number, part in enumerate(self.parts):
            inside = joining.get(number, 0)
            if inside < part.voters:
                stays[number] = len(parts)
                parts.append(_share(part, part.voters - inside))
            if inside:
                joins[number] = len(parts)
                parts.append(_share(part, inside))
                parts[-1].carries[project] = 0
        return parts, stays, joins

    def carried(self) -> Iterator[tuple[int, dict[str, Fraction]]]:
        """(voters, what they carry together of each project) for voters who chose alike."""
        unit = self.load.denominator
        for part in self.parts:
            yield part.voters, {id: Fraction(units, unit) for id, units in part.carries.items()}


def _share(part: Part, voters: int) -> Part:
    """Some of the voters of a part, with their share of what it carries, rounded down."""
    if voters == part.voters:
        return Part(voters, dict(part.carries))
    return Part(voters, {id: units * voters // part.voters for id, units in part.carries.items()})


class _Placing:
    """Costs being placed on voters: a maximum flow from projects to the voters who chose them.

    As by Goldberg and Tarjan, what waits at a project moves towards room by shortest ways only:
    into a part with room, or into the place of another project, which then waits in its turn.
    """

    def __init__(
        self, costs: Mapping[str, int], projects: Sequence[str], parts: list[Part], unit: int
    ) -> None:
        self.costs, self.parts, self.unit = costs, parts, unit
        self.of: dict[str, list[Part]] = {project: [] for project in projects}
        self.rest = dict.fromkeys(projects, 0)
        for part in parts:
            for project in part.carries:
                self.of[project].append(part)

    def under(self, load: Fraction) -> set[str]:
        """Place all there is room for; the projects that ask too much of their supporters."""
        self._raise(load)
        while any(self.rest.values()):
            distances = self._distances()
            if not any(self.rest[project] for project in distances):
                return self.rest.keys() - distances.keys()
            for project in reversed(distances):
                if self.rest[project]:
                    self._move(project, distances)
        return set()

    def quotient(self, projects: set[str]) -> Fraction:
        """What projects cost together for each of the voters who chose any of them."""
        voters = sum(part.voters for part in self.parts if not projects.isdisjoint(part.carries))
        return Fraction(sum(self.costs[project] for project in projects), voters)

    def _raise(self, load: Fraction) -> None:
        """Go over to a load that is not smaller, and to the unit in which it is whole."""
        old, self.unit = self.unit, load.denominator
        self.rest = {project: self.costs[project] * self.unit for project in self.rest}
        for part in self.parts:
            part.free = part.voters * load.numerator
            for project, units in part.carries.items():
                if units:
                    units = units * self.unit // old
                    part.carries[project] = units
                    self.rest[project] -= units
                    part.free -= units

    def _distances(self) -> dict[str, int]:
        """How many moves every project is away from room, the nearest first; not all may be."""
        waiting = {project for project, rest in self.rest.items() if rest}
        found: dict[str, int] = {}
        seen = set()
        for part in self.parts:
            if part.free:
                seen.add(id(part))
                for project in part.carries:
                    found[project] = 1
        queue = list(found)
        for project in queue:
            if waiting <= found.keys():
                break
            for part in self.of[project]:
                if part.carries[project] and id(part) not in seen:
                    seen.add(id(part))
                    for other in part.carries:
                        if other not in found:
                            found[other] = found[project] + 1
                            queue.append(other)
        return found

    def _move(self, project: str, distances: Mapping[str, int]) -> None:
        """Move what waits at a project one step nearer to room, as far as there is a way."""
        rest, nearer = self.rest[project], distances[project] - 1
        for part in self.of[project]:
            if not nearer:
                moved = min(rest, part.free)
                part.free -= moved
                part.carries[project] += moved
                rest -= moved
            else:
                rest = self._displace(part, project, rest, nearer, distances)
            if not rest:
                break
        self.rest[project] = rest

    def _displace(
        self, part: Part, project: str, rest: int, nearer: int, distances: Mapping[str, int]
    ) -> int:
        """Take the places of projects that are nearer to room; what still waits then."""
        for other, units in part.carries.items():
            if units and distances.get(other) == nearer:
                moved = min(rest, units)
                part.carries[other] -= moved
                part.carries[project] += moved
                self.rest[other] += moved
                rest -= moved
                if not rest:
                    break
        return rest
