"""The rules, written straight from the papers: slow, obvious, in fractions."""

from fractions import Fraction
from itertools import chain, combinations


def equal_shares(costs, ranks, utilities, endowment):
    """(project, price per utility, payments) in order, for one endowment per voter.

    `utilities[voter][project]` is above zero where the voter supports the project.
    """
    left = {voter: Fraction(endowment) for voter in utilities}
    bought = []
    while True:
        offers = []
        for project in costs:
            if project not in {done for done, _, _ in bought}:
                price = lowest_price(project, costs[project], utilities, left)
                if price is not None:
                    offers.append((price, ranks[project], project))
        if not offers:
            return bought
        price, _, project = min(offers)
        payments = {
            voter: min(left[voter], price * worth[project])
            for voter, worth in utilities.items()
            if worth.get(project)
        }
        for voter, payment in payments.items():
            left[voter] -= payment
        bought.append((project, price, payments))


def lowest_price(project, cost, utilities, left):
    """The least price per utility at which the supporters pay the cost, if they can."""
    supporters = [voter for voter, worth in utilities.items() if worth.get(project)]
    if not supporters or sum(left[voter] for voter in supporters) < cost:
        return None
    by_means = sorted(supporters, key=lambda voter: left[voter] / utilities[voter][project])
    missing = Fraction(cost)
    for place, voter in enumerate(by_means):
        worth = sum(utilities[other][project] for other in by_means[place:])
        price = missing / worth
        if price * utilities[voter][project] <= left[voter]:
            return price
        missing -= left[voter]
    raise AssertionError("the supporters hold the cost, so one of these prices is enough")


def add1(costs, ranks, utilities, budget, increment, exhaustive):
    """The last outcome within the budget while the endowment grows step by step."""
    endowment = Fraction(budget, len(utilities))
    bought = equal_shares(costs, ranks, utilities, endowment)
    while True:
        funded = {project for project, _, _ in bought}
        left = budget - sum(costs[project] for project in funded)
        wanted = {p for worth in utilities.values() for p, value in worth.items() if value}
        waiting = [costs[project] for project in wanted - funded]
        if not waiting or (exhaustive and min(waiting) > left):
            return bought
        endowment += increment
        more = equal_shares(costs, ranks, utilities, endowment)
        if sum(costs[project] for project, _, _ in more) > budget:
            return bought
        bought = more


def phragmen(costs, ranks, ballots, budget, skip):
    """(project, moment) in order: all earn at equal speed; whoever can pay for a project does."""
    purses = [Fraction(0)] * len(ballots)
    moment, bought = Fraction(0), []
    wanted = {project for ballot in ballots for project in ballot}
    waiting = {project for project in wanted if costs[project] <= budget}
    while waiting:
        waits = {}
        for project in waiting:
            held = [
                purse for purse, ballot in zip(purses, ballots, strict=True) if project in ballot
            ]
            waits[project] = (costs[project] - sum(held)) / len(held)
        soonest = min(waits.values())
        moment += soonest
        purses = [purse + soonest for purse in purses]
        level = sorted((p for p in waiting if waits[p] == soonest), key=ranks.__getitem__)
        left = budget - sum(costs[project] for project, _ in bought)
        if not skip and any(costs[project] > left for project in level):
            return bought
        waiting.remove(level[0])
        if costs[level[0]] <= left:
            bought.append((level[0], moment))
            for voter, ballot in enumerate(ballots):
                if level[0] in ballot:
                    purses[voter] = Fraction(0)
    return bought


def max_welfare(costs, ranks, worth, budget, having=()):
    """(total, selection) of the best selection, by trying all that hold what they must."""
    order = sorted(worth, key=ranks.__getitem__)
    sizes = range(len(order) + 1)
    selections = chain.from_iterable(combinations(order, size) for size in sizes)
    return max(
        (sum(worth[project] for project in one), [project in one for project in order], set(one))
        for one in selections
        if set(having) <= set(one) and sum(costs[project] for project in one) <= budget
    )[::2]


def exact_equal_shares(costs, ranks, worth, approvals, endowment):
    """(project, voters who pay) in order: all who pay for a project pay the same.

    `approvals[voter]` is a set of projects; `worth[project]` what it is worth to its supporters.
    """
    left = {voter: Fraction(endowment) for voter in approvals}
    bought = []
    while True:
        offers = []
        for project, cost in costs.items():
            payers = most_payers(cost, [v for v in left if project in approvals[v]], left)
            if payers and project not in {done for done, _ in bought}:
                rate = Fraction(len(payers) * worth[project], cost) if cost else float("inf")
                offers.append((-rate, ranks[project], project, payers))
        if not offers:
            return bought
        _, _, project, payers = min(offers)
        for voter in payers:
            left[voter] -= Fraction(costs[project], len(payers))
        bought.append((project, payers))


def most_payers(cost, supporters, left):
    """The largest set of supporters who all have an equal part of the cost left."""
    for size in range(len(supporters), 0, -1):
        able = [voter for voter in supporters if left[voter] * size >= cost]
        if len(able) >= size:
            return sorted(able)
    return []


def next_change(costs, ranks, worth, approvals, endowment):
    """The least endowment above `endowment` with other payers, found by trying all that may be.

    Someone can newly pay where the endowment is a part of one project's cost on top of parts of
    the costs of other projects. None if nothing changes any more.
    """
    parts = {
        project: [Fraction(cost, size) for size in range(1, len(approvals) + 1)]
        for project, cost in costs.items()
    }
    sums = {Fraction(0)}
    for project in costs:
        sums |= {old + part for old in sums for part in parts[project]}
    now = exact_equal_shares(costs, ranks, worth, approvals, endowment)
    for candidate in sorted(amount for amount in sums if amount > endowment):
        if exact_equal_shares(costs, ranks, worth, approvals, candidate) != now:
            return candidate
    return None


def add_opt(costs, ranks, worth, approvals, budget):
    """(endowment, purchases) of the last outcome within the budget, or the first exhaustive."""
    endowment = Fraction(budget, len(approvals))
    bought = exact_equal_shares(costs, ranks, worth, approvals, endowment)
    while True:
        funded = {project for project, _ in bought}
        left = budget - sum(costs[project] for project in funded)
        waiting = [costs[project] for project in set().union(*approvals.values()) - funded]
        if not waiting or min(waiting) > left:
            return endowment, bought
        raised = next_change(costs, ranks, worth, approvals, endowment)
        more = exact_equal_shares(costs, ranks, worth, approvals, raised)
        if sum(costs[project] for project, _ in more) > budget:
            return endowment, bought
        endowment, bought = raised, more
