"""The method of equal shares, written straight from the paper: slow, obvious, in fractions."""

from fractions import Fraction


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
