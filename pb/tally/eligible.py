"""Which projects have enough support to take part at all: thresholds before any rule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from pb.tally.errors import TallyError
from pb.tally.model import Project
from pb.tally.numbers import Number


@dataclass(frozen=True)
class Thresholds:
    """What a project needs to take part; 0 asks for nothing.

    `score` is the least score. `share` is the least part of all ballots, empty ones included,
    that name it (Warszawa 2018: 1/10). `cost` scales with the cost: a project that costs a part p
    of the budget must be named on at least `cost` × p of all ballots (Świecie 2023: 1/3).
    """

    score: Number = 0
    share: Number = 0
    cost: Number = 0

    def __post_init__(self) -> None:
        for number in (self.score, self.share, self.cost):
            if isinstance(number, bool) or not isinstance(number, int | Fraction) or number < 0:
                raise TallyError("A threshold must be a whole number or a fraction, not below 0.")
        if self.share > 1:
            raise TallyError("A threshold cannot ask for more than all ballots.")

    def missed(
        self, project: Project, score: int, votes: int, voters: int, budget: Number
    ) -> dict[str, Number] | None:
        """The numbers that keep a project out, or None if it takes part.

        Where several thresholds keep it out, the first of score, share and cost is named.
        """
        if score < self.score:
            return {"threshold": self.score}
        for by_cost, needed in enumerate(
            (self._share(voters), self._cost(project, voters, budget))
        ):
            if votes < needed:
                return {"needed": needed, "voters": voters, "by_cost": by_cost}
        return None

    def _share(self, voters: int) -> int:
        return ceil(self.share * voters)

    def _cost(self, project: Project, voters: int, budget: Number) -> int:
        # Without money nothing is a part of it; what costs anything is then too dear anyway.
        return ceil(Fraction(self.cost * project.cost * voters) / budget) if budget else 0
