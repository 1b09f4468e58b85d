"""The 0/1 knapsack problem, solved exactly in integers.

The dynamic programme of Pisinger's Minknap (A Minimal Algorithm for the 0-1 Knapsack Problem,
Operations Research 1997): start from the items with most value per weight that fit, then let
items around that border change sides one by one. Kept are only the pairs (weight, value) that
no other pair is better than (Nemhauser and Ullmann 1969) and from which the relaxed problem
leaves a way to more than the best found so far. The time depends on how hard the choice is, not
on the amount of money.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

State: TypeAlias = tuple[int, int]  # weight, value
Item: TypeAlias = tuple[int, int]  # weight, value


def most_value(items: Sequence[Item], capacity: int) -> int:
    """The greatest total value of items with a total weight within the capacity.

    Weights are not below zero, values above zero; an item heavier than the capacity stays out.
    """
    free = sum(value for weight, value in items if not weight)
    fitting = [item for item in items if 0 < item[0] <= capacity]
    fitting.sort(key=lambda item: Fraction(item[1], item[0]), reverse=True)
    if sum(weight for weight, _ in fitting) <= capacity:
        return free + sum(value for _, value in fitting)
    return free + _Search(fitting, capacity).run()


class _Search:
    """The search around the border between the items that are in and those that are out."""

    def __init__(self, items: list[Item], capacity: int) -> None:
        self.items, self.capacity = items, capacity
        self.best = self._first_guess()
        weight = value = border = 0
        while weight + items[border][0] <= capacity:
            weight, value = weight + items[border][0], value + items[border][1]
            border += 1
        # The relaxed problem takes a part of the item at the border, and nothing beats it.
        self.weight_at, self.value_at = items[border]
        self.bound = value * self.weight_at + (capacity - weight) * self.value_at
        self.low, self.high = border - 1, border
        self.states: list[State] = [(weight, value)]

    def run(self) -> int:
        """The greatest value, once no state is left from which there could be a greater one."""
        while self.states and (self.low >= 0 or self.high < len(self.items)):
            self._add_next()
            self._remove_next()
        return self.best

    def _first_guess(self) -> int:
        """What the items give if each, from the most value per weight on, is taken if it fits."""
        left, total = self.capacity, 0
        for weight, value in self.items:
            if weight <= left:
                left, total = left - weight, total + value
        return total

    def _may_change_side(self, item: Item) -> bool:
        """Whether a better total is possible with this item on the other side of the border."""
        loss = abs(item[1] * self.weight_at - item[0] * self.value_at)
        return self.bound - loss > self.best * self.weight_at

    def _add_next(self) -> None:
        if self.high < len(self.items):
            item = self.items[self.high]
            self.high += 1
            self._branch(item, 1)

    def _remove_next(self) -> None:
        if self.low >= 0:
            item = self.items[self.low]
            self.low -= 1
            self._branch(item, -1)

    def _branch(self, item: Item, sign: int) -> None:
        if self._may_change_side(item):
            weight, value = sign * item[0], sign * item[1]
            changed = [(w + weight, v + value) for w, v in self.states]
            self.states = _undominated(self.states, changed)
            within = [v for w, v in self.states if w <= self.capacity]
            # Values rise with the weight, so the last one within the capacity is the best.
            if within and within[-1] > self.best:
                self.best = within[-1]
        self.states = self._promising()

    def _promising(self) -> list[State]:
        """The states from which the items still free could lead to more than the best."""
        capacity, best = self.capacity, self.best
        kept: list[State] = []
        if self.high < len(self.items):
            weight, value = self.items[self.high]
            kept += [
                (w, v)
                for w, v in self.states
                if w <= capacity and (capacity - w) * value > (best - v) * weight
            ]
        if self.low >= 0:
            weight, value = self.items[self.low]
            kept += [
                (w, v)
                for w, v in self.states
                if w > capacity and (v - best) * weight > (w - capacity) * value
            ]
        return kept


def _undominated(one: list[State], other: list[State]) -> list[State]:
    """Both lists in one, by weight, without states that weigh no less and are worth no more."""
    kept: list[State] = []
    top = None
    for state in sorted(one + other):
        if top is None or state[1] > top:
            if kept and kept[-1][0] == state[0]:
                kept.pop()
            kept.append(state)
            top = state[1]
    return kept
