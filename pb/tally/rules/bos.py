"""Equal shares with bounded overspending: supporters may buy more than they can pay for.

The supporters of a project raise a part alpha of its cost if each gives at most lambda times
what it is worth to her: S(lambda) = sum of min(money, lambda * worth) = alpha * cost, alpha at
most 1. The price is then rho = lambda / alpha, and the project with the least rho / alpha is
bought; each supporter pays min(money, rho * worth), and what is missing was left by others.

Where the least rho / alpha lies. With P the money of those who give all they have at lambda, and
U the worth to the others, S = P + lambda * U, so rho / alpha = cost**2 * lambda / (P + lambda *
U)**2. Its derivative in lambda has the sign of P - lambda * U. So between two amounts of lambda
at which somebody runs out, it rises first and falls later, if it does both, and is least at one
of the ends; before the first of them P is 0 and it only falls. That leaves those amounts, money /
worth, and the one that raises the whole cost: beyond it alpha stays 1 and rho / alpha rises. All
are fractions, so the least one is found exactly, in one pass over the supporters in order.

Money only gets less, so rho / alpha only rises from round to round: an old one is a lower bound,
and a project whose bound is above the best is not looked at again. Identical ballots are one
group, and groups that have paid the same are one class of money.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from pb.tally import numbers, progress, scores
from pb.tally.ballots import BallotKind
from pb.tally.enclosures import nearest
from pb.tally.model import Instance, Profile
from pb.tally.numbers import Number
from pb.tally.outcome import Step, StepKind
from pb.tally.rules.base import Count, rule
from pb.tally.rules.equal_shares import Utility
from pb.tally.ties import tie_ranks

LONGEST = 10**12  # the longest denominator that is written down; the count itself has no limit


@dataclass(frozen=True)
class BosParams:
    """What voters value."""

    utility: Utility = Utility.COST


@rule(
    "bos",
    version=1,
    title="Equal shares with bounded overspending (experimental)",
    accepts=BallotKind,
    params=BosParams,
    source="Papasotiropoulos, Pishbin, Skibski, Skowron and Wąs, Method of Equal Shares with "
    "Bounded Overspending, arXiv 2409.15005, 2024",
)
def bos(instance: Instance, profile: Profile, params: BosParams, ties: tuple[str, ...]) -> Count:
    """Give every voter an equal share, and let supporters buy what they can nearly pay for.

    What they cannot pay comes from money that others leave unspent, and the price rises with it.
    Only projects that still fit in the budget take part. Money is in minor units.
    """
    count = _Bos(instance, profile, params.utility, ties)
    count.run()
    count.settle_rest()
    return Count(tuple(count.funded), tuple(count.steps))


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a project asks of its supporters, and the part of its cost that they can raise.

    `value` is rho / alpha; `payment` is the most that anyone pays per point, and `raised` what
    they raise; both in the scaled unit of money of the count.
    """

    value: Fraction
    payment: Fraction
    raised: Fraction


class _Bos:
    """One count: who holds what, the projects that still fit, and the steps so far.

    Money is an integer number of parts, `parts` of them to the minor unit over `scale`.
    """

    def __init__(
        self, instance: Instance, profile: Profile, utility: Utility, ties: tuple[str, ...]
    ) -> None:
        self.instance, self.left = instance, instance.budget
        self.scale = lcm(*(Fraction(one.cost).denominator for one in instance.projects))
        self.costs = {one.id: int(one.cost * self.scale) for one in instance.projects}
        self.by_cost = utility is Utility.COST
        self.support = _support(instance, profile, by_points=utility is Utility.SCORE)
        self.votes = {id: sum(member[1] for member in all) for id, all in self.support.items()}
        self.ranks = tie_ranks(instance, scores.votes(instance, profile), ties)
        share = Fraction(instance.budget) * self.scale / (profile.voters or 1)
        # Class 0 has nothing and stays so; class 1 is everyone else at the start.
        self.money, self.parts = [0, share.numerator], share.denominator
        self.class_of = [1 if share else 0] * len(profile.groups)
        self.bounds = {id: Fraction(0) for id, votes in self.votes.items() if votes}
        self.funded: list[str] = []
        self.steps: list[Step] = []

    def run(self) -> None:
        """Buy project after project until none fits or nobody has money for one."""
        self._drop_unfitting()
        entrants = len(self.bounds)
        while level := self._best():
            progress.report(entrants - len(self.bounds), entrants)
            offer = self._offer(level[0])
            self._record_purchase(level[0], offer, level[1:])
            self._pay(level[0], offer.payment)
            del self.bounds[level[0]]
            self.left -= self.instance.by_id[level[0]].cost
            self._drop_unfitting()

    def _best(self) -> list[str]:
        """The projects with the least rho / alpha, in the order of ties."""
        least, level = None, []
        for project in sorted(self.bounds, key=self.bounds.__getitem__):
            if least is not None and self.bounds[project] > least:
                break
            offer = self._offer(project)
            if offer is None:
                del self.bounds[project]
                continue
            self.bounds[project] = offer.value
            if least is None or offer.value < least:
                least, level = offer.value, []
            if offer.value == least:
                level.append(project)
        return sorted(level, key=self.ranks.__getitem__)

    def _offer(self, project: str) -> _Offer | None:
        """The least rho / alpha of a project; of two such, the one that raises more.

        At a payment of `parts / points` per point, `poor` is what the others give who have less,
        and `rich` the points of those who pay it: they raise poor + rich * parts / points.
        """
        cost = self.costs[project]
        if not cost:
            return _Offer(Fraction(0), Fraction(0), Fraction(0))
        goal, poor, held = cost * self.parts, 0, self._held(project)
        rich = sum(points * weight for _, points, weight in held)
        best: tuple[int, int, int] | None = None
        for money, points, weight in held:
            parts = money
            if whole := poor * points + money * rich >= goal * points:
                parts, points = goal - poor, rich
            raised = poor * points + parts * rich
            if best is None or (parts * points * best[2] ** 2 <= best[0] * best[1] * raised**2):
                best = parts, points, raised
            if whole:
                break
            poor, rich = poor + money * weight, rich - points * weight
        if best is None:
            return None
        parts, points, raised = best
        return _Offer(
            Fraction(parts * points * self.parts * cost ** (1 if self.by_cost else 2), raised**2),
            Fraction(parts * cost, raised),
            Fraction(raised, points * self.parts),
        )

    def _held(self, project: str) -> list[tuple[int, int, int]]:
        """(money, points, weight) of the supporters who have any, the poorest per point first."""
        found: dict[tuple[int, int], int] = {}
        for group, weight, points in self.support[project]:
            if one := self.class_of[group]:
                found[one, points] = found.get((one, points), 0) + weight
        held = [(self.money[one], points, weight) for (one, points), weight in found.items()]
        if all(points == 1 for _, points, _ in held):
            return sorted(held)
        return sorted(held, key=lambda one: Fraction(one[0], one[1]))

    def _pay(self, project: str, payment: Fraction) -> None:
        """Let every supporter pay; who cannot pay in full gives all she has."""
        finer = payment.denominator // gcd(payment.denominator, self.parts)
        self.parts *= finer
        money = [amount * finer for amount in self.money]
        moved: dict[tuple[int, int], int] = {}
        for group, _, points in self.support[project]:
            key = self.class_of[group], points
            if key not in moved:
                left = money[key[0]] - int(payment * points * self.parts)
                moved[key] = len(money) if left > 0 else 0
                if left > 0:
                    money.append(left)
            self.class_of[group] = moved[key]
        # Classes without a voter are forgotten, and parts no longer needed are merged.
        used = [0, *sorted(set(self.class_of) - {0})]
        common = gcd(self.parts, *(money[one] for one in used))
        place = {one: new for new, one in enumerate(used)}
        self.class_of = [place[one] for one in self.class_of]
        self.money = [money[one] // common for one in used]
        self.parts //= common

    def _record_purchase(self, project: str, offer: _Offer, tied: list[str]) -> None:
        full = rest = broke = paid = 0
        for group, weight, points in self.support[project]:
            has = Fraction(self.money[self.class_of[group]], self.parts)
            asked = offer.payment * points
            full += weight if has >= asked else 0
            rest += weight if 0 < has < asked else 0
            broke += weight if 0 == has < asked else 0
            paid += min(has, asked) * weight
        amounts = {
            "payment": offer.payment,
            "raised": offer.raised,
            "paid": paid,
            "overspent": self.costs[project] - paid,
        }
        facts = {name: _written(Fraction(value, self.scale)) for name, value in amounts.items()}
        self.funded.append(project)
        facts |= {"order": len(self.funded), "full": full, "rest": rest, "broke": broke}
        self._record(StepKind.BOUGHT, project, facts, tied)

    def _drop_unfitting(self) -> None:
        """Settle the projects that cost more than is left."""
        dear = [one for one in self.bounds if self.instance.by_id[one].cost > self.left]
        for project in sorted(dear, key=self.ranks.__getitem__):
            too_dear = self.instance.by_id[project].cost > self.instance.budget
            kind = StepKind.DEARER_THAN_BUDGET if too_dear else StepKind.NO_LONGER_FITS
            self._record(kind, project, {})
            del self.bounds[project]

    def settle_rest(self) -> None:
        """Write down why every project that never had its turn is not funded."""
        settled = {step.project for step in self.steps}
        for project in self.instance.projects:
            if project.id not in settled:
                poor = self.votes[project.id] and project.cost <= self.instance.budget
                dear = project.cost > self.instance.budget
                kind = StepKind.DEARER_THAN_BUDGET if dear else StepKind.NO_VOTES
                facts = {"money_behind": 0} if poor else {}
                self._record(StepKind.SUPPORT_TOO_POOR if poor else kind, project.id, facts)

    def _record(
        self, kind: StepKind, project: str, more: dict[str, Number], tied: Iterable[str] = ()
    ) -> None:
        facts = {"cost": numbers.plain(self.instance.by_id[project].cost)}
        facts |= {"votes": self.votes[project]} | more
        self.steps.append(Step(kind, project, numbers.plain(self.left), facts, tuple(tied)))


def _written(amount: Fraction) -> Number:
    """An amount as it stands in a step: where its fraction is long, to the nearest thousandth."""
    return numbers.plain(amount) if amount.denominator <= LONGEST else nearest(amount)


def _support(
    instance: Instance, profile: Profile, *, by_points: bool
) -> dict[str, list[tuple[int, int, int]]]:
    """(group, weight, points) of everyone who supports a project; an approval is one point."""
    found: dict[str, list[tuple[int, int, int]]] = {one.id: [] for one in instance.projects}
    for group, (ballot, weight) in enumerate(profile):
        for project, points in scores.lines(ballot, profile):
            if points > 0:
                found[project].append((group, weight, points if by_points else 1))
    return found
