"""What a project that lost would have needed, under any rule."""

from collections.abc import Callable, Iterator
from math import ceil, isfinite
from typing import Any

from pb.tally import numbers, progress
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile
from pb.tally.needs.hints import missing
from pb.tally.needs.raised import likely
from pb.tally.needs.recounts import Ground, Trial, remembering
from pb.tally.needs.search import boundary, least
from pb.tally.needs.words import Means, Need, Needs, Smallest
from pb.tally.numbers import Number
from pb.tally.rules.base import Count, Rule

CHECKS = 16


def needs(
    rule: Rule,
    instance: Instance,
    profile: Profile,
    params: Any,
    ties: tuple[str, ...],
    project: str,
    checks: int = CHECKS,
) -> Needs:
    """The further votes, the lower cost and the larger budget that would have funded a project.

    Every answer is confirmed by counting again, with it and with one step less; where no more
    than `checks` smaller changes are possible, all of them are counted. After the measures of
    Boehmer, Faliszewski, Janeczko, Peters, Pierczyński, Schierreich, Skowron and Szufa,
    Evaluation of Project Performance in Participatory Budgeting, IJCAI 2024. Raises TallyError
    for a project that is funded or does not exist.
    """
    ground = Ground.of(rule, instance, profile, params, ties)
    if project not in instance.by_id:
        raise TallyError(f"There is no project {project}.")
    if project in ground.base.funded:
        raise TallyError(f"Project {project} is funded.")
    return _needs(ground, project, checks)


def all_needs(
    rule: Rule,
    instance: Instance,
    profile: Profile,
    params: Any,
    ties: tuple[str, ...],
    checks: int = CHECKS,
) -> Iterator[Needs]:
    """The needs of every project that is not funded, in the order of the instance."""
    ground = Ground.of(rule, instance, profile, params, ties)
    losers = [project.id for project in instance.projects if project.id not in ground.base.funded]
    for place, project in enumerate(losers):
        with progress.part(place, len(losers)):
            found = _needs(ground, project, checks)
        yield found


def _needs(ground: Ground, project: str, checks: int) -> Needs:
    found = []
    for place, means in enumerate(Means):
        progress.report(place, len(Means))
        found.append(need(Trial(ground, means, project), checks))
    return Needs(project, ground.ballot_for(project), *found)


def need(trial: Trial, checks: int = CHECKS) -> Need:
    """The change by one means, with what is known about smaller ones."""
    search = _Search(trial)
    most, one_way = trial.most, trial.ground.one_way(trial.means)
    steps = None
    # Where more can only help, the most that is allowed settles whether there is an answer.
    if most and not (one_way and not search.enough(most)):
        start = max(1, most // 64) if trial.means is not Means.VOTES else 1
        steps = search.guessed(most, start)
        if steps is None:
            steps = boundary(search.enough, most, search.hint, start, search.surplus)
    steps, smallest = settled(search.enough, steps, most, one_way, checks)
    return Need(
        trial.means,
        None if steps is None else numbers.plain(trial.amount(steps)),
        None if steps is None else steps * trial.step,
        numbers.plain(trial.amount(most)),
        trial.step,
        smallest,
        search.counts,
    )


def settled(
    enough: Callable[[int], bool], steps: int | None, most: int, one_way: bool, checks: int
) -> tuple[int | None, Smallest]:
    """The change that was found, or a smaller one, and what is known about all smaller ones."""
    if one_way:
        return steps, Smallest.PROVEN
    found, counted = least(enough, most + 1 if steps is None else steps, checks)
    return found if found <= most else None, Smallest.COUNTED if counted else Smallest.OPEN


class _Search:
    """The questions of one search, and the counts that answered them."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.counts = trial, 0
        self.lost: dict[int, tuple[Instance, Count]] = {}
        self.unspent: dict[int, Number] = {}
        self.enough = remembering(self._enough)

    def _enough(self, steps: int) -> bool:
        instance, count = self.trial.count(steps)
        self.counts += 1
        if self.trial.project in count.funded:
            spent = sum((instance.by_id[project].cost for project in count.funded), 0)
            self.unspent[steps] = instance.budget - spent
            return True
        self.lost[steps] = instance, count
        return False

    def guessed(self, most: int, start: int) -> int | None:
        """A boundary found by quick guesses, where counting confirms both its sides."""
        guess = likely(self.trial)
        if guess is None:
            return None
        guess = remembering(guess)
        first = self.hint(0)
        # What the outcome with the project would have cost too much is mostly all it needs.
        near = min(first, most) if self.trial.means is Means.BUDGET and first else 0
        if near and guess(near) and not guess(near - 1) and self.is_boundary(near):
            return near
        steps = boundary(guess, most, lambda k: None if k else first, start)
        return steps if steps and self.is_boundary(steps) else None

    def is_boundary(self, steps: int) -> bool:
        """Whether a change is enough, and one step less is not."""
        return self.enough(steps) and not (steps > 1 and self.enough(steps - 1))

    def hint(self, steps: int) -> int | None:
        """How many more steps seem to be missing after a count that does not fund the project."""
        instance, count = self.lost.get(steps) or self.trial.count(steps)
        amount = missing(self.trial, instance, count, steps)
        if amount is None or not isfinite(amount):
            return None
        return max(0, ceil(amount / self.trial.step))

    def surplus(self, steps: int) -> int | None:
        """How many steps seem to be too many after a count that funds the project.

        What was not spent could have been left away, or paid for the project itself.
        """
        if self.trial.means is Means.VOTES or steps not in self.unspent:
            return None
        return int(self.unspent[steps] // self.trial.step)
