"""Bounded overspending and cumulative transfers, written straight from the papers."""

from fractions import Fraction


def overspending_price(project, cost, utilities, left):
    """(rho/alpha, alpha, rho) of a project, the least of all that can be least; None without money.

    `utilities[voter][project]` is above zero where the voter supports the project.
    """
    worth = {voter: one[project] for voter, one in utilities.items() if one.get(project)}
    levels = {Fraction(left[voter]) / value for voter, value in worth.items() if left[voter]}
    levels |= whole_cost(cost, worth, left)
    prices = [price_at(level, cost, worth, left) for level in levels]
    return min(prices, key=lambda one: (one[0], -one[1]), default=None)


def price_at(level, cost, worth, left):
    """(rho/alpha, alpha, rho) where each gives at most `level` per utility."""
    raised = sum(min(left[voter], level * value) for voter, value in worth.items())
    alpha = min(Fraction(raised) / cost, Fraction(1))
    return level / alpha / alpha, alpha, level / alpha


def whole_cost(cost, worth, left):
    """The level at which the supporters raise the whole cost, if they can."""
    if sum(left[voter] for voter in worth) < cost:
        return set()
    missing, rich = Fraction(cost), dict(worth)
    while True:
        level = missing / sum(rich.values())
        poor = [voter for voter, value in rich.items() if left[voter] < level * value]
        if not poor:
            return {level}
        for voter in poor:
            missing -= left[voter]
            del rich[voter]


def bos(costs, ranks, utilities, budget):
    """(project, alpha, payments) in order."""
    left = {voter: Fraction(budget, len(utilities)) for voter in utilities}
    bought, money = [], budget
    while True:
        offers = []
        for project, cost in costs.items():
            if cost <= money and project not in {done for done, _, _ in bought}:
                price = overspending_price(project, cost, utilities, left)
                if price:
                    offers.append((price[0], ranks[project], project, price))
        if not offers:
            return bought
        _, _, project, (_, alpha, rho) = min(offers)
        payments = {
            voter: min(left[voter], rho * one[project])
            for voter, one in utilities.items()
            if one.get(project)
        }
        for voter, payment in payments.items():
            left[voter] -= payment
        money -= costs[project]
        bought.append((project, alpha, payments))


def cstv(costs, ranks, ballots, budget, variant):
    """(how, project, support) of everything that happens, voter by voter and coin by coin.

    `ballots` are points by project, one dictionary per voter. What happens is that a project is
    funded, lifted, eliminated, or completed with the money that is left over.
    """
    coins = [
        {
            project: Fraction(budget * points, len(ballots) * sum(ballot.values()))
            for project, points in ballot.items()
            if points
        }
        for ballot in ballots
    ]
    running = {project for coin in coins for project in coin}
    happened, eliminated, seen = [], [], {}

    def key(project):
        gap = seen[project] - costs[project]
        ratio = seen[project] / costs[project]
        return (-ratio if variant.endswith("c") else -gap, ranks[project])

    while running:
        seen |= {p: sum((coin.get(p, 0) for coin in coins), Fraction(0)) for p in running}
        ready = [project for project in running if seen[project] >= costs[project]]
        if ready:
            project = min(ready, key=key)
            happened.append(("supported", project, seen[project]))
            keep = 1 - costs[project] / seen[project]
            for coin in coins:
                give_to_others(coin, project, coin.pop(project, 0) * keep)
        elif variant.startswith("ewt"):
            project = max(running, key=key)
            happened.append(("eliminated", project, seen[project]))
            eliminated.append(project)
            for coin in coins:
                give_to_others(coin, project, coin.pop(project, 0))
        else:
            able = [p for p in running if held_by_supporters(coins, p) >= costs[p]]
            if not able:
                break
            project = min(able, key=key)
            happened.append(("lifted", project, seen[project]))
            times = times_needed(coins, project, costs[project])
            for coin in coins:
                if project in coin:
                    had = coin.pop(project)
                    moved = min(times * had - had, sum(coin.values()))
                    give_to_others(coin, project, -moved)
        running.remove(project)

    left = budget - sum(costs[p] for how, p, _ in happened if how != "eliminated")
    for project in [*reversed(eliminated), *sorted(running, key=key)]:
        if costs[project] <= left:
            left -= costs[project]
            happened.append(("completed", project, seen[project]))
    return happened


def give_to_others(coin, project, amount):
    """Spread an amount over the projects on a coin, in proportion to what stands on them."""
    total = sum(coin.values())
    for other in coin:
        coin[other] += amount * coin[other] / total
    for other in [other for other, value in coin.items() if not value]:
        del coin[other]


def held_by_supporters(coins, project):
    return sum(sum(coin.values()) for coin in coins if project in coin)


def times_needed(coins, project, cost):
    """How many times their support the supporters give so that it reaches the cost.

    The least of all that could be it: nobody can give more than the whole coin.
    """
    most = [(sum(coin.values()) / coin[project], coin) for coin in coins if project in coin]
    found = []
    for limit, _ in most:
        emptied = [coin for other, coin in most if other < limit]
        others = [coin for other, coin in most if other >= limit]
        given = sum(sum(coin.values()) for coin in emptied)
        found.append((cost - given) / sum(coin[project] for coin in others))
    fits = [
        times
        for times in found
        if sum(min(limit, times) * coin[project] for limit, coin in most) == cost
    ]
    return min(fits)
