"""The compiled engine of equal shares: what `shares.c` proves, as Python values."""

import ctypes
import math
import os
from array import array
from collections.abc import Sequence
from ctypes import c_double, c_int32, c_int64, c_uint8, c_void_p
from fractions import Fraction
from functools import cache, cached_property
from threading import Thread

from pb.tally import kernel
from pb.tally.ballots import BallotKind
from pb.tally.rules.proven import Funded, Replay, Sale, Span
from pb.tally.rules.shares import Market
from pb.tally.scores import Ranking

SPANS = 4
EXACT = 2**53
LEAST, MOST = 2.0**-500, 2.0**106
# From so many lines of merged ballots on, a second thread is worth its start.
LARGE = 20_000
EACH_ONE, POINTS, ONE_IF_POINTS, PLACES, BORDA = range(5)


@cache
def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    library.pb_market_new.restype = library.pb_market_twin.restype = c_void_p
    library.pb_market_twin.argtypes = [c_void_p]
    for function in (library.pb_market_free, library.pb_supporters):
        function.argtypes, function.restype = [c_void_p, c_void_p], None
    library.pb_market_free.argtypes = [c_void_p]
    return library


class Compiled:
    """A market handed over to the compiled kernel; holds the arrays that it reads.

    A large market has a twin with money of its own, so that two threads can work on it.
    """

    def __init__(self, library: ctypes.CDLL, handle: int, arrays: Sequence, projects: int) -> None:
        self._library, self._projects, self._arrays = library, projects, arrays
        self._handle, self._twin = c_void_p(handle), c_void_p()

    def __del__(self) -> None:
        self._library.pb_market_free(self._twin)
        self._library.pb_market_free(self._handle)

    def with_twin(self) -> "Compiled":
        """The same engine, working on twice as many spans where there is memory for it."""
        self._twin = c_void_p(self._library.pb_market_twin(self._handle))
        return self

    @property
    def spans(self) -> int:
        """How many intervals of endowments are worked on at once."""
        return 2 * SPANS if self._twin else SPANS

    @classmethod
    def of(cls, market: Market) -> "Compiled | None":
        """The market in the kernel; None without a kernel, or where numbers are too large."""
        library = kernel.library()
        if library is None or max((*market.costs, *market.factors), default=0) >= EXACT:
            return None
        packed = market.packed
        if packed is None:
            return None
        number = {project.id: c for c, project in enumerate(market.projects)}
        arrays = [
            packed.starts,
            packed.projects,
            packed.points,
            array("i", [number.get(project, -1) for project in packed.ids]),
            packed.weights,
            array("q", market.costs),
            array("q", market.factors),
            array("i", market.ranks),
        ]
        kind, top = _worth(market)
        library = _typed(library)
        starts, lines, points, place, weights, costs, factors, ranks = map(_pointer, arrays)
        handle = library.pb_market_new(
            len(market.costs), len(packed), starts, lines, points, place, kind, top, weights,
            costs, factors, ranks,
        )  # fmt: skip
        if not handle:
            return None
        engine = cls(library, handle, arrays, len(market.costs))
        return engine.with_twin() if len(packed.projects) >= LARGE and _cores() > 1 else engine

    @cached_property
    def supporters(self) -> list[int]:
        """The number of voters behind every project."""
        found = (c_int64 * self._projects)()
        self._library.pb_supporters(self._handle, found)
        return list(found)

    def sequences(self, spans: Sequence[Span]) -> list[Funded | None]:
        """What is bought, in order, at every endowment of each span; None where unproven."""
        others: list[Funded | None] = []
        if len(spans) > SPANS:
            # The kernel lets go of the interpreter, so both threads really run.
            twin = Thread(target=lambda: others.extend(self._ask(self._twin, spans[SPANS:])))
            twin.start()
            found = self._ask(self._handle, spans[:SPANS])
            twin.join()
            return found + others
        return self._ask(self._handle, spans)

    def _ask(self, market: c_void_p, spans: Sequence[Span]) -> list[Funded | None]:
        m, n = self._projects, len(spans)
        ends = [(_enclosed(low), _enclosed(high)) for low, high in spans]
        if not all(end for pair in ends for end in pair):
            return [None] * n
        low = (c_double * SPANS)(*(low[0] for low, _ in ends))
        high = (c_double * SPANS)(*(high[1] for _, high in ends))
        found, length = (c_int32 * (SPANS * m))(), (c_int32 * SPANS)()
        if not self._library.pb_sequences(market, n, low, high, found, length):
            return [None] * n
        return [
            tuple(found[s * m : s * m + length[s]]) if length[s] >= 0 else None for s in range(n)
        ]

    def replay(self, endowment: Fraction) -> Replay | None:
        """The run of one endowment in whole numbers; None where something is not sure."""
        m = self._projects
        ends = _enclosed(endowment)
        if ends is None:
            return None
        sales, owed, tied = (c_int64 * (5 * m))(), (c_int64 * (m * m))(), (c_uint8 * (m * m))()
        behind, sale = (c_int64 * (m * (m + 1)))(), (c_int32 * m)(*[-1] * m)
        low, high = map(c_double, ends)
        n = self._library.pb_replay(self._handle, low, high, sales, owed, tied, behind, sale)
        if n < 0:
            return None
        rows = range(0, m * (m + 1), m + 1)
        return Replay(
            tuple(
                _sale(sales[5 * k : 5 * k + 5], owed[k * m : k * m + k], tied[k * m : k * m + m])
                for k in range(n)
            ),
            tuple((behind[row], tuple(behind[row + 1 : row + 1 + n])) for row in rows),
        )


def _sale(numbers: list[int], owed: list[int], tied: list[int]) -> Sale:
    full, rest, broke, points, project = numbers
    level = tuple(c for c, flag in enumerate(tied) if flag and c != project) if any(tied) else ()
    return Sale(project, full, rest, broke, points, tuple(owed), level)


def _worth(market: Market) -> tuple[int, int]:
    """How the kernel gets from a line of a ballot to points, and what a first place is worth."""
    profile = market.profile
    if profile.kind is BallotKind.ORDINAL:
        if not market.by_points:
            return EACH_ONE, 0
        return (PLACES, profile.longest) if market.ranking is Ranking.PLACES else (BORDA, 0)
    if not profile.kind.has_points:
        return EACH_ONE, 0
    return (POINTS if market.by_points else ONE_IF_POINTS), 0


def _cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pointer(values: array | None) -> c_void_p:
    return c_void_p(values.buffer_info()[0] if values is not None else None)


def _enclosed(exact: Fraction) -> tuple[float, float] | None:
    """The greatest double not above an exact number, and the least not below it.

    None where operations on parts of it could overflow, or lose digits near zero.
    """
    numerator, denominator = exact.numerator, exact.denominator
    try:
        near = numerator / denominator
    except OverflowError:
        return None
    if numerator and not LEAST < near < MOST:
        return None
    whole, part = near.as_integer_ratio()
    over = whole * denominator - numerator * part
    return (
        math.nextafter(near, -math.inf) if over > 0 else near,
        math.nextafter(near, math.inf) if over < 0 else near,
    )
