"""The portable engine of equal shares: runs in doubles with proven bounds, by numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter

import numpy as np

from pb.tally.ballots import BallotKind
from pb.tally.rules.portable_runs import Recorder, Run
from pb.tally.rules.proven import Funded, Replay, Span
from pb.tally.rules.shares import Market
from pb.tally.scores import Ranking

# Intervals handed over at once: worked on one after the other, but two show whether neighbours
# agree.
SPANS = 2
WHOLE = 2**53
# Endowments nearer to zero are rounded outward, greater ones declined: no operation underflows
# or overflows.
TINY, HUGE = 2.0**-900, 2.0**500


@dataclass(slots=True)
class Backing:
    """The supporters of a project; `points` is None where everyone gives one.

    `worth` is weight times points, `total` its sum, `most` the greatest number of points.
    """

    groups: np.ndarray
    weights: np.ndarray
    points: np.ndarray | None
    worth: np.ndarray
    total: float
    most: float

    @classmethod
    def of(cls, groups: np.ndarray, weights: np.ndarray, points: np.ndarray | None) -> "Backing":
        """The supporters with what follows from their weights and points."""
        worth = weights if points is None else weights * points
        most = 1.0 if points is None else float(points.max(initial=0))
        return cls(groups, weights, points, worth, float(worth.sum()), most)

    def only(self, keep: np.ndarray) -> "Backing":
        """The supporters that a mask names."""
        points = None if self.points is None else self.points[keep]
        return Backing.of(self.groups[keep], self.weights[keep], points)


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of ballots that give points to a project that takes part, ballot by ballot."""

    starts: np.ndarray
    projects: np.ndarray
    points: np.ndarray | None

    @classmethod
    def of(cls, market: Market) -> "Lines":
        """The lines as the utility of a market reads them."""
        packed = market.packed
        number = {project.id: c for c, project in enumerate(market.projects)}
        place = np.array([number.get(project, -1) for project in packed.ids], np.int32)
        starts = np.asarray(packed.starts, np.intp)
        projects = place.take(np.asarray(packed.projects, np.intp))
        points = _points(market, starts)
        keep = projects >= 0 if points is None else (projects >= 0) & (points > 0)
        before = np.concatenate(([0], np.cumsum(keep)))
        own = points[keep] if points is not None and market.by_points else None
        return cls(before.take(starts), projects[keep], own)

    @property
    def groups(self) -> np.ndarray:
        """The group that every line belongs to."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def of_groups(self, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The places of all lines of some groups, and which of these groups each belongs to."""
        first, lengths = self.starts.take(groups), np.diff(self.starts).take(groups)
        which = np.repeat(np.arange(len(groups)), lengths)
        gaps = np.cumsum(lengths) - lengths
        return np.arange(len(which)) + (first - gaps).take(which), which


def _points(market: Market, starts: np.ndarray) -> np.ndarray | None:
    """What every line of every ballot gives; None where it is one point."""
    packed, profile = market.packed, market.profile
    if profile.kind is BallotKind.ORDINAL and market.by_points:
        lengths = np.diff(starts)
        at = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        if market.ranking is Ranking.PLACES:
            return profile.longest - at
        return np.repeat(lengths, lengths) - 1 - at
    return np.asarray(packed.points, np.int64) if profile.kind.has_points else None


class Portable:
    """One market in arrays; proves sequences of purchases, and says None where it cannot."""

    spans = SPANS

    def __init__(self, market: Market) -> None:
        self.market = market
        self.lines = Lines.of(market)
        self.weights = np.asarray(market.packed.weights, float)
        self.voters = float(self.weights.sum())
        self.costs = [float(cost) for cost in market.costs]
        self.factors = [float(factor) for factor in market.factors]
        self.backing = self._backing()
        self.supporters = [int(backing.weights.sum()) for backing in self.backing]
        self.usable = max([self.voters, *(one.total for one in self.backing)]) < WHOLE / 2
        self._prepare()

    @classmethod
    def of(cls, market: Market) -> "Portable | None":
        """The engine of a market; None where its whole numbers do not fit into doubles."""
        numbers = (*market.costs, *market.factors)
        if market.packed is None or max(numbers, default=0) >= WHOLE:
            return None
        # Sums of rounded parts are compared with half the room: their error is far less.
        made = cls(market)
        return made if made.usable else None

    def _backing(self) -> list[Backing]:
        # Sorting numbers of 16 bits takes time in proportion to their number.
        projects, m = self.lines.projects, len(self.costs)
        order = np.argsort(projects.astype(np.int16 if m < 2**15 else np.int32), kind="stable")
        groups = self.lines.groups.take(order)
        weights = self.weights.take(groups)
        points = self.lines.points
        points = None if points is None else points.take(order).astype(float)
        counts = np.bincount(projects, minlength=m)
        ends = np.cumsum(counts)
        return [
            Backing.of(
                groups[first:last],
                weights[first:last],
                None if points is None or (points[first:last] == 1).all() else points[first:last],
            )
            for first, last in zip(ends - counts, ends, strict=True)
        ]

    def _prepare(self) -> None:
        """Projects that cost nothing, in the order of ties, and where the other prices start."""
        backed = [c for c, one in enumerate(self.backing) if one.total]
        self.gifts = [c for c in backed if not self.costs[c]]
        self.gifts.sort(key=self.market.ranks.__getitem__)
        self.priced = [c for c in backed if self.costs[c]]
        self.supported = np.array([self.supporters[c] for c in self.priced], float)
        self.needed = np.array([self.costs[c] for c in self.priced])
        # No price is lower than if all supporters pay in full; rounded down as in Run.
        least = np.array([self.costs[c] / self.backing[c].total for c in self.priced]) * (
            1 - 2.0**-49
        )
        self.least = dict(zip(self.priced, least.tolist(), strict=True))
        self.keys = [payment / self.factors[c] for c, payment in self.least.items()]

    def sequences(self, spans: Sequence[Span]) -> list[Funded | None]:
        """What is bought, in order, at every endowment of each span; None where unproven."""
        return [
            Run(self, *_outward(low, high)).sequence() if high < HUGE else None
            for low, high in spans
        ]

    def replay(self, endowment: Fraction) -> Replay | None:
        """The run of one endowment in whole numbers; None where something is not sure."""
        if endowment >= HUGE:
            return None
        return Recorder(self, *_outward(endowment, endowment)).replay()


def _outward(low: Fraction, high: Fraction) -> tuple[float, float]:
    """The ends of a span as doubles that enclose it."""
    below, above = float(low), float(high)
    below = below if below <= low else nextafter(below, 0)
    above = above if above >= high else nextafter(above, inf)
    return (below if below >= TINY else 0.0), (max(above, TINY) if high else 0.0)
