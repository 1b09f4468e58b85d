"""Rules by support, written straight from the papers: slow, obvious, in fractions."""

from fractions import Fraction
from itertools import chain, combinations


def top_load(costs, ballots, selection):
    """The least load under which the costs of a selection can be split among supporters.

    The greatest quotient of what some of the projects cost and how many chose any of them; None
    where nobody did.
    """
    quotients = [Fraction(0)]
    sizes = range(1, len(selection) + 1)
    for some in chain.from_iterable(combinations(selection, size) for size in sizes):
        voters = sum(1 for ballot in ballots if set(some) & set(ballot))
        if not voters:
            return None
        quotients.append(Fraction(sum(costs[project] for project in some), voters))
    return max(quotients)


def maximin_support(costs, ranks, ballots, budget):
    """(project, load) in order: next comes the fitting project with the least load of them all."""
    funded = []
    while True:
        chosen = [project for project, _ in funded]
        left = budget - sum(costs[project] for project in chosen)
        loads = {
            project: top_load(costs, ballots, [*chosen, project])
            for project in costs
            if project not in chosen and costs[project] <= left
        }
        offers = [(load, ranks[p], p) for p, load in loads.items() if load is not None]
        if not offers:
            return funded
        load, _, best = min(offers)
        funded.append((best, load))


def expanding_approvals(costs, ranks, ballots, budget, choose=None, vote=Fraction(1)):
    """(project, rank, what its supporters held) in order.

    `choose` picks one of the projects with enough support from a mapping of what is held for each;
    without it, the one with most support for its cost.
    """
    worth, funded, rank = [vote] * len(ballots), [], 1
    while rank <= max(map(len, ballots), default=0):
        held = {}
        for value, ballot in zip(worth, ballots, strict=True):
            for project in ballot[:rank]:
                held[project] = held.get(project, 0) + value
        waiting = held.keys() - {project for project, _, _ in funded}
        need = {p: len(ballots) * Fraction(costs[p], budget or 1) for p in waiting}
        enough = {p: held[p] for p in waiting if costs[p] <= budget and held[p] >= need[p]}
        if not enough:
            rank += 1
            continue
        best = choose(enough) if choose else strongest(enough, costs, ranks)
        funded.append((best, rank, held[best]))
        for voter, ballot in enumerate(ballots):
            if best in ballot[:rank] and held[best]:
                worth[voter] *= 1 - need[best] / held[best]
    return funded


def strongest(enough, costs, ranks):
    """The project with most support for its cost; what is free comes first."""

    def key(project):
        cost = costs[project]
        return (1, -enough[project] / cost) if cost else (0, 0)

    return min(enough, key=lambda project: (key(project), ranks[project]))
